"""Random acts of the desk: fees, sleeves, closures, corrections, releases, and everything done twice."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

from hypothesis import note

from tests.oracle.book_writer import Row, Tables
from tests.oracle.exact import exactly, to_places
from tests.oracle.random_fees import corrected_fee, draw_payee, draw_span
from tests.stateful.history import MODELS, PAYEES, PLANS, SECURITIES, History, draw_stop, sleeve_row


def change_fees(history: History, rng: random.Random) -> None:
    """A payee's rows, new or over older ones; a waiver; or a correction of one row."""
    nights = [history.ahead(-1) - timedelta(days=5), history.ahead(0) + timedelta(days=15)]
    sleeves = sorted(history.oracle.sleeves)
    luck = rng.random()
    if luck < 0.5:
        history.tell({"fees": draw_payee(rng, rng.choice(PAYEES), sleeves, nights)})
    elif luck < 0.7:
        start, end = draw_span(rng, nights)
        waiver: Row = {
            "plan": rng.choice(("", "PLAN-A")),
            "payee": rng.choice(("waiver-a", "waiver-b")),
            "kind": "OTHER",
            "rate": rng.choice(("0.0002", "0.0025", "0.05")),
            "start": start,
            "end": end,
            "paid_from": rng.choice(("unit_value", "unit_value", "account")),
            "waives": rng.choice(history.sent["fees"])["payee"],
        }
        if waiver["waives"] != waiver["payee"]:
            history.tell({"fees": [waiver]})
    else:
        history.tell({"fees": [corrected_fee(rng, rng.choice(history.sent["fees"]), history.tonight)]})


def start_sleeve(history: History, rng: random.Random) -> None:
    """A sleeve that is not offered yet, from tonight or later, with its first subscription."""
    free = [(plan, model) for plan in PLANS for model in MODELS if (plan, model) not in history.oracle.sleeves]
    if free:
        key, start = rng.choice(free), history.ahead(rng.choice((0, 1, 2, 4)))
        history.tell({"sleeves": [sleeve_row(key, start)], "orders": [history.subscription(key, start, "81234.56")]})


def end_sleeve(history: History, rng: random.Random) -> None:
    """A sleeve closes to orders after a day to come, or opens again."""
    key = rng.choice(sorted(history.oracle.sleeves))
    start = history.oracle.sleeves[key].start
    end = rng.choice((history.ahead(0), history.ahead(2), ""))
    if end == "" or end >= start:
        history.tell({"sleeves": [sleeve_row(key, start, end)]})


def declare_closure(history: History, rng: random.Random) -> None:
    """A bank holiday or an early close, tonight or soon; or a day without a market, from tomorrow on."""
    luck = rng.random()
    if luck < 0.4:
        row: Row = {"date": history.ahead(rng.choice((0, 1, 2))), "calendar": "BANK"}
    elif luck < 0.7:
        row = {"date": history.ahead(rng.choice((0, 1, 2))), "calendar": "MARKET", "close_time": "13:00"}
    else:
        row = {"date": history.ahead(rng.choice((1, 2, 3))), "calendar": "MARKET"}
    history.tell({"closures": [{**row, "reason": "Storm"}]})


@exactly
def correct_price(history: History, rng: random.Random) -> None:
    """What is owed, another price for tonight or for a night gone by, or a second opinion on tonight's."""
    luck, ticker = rng.random(), rng.choice(sorted(SECURITIES))
    if history.owed and luck < 0.5:
        table, row = history.owed.pop(rng.randrange(len(history.owed)))
        history.tell({table: [row]})
        return
    night = history.ahead(rng.choice((0, 0, -1, -2)))
    factor = Decimal(rng.choice(("1", "1.003", "0.996", "1.0201", "0.93")))
    price = to_places(history.price[ticker] * factor, 4)
    if luck < 0.75:
        history.tell({"prices": [{"date": night, "ticker": ticker, "price": price}]})
        if night == history.tonight:
            history.price[ticker] = price
    else:
        history.tell({"second_prices": [{"date": night, "ticker": ticker, "price": price, "source": "SRC2"}]})


def load_again(history: History, rng: random.Random) -> None:
    """A folder as it was, or grown by a row: only what is new counts. Order files do not grow."""
    if rng.random() < 0.5:
        folder = rng.choice(history.three.folders)
        note(f"  {folder.name} once more")
        history.three.load_again(folder)
        return
    rows = [(table, row) for table, sent in history.sent.items() if table in GROWING for row in sent[-6:]]
    table, row = rng.choice(rows)
    tables: dict[str, list[Row]] = {"second_prices": [second_price(history)]}
    tables.setdefault(table, []).append(row)
    history.tell(tables)


GROWING = ("prices", "distributions", "splits", "trades", "fees", "sleeves")


def second_price(history: History) -> Row:
    """A second opinion on tonight's money-market price, from a source nobody else uses."""
    return {"date": history.tonight, "ticker": "MMFX", "price": "1", "source": history.next_name("SRC")}


def send_bad_folder(history: History, rng: random.Random) -> None:
    """One bad row among good ones."""
    good: Tables = {"prices": [{"date": history.tonight, "ticker": "ETFA", "price": "1234.5"}]}
    trade = {**history.purchase(sorted(history.oracle.sleeves)[0], "ETFA"), "trade_ref": "BAD"}
    order = {**history.subscription(("PLAN-A", "MOD1"), history.tonight, "1.00"), "file_id": "BAD"}
    saturday = history.tonight + timedelta(days=(12 - history.tonight.weekday()) % 7)
    bad: dict[str, list[Row]] = rng.choice(
        (
            {"trades": [{**trade, "ticker": "NONE"}]},
            {"trades": [{**trade, "plan": "PLAN-Z"}]},
            {"trades": [{**trade, "shares": "-1"}]},
            {"trades": [{**trade, "amount": "0"}]},
            {"trades": [trade, trade]},
            {"orders": [{**order, "qty": "1.001"}]},
            {"orders": [{**order, "trade_date": saturday}]},
            {"sleeves": [sleeve_row(("PLAN-A", "MOD1"), history.ahead(-1) - timedelta(days=400))]},
            {"fees": [{"payee": "advisor", "kind": "OTHER", "paid_from": "unit_value"}]},
        )
    )
    history.three.refuse({**good, **bad})


def release_one(history: History, rng: random.Random) -> None:
    """Release a held sleeve, if there is one."""
    held = history.oracle.held_sleeves()
    if held:
        key = rng.choice(held)
        released = history.three.release(key, (draw_stop(rng), draw_stop(rng)))
        note(f"  release of {key}: " + ("caught up as far as it goes" if released else "a price is missing"))
