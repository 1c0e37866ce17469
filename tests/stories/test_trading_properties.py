"""Properties of a rebalance through the night, on random books: near the targets, on one's own, and only when due."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from modelx.domain.days import day_of
from tests.product import fresh_sqlite
from tests.services.trading_books import SESSIONS, Desk, Row, order, override, prices, security, targets, trading_tables

MON, TUE, WED = SESSIONS[:3]
TICKERS = ("AAA", "BBB", "CCC")
WHOLE = {"BBB"}
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # an example is three nights: shrinking one takes minutes

weights = st.lists(st.integers(0, 400), min_size=3, max_size=3).filter(lambda w: 0 < sum(w) <= 1000)
quotes = st.lists(st.integers(100, 90_000), min_size=3, max_size=3)
money = st.integers(1_000_00, 5_000_000_00)
rules = st.sampled_from(
    [
        override("P1", "SUBSTITUTE", "AAA", to_ticker="CCC"),
        override("P1", "EXCLUDE", "BBB", exclude_to="PRORATA"),
        override("P1", "EXCLUDE", "CCC", exclude_to="CASH"),
        override("P1", "CASH_BUFFER", "", weight="0.07"),
        override("P1", "NO_BUY", "AAA"),
    ]
)


def version(effective: object, weight: list[int]) -> list[Row]:
    """A version of the model from weights in thousandths; the rest is cash."""
    parts = {ticker: f"{w / 1000:.3f}" for ticker, w in zip(TICKERS, weight, strict=True) if w}
    return targets(str(effective), **parts, CASH=f"{(1000 - sum(weight)) / 1000:.3f}")


def desk_of(folder: Path, first: list[int], then: list[int], quote: list[int], amounts: list[int]) -> Desk:
    """Two plans' money on Monday, a new version on Tuesday; prices in cents stand still."""
    desk = Desk(fresh_sqlite(folder), folder)
    tables = trading_tables()
    tables["securities"] = [security(t, "ETF" if t in WHOLE else "MF") for t in TICKERS]
    tables["prices"] = prices({t: f"{Decimal(cents) / 100:.2f}" for t, cents in zip(TICKERS, quote, strict=True)})
    tables["targets"] = [*version(MON, first), *version(TUE, then)]
    tables["orders"] = [
        order(f"o{at}", f"P{at + 1}", f"{Decimal(cents) / 100:.2f}") for at, cents in enumerate(amounts)
    ]
    desk.load(**tables)
    return desk


@settings(max_examples=5, phases=QUICK)
@given(first=weights, then=weights, quote=quotes, amounts=st.tuples(money, money))
@example(first=[184, 167, 33], then=[226, 231, 115], quote=[1448, 65537, 26556], amounts=(2251323, 258465))
def test_after_a_rebalance_every_weight_is_within_a_share_of_its_target_and_only_rounding_is_left(
    first: list[int], then: list[int], quote: list[int], amounts: tuple[int, int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = desk_of(Path(folder), first, then, quote, list(amounts))
        desk.run(WED)
        for plan, cents in zip(("P1", "P2"), amounts, strict=True):
            held = desk.holdings(plan, WED)
            assets, a_share = Decimal(cents) / 100, Decimal(quote[1]) / 100  # of BBB, kept unsold or not bought
            for ticker, weight, price in zip(TICKERS, then, quote, strict=True):
                worth = Decimal(held.get(ticker, "0")) * price / 100
                step = Decimal(price) / 100_000
                assert abs(worth - assets * weight / 1000) <= step + a_share + Decimal("0.05"), (plan, ticker, held)
        again = desk.rows(f"SELECT amount FROM proposed_trade WHERE business_date >= {day_of(WED)}")
        steps = Decimal(sum(quote)) / 100_000  # the smallest part of a share of each
        for (amount,) in again:  # where a single share is too dear, the sleeve stays out of its band
            assert Decimal(amount).scaleb(-6) <= steps + Decimal("0.10"), "only what rounding leaves is traded again"


@settings(max_examples=4, phases=QUICK)
@given(first=weights, then=weights, quote=quotes, rule=rules)
def test_an_override_of_one_plan_leaves_every_figure_of_another_as_it_was(
    first: list[int], then: list[int], quote: list[int], rule: Row
) -> None:
    ledgers = []
    for ordained in ([], [rule]):
        with tempfile.TemporaryDirectory() as folder:
            desk = desk_of(Path(folder), first, then, quote, [100_000_00, 70_000_00])
            if ordained:
                desk.load(overrides=ordained)
            desk.run(WED)
            ledgers.append(
                desk.rows(
                    "SELECT business_date, unit_value, net_assets, units, market_value, cash, receivables, payables "
                    "FROM unit_value WHERE sleeve_id = 2 ORDER BY 1"
                )
                + desk.rows("SELECT * FROM proposed_trade WHERE sleeve_id = 2 ORDER BY business_date, security_id")
            )
    assert ledgers[0] == ledgers[1]
