"""What the rows of corporate events and of in-kind transfers must satisfy among themselves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from modelx.domain.book import MISSING, FileColumns, FindingLog, Texts, rows_where
from modelx.domain.book_checks import Mask, pack, refuse
from modelx.domain.book_codes import CASH, InKindKind, SecurityEventKind
from modelx.domain.days import date_of
from modelx.domain.finding import Level


def check_corporate_events(rows: FileColumns, log: FindingLog) -> None:
    """Each kind of event has the terms it needs and no others; no security is exchanged twice on one date."""
    kind, to_ticker = rows.ints("kind"), rows.texts("to_ticker")
    exchange = (kind == SecurityEventKind.MERGER) | (kind == SecurityEventKind.CONVERSION)
    liquidation = kind == SecurityEventKind.LIQUIDATION
    blank = _is(to_ticker, "")
    rated, paid = rows.ints("ratio") != MISSING, rows.ints("cash_rate") != MISSING
    in_lieu = rows.ints("cash_in_lieu_price") != MISSING
    refuse(rows, exchange & blank, "BLANK", "to_ticker", "this kind of event names to_ticker", log)
    refuse(rows, liquidation & ~blank, "NOT_OF_THIS_KIND", "to_ticker", "a liquidation pays cash: no to_ticker", log)
    refuse(rows, liquidation & rated, "NOT_OF_THIS_KIND", "ratio", "a liquidation pays cash: no ratio", log)
    message = "a liquidation has no fractions: no cash_in_lieu_price"
    refuse(rows, liquidation & in_lieu, "NOT_OF_THIS_KIND", "cash_in_lieu_price", message, log)
    message = "holders receive shares: no cash_rate (fractions are paid at cash_in_lieu_price)"
    refuse(rows, exchange & paid, "NOT_OF_THIS_KIND", "cash_rate", message, log)
    tickers = rows.texts("ticker").to_list()
    own = np.array([one == other for one, other in zip(tickers, to_ticker.to_list(), strict=True)], np.bool_)
    refuse(rows, exchange & own, "BECOMES_ITSELF", "to_ticker", "a security cannot become itself", log)
    early = (rows.ints("pay_date") != MISSING) & (rows.ints("pay_date") < rows.ints("ex_date"))
    refuse(rows, early, "DATES", "pay_date", "the pay date is before the ex-date", log)


@dataclass(frozen=True, slots=True)
class KnownExit:
    """A merger, conversion or liquidation of the book: the day it takes effect; ``to_ticker`` "" means cash."""

    day: int
    ticker: str
    to_ticker: str


def check_event_chains(rows: FileColumns, known: Iterable[KnownExit], log: FindingLog) -> None:
    """Refuse to receive a security on the date on which it goes, or after it (CHAINED): by a row, or by one known.

    A row takes the place of the known event of its ticker and date.
    """
    days, kind = rows.ints("ex_date"), rows.ints("kind")
    tickers, to_tickers = rows.texts("ticker"), rows.texts("to_ticker")
    told = {(int(days[row]), tickers.at(row)) for row in rows_where(~rows.refused).tolist()}
    others = [one for one in known if (one.day, one.ticker) not in told]
    live = rows_where(~rows.refused & (kind != SecurityEventKind.CANCELLED)).tolist()
    own = [KnownExit(int(days[row]), tickers.at(row), to_tickers.at(row)) for row in live]
    goes: dict[str, int] = {}
    for one in (*others, *own):
        goes[one.ticker] = min(one.day, goes.get(one.ticker, one.day))
    received: dict[str, int] = {}
    for one in others:
        received[one.to_ticker] = max(one.day, received.get(one.to_ticker, one.day))
    for row, one in zip(live, own, strict=True):
        gone = goes.get(one.to_ticker)
        if one.to_ticker not in {"", one.ticker} and gone is not None and gone <= one.day:
            message = (
                f"{one.to_ticker} itself goes on {date_of(gone)}: receive it on an earlier session, or correct one"
            )
            log.add("CHAINED", Level.REFUSE, message, rows.source(row, "to_ticker"))
        last = received.get(one.ticker)
        if last is not None and last >= one.day:
            message = f"{one.ticker} is received on {date_of(last)}: it goes on a later session, or cancel that event"
            log.add("CHAINED", Level.REFUSE, message, rows.source(row, "ticker"))


def check_in_kind_transfers(rows: FileColumns, log: FindingLog) -> None:
    """A transfer is of one sleeve, date and kind; securities move by shares, cash by amount, and everything by itself.

    Zero in place of a quantity takes the row back; a transfer whose every row is zero is cancelled.
    """
    kind, shares, amount = rows.ints("kind"), rows.ints("shares") != MISSING, rows.ints("amount") != MISSING
    cash = _is(rows.texts("ticker"), CASH)
    moves = (kind == InKindKind.IN) | (kind == InKindKind.OUT)
    late, everything = kind == InKindKind.LATE_INCOME, kind == InKindKind.OUT_ALL
    refuse(rows, moves & ~cash & ~shares, "BLANK", "shares", "a security moves by its shares", log)
    refuse(rows, moves & cash & ~amount, "BLANK", "amount", "cash moves by its amount", log)
    refuse(rows, late & ~amount, "BLANK", "amount", "late income is an amount of cash", log)
    refuse(rows, moves & cash & shares, "QUANTITY", "shares", "cash has no shares: leave them blank", log)
    message = "the value of shares is their market value that night: leave the amount blank"
    refuse(rows, moves & ~cash & amount, "QUANTITY", "amount", message, log)
    refuse(rows, late & shares, "QUANTITY", "shares", "late income is an amount: leave shares blank", log)
    refuse(rows, late & cash, "RESERVED", "ticker", "name the security that paid", log)
    refuse(rows, everything & ~cash, "RESERVED", "ticker", "OUT_ALL moves everything: its one row says CASH", log)
    message = "OUT_ALL moves everything: leave shares and amount blank (amount 0 cancels it)"
    refuse(rows, everything & (shares | (amount & (rows.ints("amount") != 0))), "QUANTITY", "amount", message, log)
    _refuse_mixed(rows, log)


def _refuse_mixed(rows: FileColumns, log: FindingLog) -> None:
    if len(rows) == 0:
        return
    reference = np.unique(pack(rows, ("transfer_ref",)), return_inverse=True)[1]
    first = np.unique(reference, return_index=True)[1][reference]
    for column in ("date", "plan", "model", "kind"):
        values = pack(rows, (column,))
        message = f"every row of a transfer has the same {column}"
        refuse(rows, values != values[first], "MIXED_TRANSFER", column, message, log)
    many = (rows.ints("kind") == InKindKind.OUT_ALL) & (first != np.arange(len(rows)))
    refuse(rows, many, "MIXED_TRANSFER", "ticker", "OUT_ALL has one row", log)


def _is(texts: Texts, word: str) -> Mask:
    equal = np.array([value == word for value in texts.values] or [False], np.bool_)
    return equal[texts.codes]
