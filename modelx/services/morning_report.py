"""What operations want to see the next morning: what went out, what was held, what moves, what was paid, what to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from modelx.domain.book_codes import OrderSide
from modelx.domain.days import date_of
from modelx.domain.errors import NotFound
from modelx.ledger.journal import JournalKind
from modelx.services.unit_values import ListedUnitValue, list_unit_values
from modelx.store import ledger_records, status_records, unit_value_records
from modelx.store.engine import Engine
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection, StoredFinding


@dataclass(frozen=True, slots=True)
class Wire:
    """What one record keeper's orders move on one settlement day (millionths): in, out, and their difference."""

    recordkeeper: str
    settles_on: int
    subscribed: int
    redeemed: int


@dataclass(frozen=True, slots=True)
class SleeveLine:
    """One sleeve: its value tonight, and the value of the night before (None when there was none)."""

    tonight: ListedUnitValue
    prior_unit_value: int | None


@dataclass(frozen=True, slots=True)
class MorningReport:
    """One night, all its runs together. ``orders`` counts outcomes by status and reason."""

    business_date: int
    previous_date: int | None
    sleeves: tuple[SleeveLine, ...]
    orders: dict[tuple[str, str], int]
    wires: tuple[Wire, ...]
    fees_paid: tuple[tuple[str, int], ...]
    exceptions: tuple[StoredFinding, ...]

    def net_assets(self) -> int:
        """Of all sleeves struck that night (millionths)."""
        return sum(line.tonight.strike.net_assets for line in self.sleeves if line.tonight.strike)


def morning_report(engine: Engine, day: int) -> MorningReport:
    """Report on the night of a day. Raises :class:`NotFound` when it has not run."""
    with reading(engine) as connection:
        nights = [count.business_date for count in status_records.run_counts(connection, -(2**31), day)]
        if day not in nights:
            raise NotFound(f"the night of {date_of(day)} has not run: see `modelx cycle status`")
        previous = max((night for night in nights if night < day), default=None)
        tonight = Selection(first_day=day, last_day=day)
        outcomes = unit_value_records.outcomes(connection, tonight)
        findings = unit_value_records.findings(connection, tonight)
        fees = ledger_records.totals_by_payee(connection, JournalKind.FEE_PAYMENT, day)
    listed = list_unit_values(engine, tonight)
    prior = {}
    if previous is not None:
        for line in list_unit_values(engine, Selection(first_day=previous, last_day=previous)):
            if line.strike is not None:
                prior[line.plan, line.model] = line.strike.unit_value
    moves: Counter[tuple[str, int, OrderSide]] = Counter()
    for order in outcomes:
        if order.status == "PRICED":
            moves[order.recordkeeper, order.settles_on, OrderSide(order.side)] += order.amount
    ends = sorted({(keeper, on) for keeper, on, _ in moves})
    return MorningReport(
        business_date=day,
        previous_date=previous,
        sleeves=tuple(SleeveLine(line, prior.get((line.plan, line.model))) for line in listed),
        orders=dict(Counter((order.status, order.reason_code) for order in outcomes)),
        wires=tuple(
            Wire(keeper, on, moves[keeper, on, OrderSide.SUB], moves[keeper, on, OrderSide.RED]) for keeper, on in ends
        ),
        fees_paid=tuple(fees),
        exceptions=tuple(finding for finding in findings if finding.level != "INFO"),
    )
