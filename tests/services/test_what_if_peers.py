"""The what-if against bt and empyrical-reloaded on real prices of 2014-2018 (read in place, never copied).

Traps, and what is done about them: bt's price index is wrong when money flows at the close, so values are compared,
not the index, and no money flows after the first day. bt trades at the close its weights were set on, so the what-if
is told to as well. bt knows neither cents nor share decimals: fractional shares have six decimals here and dividends
are rounded to the cent in both. bt sells whole shares up to the next one, where the specification floors: the whole-
share strategy sizes its own orders, and bt keeps the books. ffn drops a drawdown that begins on the first day, so
drawdowns are compared with empyrical, which counts from the first value.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from modelx.domain.days import day_of
from modelx.services.what_if import Execution, run_what_if
from modelx.services.what_if_summary import summarise
from tests.domain.override_columns import column, models
from tests.oracle.real_market import market_folder, read_dividends, read_prices
from tests.services.what_if_columns import Plan, calendar_of, history, scenario

WEIGHTS = {"SPY": 0.35, "VB": 0.20, "TLT": 0.15, "BND": 0.30}
TICKERS = tuple(WEIGHTS)
OPENING = 100_000
FOLDER = market_folder()

pytestmark = pytest.mark.skipif(FOLDER is None, reason="no market data: set MODELX_SHARED to the folder that holds it")


@dataclass(frozen=True)
class Real:
    """Closes by session (rows) and ticker (columns) as exact decimals, and dividends by ex-day and ticker."""

    days: tuple[int, ...]
    closes: tuple[tuple[Decimal, ...], ...]
    dividends: dict[tuple[int, str], Decimal]


@pytest.fixture(scope="module")
def real():
    prices = read_prices(FOLDER, first=date(2014, 1, 2))
    dates = sorted({on for on, _ in prices})
    closes = tuple(tuple(Decimal(prices[on, ticker]).quantize(Decimal("1e-8")) for ticker in TICKERS) for on in dates)
    paid = {
        (day_of(one.ex_date), one.ticker): one.rate
        for one in read_dividends(FOLDER, first=date(2014, 1, 2))
        if one.ticker in TICKERS
    }
    return Real(tuple(day_of(on) for on in dates), closes, paid)


def what_if(real, share_dp, with_dividends):
    price = np.array([[int(close * 10**8) for close in row] for row in real.closes], np.int64)
    paid = [
        (TICKERS.index(ticker) + 1, day, day, int(rate * 10**12))
        for (day, ticker), rate in (real.dividends.items() if with_dividends else ())
    ]
    sessions = column(real.days)
    market = history(sessions, price, [share_dp] * len(TICKERS), paid)
    target = models({n: round(weight * 10**6) * 10**6 for n, weight in enumerate(WEIGHTS.values(), start=1)})
    plan = Plan(opening=OPENING, buffer_max=99 * 10**10)  # cash alone triggers on the first day only
    tried = scenario(real.days[0], [(real.days[0], target)], [plan], execution=Execution.SAME_CLOSE)
    return run_what_if(market, calendar_of(sessions), tried)


def bt_values(real, *, whole, with_dividends):
    import bt
    import pandas as pd

    index = pd.to_datetime(np.array(real.days), unit="D")
    frame = pd.DataFrame([[float(close) for close in row] for row in real.closes], index=index, columns=list(TICKERS))

    class PayDividends(bt.Algo):
        """Credit the ex-date's dividends, to the cent, to cash."""

        def __call__(self, target):
            day = int(target.now.to_datetime64().astype("datetime64[D]").astype(int))
            for ticker in TICKERS:
                rate = real.dividends.get((day, ticker))
                if with_dividends and rate and ticker in target.children:
                    shares = Decimal(str(round(target[ticker].position, 6)))
                    amount = (shares * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
                    target.adjust(float(amount), flow=False)
            return True

    class WholeShares(bt.Algo):
        """Sell to target, floor; then buy to target, floor, scaled by distance where cash is short."""

        def __call__(self, target):
            close = {ticker: float(target.universe.loc[target.now, ticker]) for ticker in TICKERS}
            held = {ticker: target[ticker].position if ticker in target.children else 0.0 for ticker in TICKERS}
            worth = {ticker: round(held[ticker] * close[ticker], 2) for ticker in TICKERS}
            cash = round(target.capital, 2)
            value = round(sum(worth.values()) + cash, 2)
            aim = {ticker: round(value * WEIGHTS[ticker] + 1e-9, 2) for ticker in TICKERS}
            spare = cash - round(value - sum(aim.values()), 2)
            for ticker in TICKERS:
                if worth[ticker] > aim[ticker]:
                    count = math.floor((worth[ticker] - aim[ticker]) / close[ticker] + 1e-9)
                    spare += round(count * close[ticker], 2)
                    target.transact(-count, ticker) if count else None
            under = {ticker: aim[ticker] - worth[ticker] for ticker in TICKERS if worth[ticker] < aim[ticker]}
            counts = {ticker: math.floor(dollars / close[ticker] + 1e-9) for ticker, dollars in under.items()}
            if sum(round(counts[ticker] * close[ticker], 2) for ticker in counts) > round(spare, 2):
                for ticker, dollars in under.items():
                    scaled = math.floor(dollars * spare / sum(under.values()) * 100 + 1e-6) / 100
                    counts[ticker] = math.floor(scaled / close[ticker] + 1e-9)
            for ticker, count in counts.items():
                target.transact(count, ticker) if count else None
            return True

    quarterly = bt.algos.RunQuarterly(run_on_first_date=True)
    trade = [WholeShares()] if whole else [bt.algos.WeighSpecified(**WEIGHTS), bt.algos.Rebalance()]
    strategy = bt.Strategy("peer", [PayDividends(), quarterly, *trade], children=list(TICKERS))
    test = bt.Backtest(strategy, frame, initial_capital=OPENING, integer_positions=whole, progress_bar=False)
    bt.run(test)
    return test.strategy.values.to_numpy()[1:]  # the first row is the day before, which bt adds


@pytest.mark.parametrize("with_dividends", [False, True], ids=["prices", "dividends"])
@pytest.mark.parametrize("whole", [False, True], ids=["fractional", "whole"])
def test_a_quarterly_model_is_worth_what_bt_says_to_the_cent(real, whole, with_dividends):
    ours = what_if(real, 0 if whole else 6, with_dividends)
    theirs = bt_values(real, whole=whole, with_dividends=with_dividends)
    net_assets = ours.net_assets[:, 0].copy()
    net_assets[0] = OPENING * 10**6  # bt has its money on the first morning, the sleeve at that night's unit value
    difference = np.abs(net_assets / 10**6 - theirs)
    half_cents = 0.005 * len(TICKERS)  # of fractional lines, each rounded to the cent in ours and not in bt
    assert difference.max() <= (1e-8 if whole else half_cents)  # whole shares at whole cents: bt's floats and no more
    assert int(ours.rebalances[0]) == 20


def test_returns_and_drawdown_equal_empyrical(real):
    import empyrical

    ours = what_if(real, 6, with_dividends=True)
    summary = summarise(ours)
    value = ours.unit_value[1:, 0] / 10**6
    returns = np.diff(value) / value[:-1]
    assert summary.total_return[0] == pytest.approx(empyrical.cum_returns_final(returns), abs=1e-12)
    assert summary.volatility[0] == pytest.approx(empyrical.annual_volatility(returns), rel=1e-12)
    assert summary.drawdown[0] == pytest.approx(empyrical.max_drawdown(returns), abs=1e-12)
    years = len(returns) / 252
    annual = (1 + summary.total_return[0]) ** (1 / years) - 1
    assert annual == pytest.approx(empyrical.annual_return(returns), abs=1e-12)
