"""The rebalance at scale: sleeves of 12 holdings proposed, blocked and allocated, against a bare exact numpy pass.

The pass computes every line's market value, net assets, target value and unconstrained target trade in shares,
exactly, and sorts the rows by security and side once. The target is at most ten times its seconds for 100,000 sleeves.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from modelx.domain.allocation import Allocation, allocate_fills
from modelx.domain.block import Blocks, Fills, blocks_of
from modelx.domain.book_codes import ExcludeTo, OverrideKind
from modelx.domain.effective_target import EffectiveTargets
from modelx.domain.money import Column, Rounding, group_sum, mul_div
from modelx.domain.override import OnExpiry, Overrides
from modelx.domain.override_resolution import ModelTargets, resolve
from modelx.domain.position import Positions
from modelx.domain.preview import Market, Names, preview_change, seal_change
from modelx.domain.rebalance_line import SleeveFunds, TradingTerms
from modelx.domain.rebalance_sweep import propose_all
from modelx.domain.rebalance_trigger import Mode

SLEEVES, HOLDINGS, SECURITIES, MODELS = 100_000, 12, 300, 20
RATIO_MAX = 10.0
PREVIEWED, PREVIEW_SECONDS_MAX = 1_000, 1.0
DAY = 20_000
ONE = 10**12
_REPEATS = 5


def run(scale: str) -> dict[str, Any]:
    """Return the seconds of each part and their ratio to the bare pass; ``scale``: ``full``, or ``quick`` (a tenth)."""
    book = Book(SLEEVES if scale == "full" else SLEEVES // 10)
    seconds = {name: best_of(work) for name, work in book.parts().items()}
    total = sum(seconds[part] for part in ("resolve", "propose", "block", "allocate"))
    ratio = total / seconds["bare_pass"]
    figures = {"sleeves": book.n, "lines": len(book.positions), "trades": len(book.proposal().trades)}
    figures |= {f"{name}_seconds": round(value, 4) for name, value in seconds.items()}
    preview = preview_seconds(Book(PREVIEWED))
    figures |= {"total_seconds": round(total, 4), "ratio_to_bare_pass": round(ratio, 2)}
    return {
        "name": "rebalance",
        "figures": figures | {f"preview_of_{PREVIEWED}_plans_cpu_seconds": round(preview, 4)},
        "targets": {"ratio_to_bare_pass": RATIO_MAX, "plans_cpu_seconds": PREVIEW_SECONDS_MAX},
        "met": ratio <= RATIO_MAX and preview <= PREVIEW_SECONDS_MAX,
    }


def preview_seconds(book: Book) -> float:
    """CPU seconds to preview and seal a model change that reaches every plan: one security replaced everywhere."""
    names = Names({s: f"PLAN-{s}" for s in range(book.n)}, {s: f"S{s}" for s in range(SECURITIES + 1)})
    market = Market(book.positions, book.terms, book.funds, np.full(SECURITIES, 3 * 10**9), DAY)
    changed = replace(
        book.models, security=np.where(book.models.security % HOLDINGS == 5, SECURITIES, book.models.security)
    )
    start = time.process_time()
    after = resolve(changed, book.model, book.buffer, book.overrides, DAY)
    preview = preview_change(book.targets, after, market, names)
    seal_change("one security replaced", preview, after, market, names, "manager", {})
    return time.process_time() - start


def best_of(work: Callable[[], object]) -> float:
    """The fewest seconds of several runs."""
    seconds = []
    for _ in range(_REPEATS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


class Book:
    """A seeded book: 20 models of 12 securities of which a third are ETFs, drifted holdings, 2 % of plans overridden.

    Five models have just replaced a fund, so their sleeves hold what they must sell and want what they do not hold.
    """

    def __init__(self, n: int) -> None:
        rng = np.random.default_rng(20261123)
        self.n = n
        self.model = rng.integers(0, MODELS, n)
        self.terms = _terms(rng)
        held, self.models = _models(rng)
        self.overrides = _overrides(rng, n, self.model, held)
        self.buffer = np.full(n, 2 * 10**10)
        self.positions = _positions(rng, held[self.model], self.terms)
        self.funds = SleeveFunds(
            cash=rng.integers(10**9, 10**10, n) // 10_000 * 10_000,
            accrued=rng.integers(0, 10**8, n),
            min_trade=np.full(n, 50 * 10**6),
            min_trade_rate=np.zeros(n, np.int64),
            pays_redemption_fees=np.zeros(n, np.bool_),
        )
        self.targets = self.resolve()
        self.blocks = self.block()
        self.fills = _fills(rng, self.blocks, self.terms)

    def parts(self) -> dict[str, Callable[[], object]]:
        """What is timed, by name."""
        return {
            "bare_pass": self.bare_pass,
            "resolve": self.resolve,
            "propose": self.proposal,
            "block": self.block,
            "allocate": self.allocate,
        }

    def resolve(self) -> EffectiveTargets:
        return resolve(self.models, self.model, self.buffer, self.overrides, DAY)

    def proposal(self) -> Any:
        full = np.full(self.n, int(Mode.FULL))
        self._proposal = propose_all(self.positions, self.targets, self.terms, self.funds, full, DAY)
        return self._proposal

    def block(self) -> Blocks:
        if not hasattr(self, "_proposal"):
            self.proposal()
        return blocks_of(self._proposal.trades, DAY + 1)

    def allocate(self) -> Allocation:
        return allocate_fills(self.blocks, self.fills, self.terms.share_step(self.blocks.security_id - 1))

    def bare_pass(self) -> Column:
        """Market values, net assets, target values and target trades in shares; then one sort of the rows."""
        positions, price = self.positions, self.terms.price[self.positions.security_id - 1]
        market_value = mul_div(positions.shares, price, 10**12) * 10_000
        value = group_sum(market_value, positions.sleeve, self.n) + self.funds.cash - self.funds.accrued
        weight = np.full(market_value.size, 98 * 10**10 // HOLDINGS)
        distance = mul_div(value[positions.sleeve], weight, 10**16) * 10_000 - market_value
        shares = mul_div(distance, 10**8, price)
        return np.argsort((positions.security_id << 1) | (shares < 0))


def _terms(rng: np.random.Generator) -> TradingTerms:
    whole = np.arange(SECURITIES) % 3 == 0
    return TradingTerms(
        security_id=np.arange(1, SECURITIES + 1),
        price=rng.integers(800, 40_000, SECURITIES) * 10**6,
        share_dp=np.where(whole, 0, 3),
        whole_shares=whole,
        settle_lag=np.ones(SECURITIES, np.int64),
        can_buy=np.ones(SECURITIES, np.bool_),
        redemption_fee=np.zeros(SECURITIES, np.int64),
        holding_days=np.zeros(SECURITIES, np.int64),
    )


def _models(rng: np.random.Generator) -> tuple[Column, ModelTargets]:
    """What each model held before, one row per model, and its targets tonight."""
    held = np.stack([np.sort(rng.choice(SECURITIES - 1, HOLDINGS, replace=False)) for _ in range(MODELS)]) + 1
    tonight = held.copy()
    for model in range(0, MODELS, 4):
        tonight[model, 0] = next(s for s in range(1, SECURITIES + 1) if s not in held[model])
    share = rng.integers(1, 20, (MODELS, HOLDINGS))
    weight = share * (ONE // 10**6 * 10**6) // share.sum(axis=1, keepdims=True) // 10**6 * 10**6
    weight[:, -1] += ONE - weight.sum(axis=1)
    return held, ModelTargets(MODELS, np.repeat(np.arange(MODELS), HOLDINGS), tonight.reshape(-1), weight.reshape(-1))


def _overrides(rng: np.random.Generator, n: int, model: Column, held: Column) -> Overrides:
    sleeve = np.sort(rng.choice(n, n // 50, replace=False))
    kinds = [OverrideKind.SUBSTITUTE, OverrideKind.EXCLUDE, OverrideKind.SET_WEIGHT, OverrideKind.NO_BUY]
    zero = np.zeros(sleeve.size, np.int64)
    return Overrides(
        override_id=np.arange(1, sleeve.size + 1),
        sleeve=sleeve,
        kind=rng.choice([int(kind) for kind in kinds], sleeve.size),
        security=held[model[sleeve], 3],
        to_security=zero + SECURITIES,
        weight=zero + 5 * 10**10,
        exclude_to=zero + int(ExcludeTo.PRORATA),
        start=zero,
        end=zero + 2**31 - 1,
        on_expiry=zero + int(OnExpiry.REVERT),
        was_in_model=np.ones(sleeve.size, np.bool_),
    )


def _positions(rng: np.random.Generator, held: Column, terms: TradingTerms) -> Positions:
    n = held.shape[0]
    dollars = rng.integers(10**9, 10**10, (n, 1)) * rng.integers(60, 140, (n, HOLDINGS)) // 100
    security_id = held.reshape(-1)
    step = terms.share_step(security_id - 1)
    shares = mul_div(dollars.reshape(-1), 10**8, terms.price[security_id - 1]) // step * step
    sleeve = np.repeat(np.arange(n), HOLDINGS)
    return Positions(sleeve, security_id, shares, np.zeros(shares.size, np.int64))


def _fills(rng: np.random.Generator, blocks: Blocks, terms: TradingTerms) -> Fills:
    """ETFs fill in two parts near tonight's price, one block in ten only in part; funds fill at their price."""
    row = blocks.security_id - 1
    step, price = terms.share_step(row), terms.price[row]
    in_dollars = group_sum(blocks.requests.in_shares.astype(np.int64), blocks.requests.block, len(blocks)) == 0
    for_dollars = mul_div(blocks.amount, 10**8 // step, price, Rounding.FLOOR) * step
    wanted = np.where(in_dollars, for_dollars, blocks.shares)
    wanted = np.where(rng.random(row.size) < 0.1, wanted // 2 // step * step, wanted)
    first = np.where(terms.whole_shares[row], wanted // 3 // step * step, 0)
    block = np.concatenate([np.arange(row.size), np.flatnonzero(first)])
    shares = np.concatenate([wanted - first, first[first > 0]])
    return Fills(block, shares, np.concatenate([price, price[first > 0] + 10**6]))
