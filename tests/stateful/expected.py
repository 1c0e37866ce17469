"""What the product should list, worked out from the oracle: rows of plain values, to be compared one by one.

Money, units and shares are decimals; days are dates; a figure that does not exist is None.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.oracle.book import SleeveKey
from tests.oracle.exact import ZERO, exactly
from tests.oracle.night import NightRow, Oracle
from tests.product import COMPONENTS

UnitValueRow = tuple[date, str, str, str, tuple[Decimal, ...] | None]
Accounts = dict[str, Decimal]
HOLD_CODES = {"TR-SHORT": "C-TRADE"}  # the product's word for sales beyond the shares


def unit_value_rows(oracle: Oracle) -> list[UnitValueRow]:
    """By date, plan and model: what was struck, and every night that a held sleeve has missed."""
    return sorted((row.date, row.plan, row.model, row.status, figures(row)) for row in oracle.rows.values())


def figures(row: NightRow) -> tuple[Decimal, ...] | None:
    return None if row.status == "HELD" else tuple(getattr(row, name) for name in COMPONENTS)


def open_holds(oracle: Oracle) -> set[tuple[date, SleeveKey, str, str]]:
    """(night, sleeve, code, ticker) of what stops a sleeve now.

    Sales beyond the shares are judged by the product only when nothing is wrong with the sleeve's prices.
    """
    held = set()
    for key in oracle.held_sleeves():
        books = oracle.sleeves[key]
        prices = [finding for finding in books.hold if finding[0] not in HOLD_CODES]
        for code, ticker in prices or books.hold:
            held.add((books.missed[0], key, HOLD_CODES.get(code, code), ticker))
    return held


def struck_nights(oracle: Oracle, key: SleeveKey) -> list[date]:
    return sorted(night for night, sleeve in oracle.trial_balances if sleeve == key)


@exactly
def accounts_at(oracle: Oracle, key: SleeveKey, day: date) -> Accounts:
    """A sleeve's accounts at the end of a day: dollars, shares and units; debits positive, zeros left out."""
    nights = [night for night in struck_nights(oracle, key) if night <= day]
    if not nights:
        return {}
    last = (nights[-1], key)
    units, shares = oracle.closing_units[last], oracle.positions[last]
    accounts = dict(oracle.trial_balances[last])
    accounts |= {f"1210:{ticker}": held for ticker, held in shares.items()}
    accounts |= {"6000": units, "6010": -units}
    for night in nights:
        for line in oracle.fee_lines[night, key]:
            if line.paid_from == "account":
                sign = -1 if line.waives else 1
                billed, earned = f"8100:{line.waives or line.payee}", f"8200:{line.payee}"
                accounts[billed] = accounts.get(billed, ZERO) + sign * line.amount
                accounts[earned] = accounts.get(earned, ZERO) - sign * line.amount
    return {account: amount for account, amount in accounts.items() if amount != 0}


@exactly
def movements(oracle: Oracle, key: SleeveKey, first: date, last: date) -> dict[tuple[date, str], Decimal]:
    """What each night of a range moved on each of a sleeve's accounts, net; zeros left out."""
    moved: dict[tuple[date, str], Decimal] = {}
    before: Accounts = {}
    for night in struck_nights(oracle, key):
        after = accounts_at(oracle, key, night)
        if first <= night <= last:
            for account in before.keys() | after.keys():
                change = after.get(account, ZERO) - before.get(account, ZERO)
                if change != 0:
                    moved[night, account] = change
        before = after
    return moved


def position_rows(oracle: Oracle, key: SleeveKey, day: date) -> tuple[Decimal, list[tuple[object, ...]]]:
    """Cash, and (ticker, shares, cost, the day's price as known now) by ticker."""
    accounts = accounts_at(oracle, key, day)
    held = sorted(account.partition(":")[2] for account in accounts if account.startswith("1210:"))
    rows: list[tuple[object, ...]] = [
        (
            ticker,
            accounts[f"1210:{ticker}"],
            accounts.get(f"1200:{ticker}", ZERO),
            oracle.book.prices.get((day, ticker)),
        )
        for ticker in held
    ]
    return accounts.get("1000", ZERO), rows
