"""The codes of proposals in words: why a sleeve trades, why a trade, why not, and what a reader must know."""

from __future__ import annotations

from modelx.domain.proposal import SleeveNote, TradeReason, UndoneReason
from modelx.domain.rebalance_trigger import Mode, Trigger
from modelx.services.block_views import TradeState

TRIGGERS = {
    Trigger.CALENDAR: "the calendar falls due",
    Trigger.BAND: "a weight is outside its band",
    Trigger.MODEL: "the model has a new version",
    Trigger.OVERRIDE: "an override began, changed or ended",
    Trigger.CASH_LOW: "cash is below its range",
    Trigger.CASH_HIGH: "cash is above its range",
    Trigger.REQUEST: "somebody asked for it",
}
MODES = {
    Mode.HOLD: "nothing is traded",
    Mode.CASH_FLOW: "with the cash that came or is wanted",
    Mode.FULL: "in full",
}
REASONS = {
    TradeReason.NOT_IN_TARGETS: "no target: the whole position goes",
    TradeReason.OVERWEIGHT: "above its target",
    TradeReason.UNDERWEIGHT: "below its target",
    TradeReason.RAISE_CASH: "raises cash, the most overweight first",
    TradeReason.INVEST_CASH: "invests cash, the most underweight first",
}
UNDONE = {
    UndoneReason.NO_SELL: "an override forbids the sale",
    UndoneReason.HOLDING_PERIOD: "a sale now would cost a redemption fee",
    UndoneReason.NO_BUY: "an override forbids the purchase",
    UndoneReason.CLOSED: "the security cannot be bought",
    UndoneReason.BELOW_MINIMUM: "below the minimum trade",
    UndoneReason.UNDER_ONE_SHARE: "less than one share",
    UndoneReason.NO_CASH: "no cash is left for it",
}
NOTES = {
    SleeveNote.NO_NET_ASSETS: "there are no net assets: nothing can be traded",
    SleeveNote.NO_TARGETS: "no version of the model is in force",
    SleeveNote.CASH_SHORT: "the targets cannot be reached, restrictions leave too little cash: purchases were scaled "
    "in proportion to their distance from target",
    SleeveNote.SHARE_ROUNDING: "whole shares and minimum trades leave a little less cash: purchases were scaled",
    SleeveNote.RAISED_TOO_LITTLE: "the targets cannot be reached: restrictions keep cash below its weight",
}
STATES = {
    TradeState.PROPOSED: "waits for approval",
    TradeState.APPROVED: "is executed on the next session",
    TradeState.WITHDRAWN: "was withdrawn",
    TradeState.REPLACED: "was replaced by confirms in trades.csv",
    TradeState.HELD: "waits for the sleeve's release",
    TradeState.EXECUTED: "was executed",
    TradeState.PARTIAL: "was filled in part: the rest is proposed again",
    TradeState.LAPSED: "lapsed: it is proposed again while its trigger lasts",
}
OVER_COMMITTED = "the overrides' weights come to more than there is: they were scaled"
LEFT_IN_CASH = "nothing could take up a freed weight: it stays in cash"


def triggers_of(code: int) -> list[str]:
    """The triggers of a proposal in words."""
    return [words for trigger, words in TRIGGERS.items() if code & trigger]


def notes_of(code: int) -> list[str]:
    """What a reader must know about a proposal, in words."""
    return [words for note, words in NOTES.items() if code & note]
