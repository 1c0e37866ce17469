"""The columnar rebalance equals plain decimals, and keeps its promises on random sleeves."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from modelx.domain.book_codes import OverrideKind
from modelx.domain.effective_target import CASH
from modelx.domain.proposal import SleeveNote, cash_change
from modelx.domain.rebalance_sweep import propose_all
from modelx.domain.rebalance_trigger import Mode
from tests.domain.override_columns import Rule, column
from tests.domain.rebalance_columns import DAY, Security, Sleeve, funds_of, rebalance, terms_of
from tests.domain.rebalance_oracle import expected

TICKERS = ("A", "B", "C", "D", "E")


@st.composite
def securities(draw):
    found = {}
    for ticker in TICKERS:
        price = draw(st.integers(1, 50_000_000)) if draw(st.booleans()) else draw(st.sampled_from([100, 1000, 2500]))
        decimals = draw(st.sampled_from([0, 3, 4, 6]))
        found[ticker] = Security(f"{Decimal(price) / 100}", decimals, can_buy=draw(st.integers(0, 9)) > 0)
    return found


@st.composite
def weights(draw):
    chosen = draw(st.lists(st.sampled_from([*TICKERS, "CASH"]), unique=True, min_size=1))
    cuts = sorted(draw(st.lists(st.integers(0, 10**6), min_size=len(chosen) - 1, max_size=len(chosen) - 1)))
    shares = np.diff([0, *cuts, 10**6]).tolist()
    return {t: f"{Decimal(share) / 10**6}" for t, share in zip(chosen, shares, strict=True) if share}


@st.composite
def sleeves(draw, of):
    holdings = {}
    for ticker, security in of.items():
        if draw(st.booleans()):
            units = draw(st.integers(1, 10**4)) if security.whole else draw(st.integers(1, 10**7))
            holdings[ticker] = f"{Decimal(units).scaleb(-min(security.share_dp, 4)):f}"
    money = st.integers(-(10**4), 10**9).map(lambda cent: f"{Decimal(cent) / 100}")
    return Sleeve(
        draw(money),
        holdings,
        accrued=f"{Decimal(draw(st.integers(0, 10**9))) / 10**6}",
        min_trade=draw(st.sampled_from(["0", "50", "250"])),
        min_trade_rate=draw(st.sampled_from(["0", "0.002"])),
    )


@st.composite
def books(draw):
    of = draw(securities())
    barred = draw(st.dictionaries(st.sampled_from(TICKERS), st.sampled_from(["NO_BUY", "NO_SELL"]), max_size=2))
    return of, draw(weights()), draw(st.lists(sleeves(of), min_size=1, max_size=4)), barred


@settings(max_examples=250, deadline=None)
@given(books(), st.booleans())
def test_the_rebalance_equals_plain_decimals(book, full):
    of, target, held, barred = book
    number = {ticker: n for n, ticker in enumerate(TICKERS, start=1)}
    rules = [
        Rule(OverrideKind[kind], number[t], sleeve=s, id=s) for s in range(len(held)) for t, kind in barred.items()
    ]
    done = rebalance(of, target, held, rules, Mode.FULL if full else Mode.CASH_FLOW)
    for s, sleeve in enumerate(held):
        trades, cash = expected(
            of,
            {t: Decimal(share) for t, share in target.items() if t != "CASH"},
            sleeve,
            full=full,
            no_buy=frozenset(t for t, kind in barred.items() if kind == "NO_BUY"),
            no_sell=frozenset(t for t, kind in barred.items() if kind == "NO_SELL"),
        )
        found = {t: (side, Decimal(n), Decimal(amount)) for t, (side, n, amount) in done.trades(s).items()}
        assert found == trades
        assert Decimal(int(done.proposal.cash_after[s])) / 10**6 == cash


@settings(max_examples=150, deadline=None)
@given(books(), st.sampled_from([Mode.FULL, Mode.CASH_FLOW]))
def test_a_proposal_foots_and_never_spends_the_reserve(book, mode):
    of, target, held, _ = book
    done = rebalance(of, target, held, mode=mode)
    trades, proposal = done.proposal.trades, done.proposal
    assert np.array_equal(proposal.cash_after - proposal.cash_before, cash_change(trades, len(held)))
    key = (trades.sleeve << 20) | trades.security_id
    assert (np.diff(key) > 0).all()
    assert (trades.shares > 0).all()
    bought = np.bincount(trades.sleeve, trades.side == 0, len(held)) > 0
    reserve = done.lines.reserve + np.array([int(Decimal(one.accrued) * 10**6) for one in held])
    assert (proposal.cash_after >= reserve)[bought].all()


@settings(max_examples=150, deadline=None)
@given(books())
def test_after_a_rebalance_every_weight_is_within_a_share_or_the_minimum_of_its_target(book):
    of, target, held, _ = book
    done = rebalance({t: Security(one.price, one.share_dp) for t, one in of.items()}, target, held)
    lines, trades = done.lines, done.proposal.trades
    after = lines.market_value.copy()
    at = np.searchsorted((lines.sleeve << 20) | lines.security_id, (trades.sleeve << 20) | trades.security_id)
    after[at] += np.where(trades.side == 0, trades.amount, -trades.amount)
    scaled = (done.proposal.notes & int(SleeveNote.SHARE_ROUNDING | SleeveNote.CASH_SHORT)) != 0
    for row in range(len(lines)):
        sleeve, security = int(lines.sleeve[row]), of[TICKERS[int(lines.security_id[row]) - 1]]
        limit = int(Decimal(held[sleeve].min_trade_rate) * int(lines.value[sleeve])) + 1
        share = int(Decimal(security.price) * 10 ** (6 - security.share_dp)) + len(TICKERS) * 10**4
        limit = max(limit, share, int(Decimal(held[sleeve].min_trade) * 10**6))
        short = int(lines.target_value[row] - after[row])
        assert short >= -limit
        assert short <= limit or scaled[sleeve]
    for sleeve in np.flatnonzero(done.proposal.notes & int(SleeveNote.SHARE_ROUNDING)).tolist():
        rows = lines.sleeve == sleeve
        over = int(np.maximum(after - lines.target_value, 0)[rows].sum())
        cash_over = int(done.proposal.cash_after[sleeve] - lines.reserve[sleeve]) - int(
            Decimal(held[sleeve].accrued) * 10**6
        )
        missing = int(np.maximum(lines.target_value - after, 0)[rows].sum())
        assert missing == over + cash_over


@settings(max_examples=60, deadline=None)
@given(books())
def test_a_second_rebalance_at_the_same_prices_changes_nothing_that_matters(book):
    of, target, held, _ = book
    of = {t: Security(one.price, 6) for t, one in of.items()}
    held = [Sleeve(one.cash, one.holdings, one.accrued) for one in held]
    first = rebalance(of, target, held)
    again = []
    for s, sleeve in enumerate(held):
        shares = {t: Decimal(n) for t, n in sleeve.holdings.items()}
        for t, (side, n, _) in first.trades(s).items():
            shares[t] = shares.get(t, Decimal(0)) + (Decimal(n) if side == "BUY" else -Decimal(n))
        left = {t: f"{n:f}" for t, n in shares.items() if n}
        again.append(Sleeve(f"{Decimal(int(first.proposal.cash_after[s])) / 10**6}", left, sleeve.accrued))
    second = rebalance(of, target, again)
    for s in range(len(held)):
        price = max(Decimal(one.price) for one in of.values())
        dust = (Decimal("0.02") + price / 10**6) * len(of)
        assert all(Decimal(amount) <= dust for _, _, amount in second.trades(s).values())


def test_identical_targets_and_no_flows_propose_no_trades():
    of = {t: Security("10") for t in TICKERS}
    target = {"A": "0.3", "B": "0.3", "C": "0.3", "CASH": "0.1"}
    held = [Sleeve(f"{100 * n}", {"A": f"{30 * n}", "B": f"{30 * n}", "C": f"{30 * n}"}) for n in range(1, 50)]
    done = rebalance(of, target, held)
    assert len(done.proposal.trades) == 0
    assert not done.proposal.notes.any()
    assert (done.targets.cash_weight == 10**11).all()
    assert CASH not in done.proposal.undone.security_id


@settings(max_examples=60, deadline=None)
@given(books(), st.integers(1, 5))
def test_a_sweep_in_parts_is_one_pass_over_all(book, at_a_time):
    of, target, held, barred = book
    number = {ticker: n for n, ticker in enumerate(TICKERS, start=1)}
    rules = [Rule(OverrideKind[kind], number[t], sleeve=s) for s in range(len(held)) for t, kind in barred.items()]
    modes = [(Mode.FULL, Mode.CASH_FLOW, Mode.HOLD)[s % 3] for s in range(len(held))]
    done = rebalance(of, target, held, rules, modes)
    terms, funds = terms_of(of), funds_of(held)
    parts = propose_all(done.positions, done.targets, terms, funds, column(modes), DAY, at_a_time=at_a_time)
    for name in ("trades", "undone"):
        whole, swept = getattr(done.proposal, name), getattr(parts, name)
        for part in whole.__dataclass_fields__:
            assert np.array_equal(getattr(whole, part), getattr(swept, part)), part
    active = np.array(modes) != Mode.HOLD
    assert np.array_equal(parts.cash_after, done.proposal.cash_after)
    assert np.array_equal(parts.notes[active], done.proposal.notes[active])
