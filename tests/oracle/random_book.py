"""Random small books with everything in them, as a plain function of a seed.

`random_book(seed, root)` writes folders below `root` and returns the steps that load them, run their nights and
release their holds. 2-6 sleeves, 5-10 securities, 15-40 sessions over month ends, holidays and year ends: orders
of all kinds (invalid, late, cancelled, duplicated), trades (late, corrected, cancelled, too large at first), splits
with odd ratios, distributions of both kinds, reinvested or not, fees of every shape, rows that come or change in
later folders, prices that are missing, stale, misprinted, jumping or contradicted, closures, and releases.

While drawing, an oracle steps through the nights, so that sales meet shares and orders meet units. A drawing that
ends in an absurd unit value (below 0.5 or above 1,000: a sleeve emptied while it held securities) is thrown away
and drawn again; the seed alone decides.

Left out, because the settled rules do not speak of it or the reading is doubtful: distributions of money-market
funds, stocks, several second sources, orders dated before a sleeve's start, a second version of an order that is
still unpriced, and a cancellation by one sleeve of what another still waits for.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from tests.oracle.book import SleeveKey
from tests.oracle.book_writer import Row, model_row, plain, plan_row, write_book
from tests.oracle.exact import exactly
from tests.oracle.night import Oracle
from tests.oracle.price_checks import NEVER_WAIVED, open_findings
from tests.oracle.random_events import draw_exits, draw_transfer
from tests.oracle.random_fees import corrected_fee, draw_fees
from tests.oracle.random_flows import draw_order, draw_trade, order_base
from tests.oracle.random_market import LateRow, Market, draw_market
from tests.oracle.script import Load, Release, RunThrough, Step, play

SOUND_UNIT_VALUES = (Decimal("0.5"), Decimal(1000))


class AbsurdBookError(Exception):
    """The drawing led to a unit value nobody would defend."""


@dataclass(frozen=True)
class RandomBook:
    """Folders in load order, and the steps; the last step that runs nights ends at `through`."""

    seed: int
    folders: tuple[Path, ...]
    steps: tuple[Step, ...]
    through: date


@dataclass
class Draft:
    """A book in the making: what has been drawn, written and run so far."""

    rng: random.Random
    root: Path
    market: Market
    sleeves: list[SleeveKey]
    oracle: Oracle = field(default_factory=Oracle)
    tables: dict[str, list[Row]] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    drawn_orders: dict[tuple[str, str], Row] = field(default_factory=dict)
    drawn_trades: dict[str, Row] = field(default_factory=dict)
    fees: list[Row] = field(default_factory=list)
    events: random.Random | None = None
    drawn_transfers: dict[str, list[Row]] = field(default_factory=dict)

    def tell_transfer(self, rows: list[Row]) -> None:
        """The rows of one version of a transfer, known to the oracle together."""
        self.tables.setdefault("in_kind_transfers", []).extend(rows)
        self.oracle.add("in_kind_transfers", [{name: plain(value) for name, value in row.items()} for row in rows])
        self.drawn_transfers[str(rows[0]["transfer_ref"])] = rows

    def tell(self, table: str, row: Row) -> None:
        """A row of the folder in the making, known to the oracle at once. Each folder is an order file of its own."""
        if table == "orders":
            row = {**row, "file_id": f"FILE-{len(self.folders)}"}
        self.tables.setdefault(table, []).append(row)
        self.oracle.add(table, [{name: plain(value) for name, value in row.items()}])

    def begin_folder(self) -> None:
        """The rows told from here on belong to a new folder, loaded at this point of the script."""
        self.tables = {}
        self.folders.append(self.root / f"folder_{len(self.folders):02d}")
        self.steps.append(Load(self.folders[-1]))

    def close_folder(self) -> None:
        """Write the folder; one without rows is dropped."""
        if self.tables:
            write_book(self.folders[-1], self.tables)
        else:
            self.steps.remove(Load(self.folders.pop()))


@exactly
def random_book(seed: int, root: Path, *, events: bool = False) -> RandomBook:
    """Draw the book of the seed and write it; equal seeds give equal bytes.

    With `events`, securities merge, convert and liquidate, and plans join and leave in kind, in the same market.
    """
    for attempt in range(20):
        try:
            own = random.Random(f"{seed}/{attempt}/events") if events else None
            return draw_book(seed, random.Random(f"{seed}/{attempt}"), root / f"book_{seed}_{attempt}", own)
        except AbsurdBookError:
            continue
    raise AbsurdBookError(f"seed {seed}: twenty absurd drawings")


def draw_book(seed: int, rng: random.Random, root: Path, events: random.Random | None) -> RandomBook:
    market = draw_market(rng)
    if events is not None:
        draw_exits(events, market)
    plans = [f"PLAN-{letter}" for letter in "ABC"[: rng.randint(1, 3)]]
    models = [f"MOD{n}" for n in range(1, rng.randint(2, 3) + 1)]
    pairs = [(plan, model) for plan in plans for model in models]
    draft = Draft(rng, root, market, sorted(rng.sample(pairs, min(len(pairs), rng.randint(2, 6)))), events=events)
    draft.begin_folder()
    tell_standing_rows(draft, plans, models)
    nights = market.nights
    breaks = sorted(rng.sample(nights[1:-1], rng.randint(1, 4)))
    for night in nights:
        for key in draft.sleeves:
            draw_flows(draft, key, night)
        draft.oracle.run_through(night)
        check_soundness(draft.oracle, night)
        released = release_some(draft, 0.3)
        if released or night in breaks or night == nights[-1]:
            draft.steps.append(RunThrough(night))
        draft.steps += released
        if night in breaks:
            draft.close_folder()
            draft.begin_folder()
            tell_late_rows(draft, night)
            draft.steps += release_some(draft, 0.7)
    draft.close_folder()
    finish(draft)
    return RandomBook(seed, tuple(draft.folders), tuple(draft.steps), nights[-1])


def tell_standing_rows(draft: Draft, plans: list[str], models: list[str]) -> None:
    rng, market = draft.rng, draft.market
    for table in ("closures", "asset_classes", "securities"):
        for row in market.tables.get(table, []):
            draft.tell(table, row)
    draft.tables["plans"] = [plan_row(plan, f"RK{n % 2 + 1}") for n, plan in enumerate(plans)]
    draft.tables["models"] = [model_row(model, market.nights[0]) for model in models]
    draft.tables["targets"] = [
        {"model": model, "effective_date": market.nights[0], "ticker": ticker, "weight": "0.5"}
        for model in models
        for ticker in (market.tickers[0], "CASH")
    ]
    ended = rng.random() < 0.2
    for n, (plan, model) in enumerate(draft.sleeves):
        start = market.nights[0] if n == 0 else rng.choice(market.nights[: len(market.nights) // 3])
        end: object = rng.choice(market.nights[len(market.nights) // 2 :]) if ended and n == 1 else ""
        draft.tell("sleeves", {"plan": plan, "model": model, "start_date": start, "rebalance": "NONE", "end_date": end})
    draft.fees = draw_fees(rng, draft.sleeves, market.nights)
    for row in draft.fees:
        draft.tell("fees", row)
    for table in ("prices", "second_prices", "distributions", "splits", "corporate_events"):
        for row in market.tables.get(table, []):
            draft.tell(table, row)


def draw_flows(draft: Draft, key: SleeveKey, night: date) -> None:
    """Tonight's orders and trades of one sleeve; a few wait for a later folder."""
    rng, oracle = draft.rng, draft.oracle
    start = oracle.sleeves[key].start
    if night < start:
        return
    for n in range(1 if night == start else rng.choice([0, 0, 0, 1, 1, 2, 3])):
        ref = f"{key[0][-1]}{key[1][-1]}-{night:%m%d}-{n}"
        rk_id = "RK2" if key[0] == "PLAN-B" else "RK1"
        order = draw_order(rng, oracle, key, order_base(rng, key, rk_id, ref, night))
        if rng.random() < 0.04:
            draft.market.late.append(LateRow(night, "orders", order))
            continue
        draft.tell("orders", order)
        draft.drawn_orders[rk_id, ref] = order
        if rng.random() < 0.06:
            target = ref if rng.random() < 0.7 else rng.choice(sorted(draft.drawn_orders))[1]
            waiting = oracle.desk.confirms.get((rk_id, target))
            if waiting is not None and waiting.status == "ACCEPTED" and waiting.order.sleeve != key:
                target = ref
            draft.tell("orders", {**order, "order_ref": f"{ref}-X", "cancel_of": target})
    if draft.events is not None:
        transfer = draw_transfer(draft.events, oracle, key, night)
        if transfer and draft.events.random() < 0.06:
            draft.market.late += [LateRow(night, "in_kind_transfers", row) for row in transfer]
        elif transfer:
            draft.tell_transfer(transfer)
    if night > start:
        for n in range(rng.choice([0, 0, 0, 1, 1, 2])):
            ref = f"T-{key[0][-1]}{key[1][-1]}-{night:%m%d}-{n}"
            trade = draw_trade(rng, oracle, key, ref, night)
            if trade is not None and oracle.book.exit_on(night, str(trade["ticker"])) and rng.random() < 0.8:
                continue
            if trade is not None and rng.random() < 0.06:
                draft.market.late.append(LateRow(night, "trades", trade))
            elif trade is not None:
                draft.tell("trades", trade)
                draft.drawn_trades[ref] = trade


def release_some(draft: Draft, chance: float) -> list[Step]:
    """Release, by luck, held sleeves whose release can strike at least the first missed night."""
    steps: list[Step] = []
    for key in draft.oracle.held_sleeves():
        books = draft.oracle.sleeves[key]
        open_now = set(open_findings(books, draft.oracle.book, books.missed[0]))
        if draft.rng.random() < chance and open_now <= {f for f in books.hold if f[0] not in NEVER_WAIVED}:
            draft.oracle.release(*key)
            steps.append(Release(*key))
    return steps


def tell_late_rows(draft: Draft, evening: date) -> None:
    """What a later folder brings: rows that were missing, corrections, duplicates, cures of oversold trades."""
    rng, waiting = draft.rng, draft.market.late
    due = [late for late in waiting if late.known_on <= evening and rng.random() < 0.8]
    draft.market.late = [late for late in waiting if late not in due]
    told: set[tuple[object, ...]] = set()
    for ref in dict.fromkeys(late.row["transfer_ref"] for late in due if late.table == "in_kind_transfers"):
        draft.tell_transfer([late.row for late in due + draft.market.late if late.row.get("transfer_ref") == ref])
        draft.market.late = [late for late in draft.market.late if late.row.get("transfer_ref") != ref]
    due = [late for late in due if late.table != "in_kind_transfers"]
    tell_changed_transfer(draft)
    for late in due:
        key = (late.table, late.row.get("ticker"), late.row.get("date", late.row.get("ex_date")), late.row.get("kind"))
        if late.table in ("orders", "trades") or key not in told:
            told.add(key)
            draft.tell(late.table, late.row)
    cured = cure_oversold(draft)
    tell_changed_trade(draft, cured)
    tell_repeated_order(draft)
    for place, row in enumerate(draft.fees):
        if rng.random() < 0.15:
            draft.fees[place] = corrected_fee(rng, row, evening)
            draft.tell("fees", draft.fees[place])


def tell_changed_trade(draft: Draft, cured: set[str]) -> None:
    """Another version of a trade whose night is over: it may not be booked again."""
    over = [
        row
        for ref, row in draft.drawn_trades.items()
        if ref in draft.oracle.sleeves[str(row["plan"]), str(row["model"])].booked and ref not in cured
    ]
    if over and draft.rng.random() < 0.2:
        draft.tell("trades", {**draft.rng.choice(over), "amount": "77.77"})


def tell_changed_transfer(draft: Draft) -> None:
    """Another version of a transfer that was booked: it may not be booked again, on whatever date."""
    events, nights = draft.events, draft.market.nights
    told = {str(row["transfer_ref"]) for row in draft.tables.get("in_kind_transfers", [])}
    over = [
        rows
        for ref, rows in draft.drawn_transfers.items()
        if f"IK {ref}" in draft.oracle.sleeves[str(rows[0]["plan"]), str(rows[0]["model"])].booked and ref not in told
    ]
    if events is not None and over and events.random() < 0.4:
        rows = events.choice(over)
        start = draft.oracle.sleeves[str(rows[0]["plan"]), str(rows[0]["model"])].start
        moved_to = events.choice([rows[0]["date"], *(night for night in nights if night >= start)])
        draft.tell_transfer([{**row, "date": moved_to} for row in rows])


def tell_repeated_order(draft: Draft) -> None:
    """An order sent again as it was, or a priced one with other content."""
    luck, confirms = draft.rng.random(), draft.oracle.desk.confirms
    priced = [row for key, row in draft.drawn_orders.items() if confirms[key].status == "PRICED"]
    if priced and luck < 0.15:
        draft.tell("orders", {**draft.rng.choice(priced), "side": "SUB", "qty_type": "AMT", "qty": "4242.42"})
    elif draft.drawn_orders and luck < 0.4:
        draft.tell("orders", draft.rng.choice(list(draft.drawn_orders.values())))


def cure_oversold(draft: Draft) -> set[str]:
    """The sales that held a sleeve are cancelled, and trades in a security that had gone."""
    cured: set[str] = set()
    for key in draft.oracle.held_sleeves():
        books = draft.oracle.sleeves[key]
        oversold = {ticker for code, ticker in books.hold if code == "TR-SHORT"}
        gone = {ticker for code, ticker in books.hold if code == "TR-GONE"}
        for ref, row in draft.drawn_trades.items():
            dated = row["trade_date"] in (books.missed[0], books.last_night)
            wrong = row["ticker"] in gone or (row["side"] == "SELL" and row["ticker"] in oversold)
            if dated and wrong and (row["plan"], row["model"]) == key:
                draft.tell("trades", {**row, "shares": "0", "amount": "0"})
                cured.add(ref)
    return cured


def check_soundness(oracle: Oracle, night: date) -> None:
    """Refuse drawings in which a sleeve's unit value stopped making sense."""
    low, high = SOUND_UNIT_VALUES
    for row in oracle.rows.values():
        if row.unit_value is not None and row.units and not low < row.unit_value < high:
            raise AbsurdBookError(f"{row.plan} {row.model} {night}")


def finish(draft: Draft) -> None:
    """Mostly: one last folder of everything still owed, and every hold released that can be."""
    if draft.rng.random() < 0.2:
        return
    draft.begin_folder()
    tell_late_rows(draft, draft.market.nights[-1])
    draft.close_folder()
    for _ in range(10):
        draft.steps += release_some(draft, 1.0)
    check_soundness(draft.oracle, draft.market.nights[-1])


def expected_random(book: RandomBook) -> Oracle:
    """The oracle's own run of the folders as written."""
    return play(book.steps)
