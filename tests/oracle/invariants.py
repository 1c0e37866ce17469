"""What must hold of any finished run, whatever the book: used on the random books and on the real one."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from tests.oracle.exact import CENT, ZERO, exactly
from tests.oracle.night import Oracle

KEYS = {
    "securities": ("ticker",),
    "asset_classes": ("asset_class",),
    "closures": ("date", "calendar"),
    "prices": ("date", "ticker"),
    "second_prices": ("date", "ticker"),
    "distributions": ("ticker", "ex_date", "kind"),
    "splits": ("ticker", "ex_date"),
    "targets": ("model", "effective_date", "ticker"),
    "fees": ("plan", "model", "payee", "start"),
    "sleeves": ("plan", "model"),
    "plans": ("plan",),
    "models": ("model",),
    "orders": ("rk_id", "order_ref"),
    "trades": ("trade_ref",),
    "corporate_events": ("ticker", "ex_date"),
    "in_kind_transfers": ("transfer_ref", "ticker"),
}
SETTLING = ("1100", "1110", "1120", "1130", "2000", "2010", "2900")


def check_no_key_comes_twice_in_a_file(folders: Iterable[Path]) -> None:
    for path in (path for folder in folders for path in sorted(folder.iterdir())):
        with path.open(encoding="utf-8", newline="") as lines:
            keys = [tuple(row[name] for name in KEYS[path.stem]) for row in csv.DictReader(lines)]
        assert len(keys) == len(set(keys)), path


@exactly
def check_books(oracle: Oracle) -> None:
    """Double entry, units, pending items and components agree with one another at every close."""
    for key, books in oracle.sleeves.items():
        assert sum(books.balances.values(), ZERO) == 0
        assert sum((units for _, _, units in books.register), ZERO) == books.units >= 0
        for account in SETTLING:
            waiting = sum((item.amount for item in books.pending if item.account == account), ZERO)
            assert waiting == books.balance(account), (key, account)
        assert all(shares > 0 for shares in books.shares.values())
        replayed: dict[str, Decimal] = {}
        for entry in books.journal:
            for account, amount in entry.lines:
                replayed[account] = replayed.get(account, ZERO) + amount
        assert {a: n for a, n in replayed.items() if n} == books.trial_balance()
        assert sum(books.platform.values(), ZERO) == 0
        if books.last_night is not None:
            value = oracle.closing_values[books.last_night, key]
            moved = [entry for entry in books.journal if entry.date == books.last_night and "IN_KIND" in entry.kind]
            gap = books.opening - (value - books.sum_of("1200:", "3", "4", "5"))
            assert abs(gap) <= CENT * len(moved), key  # a position and a part of it are each rounded to the cent


@exactly
def check_rows(oracle: Oracle) -> None:
    """Each struck row foots, and its unit value is within half a millionth of net assets per unit."""
    for (night, key), row in oracle.rows.items():
        if row.status == "HELD":
            assert row.unit_value is None
            assert night in oracle.sleeves[key].missed
            continue
        parts = (row.cash, row.receivables, row.market_value, row.payables, row.accrued_fees)
        assert None not in parts
        cash, receivables, market_value, payables, accrued = (part or ZERO for part in parts)
        assert cash + receivables + market_value - payables - accrued == row.net_assets
        if row.units and row.net_assets is not None and row.unit_value is not None:
            assert abs(row.net_assets / row.units - row.unit_value) <= Decimal("0.0000005")
