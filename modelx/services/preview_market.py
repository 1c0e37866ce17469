"""The market a preview trades against: what sleeves held after the last night, their cash, and the prices known now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelx.domain.book import MISSING
from modelx.domain.days import date_of
from modelx.domain.errors import Blocked
from modelx.domain.joins import find_rows
from modelx.domain.money import Column
from modelx.domain.position import Positions
from modelx.domain.preview import Market
from modelx.domain.rebalance_line import SleeveFunds, TradingTerms
from modelx.domain.universe import SecurityStatus
from modelx.ledger.account import PAYABLES, RECEIVABLES, Chart, account_ids, owners_of, subjects_of
from modelx.services.night_state import NEVER, BookState
from modelx.store import listing_records, price_records
from modelx.store.engine import Connection
from modelx.store.listing_records import StoredListings
from modelx.store.sleeve_records import SleeveTerms

LOOK_BACK = 15  # days in which an older price may stand in, with a warning


@dataclass(frozen=True, slots=True)
class PreviewMarket:
    """The market of the sleeves asked about, in their order; by security id the tickers, and the day of a price that
    is older than the night.
    """

    market: Market
    ticker: dict[int, str]
    stale: dict[int, int]


def preview_market(
    connection: Connection, state: BookState, terms: SleeveTerms, targeted: Column, horizon: int
) -> PreviewMarket:
    """Positions and cash from the newest closing, prices of its night as known now.

    ``targeted`` are the securities that will be wanted. Raises :class:`Blocked` for a security held or wanted by a
    sleeve with money that has had no price for two weeks: a preview does not guess.
    """
    positions = positions_of(state, terms.sleeve_id)
    funds = funds_of(state, terms)
    invested = bool(positions.shares.size or funds.cash.any())
    wanted = np.unique(np.concatenate([positions.security_id, targeted[targeted > 0]]))
    price, stale = _prices(connection, state, wanted, horizon) if invested else (np.zeros(wanted.size, np.int64), {})
    listed = listing_records.listings_known(connection, horizon, wanted)
    ticker = dict(zip(listed.security_id.tolist(), listed.ticker, strict=True))
    trading, expense = _terms(listed, wanted, price)
    if invested:
        _require_prices(trading, ticker, state.last_night)
    return PreviewMarket(Market(positions, trading, funds, expense, max(state.last_night, 0)), ticker, stale)


def positions_of(state: BookState, sleeve_ids: Column) -> Positions:
    """What the sleeves named hold, by their place among them; ids ascending."""
    rows = state.balances.rows_of_chart(Chart.SHARES)
    accounts, shares = state.balances.account[rows], state.balances.amount[rows]
    place = find_rows(sleeve_ids, owners_of(accounts))
    keep = (place >= 0) & (shares != 0)
    place, security, shares = place[keep], subjects_of(accounts[keep]), shares[keep]
    cost = state.balances.of(account_ids(sleeve_ids[place], int(Chart.COST), security))
    return Positions(place, security, shares, cost)


def funds_of(state: BookState, terms: SleeveTerms) -> SleeveFunds:
    """Each sleeve's cash (settled, with what is due to come and go) and accrued fees, and its smallest trade."""
    balances, sleeves = state.balances, terms.sleeve_id
    cash = balances.by_owner(sleeves, Chart.CASH)
    for chart in (*RECEIVABLES, *PAYABLES):
        cash = cash + balances.by_owner(sleeves, chart)
    nothing = np.zeros(sleeves.size, np.int64)
    return SleeveFunds(
        cash=cash,
        accrued=-balances.total_by_owner(sleeves, Chart.FEES_PAYABLE),
        min_trade=np.where(terms.min_trade == MISSING, 0, terms.min_trade),
        min_trade_rate=nothing,
        pays_redemption_fees=nothing.astype(np.bool_),
    )


def _prices(connection: Connection, state: BookState, wanted: Column, horizon: int) -> tuple[Column, dict[int, int]]:
    tonight = price_records.prices_on(connection, state.last_night, horizon)
    at = find_rows(tonight.security_id, wanted)
    price = np.where(at >= 0, np.append(tonight.price, 0)[at], 0)
    missing = np.flatnonzero(price == 0)
    stale: dict[int, int] = {}
    if missing.size and state.last_night != NEVER:
        days = np.arange(state.last_night - LOOK_BACK, state.last_night)
        history = price_records.price_history(connection, wanted[missing], days, horizon)
        for row, column in enumerate(history.T):
            seen = np.flatnonzero(column)
            if seen.size:
                price[missing[row]] = column[seen[-1]]
                stale[int(wanted[missing[row]])] = int(days[seen[-1]])
    return price, stale


def _terms(listed: StoredListings, wanted: Column, price: Column) -> tuple[TradingTerms, Column]:
    row = find_rows(listed.security_id, wanted)
    is_open = np.array([listed.status[i] == SecurityStatus.OPEN.value for i in row.tolist()], np.bool_)
    trading = TradingTerms(
        security_id=wanted,
        price=price,
        share_dp=listed.share_dp[row],
        whole_shares=listed.whole_shares[row] != 0,
        settle_lag=listed.settle_lag[row],
        can_buy=is_open,
        redemption_fee=listed.redemption_fee[row],
        holding_days=listed.holding_days[row],
    )
    return trading, listed.expense_ratio[row]


def _require_prices(trading: TradingTerms, ticker: dict[int, str], last_night: int) -> None:
    missing = trading.security_id[trading.price == 0].tolist()
    if missing:
        night = date_of(last_night)
        raise Blocked(
            f"no price of {', '.join(ticker[one] for one in missing)} on {night} or in the {LOOK_BACK} days before: "
            f"a preview does not guess. Load one in prices.csv, dated {night}"
        )
