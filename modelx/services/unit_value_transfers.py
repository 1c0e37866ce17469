"""What came into and left a sleeve in kind on a night, as the next night's explanation needs it: from the ledger."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelx.domain.book_codes import InKindKind, OrderSide, QuantityType
from modelx.domain.explain import PricedOrder
from modelx.domain.valuation import market_values
from modelx.ledger.account import Chart, charts_of, owners_of, subjects_of
from modelx.ledger.journal import JournalKind
from modelx.store import in_kind_records, ledger_records
from modelx.store.engine import Connection

_SIDES = {JournalKind.TRANSFER_IN: OrderSide.SUB, JournalKind.TRANSFER_OUT: OrderSide.RED}


@dataclass(frozen=True, slots=True)
class MovedInKind:
    """Transfers of a sleeve on one date: as priced against units, and the shares that each moved of a security.

    ``shares`` has (security, millionths in or, below zero, out) for each line.
    """

    priced: tuple[PricedOrder, ...]
    shares: tuple[tuple[int, int], ...]

    def value_carried(self, security_id: int, held: int, price: int) -> int:
        """What ``held`` shares were carried at: the value as struck, plus what came and less what went, each rounded.

        ``price`` is the one of that date (10^-8); money and shares in millionths.
        """
        moved = [shares for security, shares in self.shares if security == security_id]
        parts = [(held - sum(moved), 1), *((abs(shares), 1 if shares > 0 else -1) for shares in moved)]
        return sum(sign * int(market_values(shares, price)) for shares, sign in parts)


def moved_in_kind(connection: Connection, owner: int, day: int) -> MovedInKind:
    """The in-kind transfers of the sleeve that were booked on a date, by their rows."""
    rows = ledger_records.transfers_of_owner(connection, owner, first_day=day, through_day=day)
    priced, moved = [], []
    for kind, side in _SIDES.items():
        of_kind = rows["kind"] == kind
        for source in np.unique(rows["source_id"][of_kind]).tolist():
            mine = np.flatnonzero(of_kind & (rows["source_id"] == source))
            debit, credit, amount = (rows[name][mine] for name in ("debit", "credit", "amount"))
            to, of = charts_of(debit), charts_of(credit)
            capital = of == Chart.UNITS_SUBSCRIBED if side is OrderSide.SUB else to == Chart.UNITS_REDEEMED
            lost = (of == Chart.UNITS_REDEEMED) & (side is OrderSide.RED)
            units = int(amount[np.isin(to, (Chart.UNITS_HELD, Chart.UNITS_ISSUED))].sum())
            money = int(amount[capital].sum()) - int(amount[lost].sum())
            whole = in_kind_records.kind_of_row(connection, source) == InKindKind.OUT_ALL
            quantity = QuantityType.ALL if whole else QuantityType.AMT
            priced.append(PricedOrder(str(source), side, quantity, units, money, in_kind=True))
            for account, sign in ((debit, 1), (credit, -1)):
                held = (charts_of(account) == Chart.SHARES) & (owners_of(account) == owner)
                shares = (sign * amount[held]).tolist()
                moved += list(zip(subjects_of(account[held]).tolist(), shares, strict=True))
    return MovedInKind(tuple(priced), tuple(moved))
