"""What operations want to see the next morning: what went out, what was held, what moves, what was paid, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from modelx.domain.book_codes import OrderSide
from modelx.domain.days import date_of
from modelx.domain.errors import NotFound
from modelx.ledger.journal import JournalKind
from modelx.services.unit_values import ListedUnitValue, list_unit_values
from modelx.store import in_kind_records, ledger_records, night_records, status_records, unit_value_records
from modelx.store.engine import Engine
from modelx.store.in_kind_records import CashMove
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection, StoredFinding, StoredOutcome


@dataclass(frozen=True, slots=True)
class Wire:
    """What a night's orders, and the cash of its in-kind transfers, move for one record keeper's plans on a day.

    Millionths, in and out.
    """

    recordkeeper: str
    settles_on: int
    night: int
    subscribed: int
    redeemed: int


@dataclass(frozen=True, slots=True)
class SleeveLine:
    """One sleeve: its value tonight, and the value of the night before (None when there was none)."""

    tonight: ListedUnitValue
    prior_unit_value: int | None


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """One run of released sleeves for an earlier night: how many it struck and stopped, and the orders it decided."""

    business_date: int
    run: int
    struck: int
    stopped: int
    orders: int


@dataclass(frozen=True, slots=True)
class MorningReport:
    """One night, all its runs together, and the runs of earlier nights that went out since the night before.

    ``orders`` counts outcomes by status and reason. Orders, wires and exceptions are those of all these runs.
    """

    business_date: int
    previous_date: int | None
    sleeves: tuple[SleeveLine, ...]
    caught_up: tuple[CaughtUp, ...]
    orders: dict[tuple[str, str], int]
    wires: tuple[Wire, ...]
    fees_paid: tuple[tuple[str, int], ...]
    exceptions: tuple[StoredFinding, ...]

    def net_assets(self) -> int:
        """Of all sleeves struck that night (millionths)."""
        return sum(line.tonight.strike.net_assets for line in self.sleeves if line.tonight.strike)


def last_night(engine: Engine) -> int:
    """The last night that has begun. Raises :class:`NotFound` before the first."""
    with reading(engine) as connection:
        last = night_records.last_night_begun(connection)
    if last is None:
        raise NotFound("no night has run yet: run one with `modelx cycle run --date D`")
    return last


def morning_report(engine: Engine, day: int) -> MorningReport:
    """Report on the night of a day. Raises :class:`NotFound` when it has not run."""
    with reading(engine) as connection:
        if not status_records.nights(connection, day, day):
            raise NotFound(f"the night of {date_of(day)} has not run: see `modelx cycle status`")
        previous = status_records.night_before(connection, day)
        runs = [] if previous is None else status_records.catch_ups_between(connection, previous, day)
        tonight = Selection(first_day=day, last_day=day)
        outcomes = unit_value_records.outcomes(connection, tonight)
        in_kind = [(day, move) for move in in_kind_records.cash_moves(connection, day)]
        findings = unit_value_records.findings(connection, tonight)
        caught_up = []
        for on in sorted({on for on, _ in runs}):
            then = Selection(first_day=on, last_day=on)
            outcomes += [order for order in unit_value_records.outcomes(connection, then) if (on, order.run) in runs]
            findings += [found for found in unit_value_records.findings(connection, then) if (on, found.run) in runs]
            in_kind += [(on, move) for move in in_kind_records.cash_moves(connection, on) if (on, move.run) in runs]
            counts = status_records.run_counts(connection, on, on)
            caught_up += [
                CaughtUp(on, count.run, count.struck, count.stopped, count.orders)
                for count in counts
                if (on, count.run) in runs
            ]
        fees = ledger_records.totals_by_payee(connection, JournalKind.FEE_PAYMENT, day)
    listed = list_unit_values(engine, tonight)
    prior = {}
    if previous is not None:
        for line in list_unit_values(engine, Selection(first_day=previous, last_day=previous)):
            if line.strike is not None:
                prior[line.plan, line.model] = line.strike.unit_value
    return MorningReport(
        business_date=day,
        previous_date=previous,
        sleeves=tuple(SleeveLine(line, prior.get((line.plan, line.model))) for line in listed),
        caught_up=tuple(caught_up),
        orders=dict(Counter((order.status, order.reason_code) for order in outcomes)),
        wires=_wires(outcomes, in_kind),
        fees_paid=tuple(fees),
        exceptions=tuple(finding for finding in findings if finding.level != "INFO"),
    )


def _wires(outcomes: Iterable[StoredOutcome], in_kind: Iterable[tuple[int, CashMove]]) -> tuple[Wire, ...]:
    moves: Counter[tuple[str, int, int, OrderSide]] = Counter()
    for order in outcomes:
        if order.status == "PRICED":
            moves[order.recordkeeper, order.settles_on, order.business_date, OrderSide(order.side)] += order.amount
    for night, move in in_kind:
        side = OrderSide.SUB if move.comes else OrderSide.RED
        moves[move.recordkeeper, move.settles_on, night, side] += move.amount
    ends = sorted({key[:3] for key in moves})
    return tuple(Wire(*end, moves[*end, OrderSide.SUB], moves[*end, OrderSide.RED]) for end in ends)
