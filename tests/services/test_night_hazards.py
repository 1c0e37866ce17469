"""What a demanding operator tries: closing a closed night, releasing on the first of a month, loading while blocked."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.book import RefusedBook
from modelx.domain.days import day_of
from modelx.domain.errors import NightOutOfOrder, NotPermitted
from modelx.domain.finding import Level
from modelx.domain.night_policy import DEFAULT_LEVELS, NightPolicy
from modelx.services.daily_cycle import catch_up, run_through
from modelx.services.holds import Release, release_holds
from modelx.services.ledger_views import journal_lines, positions_at
from modelx.services.unit_values import list_unit_values
from modelx.store.unit_value_records import Selection
from tests.conftest import FIXTURES
from tests.oracle.script import Load, RunThrough
from tests.product import FIXED_INSTANT, RUNNER, play, with_sessions

SLEEVE = ("PLAN-A", "GRW60")
G1 = Load(FIXTURES / "g1_book")
STRICT = NightPolicy(levels=DEFAULT_LEVELS | {"C-UVMOVE": Level.HOLD}, unit_value_move=0)
PRICES = (FIXTURES / "g1_book" / "prices.csv").read_text().splitlines()


def folder_of(root: Path, name: str, **files: str) -> Path:
    folder = root / name
    folder.mkdir()
    for file, text in files.items():
        (folder / f"{file}.csv").write_text(text + "\n")
    return folder


def release(engine: Engine) -> None:
    release_holds(engine, Selection(), None, Release("checked", "Ana Maker", "Carl Checker"), FIXED_INSTANT)
    catch_up(engine, NightPolicy(), RUNNER)


def g1_without(root: Path, *lines: str) -> Path:
    """The golden book with lines left out of its prices."""
    folder = root / "book"
    folder.mkdir()
    for file in (FIXTURES / "g1_book").glob("*.csv"):
        if file.name not in {"prices.csv", "expected_unit_values.csv"}:
            (folder / file.name).write_text(file.read_text())
    kept = [line for line in PRICES if not line.startswith(lines)]
    (folder / "prices.csv").write_text("\n".join(kept) + "\n")
    return folder


def test_a_night_that_has_run_cannot_be_closed_afterwards(engine: Engine, tmp_path: Path) -> None:
    play([G1, RunThrough(date(2026, 11, 25))], with_sessions(engine))
    closure = folder_of(tmp_path, "late", closures="date,calendar,close_time,reason\n2026-11-25,MARKET,,storm")
    with pytest.raises(RefusedBook, match="a closure is for a later day"):
        play([Load(closure)], engine)
    play([RunThrough(date(2026, 11, 27))], engine)
    assert [line.status for line in list_unit_values(engine, Selection())] == ["PUBLISHED"] * 4


def test_a_closure_announced_in_time_moves_the_night_and_its_settlements(engine: Engine, tmp_path: Path) -> None:
    lines = ("2026-11-27",)
    book = g1_without(tmp_path, *lines)
    for file in ("orders", "distributions"):
        text = (book / f"{file}.csv").read_text().splitlines()
        (book / f"{file}.csv").write_text("\n".join(line for line in text if "2026-11-27" not in line) + "\n")
    trades = (book / "trades.csv").read_text().replace("2026-11-27", "2026-11-30")
    (book / "trades.csv").write_text(trades)
    (book / "closures.csv").write_text("date,calendar,close_time,reason\n2026-11-27,MARKET,,storm\n")
    play([Load(book), RunThrough(date(2026, 11, 30))], with_sessions(engine))
    listed = list_unit_values(engine, Selection())
    nights = [date(2026, 11, day) for day in (23, 24, 25, 30)]
    assert [line.business_date for line in listed] == [day_of(on) for on in nights]


def test_a_strike_made_again_on_the_first_of_a_month_pays_fees_once(engine: Engine) -> None:
    play([G1, RunThrough(date(2026, 11, 30))], with_sessions(engine))
    run_through(engine, day_of(date(2026, 12, 1)), STRICT, RUNNER)
    assert list_unit_values(engine, Selection())[-1].status == "STRUCK"
    release(engine)
    last = list_unit_values(engine, Selection())[-1]
    assert (last.status, last.strike and last.strike.version) == ("PUBLISHED", 2)
    assert last.strike is not None
    assert last.strike.unit_value == 10_167418
    first = day_of(date(2026, 12, 1))
    paid = [line.amount for line in journal_lines(engine, *SLEEVE, first, first) if line.kind == "FEE_PAYMENT"]
    assert sorted(paid) == [1_730000, 12_410000, 19_850000]


def test_a_trade_that_arrives_while_a_strike_is_blocked_books_the_next_night(engine: Engine, tmp_path: Path) -> None:
    play([G1, RunThrough(date(2026, 11, 27))], with_sessions(engine))
    run_through(engine, day_of(date(2026, 11, 30)), STRICT, RUNNER)
    header = "trade_ref,trade_date,settle_date,plan,model,ticker,side,shares,amount"
    late = f"{header}\nLATE-1,2026-11-30,2026-12-01,PLAN-A,GRW60,EQX,SELL,10,690.00"
    play([Load(folder_of(tmp_path, "late", trades=late))], engine)
    release(engine)
    play([RunThrough(date(2026, 12, 1))], engine)
    _, positions = positions_at(engine, *SLEEVE, day_of(date(2026, 12, 1)))
    held = {line.ticker: Decimal(line.shares).scaleb(-6) for line in positions}
    assert held["EQX"] == 2 * 1027 - 10  # the sale of the thirtieth books on the first, after that day's split


def test_a_session_before_the_first_night_is_refused_not_called_finished(engine: Engine) -> None:
    play([G1], with_sessions(engine))
    with pytest.raises(NightOutOfOrder, match="before the first night"):
        run_through(engine, day_of(date(2026, 11, 20)), NightPolicy(), RUNNER)


def test_a_held_sleeve_is_listed_for_every_night_it_misses(engine: Engine, tmp_path: Path) -> None:
    book = g1_without(tmp_path, "2026-11-25,EQX")
    play([Load(book), RunThrough(date(2026, 11, 27))], with_sessions(engine))
    listed = list_unit_values(engine, Selection())
    assert [line.status for line in listed] == ["PUBLISHED", "PUBLISHED", "HELD", "HELD"]
    assert listed[-1].why == "held since 2026-11-25: PX-MISS EQX"
    only = list_unit_values(engine, Selection(first_day=day_of(date(2026, 11, 27))))
    assert [line.status for line in only] == ["HELD"]


def test_an_impossible_price_holds_its_owners_and_stops_nobody_else(engine: Engine, tmp_path: Path) -> None:
    book = g1_without(tmp_path, "2026-12-01,VCX", "2026-11-30,VCX")
    with (book / "prices.csv").open("a") as prices:
        prices.write("2026-12-01,VCX,9000000000.00\n")  # no price the session before: the move cannot be judged
    play([Load(book), RunThrough(date(2026, 12, 1))], with_sessions(engine))
    last = list_unit_values(engine, Selection())[-1]
    assert last.status == "HELD"
    assert last.why.startswith("PX-RANGE VCX: 4013.702000 shares at 9000000000.00000000")
    right = folder_of(tmp_path, "right", prices="date,ticker,price\n2026-12-01,VCX,12.47")
    play([Load(right)], engine)
    release(engine)
    last = list_unit_values(engine, Selection())[-1]
    assert last.strike is not None
    assert (last.status, last.strike.unit_value) == ("PUBLISHED", 10_167418)


@pytest.mark.parametrize("second", ["Ana Maker", "ana maker", " Ana  Maker ", "Ａｎａ Maker"])
def test_one_person_cannot_be_two(second: str) -> None:
    with pytest.raises(NotPermitted):
        Release("checked", "Ana Maker", second).check()
