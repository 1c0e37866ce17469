"""Sleeves written by hand for tests of the rebalance: decimals in text, securities by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from modelx.domain.effective_target import CASH, EffectiveTargets
from modelx.domain.override_resolution import resolve
from modelx.domain.position import Positions
from modelx.domain.proposal import Proposal, TradeReason, UndoneReason
from modelx.domain.rebalance import propose
from modelx.domain.rebalance_line import NEVER, RebalanceLines, SleeveFunds, TradingTerms, lines_of
from modelx.domain.rebalance_trigger import Mode
from tests.domain.override_columns import Rule, column, models, overrides, weight

DAY = 20_000


def millionths(text: str | int) -> int:
    return int(Decimal(text) * 10**6)


@dataclass(frozen=True)
class Security:
    price: str
    share_dp: int = 3
    settle_lag: int = 1
    can_buy: bool = True
    redemption_fee: str = "0"
    holding_days: int = 0

    @property
    def whole(self) -> bool:
        return self.share_dp == 0


@dataclass(frozen=True)
class Sleeve:
    cash: str = "0"
    holdings: Mapping[str, str] = field(default_factory=dict)
    accrued: str = "0"
    min_trade: str = "0"
    min_trade_rate: str = "0"
    buffer: str = "0"
    pays_redemption_fees: bool = False
    last_buy: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Rebalanced:
    """The proposal with the columns it came from; trades and undone by (sleeve, ticker), money as decimals."""

    names: Mapping[str, int]
    positions: Positions
    targets: EffectiveTargets
    lines: RebalanceLines
    proposal: Proposal

    def trades(self, sleeve: int = 0) -> dict[str, tuple[str, str, str]]:
        """By ticker: BUY or SELL, shares, amount."""
        trades, ticker = self.proposal.trades, {number: name for name, number in self.names.items()}
        return {
            ticker[int(trades.security_id[row])]: (
                "SELL" if trades.side[row] else "BUY",
                f"{Decimal(int(trades.shares[row])) / 10**6:f}",
                f"{Decimal(int(trades.amount[row])) / 10**6:.2f}",
            )
            for row in np.flatnonzero(trades.sleeve == sleeve).tolist()
        }

    def amounts(self, sleeve: int = 0) -> dict[str, str]:
        return {ticker: f"{side} {amount}" for ticker, (side, _, amount) in self.trades(sleeve).items()}

    def reasons(self, sleeve: int = 0) -> dict[str, str]:
        trades, ticker = self.proposal.trades, {number: name for name, number in self.names.items()}
        rows = np.flatnonzero(trades.sleeve == sleeve).tolist()
        return {ticker[int(trades.security_id[row])]: TradeReason(int(trades.reason[row])).name for row in rows}

    def undone(self, sleeve: int = 0) -> dict[str, str]:
        undone, ticker = self.proposal.undone, {number: name for name, number in self.names.items()}
        rows = np.flatnonzero(undone.sleeve == sleeve).tolist()
        return {ticker[int(undone.security_id[row])]: UndoneReason(int(undone.reason[row])).name for row in rows}

    def cash_after(self, sleeve: int = 0) -> str:
        return f"{Decimal(int(self.proposal.cash_after[sleeve])) / 10**6:.2f}"

    def notes(self, sleeve: int = 0) -> int:
        return int(self.proposal.notes[sleeve])


def terms_of(securities: Mapping[str, Security]) -> TradingTerms:
    rows = list(securities.values())
    return TradingTerms(
        security_id=column(range(1, len(rows) + 1)),
        price=column(int(Decimal(one.price) * 10**8) for one in rows),
        share_dp=column(one.share_dp for one in rows),
        whole_shares=np.array([one.whole for one in rows], bool),
        settle_lag=column(one.settle_lag for one in rows),
        can_buy=np.array([one.can_buy for one in rows], bool),
        redemption_fee=column(weight(one.redemption_fee) for one in rows),
        holding_days=column(one.holding_days for one in rows),
    )


def funds_of(sleeves: Sequence[Sleeve]) -> SleeveFunds:
    return SleeveFunds(
        cash=column(millionths(one.cash) for one in sleeves),
        accrued=column(millionths(one.accrued) for one in sleeves),
        min_trade=column(millionths(one.min_trade) for one in sleeves),
        min_trade_rate=column(weight(one.min_trade_rate) for one in sleeves),
        pays_redemption_fees=np.array([one.pays_redemption_fees for one in sleeves], bool),
    )


def rebalance(
    securities: Mapping[str, Security],
    target: Mapping[str, str],
    sleeves: Sequence[Sleeve],
    rules: Sequence[Rule] = (),
    mode: Mode | Sequence[Mode] = Mode.FULL,
) -> Rebalanced:
    """Rebalance sleeves of one model whose ``target`` gives weights by ticker (CASH included)."""
    names = {ticker: number for number, ticker in enumerate(securities, start=1)} | {"CASH": CASH}
    held = sorted((s, names[t], t) for s, sleeve in enumerate(sleeves) for t in sleeve.holdings)
    positions = Positions(
        sleeve=column(s for s, _, _ in held),
        security_id=column(number for _, number, _ in held),
        shares=column(millionths(sleeves[s].holdings[t]) for s, _, t in held),
        cost=column(0 for _ in held),
    )
    last_buy = column(sleeves[s].last_buy.get(t, NEVER) for s, _, t in held)
    zero = column(0 for _ in sleeves)
    buffers = column(weight(one.buffer) for one in sleeves)
    of_model = models({names[ticker]: weight(share) for ticker, share in target.items()})
    targets = resolve(of_model, zero, buffers, overrides(rules), DAY)
    modes = column([mode] * len(sleeves) if isinstance(mode, Mode) else mode)
    terms, funds = terms_of(securities), funds_of(sleeves)
    lines = lines_of(positions, targets, terms, funds, modes != Mode.HOLD, last_buy)
    return Rebalanced(names, positions, targets, lines, propose(lines, targets, terms, funds, modes, DAY))
