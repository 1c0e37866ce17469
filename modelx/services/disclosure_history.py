"""A sleeve's past as a notice needs it: unit values in force, what was held each night, trades, and fees accrued.

Everything comes from published strikes and from the ledger's transfers; market values are shares times the prices
known at the notice's load. Millionths of a dollar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import numpy as np

from modelx.disclosure.performance import ValueSeries
from modelx.domain.days import day_of
from modelx.domain.money import Column, mul_div
from modelx.ledger.account import Chart, charts_of, owners_of, subjects_of
from modelx.ledger.journal import JournalKind
from modelx.services.night_strike import publish
from modelx.store import disclosure_ledger_records, price_records
from modelx.store.engine import Connection

FAR = 2**31 - 1
PRICE_ONE = 10**8
_SIDES = ("debit", "credit")


@dataclass(frozen=True, slots=True)
class SleeveHistory:
    """One sleeve's nights. ``held[night, security]`` in millionths of a share; moves are dated by their night.

    ``bought`` and ``sold`` are (day, security, amount) of trades at what was paid and received; ``accrued`` and
    ``waived`` are (day, payee, amount) of fees inside the unit value, ``billed`` of those charged to accounts.
    ``closing_assets`` are the net assets with the orders priced at each strike: what stands until the next one, and
    what its fees accrue on.
    """

    sleeve_id: int
    days: Column
    version: Column
    unit_value: Column
    net_assets: Column
    closing_assets: Column
    units: Column
    securities: Column
    held: Column
    bought: Column
    sold: Column
    accrued: Column
    waived: Column
    billed: Column

    def values(self, through: date) -> ValueSeries:
        """The unit values up to a day."""
        upto = self.days <= day_of(through)
        return ValueSeries(self.days[upto], self.unit_value[upto])

    def night_on_or_before(self, on: date) -> int | None:
        """The row of the last night on or before a date."""
        at = int(np.searchsorted(self.days, day_of(on), side="right")) - 1
        return at if at >= 0 else None

    def digest(self, first: date, last: date) -> str:
        """SHA-256 over the day, version and value of every night of a stretch: a restatement changes it."""
        mine = (self.days >= day_of(first)) & (self.days <= day_of(last))
        return digest_of(self.days[mine], self.version[mine], self.unit_value[mine])

    def fees_between(self, moves: Column, first: date, last: date) -> dict[int, int]:
        """By payee, what ``accrued`` or ``waived`` booked in a stretch of nights."""
        mine = (moves[0] >= day_of(first)) & (moves[0] <= day_of(last))
        totals: dict[int, int] = {}
        for payee, amount in zip(moves[1][mine].tolist(), moves[2][mine].tolist(), strict=True):
            totals[payee] = totals.get(payee, 0) + amount
        return totals

    def market_values(self, connection: Connection, rows: Column, horizon: int) -> Column:
        """Market value by night (the rows asked for) and security, at the prices of those nights."""
        prices = price_records.price_history(connection, self.securities, self.days[rows], horizon)
        return mul_div(self.held[rows], prices, PRICE_ONE)

    def traded(self, moves: Column, first: date, last: date) -> Column:
        """What ``bought`` or ``sold`` came to in a stretch, one amount a security of ``securities``."""
        mine = (moves[0] > day_of(first)) & (moves[0] <= day_of(last))
        total = np.zeros(len(self.securities), np.int64)
        np.add.at(total, np.searchsorted(self.securities, moves[1][mine]), moves[2][mine])
        return total


def digest_of(*columns: Column) -> str:
    """SHA-256 of whole-number columns, little-endian, one after the other."""
    digest = sha256()
    for column in columns:
        digest.update(len(column).to_bytes(8, "little"))
        digest.update(np.ascontiguousarray(column, "<i8").tobytes())
    return digest.hexdigest()


def sleeve_histories(connection: Connection, owners: Sequence[int]) -> dict[int, SleeveHistory]:
    """The history of each sleeve named, read together. A sleeve without a published night has empty columns."""
    values = disclosure_ledger_records.published_unit_values(connection, owners, publish.__name__)
    moves = disclosure_ledger_records.transfers_for_notices(connection, owners, FAR)
    debit_owner, credit_owner = owners_of(moves["debit"]), owners_of(moves["credit"])
    histories: dict[int, SleeveHistory] = {}
    for owner in owners:
        mine = (debit_owner == owner) | (credit_owner == owner)
        own = {name: column[mine] for name, column in moves.items()}
        histories[owner] = _history(owner, {n: c[values["sleeve_id"] == owner] for n, c in values.items()}, own)
    return histories


def joined(before: ValueSeries | None, own: ValueSeries, through: date) -> ValueSeries:
    """The unit values struck elsewhere, up to the first of ours, then ours; nothing after ``through``."""
    if before is None or not before.days.size:
        return own
    ends = min(int(own.days[0]) if own.days.size else FAR, day_of(through) + 1)
    earlier = before.days < ends
    return ValueSeries(
        np.concatenate([before.days[earlier], own.days]), np.concatenate([before.values[earlier], own.values])
    )


def _history(owner: int, values: dict[str, Column], moves: dict[str, Column]) -> SleeveHistory:
    last = np.append(values["business_date"][1:] != values["business_date"][:-1], True)
    last = last[: len(values["business_date"])]
    days = values["business_date"][last]
    securities, held = _held(owner, days, moves)
    bought, sold = _trades(owner, moves)
    accrued, waived = (_fees(owner, moves, side, JournalKind.FEE_ACCRUAL, Chart.FEE_EXPENSE) for side in _SIDES)
    billed, unbilled = (
        _fees(owner, moves, side, JournalKind.ACCOUNT_FEE_ACCRUAL, Chart.ACCOUNT_FEES_EARNED)
        for side in reversed(_SIDES)
    )
    unbilled[2] = -unbilled[2]
    return SleeveHistory(
        owner,
        days,
        values["version"][last],
        values["unit_value"][last],
        values["net_assets"][last],
        np.append(values["opening_net_assets"][last][1:], values["net_assets"][last][-1:]),
        values["units"][last],
        securities,
        held,
        bought,
        sold,
        accrued,
        waived,
        np.concatenate([billed, unbilled], axis=1),
    )


def _held(owner: int, days: Column, moves: dict[str, Column]) -> tuple[Column, Column]:
    """The securities ever held, and the shares of each at the end of each night."""
    parts = []
    for side, sign in (("debit", 1), ("credit", -1)):
        mine = (owners_of(moves[side]) == owner) & (charts_of(moves[side]) == Chart.SHARES)
        parts.append((moves["business_date"][mine], subjects_of(moves[side][mine]), sign * moves["amount"][mine]))
    when, security, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
    securities = np.unique(security)
    held = np.zeros((len(days) + 1, len(securities)), np.int64)
    np.add.at(held, (np.searchsorted(days, when), np.searchsorted(securities, security)), amount)
    return securities, held.cumsum(axis=0)[: len(days)]


def _trades(owner: int, moves: dict[str, Column]) -> tuple[Column, Column]:
    """(day, security, amount) of purchases at cost and of sales at what they brought, one row a journal."""
    found = []
    for kind, chart, sign in (
        (JournalKind.BUY, Chart.COST, 1),
        (JournalKind.SELL, Chart.SECURITIES_SOLD_RECEIVABLE, 1),
    ):
        of_kind = moves["kind"] == int(kind)
        journal, day = moves["journal"][of_kind], moves["business_date"][of_kind]
        names, at = np.unique(journal, return_inverse=True)
        security, amount, on = (np.zeros(len(names), np.int64) for _ in range(3))
        on[at] = day
        for side, direction in (("debit", sign), ("credit", -sign)):
            account = moves[side][of_kind]
            shares = (charts_of(account) == Chart.SHARES) & (owners_of(account) == owner)
            security[at[shares]] = subjects_of(account[shares])
            money = (charts_of(account) == chart) & (owners_of(account) == owner)
            np.add.at(amount, at[money], direction * moves["amount"][of_kind][money])
        kept = security > 0
        found.append(np.stack([on[kept], security[kept], amount[kept]]))
    return found[0], found[1]


def _fees(owner: int, moves: dict[str, Column], side: str, kind: JournalKind, chart: Chart) -> Column:
    """(day, payee, amount) of one kind of accrual on one side of a chart."""
    account = moves[side]
    mine = (moves["kind"] == int(kind)) & (charts_of(account) == chart) & (owners_of(account) == owner)
    return np.stack([moves["business_date"][mine], subjects_of(account[mine]), moves["amount"][mine]])
