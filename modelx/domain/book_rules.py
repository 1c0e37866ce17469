"""What the rows of each file must satisfy among themselves, whatever the database holds (``design.md`` 3a and 4).

A rule takes the columns of its file and lists the rows that break it. ``RULES`` is the whole list: a file that needs
another rule gets another line there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress

import numpy as np

from modelx.domain import book_codes as codes
from modelx.domain.approval import are_two_people, plain_name
from modelx.domain.book import MISSING, FileColumns, FindingLog, Texts, rows_where
from modelx.domain.book_checks import Mask, check_weights, pack, refuse
from modelx.domain.book_event_rules import check_corporate_events, check_in_kind_transfers
from modelx.domain.calendar import CLOSING_MINUTE, OPENING_MINUTE
from modelx.domain.errors import InvalidInput
from modelx.domain.family_rules import check_glide_paths, check_series
from modelx.domain.fee_schedule import parse_tiers, percent
from modelx.domain.finding import Level, SourceRow
from modelx.domain.money import Column
from modelx.domain.override import OnExpiry

CENT = 10_000  # millionths
STEEP_RATE = 10**11  # a tenth a year: no fee of a plan comes near it
_SHA256 = re.compile("[0-9a-f]{64}")

Rule = Callable[[FileColumns, FindingLog], None]


def check_securities(rows: FileColumns, log: FindingLog) -> None:
    """No security may take the reserved word for cash."""
    reserved = _is(rows.texts("ticker"), codes.CASH)
    refuse(rows, reserved, "RESERVED", "ticker", "CASH is the word for cash and cannot be a ticker", log)


def check_targets(rows: FileColumns, log: FindingLog) -> None:
    """The weights of a model on a date sum to exactly one, cash included; CASH at zero alone cancels that version."""
    _, version, lines = np.unique(pack(rows, ("model", "effective_date")), return_inverse=True, return_counts=True)
    cancels = (lines[version] == 1) & (rows.ints("weight") == 0) & _is(rows.texts("ticker"), codes.CASH)
    check_weights(rows.take(np.flatnonzero(~cancels)), ("model", "effective_date"), log)


def check_exposures(rows: FileColumns, log: FindingLog) -> None:
    """The asset-class weights of a security sum to exactly one."""
    check_weights(rows, ("ticker",), log)


def check_blend_weights(rows: FileColumns, log: FindingLog) -> None:
    """The weights of a blend on a date sum to exactly one, and no blend is a part of itself."""
    check_weights(rows, ("benchmark", "since"), log)
    blends, parts = rows.texts("benchmark").to_list(), rows.texts("component").to_list()
    own = np.array([blend == part for blend, part in zip(blends, parts, strict=True)], np.bool_)
    refuse(rows, own, "BLENDS_ITSELF", "component", "a blend cannot be a component of itself: name an index", log)


def check_distributions(rows: FileColumns, log: FindingLog) -> None:
    """Nothing is paid before it goes ex."""
    early = rows.ints("pay_date") < rows.ints("ex_date")
    refuse(rows, early, "DATES", "pay_date", "the pay date is before the ex-date", log)


def check_sleeve_terms(rows: FileColumns, log: FindingLog) -> None:
    """A sleeve ends after it starts, and its buffers are in order."""
    refuse(rows, rows.ints("end_date") < rows.ints("start_date"), "DATES", "end_date", _ENDS_EARLY, log)
    low, high = rows.ints("buffer_min"), rows.ints("buffer_max")
    crossed = (low != MISSING) & (high != MISSING) & (low > high)
    refuse(rows, crossed, "LIMITS", "buffer_max", "buffer_max is below buffer_min", log)


def check_fees(rows: FileColumns, log: FindingLog) -> None:
    """A fee has a rate or tiers, not both; it ends after it starts; it waives another payee's fee, not its own.

    A rate of a tenth a year or more is listed, a warning: 0.35 is 35 %, and somebody may have meant 0.35 %.
    """
    rated = rows.ints("rate") != MISSING
    tiered = ~_is(rows.texts("tiers"), "")
    refuse(rows, rated & tiered, "RATE_AND_TIERS", "tiers", "give a rate or tiers, not both", log)
    refuse(rows, ~rated & ~tiered, "BLANK", "rate", "the fee has neither a rate nor tiers", log)
    refuse(rows, rows.ints("end") < rows.ints("start"), "DATES", "end", _ENDS_EARLY, log)
    payees, waived = rows.texts("payee").to_list(), rows.texts("waives").to_list()
    own = np.array([payee == other for payee, other in zip(payees, waived, strict=True)], np.bool_)
    refuse(
        rows, own, "WAIVES_ITSELF", "waives", "a payee cannot waive its own fee by another: name whose is waived", log
    )
    largest = np.maximum(rows.ints("rate"), _largest_rates(rows.texts("tiers")))

    def describe(row: int) -> tuple[str, SourceRow]:
        column = "rate" if rated[row] else "tiers"
        return f"this is {percent(int(largest[row]))} a year: 0.35 % is written 0.0035", rows.source(row, column)

    log.add_rows("STEEP_FEE", Level.WARN, rows_where((largest >= STEEP_RATE) & ~rows.refused), describe)


def _largest_rates(tiers: Texts) -> Column:
    """The largest rate (10^-12) of each row's tiers, 0 where there are none or they cannot be read."""
    largest = np.zeros(max(len(tiers.values), 1), np.int64)
    for at, text in enumerate(tiers.values):
        with suppress(InvalidInput):
            largest[at] = max((tier.rate for tier in parse_tiers(text)), default=0)
    return largest[tiers.codes]


def check_overrides(rows: FileColumns, log: FindingLog) -> None:
    """Each kind of override has what it needs, and nothing names cash as a security."""
    kind, weight = rows.ints("kind"), rows.ints("weight")
    ticker, to_ticker = rows.texts("ticker"), rows.texts("to_ticker")
    buffer = kind == codes.OverrideKind.CASH_BUFFER
    substitute = kind == codes.OverrideKind.SUBSTITUTE
    weighted = buffer | (kind == codes.OverrideKind.SET_WEIGHT)
    for column, texts in (("ticker", ticker), ("to_ticker", to_ticker)):
        cash = _is(texts, codes.CASH)
        refuse(rows, cash, "RESERVED", column, "CASH is no security: use CASH_BUFFER, or EXCLUDE to CASH", log)
    refuse(rows, ~buffer & _is(ticker, ""), "BLANK", "ticker", "this kind of override names a ticker", log)
    refuse(rows, substitute & _is(to_ticker, ""), "BLANK", "to_ticker", "a substitution names to_ticker", log)
    refuse(rows, weighted & (weight == MISSING), "BLANK", "weight", "this kind of override gives a weight", log)
    same = substitute & np.array([a == b for a, b in zip(ticker.to_list(), to_ticker.to_list(), strict=True)], np.bool_)
    refuse(rows, same, "SUBSTITUTES_ITSELF", "to_ticker", "a security cannot be substituted by itself", log)
    early = rows.ints("end") < rows.ints("start") - 1  # the day before the start: withdrawn before it began
    refuse(rows, early, "DATES", "end", _ENDS_EARLY, log)
    words = np.array([text in {"", *OnExpiry.__members__} for text in rows.texts("on_expiry").values] or [True])
    unknown = ~words[rows.texts("on_expiry").codes]
    refuse(rows, unknown, "BAD_CHOICE", "on_expiry", "on_expiry is REVERT, AT_NEXT_REBALANCE or KEEP", log)


def check_orders(rows: FileColumns, log: FindingLog) -> None:
    """An order has the quantity its type asks for: cents, units, or none for ALL. A cancellation needs none."""
    kind, qty = rows.ints("qty_type"), rows.ints("qty")
    everything = kind == codes.QuantityType.ALL
    amount = kind == codes.QuantityType.AMT
    given = qty != MISSING
    cancels = ~_is(rows.texts("cancel_of"), "")
    refuse(rows, ~everything & ~given & ~cancels, "BLANK", "qty", "the order has no quantity", log)
    refuse(rows, everything & given & (qty != 0), "QUANTITY", "qty", "ALL means every unit: leave qty blank", log)
    refuse(
        rows, amount & given & (qty % CENT != 0), "TOO_MANY_DECIMALS", "qty", "an amount has at most 2 decimals", log
    )
    subscribes = everything & (rows.ints("side") == codes.OrderSide.SUB) & ~cancels
    refuse(rows, subscribes, "QUANTITY", "qty_type", "a subscription cannot be for ALL units", log)


def check_trades(rows: FileColumns, log: FindingLog) -> None:
    """A trade settles on or after its date, and moves shares for money, or is cancelled by two zeros."""
    early = rows.ints("settle_date") < rows.ints("trade_date")
    refuse(rows, early, "DATES", "settle_date", "the settlement date is before the trade date", log)
    one_sided = (rows.ints("shares") == 0) != (rows.ints("amount") == 0)
    message = "shares and amount are both above zero, or both zero to cancel the trade"
    refuse(rows, one_sided, "QUANTITY", "shares", message, log)


def check_trade_decisions(rows: FileColumns, log: FindingLog) -> None:
    """A decision is of two people and says why; an approval names the hash of what was previewed (design 3)."""
    kind, shares = rows.ints("decision"), rows.ints("shares")
    makers, checkers = rows.texts("maker").to_list(), rows.texts("checker").to_list()
    pairs = zip(makers, checkers, strict=True)
    alone = np.array([bool(plain_name(pair[0])) and not are_two_people(*pair) for pair in pairs], np.bool_)
    refuse(rows, alone, "FOUR_EYES", "checker", "name another person than the maker", log)
    unnamed, unsaid = (
        np.array([not plain_name(text) for text in rows.texts(column).to_list()], np.bool_)
        for column in ("maker", "reason")
    )
    refuse(rows, unnamed, "BLANK", "maker", "name who decides", log)
    approval, departure = kind == codes.TradeDecisionKind.APPROVE, kind == codes.TradeDecisionKind.DEPART
    hashes = rows.texts("sha256").to_list()
    unhashed = approval & np.array([not _SHA256.fullmatch(text) for text in hashes], np.bool_)
    refuse(rows, unhashed, "BAD_HASH", "sha256", _NO_HASH, log)
    refuse(rows, unsaid, "BLANK", "reason", "say why", log)
    general = ~approval & (_is(rows.texts("plan"), "") | _is(rows.texts("model"), ""))
    refuse(rows, general, "BLANK", "plan", "this decision is about one plan's sleeve: name plan and model", log)
    about_shares = departure & ((shares == MISSING) | _is(rows.texts("ticker"), ""))
    refuse(rows, about_shares, "BLANK", "shares", "a departure names the ticker and the shares", log)


def check_closures(rows: FileColumns, log: FindingLog) -> None:
    """An early close lies within the session."""
    minute = rows.ints("close_time")
    outside = (minute != MISSING) & ((minute <= OPENING_MINUTE) | (minute > CLOSING_MINUTE))
    refuse(rows, outside, "BAD_TIME", "close_time", "an early close is after 09:30 and at most 16:00", log)


def check_participants(rows: FileColumns, log: FindingLog) -> None:
    """A participant's age is known one way or the other."""
    ageless = (rows.ints("birth_date") == MISSING) & (rows.ints("age") == MISSING)
    refuse(rows, ageless, "BLANK", "birth_date", "give birth_date or age", log)


RULES: Mapping[str, Rule] = {
    "securities.csv": check_securities,
    "targets.csv": check_targets,
    "exposures.csv": check_exposures,
    "blend_weights.csv": check_blend_weights,
    "distributions.csv": check_distributions,
    "sleeves.csv": check_sleeve_terms,
    "fees.csv": check_fees,
    "overrides.csv": check_overrides,
    "orders.csv": check_orders,
    "trades.csv": check_trades,
    "trade_decisions.csv": check_trade_decisions,
    "closures.csv": check_closures,
    "participants.csv": check_participants,
    "series.csv": check_series,
    "glide_paths.csv": check_glide_paths,
    "corporate_events.csv": check_corporate_events,
    "in_kind_transfers.csv": check_in_kind_transfers,
}

# The date column of a file whose rows a night reads by session: a row on another day would never be read.
SESSION_COLUMNS: Mapping[str, str] = {
    "prices.csv": "date",
    "second_prices.csv": "date",
    "distributions.csv": "ex_date",
    "splits.csv": "ex_date",
    "orders.csv": "trade_date",
    "trades.csv": "trade_date",
    "fills.csv": "date",
    "trade_decisions.csv": "date",
    "custodian_positions.csv": "date",
    "rk_units.csv": "date",
    "corporate_events.csv": "ex_date",
    "in_kind_transfers.csv": "date",
}

# The date that makes a row late when the night of that date is closed. Orders have their own word: AS_OF_PENDING.
LATE_COLUMNS: Mapping[str, str] = {
    "prices.csv": "date",
    "second_prices.csv": "date",
    "distributions.csv": "ex_date",
    "splits.csv": "ex_date",
    "targets.csv": "effective_date",
    "fees.csv": "start",
    "overrides.csv": "start",
    "trades.csv": "trade_date",
    "fills.csv": "date",
    "custodian_positions.csv": "date",
    "rk_units.csv": "date",
    "closures.csv": "date",
    "corporate_events.csv": "ex_date",
    "in_kind_transfers.csv": "date",
}

_NO_HASH = (
    "an approval names the 64 digits that `rebalance preview` prints as proposals_sha256 (not its sha256, which "
    "`rebalance approve` takes)"
)
_ENDS_EARLY = "the end is before the start"


def _is(texts: Texts, word: str) -> Mask:
    equal = np.array([value == word for value in texts.values] or [False], np.bool_)
    return equal[texts.codes]
