"""Ten years of real prices through four sleeves: a generated book folder and the script of steps that runs it.

The prices, dividends and their pay dates are real; orders, trades and fees are made here, seeded, while an oracle
steps through the nights (trades answer to the cash and weights of the evening before). What is written is an
ordinary book: everything in one folder known from the start, and one folder of late rows. The holds are those that
the real moves set off (2009, August 2011, June 2016 ...); each is released after a delay fixed by its date.

* VBR is declared a fund of three decimals that reinvests its dividends; VB reinvests in whole shares; SPY, VTI,
  VXUS, TLT and BND are whole-share ETFs that pay cash. BND is fixed income (2 %); TLT's class is in no table.
* Trades execute at the next session's close, a few hundredths of a percent off, and settle on the third
  settlement day (the second from 2017-09-05 on; the fund on the first).
* PLAN-B's small-cap sleeve sells out in June 2013, its holders leave with ALL, and new ones come in September.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.oracle.book import SleeveKey
from tests.oracle.book_writer import plain, write_book
from tests.oracle.exact import exactly
from tests.oracle.night import Oracle
from tests.oracle.real_flows import orders_for, trades_for
from tests.oracle.real_market import FIRST, LAST
from tests.oracle.real_tables import LATE_FOLDER_AFTER, late_tables, standing_tables
from tests.oracle.script import Load, Release, RunThrough, Step, play


@dataclass(frozen=True)
class RealBook:
    """The folders and the steps that load, run and release them, through the last night."""

    folders: tuple[Path, ...]
    steps: tuple[Step, ...]
    through: date

    @property
    def releases(self) -> tuple[Release, ...]:
        return tuple(step for step in self.steps if isinstance(step, Release))


@exactly
def build_real_book(root: Path, market: Path, through: date = LAST, seed: int = 20090102) -> RealBook:
    """Write the folders `standing` and `late` below `root`; a shorter `through` gives the same book, cut off."""
    rng = random.Random(seed)
    tables = standing_tables(market, through)
    tables["orders"], tables["trades"] = [], []
    standing = root / "standing"
    oracle = play([Load(write_book(standing, tables))])
    folders: list[Path] = [standing]
    steps: list[Step] = [Load(standing)]
    for night in oracle.calendar.sessions(FIRST, through):
        new_orders = orders_for(oracle, rng, night)
        evening = oracle.last_night
        new_trades = trades_for(oracle, evening, night) if evening else []
        for table, rows in (("orders", new_orders), ("trades", new_trades)):
            tables[table] += rows
            oracle.add(table, [{name: plain(value) for name, value in row.items()} for row in rows])
        oracle.run_through(night)
        after: list[Step] = [Release(*key) for key in oracle.held_sleeves() if release_is_due(oracle, key)]
        if night == LATE_FOLDER_AFTER:
            folders.append(write_book(root / "late", late_tables(oracle)))
            after.append(Load(folders[-1]))
        play(after, oracle)
        if after or night == through:
            steps += [RunThrough(night), *after]
    write_book(standing, {"orders": tables["orders"], "trades": tables["trades"]})
    return RealBook(tuple(folders), tuple(steps), through)


def release_is_due(oracle: Oracle, key: SleeveKey) -> bool:
    """After the night itself, or one to three nights later, by the date of the hold."""
    missed = oracle.sleeves[key].missed
    return len(missed) > missed[0].toordinal() % 4


def expected_real(book: RealBook) -> Oracle:
    """The oracle's own run of the folders as written: rows, confirms, journals and trial balances of every night."""
    return play(book.steps)
