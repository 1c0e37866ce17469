"""Years of prices, distributions and splits, in memory: what a simulation runs over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from modelx.domain.corporate_action import Distributions, Splits
from modelx.domain.errors import InvalidInput
from modelx.domain.money import Column
from modelx.domain.position import Prices, SecurityTerms
from modelx.domain.rebalance_line import Mask, TradingTerms


@dataclass(frozen=True, slots=True)
class HistoryTerms:
    """What does not change with the day, one row per security; ``expense_ratio`` is a yearly rate of 10^-12."""

    security_id: Column
    share_dp: Column
    whole_shares: Mask
    settle_lag: Column
    expense_ratio: Column


@dataclass(frozen=True, slots=True)
class MarketHistory:
    """``price`` has a row per session and a column per security (10^-8); zero means there is none.

    ``distributions`` and ``splits`` are those of all days, with their ex-days in ``distribution_day`` and
    ``split_day``. Raises ``InvalidInput`` when the columns do not belong together.
    """

    sessions: Column
    terms: HistoryTerms
    price: Column
    distribution_day: Column
    distributions: Distributions
    split_day: Column
    splits: Splits

    def __post_init__(self) -> None:
        if self.price.shape != (self.sessions.size, self.terms.security_id.size):
            raise InvalidInput(f"prices {self.price.shape} do not fit the sessions and securities")
        if (np.diff(self.sessions) <= 0).any():
            raise InvalidInput("sessions come in rising order")

    def prices(self, session: int) -> Prices:
        """The prices of the session at this place."""
        return Prices(self.terms.security_id, self.price[session])

    def security_terms(self) -> SecurityTerms:
        """How the securities are counted."""
        return SecurityTerms(self.terms.security_id, self.terms.share_dp, self.terms.whole_shares)

    def trading_terms(self, session: int) -> TradingTerms:
        """How the securities trade at the session's prices: all open, without redemption fees."""
        nothing = np.zeros(self.terms.security_id.size, np.int64)
        return TradingTerms(
            security_id=self.terms.security_id,
            price=self.price[session],
            share_dp=self.terms.share_dp,
            whole_shares=self.terms.whole_shares,
            settle_lag=self.terms.settle_lag,
            can_buy=nothing == 0,
            redemption_fee=nothing,
            holding_days=nothing,
        )

    def distributions_on(self, day: int) -> Distributions:
        """The distributions that go ex on a day."""
        rows = np.flatnonzero(self.distribution_day == day)
        return Distributions(*(getattr(self.distributions, name)[rows] for name in Distributions.__dataclass_fields__))

    def splits_on(self, day: int) -> Splits:
        """The splits of a day."""
        rows = np.flatnonzero(self.split_day == day)
        return Splits(*(getattr(self.splits, name)[rows] for name in Splits.__dataclass_fields__))


def no_distributions() -> Distributions:
    """Nothing is ever paid."""
    empty = np.empty(0, np.int64)
    return Distributions(empty, empty, empty, empty, empty == 0, empty)


def no_splits() -> Splits:
    """Nothing is ever split."""
    return Splits(*(np.empty(0, np.int64) for _ in Splits.__dataclass_fields__))
