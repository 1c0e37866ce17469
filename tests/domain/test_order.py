from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from modelx.domain.errors import InvalidInput
from modelx.domain.order import (
    OrderReason,
    OrderStatus,
    OrderTimes,
    Sessions,
    cancel_orders,
    find_due,
    in_sequence,
)
from tests.domain.fee_book import day

ACCEPTED, PRICED, REJECTED = OrderStatus.ACCEPTED, OrderStatus.PRICED, OrderStatus.REJECTED
CANCELLED, AS_OF_PENDING = OrderStatus.CANCELLED, OrderStatus.AS_OF_PENDING
UNKNOWN = int(np.iinfo(np.int64).min)
NEVER = -(2**40)

# New York closes of the week of Thanksgiving 2026, in UTC: 16:00 is 21:00, and 13:00 on the short Friday is 18:00.
CLOSES = {
    date(2026, 11, 23): datetime(2026, 11, 23, 21, tzinfo=UTC),
    date(2026, 11, 24): datetime(2026, 11, 24, 21, tzinfo=UTC),
    date(2026, 11, 25): datetime(2026, 11, 25, 21, tzinfo=UTC),
    date(2026, 11, 27): datetime(2026, 11, 27, 18, tzinfo=UTC),
    date(2026, 11, 30): datetime(2026, 11, 30, 21, tzinfo=UTC),
}


def instant(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


SESSIONS = Sessions(np.array([day(on) for on in CLOSES]), np.array([instant(at) for at in CLOSES.values()]))


def due(
    trade: date, received: datetime | None, attested: bool = False, last_night: date | None = None
) -> tuple[bool, date, bool]:
    times = OrderTimes(
        np.array([day(trade)]), np.array([UNKNOWN if received is None else instant(received)]), np.array([attested])
    )
    found = find_due(times, SESSIONS, np.array([NEVER if last_night is None else day(last_night)]))
    night = date(1970, 1, 1) + timedelta(days=int(found.night[0]))
    return bool(found.in_time[0]), night, bool(found.as_of_pending[0])


@pytest.mark.parametrize(
    ("received", "attested", "expected"),
    [
        (datetime(2026, 11, 25, 20, 59, 59, 999999, tzinfo=UTC), False, (True, date(2026, 11, 25), False)),
        (datetime(2026, 11, 25, 21, tzinfo=UTC), False, (True, date(2026, 11, 25), False)),
        (datetime(2026, 11, 25, 21, 0, 0, 1, tzinfo=UTC), False, (False, date(2026, 11, 27), False)),
        (datetime(2026, 11, 25, 23, tzinfo=UTC), True, (True, date(2026, 11, 25), False)),
        (None, False, (True, date(2026, 11, 25), False)),
        (datetime(2026, 11, 26, 12, tzinfo=UTC), False, (False, date(2026, 11, 27), False)),
        (datetime(2026, 11, 28, 12, tzinfo=UTC), False, (False, date(2026, 11, 30), False)),
    ],
    ids=["before", "on the close", "just after", "late but attested", "no time stamp", "on a holiday", "days late"],
)
def test_an_order_takes_its_trade_dates_value_when_in_time_and_else_the_next(
    received: datetime | None, attested: bool, expected: tuple[bool, date, bool]
) -> None:
    assert due(date(2026, 11, 25), received, attested) == expected


def test_two_in_the_afternoon_is_late_on_a_day_that_closes_at_one() -> None:
    two_pm = datetime(2026, 11, 27, 19, tzinfo=UTC)
    assert due(date(2026, 11, 27), two_pm) == (False, date(2026, 11, 30), False)
    assert due(date(2026, 11, 27), datetime(2026, 11, 27, 18, tzinfo=UTC)) == (True, date(2026, 11, 27), False)


def test_for_a_closed_night_an_order_in_time_is_as_of_and_a_late_one_waits() -> None:
    in_time, late = datetime(2026, 11, 24, 15, tzinfo=UTC), datetime(2026, 11, 24, 22, tzinfo=UTC)
    closed = date(2026, 11, 25)
    assert due(date(2026, 11, 24), in_time, last_night=closed)[2] is True
    assert due(date(2026, 11, 24), in_time, last_night=date(2026, 11, 24))[2] is True
    assert due(date(2026, 11, 24), in_time, last_night=date(2026, 11, 23))[2] is False
    assert due(date(2026, 11, 24), late, attested=True, last_night=closed)[2] is True
    assert due(date(2026, 11, 24), late, last_night=closed) == (False, date(2026, 11, 25), False)
    assert due(date(2026, 11, 27), None, last_night=closed)[2] is False


def test_a_trade_date_without_a_session_or_a_receipt_past_the_calendar_is_refused() -> None:
    with pytest.raises(InvalidInput, match="2026-11-26 is no session"):
        due(date(2026, 11, 26), None)
    with pytest.raises(InvalidInput, match="after the last session"):
        due(date(2026, 11, 30), datetime(2026, 12, 1, tzinfo=UTC))


def test_orders_take_turns_by_receipt_then_reference_and_unknown_receipts_first() -> None:
    sleeve = np.array([1, 0, 0, 0, 0, 1])
    received = np.array([5, 9, UNKNOWN, 3, 3, 4])
    refs = np.array(["A", "A", "Z", "O2", "O10", "B"])
    assert in_sequence(sleeve, received, refs).tolist() == [2, 4, 3, 1, 5, 0]


def cancelled(rows: list[tuple[int, str, str, OrderStatus]], turn: list[int]) -> list[tuple[OrderStatus, OrderReason]]:
    status, reason = cancel_orders(
        np.array([row[0] for row in rows]),
        np.array([row[1] for row in rows]),
        np.array([row[2] for row in rows]),
        np.array([row[3] for row in rows]),
        np.array(turn, np.int64),
    )
    return [(OrderStatus(s), OrderReason(r)) for s, r in zip(status.tolist(), reason.tolist(), strict=True)]


NONE, NRGM = OrderReason.NONE, OrderReason.NRGM


@pytest.mark.parametrize("waiting", [ACCEPTED, AS_OF_PENDING])
def test_a_cancellation_and_the_order_it_names_both_end_cancelled(waiting: OrderStatus) -> None:
    rows = [(1, "O1", "", waiting), (1, "X1", "O1", ACCEPTED), (1, "O2", "", ACCEPTED)]
    assert cancelled(rows, [1]) == [(CANCELLED, NONE), (CANCELLED, NONE), (ACCEPTED, NONE)]


@pytest.mark.parametrize(
    ("status", "keeper", "names"),
    [(PRICED, 1, "O1"), (REJECTED, 1, "O1"), (CANCELLED, 1, "O1"), (ACCEPTED, 2, "O1"), (ACCEPTED, 1, "O9")],
    ids=["priced", "rejected", "cancelled before", "another record keeper's", "unknown"],
)
def test_a_cancellation_without_a_waiting_order_is_rejected(status: OrderStatus, keeper: int, names: str) -> None:
    rows = [(keeper, "O1", "", status), (1, "X1", names, ACCEPTED)]
    assert cancelled(rows, [1]) == [(status, NONE), (REJECTED, NRGM)]


def test_an_order_is_cancelled_once_and_no_cancellation_cancels_itself() -> None:
    rows = [(1, "O1", "", ACCEPTED), (1, "X1", "O1", ACCEPTED), (1, "X2", "O1", ACCEPTED), (1, "X3", "X3", ACCEPTED)]
    outcome = cancelled(rows, [1, 2, 3])
    assert outcome == [(CANCELLED, NONE), (CANCELLED, NONE), (REJECTED, NRGM), (REJECTED, NRGM)]


def test_a_cancellation_cancelled_before_its_turn_leaves_the_order_alone() -> None:
    rows = [(1, "O1", "", ACCEPTED), (1, "X1", "O1", ACCEPTED), (1, "X2", "X1", ACCEPTED)]
    assert cancelled(rows, [2, 1]) == [(ACCEPTED, NONE), (CANCELLED, NONE), (CANCELLED, NONE)]
    assert cancelled(rows, [1, 2]) == [(CANCELLED, NONE), (CANCELLED, NONE), (REJECTED, NRGM)]


def test_every_reason_has_a_code_of_four_letters_and_a_sentence() -> None:
    for reason in OrderReason:
        assert (reason is NONE) == (reason.text == "") == (reason.code == "")
        assert len(reason.name) == 4
