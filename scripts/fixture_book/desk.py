"""The trading desk: tonight's state in, tomorrow's confirms out.

Until the product proposes trades itself, the book brings a custodian's confirms. The desk invests what arrives,
sells for what was announced, keeps the cash target as its buffer, and rebalances fully after a model change, when
an override ends, and at the quarter's end for the sleeves that ask for it. Funds trade in dollars at the close;
ETFs in whole shares, sized on tonight's close and filled within a few hundredths of a per cent of tomorrow's.
"""

from datetime import date

from .dice import Dice
from .flows import LARGE
from .market import SPLIT_DATE, SPLIT_TICKER, Market
from .night import CENT, MILLION, Sleeve, Trade, dollars, half_up, shares_for
from .programme import (
    LAST_OPENING_DAY,
    LEAVING,
    LEAVING_SALE,
    MODELS,
    OVERRIDES,
    effective_targets,
)
from .securities import BY_TICKER
from .sessions import next_session, settle

BUFFER = 0.02
MINIMUM_TRADE = 250 * MILLION
QUARTER_END = date(2026, 12, 31)


class Desk:
    """Proposes each sleeve's trades for the next session, and remembers which confirm is to arrive late."""

    def __init__(self, seed: int, market: Market) -> None:
        self._dice = Dice(seed, "fills")
        self._market = market
        self.late: Trade | None = None

    def propose(self, day: date, sleeve: Sleeve) -> list[Trade]:
        """Confirms of the session after `day`, decided with what is known on the night of `day`."""
        if self.late and day == self.late.trade_date and sleeve.key == (self.late.plan, self.late.model):
            return []
        session = next_session(day)
        if sleeve.key == LEAVING and session >= LEAVING_SALE:
            return self._sell_everything(session, sleeve) if session == LEAVING_SALE else []
        worth = sleeve.fee_base
        if not worth:
            return []
        values = {t: dollars(n, self._market.quote(day, t)) for t, n in sleeve.shares.items() if n}
        due = settle(session)
        cash = sleeve.cash + sum(amount for when, amount in sleeve.pending if when <= due) - sum(sleeve.owed.values())
        announced = _announced(sleeve, session)
        staying = worth - announced
        spare = cash - int(staying * BUFFER) - announced
        weights = effective_targets(*sleeve.key, day)
        gaps = {
            t: int(staying * weights.get(t, 0.0)) - values.get(t, 0)
            for t in sorted(values.keys() | weights.keys())
            if not (t == SPLIT_TICKER and session == SPLIT_DATE)
        }
        wanted = _full(gaps, spare) if _rebalances(sleeve, day) else _flow(gaps, spare, worth)
        trades = [self._fill(day, session, sleeve, ticker, amount) for ticker, amount in wanted.items()]
        return [self._maybe_late(trade) for trade in trades if trade is not None]

    def _fill(self, day: date, session: date, sleeve: Sleeve, ticker: str, amount: int) -> Trade | None:
        """A confirm for an amount wanted (+ buy, - sell)."""
        security = BY_TICKER[ticker]
        side, sign = ("BUY", 1) if amount > 0 else ("SELL", -1)
        close, held = self._market.quote(session, ticker), sleeve.shares.get(ticker, 0)
        if security.whole_shares:
            slip = 1 + sign * self._dice.between(-0.0001, 0.0004)
            price = int(close * slip / 10_000 + 0.5) * 10_000
            shares = abs(amount) * 100 // self._market.quote(day, ticker) * MILLION
            shares = min(shares, held) if sign < 0 else shares
            amount = dollars(shares, price)
        else:
            amount = abs(amount) // CENT * CENT
            shares = shares_for(amount, close, security.share_dp)
            if sign < 0 and shares >= held:
                shares, amount = held, dollars(held, close)
        if not shares:
            return None
        return Trade(*sleeve.key, ticker, side, shares, amount, session, settle(session), session)

    def _sell_everything(self, session: date, sleeve: Sleeve) -> list[Trade]:
        trades = []
        for ticker, held in sorted(sleeve.shares.items()):
            close = self._market.quote(session, ticker)
            if BY_TICKER[ticker].whole_shares:
                close = int(close * (1 - self._dice.between(-0.0001, 0.0004)) / 10_000 + 0.5) * 10_000
            if held:
                amount = dollars(held, close)
                trades.append(Trade(*sleeve.key, ticker, "SELL", held, amount, session, settle(session), session))
        return trades

    def _maybe_late(self, trade: Trade) -> Trade:
        """The first purchase of the opening's last day, in a sleeve that is not held, is confirmed a night late."""
        if self.late or trade.trade_date != LAST_OPENING_DAY or trade.side == "SELL" or trade.model == "BRBALN":
            return trade
        self.late = Trade(
            trade.plan, trade.model, trade.ticker, trade.side, trade.shares, trade.amount, trade.trade_date,
            trade.settle_date, next_session(trade.trade_date),
        )  # fmt: skip
        return self.late


def _announced(sleeve: Sleeve, session: date) -> int:
    """Dollars of a large redemption the sponsor has announced for the session."""
    for large in LARGE:
        if (large.plan, large.model, large.day) == (*sleeve.key, session):
            asked = int(sleeve.terms.conversion * MILLION * large.part)
            return asked if large.quantity_type == "AMT" else half_up(asked * sleeve.unit_value, 10 * MILLION)
    return 0


def _rebalances(sleeve: Sleeve, day: date) -> bool:
    """A full rebalance follows a model's new weights, an override's end, and a quarter's end if the sleeve asks."""
    plan, model = sleeve.key
    if sleeve.terms.rebalance == "QUARTERLY" and day == QUARTER_END:
        return True
    if day > sleeve.terms.start and day in next(one for one in MODELS if one.ticker == model).targets:
        return True
    return any(
        (rule.plan, rule.model) == (plan, model) and rule.end is not None and next_session(rule.end) == day
        for rule in OVERRIDES
    )


def _full(gaps: dict[str, int], spare: int) -> dict[str, int]:
    """Sell down to target, then buy up to it with what there is."""
    sells = {t: gap for t, gap in gaps.items() if gap <= -MINIMUM_TRADE}
    buys = {t: gap for t, gap in gaps.items() if gap >= MINIMUM_TRADE}
    money = max(0, spare - sum(sells.values()))
    asked = sum(buys.values())
    if asked > money:
        buys = {t: gap * money // asked for t, gap in buys.items()}
    return {**sells, **buys}


def _flow(gaps: dict[str, int], spare: int, worth: int) -> dict[str, int]:
    """Put spare cash into what is short of target, or raise missing cash from what is above or nearest to it."""
    if abs(spare) < max(1_000 * MILLION, worth * 3 // 2000):
        return {}
    if spare > 0:
        short = {t: gap for t, gap in gaps.items() if gap > 0}
        total = sum(short.values())
        parts = {t: min(gap, spare * gap // total) for t, gap in short.items()}
    else:
        over = {t: -gap for t, gap in gaps.items() if gap < 0}
        total = sum(over.values())
        parts = {t: spare * gap // total for t, gap in over.items()} if total else {}
    return {t: amount for t, amount in parts.items() if abs(amount) >= MINIMUM_TRADE // 2}
