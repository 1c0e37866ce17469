"""How the morning report looks: one screen, the exceptions first."""

from collections.abc import Sequence
from typing import Any

from modelx.cli.output import Output, grouped, print_table, show_object
from modelx.domain.days import date_of
from modelx.domain.money import format_decimal, mul_div
from modelx.services.morning_report import MorningReport

UNIT_VALUE_COLUMNS = ("plan", "model", "status", "unit_value", "change_%", "net_assets", "units", "why")
FIGURES = frozenset({"run", "struck", "stopped", "orders", "in", "out", "net", "paid", *UNIT_VALUE_COLUMNS[3:7]})
GROUPED = frozenset({"subscribed", "redeemed", "net", "paid"})


def show_report(report: MorningReport, output: Output) -> None:
    """Print the report, or its JSON."""
    if output.json:
        show_object("morning-report", _content(report))
        return
    content = _content(report)
    published = sum(line.tonight.status == "PUBLISHED" for line in report.sleeves)
    held = len(report.sleeves) - published
    print(f"Night of {content['date']}: {published} unit values published, {held} held or stopped")  # noqa: T201
    print(f"Net assets {grouped(_dollars(report.net_assets()))}")  # noqa: T201
    if not content["exceptions"]:
        print("No new exceptions: see `modelx hold list`" if held else "No exceptions")  # noqa: T201
    _table(
        "Exceptions",
        ["night", "level", "code", "plan", "model", "ticker", "what", "released by"],
        content["exceptions"],
    )
    _table("Caught up since the night before", ["night", "run", "struck", "stopped", "orders"], content["caught_up"])
    _table("Orders", ["status", "reason", "orders"], content["orders"])
    _table(
        "Settlement with record keepers", ["record keeper", "settles", "night", "in", "out", "net"], content["wires"]
    )
    _table("Fees paid tonight", ["payee", "paid"], content["fees_paid"])
    _table("Unit values", UNIT_VALUE_COLUMNS, content["unit_values"])


def _table(title: str, columns: Sequence[str], objects: Sequence[dict[str, Any]]) -> None:
    """A section: its objects' values in order, below the columns; nothing when there is nothing to show."""
    if not objects:
        return
    rows = [[grouped(value) if name in GROUPED else value for name, value in each.items()] for each in objects]
    used = [at for at, _ in enumerate(columns) if any(row[at] != "" for row in rows)]
    print()  # noqa: T201
    print_table([columns[at] for at in used], [[row[at] for at in used] for row in rows], title=title, numeric=FIGURES)


def _content(report: MorningReport) -> dict:  # type: ignore[type-arg]  # a JSON object
    return {
        "date": date_of(report.business_date).isoformat(),
        "net_assets": format_decimal(report.net_assets(), 6),
        "exceptions": [
            {
                "night": date_of(finding.business_date).isoformat(),
                "level": finding.level,
                "code": finding.code,
                "plan": finding.plan,
                "model": finding.model,
                "ticker": finding.ticker,
                "detail": finding.detail,
                "released": f"{finding.maker}, {finding.checker}" if finding.maker else "",
            }
            for finding in report.exceptions
        ],
        "caught_up": [
            {
                "night": date_of(run.business_date).isoformat(),
                "run": run.run,
                "struck": run.struck,
                "stopped": run.stopped,
                "orders": run.orders,
            }
            for run in report.caught_up
        ],
        "orders": [
            {"status": status, "reason": reason, "orders": count}
            for (status, reason), count in sorted(report.orders.items())
        ],
        "wires": [
            {
                "recordkeeper": wire.recordkeeper,
                "settles_on": date_of(wire.settles_on).isoformat(),
                "night": date_of(wire.night).isoformat(),
                "subscribed": _dollars(wire.subscribed),
                "redeemed": _dollars(wire.redeemed),
                "net": _dollars(wire.subscribed - wire.redeemed),
            }
            for wire in report.wires
        ],
        "fees_paid": [{"payee": payee, "paid": _dollars(paid)} for payee, paid in report.fees_paid],
        "unit_values": [
            {
                "plan": line.tonight.plan,
                "model": line.tonight.model,
                "status": line.tonight.status,
                "unit_value": format_decimal(strike.unit_value, 6) if strike else "",
                "change_%": _change(strike.unit_value, line.prior_unit_value) if strike else "",
                "net_assets": format_decimal(strike.net_assets, 6) if strike else "",
                "units": format_decimal(strike.units, 6, at_least=4) if strike else "",
                "why": line.tonight.why,
            }
            for line in report.sleeves
            for strike in [line.tonight.strike]
        ],
    }


def _change(value: int, prior: int | None) -> str:
    if not prior:
        return ""
    change = int(mul_div(value - prior, 10**6, prior))  # in 10^-4 per cent
    return ("+" if change > 0 else "") + format_decimal(change, 4)


def _dollars(amount: int) -> str:
    return format_decimal(amount, 6, at_least=2)
