"""How the morning report looks: one screen, the exceptions first."""

from modelx.cli.output import Output, print_table, show_object
from modelx.domain.days import date_of
from modelx.domain.money import format_decimal, mul_div
from modelx.services.morning_report import MorningReport

UNIT_VALUE_COLUMNS = ("plan", "model", "status", "unit_value", "change_%", "net_assets", "units")


def show_report(report: MorningReport, output: Output) -> None:
    """Print the report, or its JSON."""
    if output.json:
        show_object("morning-report", _content(report))
        return
    content = _content(report)
    published = sum(line.tonight.status == "PUBLISHED" for line in report.sleeves)
    held = len(report.sleeves) - published
    print(f"Night of {content['date']}: {published} unit values published, {held} held or stopped")  # noqa: T201
    print(f"Net assets {_grouped(_dollars(report.net_assets()))}")  # noqa: T201
    exceptions = [
        [e["level"], e["code"], e["plan"], e["model"], e["detail"], e["released"]] for e in content["exceptions"]
    ]
    print_table(["level", "code", "plan", "model", "what", "released by"], exceptions, title="Exceptions")
    orders = [[row["status"], row["reason"], row["orders"]] for row in content["orders"]]
    print_table(["orders", "reason", "number"], orders, title="Orders", numeric=frozenset({"number"}))
    wires = [
        [
            wire["recordkeeper"],
            wire["settles_on"],
            *(_grouped(wire[side]) for side in ("subscribed", "redeemed", "net")),
        ]
        for wire in content["wires"]
    ]
    columns = ["record keeper", "settles", "in", "out", "net"]
    print_table(columns, wires, title="Settlement with record keepers", numeric=frozenset(columns[2:]))
    if report.fees_paid:
        fees = [[fee["payee"], _grouped(fee["paid"])] for fee in content["fees_paid"]]
        print_table(["payee", "paid"], fees, title="Fees paid tonight", numeric=frozenset({"paid"}))
    rows = [[row[column] for column in UNIT_VALUE_COLUMNS] for row in content["unit_values"]]
    print_table(UNIT_VALUE_COLUMNS, rows, title="Unit values", numeric=frozenset(UNIT_VALUE_COLUMNS[3:]))


def _content(report: MorningReport) -> dict:  # type: ignore[type-arg]  # a JSON object
    return {
        "date": date_of(report.business_date).isoformat(),
        "net_assets": format_decimal(report.net_assets(), 6),
        "exceptions": [
            {
                "level": finding.level,
                "code": finding.code,
                "plan": finding.plan,
                "model": finding.model,
                "ticker": finding.ticker,
                "detail": f"{finding.ticker}: {finding.detail}" if finding.ticker else finding.detail,
                "released": f"{finding.maker}, {finding.checker}" if finding.maker else "",
            }
            for finding in report.exceptions
        ],
        "orders": [
            {"status": status, "reason": reason, "orders": count}
            for (status, reason), count in sorted(report.orders.items())
        ],
        "wires": [
            {
                "recordkeeper": wire.recordkeeper,
                "settles_on": date_of(wire.settles_on).isoformat(),
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


def _grouped(dollars: str) -> str:
    """Thousands separators, for people."""
    whole, point, decimals = dollars.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.removeprefix('-')):,}{point}{decimals}"
