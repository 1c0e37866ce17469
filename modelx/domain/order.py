"""A record keeper's orders before they are priced: reasons, the night each falls due, cancellations.

Source: ``spec/unitization.md`` 4, 12.2 and 13, ``design.md`` 3a.8. Every order line gets one outcome and, when it is
not priced as asked, one reason from ISO 20022's list.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from modelx.domain.days import date_of
from modelx.domain.errors import InvalidInput
from modelx.domain.joins import find_rows
from modelx.domain.money import Column


class OrderStatus(IntEnum):
    """What has become of an order."""

    ACCEPTED = 0
    PRICED = 1
    REJECTED = 2
    CANCELLED = 3
    AS_OF_PENDING = 4


class OrderReason(IntEnum):
    """Why an order was not priced as asked. A member's name is the ISO 20022 reason code; NONE stands for no reason."""

    NONE = 0
    CLOS = 1
    DMON = 2
    DQUA = 3
    SECU = 4
    NRGM = 5
    CUTO = 6
    ORRF = 7
    DTRD = 8

    @property
    def code(self) -> str:
        """The code as it is stored and sent; empty for no reason."""
        return "" if self is OrderReason.NONE else self.name

    @property
    def text(self) -> str:
        """The reason for a person."""
        return _TEXT[self]


_TEXT = {
    OrderReason.NONE: "",
    OrderReason.CLOS: "the sleeve takes no orders on this date: it has not started, has ended or is closed",
    OrderReason.DMON: "the amount must be above zero and in whole cents",
    OrderReason.DQUA: "the units must be above zero and have at most four decimals",
    OrderReason.SECU: "more units than the sleeve holds at this order's turn",
    OrderReason.NRGM: "no order with this reference is waiting: there is nothing to cancel",
    OrderReason.CUTO: "received after the cut-off and not attested: it takes the next unit value",
    OrderReason.ORRF: "the order reference was used before, with other content",
    OrderReason.DTRD: "the trade date is not a session",
}


@dataclass(frozen=True, slots=True)
class Sessions:
    """Market sessions in order: the day, and the instant of the close (microseconds since 1970, UTC)."""

    day: Column
    close: Column


@dataclass(frozen=True, slots=True)
class OrderTimes:
    """When orders were meant for and came in. ``received`` (microseconds since 1970, UTC) is negative when unknown.

    ``attested``: the record keeper states that the participant's order reached it before the cut-off.
    """

    trade_day: Column
    received: Column
    attested: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Due:
    """For each order: whether it was in time, the night whose unit value it takes, and whether that night is closed.

    ``as_of_pending``: in time for a night the sleeve has closed. It is stored and listed, not priced.
    """

    in_time: npt.NDArray[np.bool_]
    night: Column
    as_of_pending: npt.NDArray[np.bool_]


def find_due(times: OrderTimes, sessions: Sessions, last_night: Column) -> Due:
    """Return the night at whose unit value each order is due.

    An order is in time when it was received by the close of its trade date, is attested, or has no time stamp.
    Otherwise it is due on the first session that closes at or after its receipt. ``last_night`` is the last night the
    order's sleeve has closed (a day before all sessions when none): what was late for it goes to a later night, by
    waiting; what was in time becomes as-of. Raises ``InvalidInput`` for a trade date that is no session, or a
    receipt after the last session given.
    """
    at = find_rows(sessions.day, times.trade_day)
    if (at < 0).any():
        raise InvalidInput(f"{date_of(int(times.trade_day[at < 0][0]))} is no session: no unit value is struck on it")
    in_time = times.attested | (times.received < 0) | (times.received <= sessions.close[at])
    late = np.maximum(at, np.searchsorted(sessions.close, times.received))
    at = np.where(in_time, at, late)
    if at.size and int(at.max()) >= sessions.day.size:
        raise InvalidInput("an order was received after the last session of the calendar")
    night = sessions.day[at]
    return Due(in_time, night, in_time & (night <= last_night))


def in_sequence(sleeve: Column, received: Column, order_ref: npt.NDArray[np.str_]) -> Column:
    """Return the rows of orders in the order they take their turn: by sleeve, receipt (unknown first), reference."""
    return np.lexsort((order_ref, np.maximum(received, -1), sleeve))


def cancel_orders(
    record_keeper: Column,
    order_ref: npt.NDArray[np.str_],
    cancel_of: npt.NDArray[np.str_],
    status: Column,
    turn: Column,
) -> tuple[Column, Column]:
    """Let the cancellations whose rows ``turn`` names, in that order, cancel what they name; return status and reason.

    A cancellation names an order of its own record keeper that is waiting (ACCEPTED or AS_OF_PENDING): both end
    CANCELLED. Otherwise it is REJECTED with NRGM: an order is cancelled once, and no cancellation cancels itself.
    """
    status, reason = status.copy(), np.zeros(status.size, np.int64)
    named = np.flatnonzero(np.isin(order_ref, cancel_of[turn]))
    row_of = dict(zip(zip(record_keeper[named].tolist(), order_ref[named].tolist(), strict=True), named, strict=True))
    waiting = {OrderStatus.ACCEPTED, OrderStatus.AS_OF_PENDING}
    for row in turn.tolist():
        if status[row] not in waiting:
            continue
        target = row_of.get((int(record_keeper[row]), str(cancel_of[row])), row)
        if target != row and status[target] in waiting:
            status[[row, target]] = OrderStatus.CANCELLED
        else:
            status[row], reason[row] = OrderStatus.REJECTED, OrderReason.NRGM
    return status, reason
