"""Bugs planted in what the night proposes and executes: each is noticed, by the night, the book, a check or a replay.

The observer is one small book whose every figure is worked out by hand: fills in part, a withdrawal, a new version,
a split, a holding period, an override that ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from modelx.domain.days import day_of
from modelx.domain.errors import ModelxError
from modelx.services import fill_desk, night_execution, night_opening, night_postings, night_trading
from modelx.services.cycle_verify import verify_nights
from modelx.services.database_check import check_database
from modelx.services.fill_desk import FillDesk, OwnedRows
from modelx.services.trade_decisions import Signed, withdraw_trades
from modelx.store import rebalance_records
from tests.product import fresh_sqlite
from tests.services.test_fills import fill
from tests.services.trading_books import (
    FIRST,
    MODEL,
    SESSIONS,
    Desk,
    order,
    override,
    prices,
    security,
    sleeve,
    targets,
    trading_tables,
)

MON, TUE, WED, THU, FRI, NEXT, LATER, LAST = SESSIONS[:8]
Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]

EXPECTED = {
    # 700 of 1,140 BBB at 50.10, shared out 467 to 233; of AAA all of P1's 3,000, none of P2's, who had withdrawn
    ("P1", TUE): {"AAA": "3000", "BBB": "467", "CASH": "100000.00"},
    ("P2", TUE): {"BBB": "233", "CASH": "50000.00"},
    # the split doubles 467 and 233, and the 292 and 146 asked for on Tuesday; AAA for 60 % of 49,976.70
    ("P1", WED): {"AAA": "3000", "BBB": "1518", "CASH": "16603.30"},
    ("P2", WED): {"AAA": "1499.301", "BBB": "758", "CASH": "38326.70"},
    # AAA waits for its three days in both; 4.22 dollars of CCC is what P1's cash allows meanwhile
    ("P1", FRI): {"AAA": "3000", "BBB": "1518", "CCC": "0.141", "CASH": "1999.08"},
    ("P2", FRI): {"AAA": "1499.301", "BBB": "759", "CASH": "1015.68"},
    # P1's days are over on Friday night, P2's on Monday night, when it may buy CCC as well
    ("P1", LATER): {"BBB": "1519", "CCC": "1934.583", "CASH": "2006.38"},
    ("P2", LATER): {"AAA": "499.301", "BBB": "759", "CCC": "967.291", "CASH": "1015.68"},
    # a custodian sold 1,000 of P2's AAA on Tuesday, the rest goes on Wednesday: the new version is due until then;
    # on Veterans Day banks are closed, and nothing settles
    ("P2", LAST): {"BBB": "759", "CCC": "967.291", "CASH": "1015.68"},
}


def busy_book(desk: Desk) -> None:
    """Load and run the book's week."""
    tables = trading_tables()
    tables["securities"] = [
        security("AAA", redemption_fee_pct="1.0", holding_days="3"),
        *(row for row in tables["securities"] if row["ticker"] != "AAA"),
    ]
    halved = {("BBB", WED): "25.00", ("CCC", FRI): "31.00"}
    tables["prices"] = prices({"AAA": "20.00", "BBB": "50.00", "CCC": "30.00"}, halved)
    tables["targets"] = [*tables["targets"], *targets(str(WED), CCC="0.6", BBB="0.38", CASH="0.02")]
    tables["orders"] = [order("o1", "P1", "100000.00"), order("o2", "P2", "50000.00")]
    tables["sleeves"] = [sleeve("P1"), sleeve("P2", "MONTHLY")]
    split = {"ticker": "BBB", "ex_date": WED, "new_shares": "2", "old_shares": "1", "cash_in_lieu_price": ""}
    rules = [override("P2", "NO_BUY", "CCC", end=str(FRI))]
    fills = [
        fill("f1", "BBB", "BUY", "700", "50.10"),
        fill("f2", "AAA", "BUY", "3600", "20.00"),
        fill("f3", "AAA", "SELL", "1000", "20.00", LATER),
    ]
    desk.load(**tables, splits=[split], overrides=rules, fills=fills)
    desk.run(MON)
    signed = Signed("Ana", "Carl", "the plan waits")
    withdraw_trades(desk.engine, None, "P2", MODEL, "AAA", signed, 1)
    desk.run(LAST)


@dataclass(frozen=True)
class Mutant:
    """A bug, and where it is planted."""

    name: str
    owner: Any
    attribute: str
    wrapper: Wrapper


def with_result(change: Callable[[Any], Any]) -> Wrapper:
    return lambda original: lambda *given, **named: change(original(*given, **named))


def instead(value: Any) -> Wrapper:
    return lambda _: lambda *given, **named: value


def rows_changed(**changes: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Change columns of a frozen value."""
    return lambda found: replace(found, **{name: change(getattr(found, name)) for name, change in changes.items()})


def _equal_parts(original: Callable[..., Any]) -> Callable[..., Any]:
    def planted(blocks: Any, *given: Any) -> Any:
        n = len(blocks.requests)
        same = replace(blocks.requests, shares=np.full(n, blocks.requests.shares.max()), entire=blocks.requests.entire)
        return original(replace(blocks, requests=same), *given)

    return planted


def _a_day_ahead(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda connection, sleeves, day, horizon: original(connection, sleeves, day + 1, horizon)


def _with_accrued_added(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda **named: original(**named | {"cash": named["cash"] + 1_000 * 10**6})


def _turned_round(place: Any) -> Any:
    return place[::-1].copy()


def _without_undone(written: dict[str, Any]) -> dict[str, Any]:
    return {table: rows for table, rows in written.items() if table != "untraded"}


def _other_reason(written: dict[str, Any]) -> dict[str, Any]:
    if "proposed_trade" in written:
        written["proposed_trade"]["reason"] = 6 - written["proposed_trade"]["reason"]
    return written


MUTANTS = (
    Mutant("a purchase is sold", night_opening, "executed", with_result(rows_changed(side=lambda s: 1 - s))),
    Mutant("a share too many", night_opening, "executed", with_result(rows_changed(shares=lambda n: n + 10**6))),
    Mutant("a cent too dear", night_opening, "executed", with_result(rows_changed(amount=lambda n: n + 10_000))),
    Mutant("a day late", night_opening, "executed", with_result(rows_changed(settle_date=lambda d: d + 1))),
    Mutant(
        "the neighbour's trades",
        night_opening,
        "executed",
        with_result(rows_changed(sleeve=lambda place: place[::-1].copy())),
    ),
    Mutant("no proposal is executed", night_execution, "approved_rows", with_result(lambda f: (f[0][:0], f[1]))),
    Mutant("withdrawn trades are executed", OwnedRows, "about", with_result(lambda mask: mask & False)),
    Mutant("fills are shared out equally", fill_desk, "allocate_fills", _equal_parts),
    Mutant("a fill counts as whole", FillDesk, "shared_out", with_result(rows_changed(complete=lambda c: c | True))),
    Mutant("fills are not read", rebalance_records, "fills_on", with_result(lambda f: replace(f, shares=f.shares[:0]))),
    Mutant("the error account is forgotten", night_postings, "_book_errors", instead(None)),
    Mutant("no request is split", night_execution, "restate_for_splits", lambda _: lambda trades, *_rest: trades),
    Mutant("the paper custodian deals a tick dearer", night_execution, "paper_price", with_result(lambda p: p + 10**6)),
    Mutant("yesterday's proposals again", night_opening, "_answered", instead(np.empty(0, np.int64))),
    Mutant("nothing triggers", night_trading, "allowed", with_result(lambda due: due * 0)),
    Mutant("a new version triggers nothing", night_trading, "_triggers", with_result(lambda due: due & ~4)),
    Mutant("an override's end triggers nothing", night_trading, "_triggers", with_result(lambda due: due & ~8)),
    Mutant("holding periods are forgotten", night_trading, "last_buys", with_result(lambda days: days * 0 - 2**31)),
    Mutant("tomorrow's targets", night_trading, "sleeve_targets", _a_day_ahead),
    Mutant("cash that is not there", night_trading, "SleeveFunds", _with_accrued_added),
    Mutant("proposals are not kept", rebalance_records, "insert_proposals", instead(None)),
    Mutant("undone trades are not kept", night_trading, "_written", with_result(_without_undone)),
    Mutant("a trade's reason is another", night_trading, "_written", with_result(_other_reason)),
)


def noticed(folder: Path, mutant: Mutant | None) -> str:
    """What notices a mutant planted while the week is run; nothing, for a week without one."""
    desk = Desk(fresh_sqlite(folder), folder)
    with pytest.MonkeyPatch.context() as patch:
        if mutant is not None:
            patch.setattr(mutant.owner, mutant.attribute, mutant.wrapper(getattr(mutant.owner, mutant.attribute)))
        try:
            busy_book(desk)
        except ModelxError as error:
            return f"the night stops: {error}"
    for (plan, on), held in EXPECTED.items():
        if desk.holdings(plan, on) != held:
            return f"the holdings of {plan} on {on}"
    broken = [check.name for check in check_database(desk.engine) if not check.holds]
    replays = verify_nights(desk.engine, day_of(FIRST), day_of(LAST))
    return " ".join(broken) + "".join(one.difference for one in replays)


def test_a_week_without_a_bug_is_noticed_by_nobody(tmp_path: Path) -> None:
    assert noticed(tmp_path, None) == ""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_bug_in_trading_is_noticed(tmp_path: Path, mutant: Mutant) -> None:
    assert noticed(tmp_path, mutant) != ""
