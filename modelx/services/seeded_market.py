"""A made-up market, seeded: correlated asset classes, and funds that follow them with fees, noise, dividends, splits.

Daily class returns are normal with the covariance of the evaluator's shipped capital-market set and the returns that
this covariance implies for a balanced portfolio (Sharpe 1974, as the evaluator's reverse optimisation). A fund earns
its class less its expense ratio, with tracking noise; prices are whole cents. Crashes can be written in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from modelx.domain.book_codes import DistributionKind
from modelx.domain.corporate_action import Distributions, Splits
from modelx.domain.days import date_of
from modelx.domain.money import Column
from modelx.domain.universe import Listing
from modelx.evaluator.capital_markets import CapitalMarkets
from modelx.services.market_history import HistoryTerms, MarketHistory

Floats = npt.NDArray[np.float64]

SESSIONS_A_YEAR = 252
RISK_FREE = 0.025  # spec/qdia.md 1
PREMIUM = 0.055  # of the balanced portfolio over the risk-free rate, spec/qdia.md 1
_ONE = 10**12
_CENT_PRICE = 10**6  # a cent in 10^-8 dollars
_TEN_THOUSANDTH = 10**8  # a hundredth of a cent in 10^-12 dollars: distributions have four decimals
_PAY_SESSIONS = 3  # from ex-date to pay-date
_QUARTER_ENDS = (3, 6, 9, 12)


@dataclass(frozen=True, slots=True)
class Crash:
    """From session ``start`` on, over ``sessions`` sessions, equity falls by ``fall`` (a fraction) beyond the usual."""

    start: int
    sessions: int
    fall: float


@dataclass(frozen=True, slots=True)
class MarketSettings:
    """Yearly figures as fractions: tracking noise of funds, dividend yields, December gains of mutual funds.

    An exchange-traded fund whose price passes ``split_above`` dollars splits two for one.
    """

    noise: float = 0.01
    equity_yield: float = 0.018
    bond_yield: float = 0.03
    gain: float = 0.02
    split_above: float = 150.0
    crashes: tuple[Crash, ...] = ()


def seeded_market(
    listings: Sequence[Listing],
    sessions: Column,
    markets: CapitalMarkets,
    rng: np.random.Generator,
    settings: MarketSettings | None = None,
) -> MarketHistory:
    """Return the history of ``listings`` (security ids 1, 2, ... in their order) over ``sessions``.

    The same listings, sessions and seed give the same history. Income goes ex on the last session of a quarter, gains
    of mutual funds on the last of a year; both are paid three sessions later, or on the ex-day at the end.
    """
    rules = settings or MarketSettings()
    group = np.array([markets.codes.index(one.asset_class) for one in listings], np.int64)
    is_etf = np.array([one.kind == "ETF" for one in listings], np.bool_)
    expense = np.array([one.expense_ratio for one in listings], np.int64)
    classes = _class_returns(markets, sessions.size, rng, rules.crashes)
    noise = rng.standard_normal((sessions.size, len(listings))) * rules.noise / SESSIONS_A_YEAR**0.5
    returns = classes[:, group] + noise - expense / _ONE / SESSIONS_A_YEAR
    equity = markets.equity[group]
    income = np.where(equity, rules.equity_yield, rules.bond_yield) / len(_QUARTER_ENDS)
    gains = np.where(is_etf, 0.0, rules.gain) * equity
    price, paid, split = _walk(returns, rng.uniform(15.0, 60.0, len(listings)), sessions, is_etf, income, gains, rules)
    terms = HistoryTerms(
        security_id=np.arange(1, len(listings) + 1),
        share_dp=np.array([one.share_dp for one in listings], np.int64),
        whole_shares=is_etf,
        settle_lag=np.ones(len(listings), np.int64),
        expense_ratio=expense,
    )
    return MarketHistory(sessions, terms, price, *_distributions(paid, sessions), *_splits(split, sessions))


def implied_returns(markets: CapitalMarkets) -> Floats:
    """Return the yearly return of each class for which a half-equity, half-bond equal mix is best (fractions)."""
    equity = markets.equity.astype(np.float64)
    mix = 0.5 * equity / equity.sum() + 0.5 * (1.0 - equity) / (1.0 - equity).sum()
    with_mix = markets.covariance @ mix
    return np.asarray(RISK_FREE + PREMIUM * with_mix / (mix @ with_mix), np.float64)


def _class_returns(
    markets: CapitalMarkets, sessions: int, rng: np.random.Generator, crashes: tuple[Crash, ...]
) -> Floats:
    """Daily log returns of the classes; the first session has none."""
    variance = np.diag(markets.covariance)
    drift = (np.log1p(implied_returns(markets)) - variance / 2) / SESSIONS_A_YEAR
    shocks = rng.standard_normal((sessions, markets.classes)) @ markets.root.T / SESSIONS_A_YEAR**0.5
    returns = drift + shocks
    for crash in crashes:
        returns[crash.start : crash.start + crash.sessions, markets.equity] += np.log(1.0 - crash.fall) / crash.sessions
    returns[0] = 0.0
    return np.asarray(returns, np.float64)


@dataclass(slots=True)
class _Paid:
    """Distributions as they are made: session, security row, kind and rate (10^-12)."""

    session: list[int]
    row: list[int]
    kind: list[int]
    rate: list[int]


def _walk(
    returns: Floats,
    start: Floats,
    sessions: Column,
    is_etf: npt.NDArray[np.bool_],
    income: Floats,
    gains: Floats,
    rules: MarketSettings,
) -> tuple[Column, _Paid, list[tuple[int, int]]]:
    """Carry the prices from session to session; what is paid or split leaves the price that day."""
    price = np.empty(returns.shape, np.int64)
    paid, splits = _Paid([], [], [], []), []
    worth = start.copy()
    for session in range(sessions.size):
        worth *= np.exp(returns[session])
        if session:
            for row in np.flatnonzero(is_etf & (worth > rules.split_above)).tolist():
                splits.append((session, row))
                worth[row] /= 2
            for kind, share in _due(sessions, session, income, gains):
                rate = np.maximum(np.rint(worth * share * 10_000), 0).astype(np.int64)
                rows = np.flatnonzero(rate)
                worth -= rate / 10_000
                paid.session += [session] * rows.size
                paid.row += rows.tolist()
                paid.kind += [kind] * rows.size
                paid.rate += (rate[rows] * _TEN_THOUSANDTH).tolist()
        price[session] = np.maximum(np.rint(worth * 100), 1).astype(np.int64) * _CENT_PRICE
    return price, paid, splits


def _due(sessions: Column, session: int, income: Floats, gains: Floats) -> list[tuple[int, Floats]]:
    """What goes ex on a session: it is the last of its quarter, or of its year."""
    on = date_of(sessions[session])
    last = session + 1 == sessions.size or date_of(sessions[session + 1]).month != on.month
    if not last or on.month not in _QUARTER_ENDS:
        return []
    found = [(int(DistributionKind.INCOME), income)]
    return [*found, (int(DistributionKind.CAPGAIN), gains)] if on.month == _QUARTER_ENDS[-1] else found


def _distributions(paid: _Paid, sessions: Column) -> tuple[Column, Distributions]:
    session = np.array(paid.session, np.int64)
    ex_day = sessions[session]
    later = session + _PAY_SESSIONS
    pay_day = np.where(later < sessions.size, sessions[np.minimum(later, sessions.size - 1)], ex_day)
    columns = (np.array(paid.row, np.int64) + 1, np.array(paid.kind, np.int64), np.array(paid.rate, np.int64), pay_day)
    return ex_day, Distributions(*columns, np.zeros(session.size, np.bool_), np.zeros(session.size, np.int64))


def _splits(splits: list[tuple[int, int]], sessions: Column) -> tuple[Column, Splits]:
    session = np.array([at for at, _ in splits], np.int64)
    row = np.array([row for _, row in splits], np.int64)
    two, one = np.full(row.size, 2 * _ONE), np.full(row.size, _ONE)
    return sessions[session], Splits(row + 1, two, one, np.zeros(row.size, np.int64))
