"""A night that trades, killed at a step and resumed, ends with the same bytes; on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.services.daily_cycle import Runner
from tests.faults.dump import dump, first_difference
from tests.product import FIXED_INSTANT
from tests.services.test_fills import fill
from tests.services.trading_books import SESSIONS, Desk, order, override, security, targets, trading_tables

MON, TUE, WED, THU, FRI = SESSIONS[:5]


class Killed(BaseException):
    """Stops a run as a kill would: nothing of the product catches it."""


def busy_desk(engine: Engine, folder: Path) -> Desk:
    """Fills in part, a new version on Wednesday, a holding period, and an override that ends: every night trades."""
    desk = Desk(engine, folder)
    tables = trading_tables()
    tables["securities"] = [
        security("AAA", redemption_fee_pct="1.0", holding_days="2"),
        *(row for row in tables["securities"] if row["ticker"] != "AAA"),
    ]
    tables["targets"] = [*tables["targets"], *targets(str(WED), CCC="0.6", BBB="0.38", CASH="0.02")]
    tables["orders"] = [*tables["orders"], order("r1", "P1", "5000.00", WED, "RED")]
    rules = [override("P2", "NO_BUY", "CCC", end=str(THU))]
    fills = [fill("f1", "BBB", "BUY", "700", "50.10"), fill("f2", "AAA", "SELL", "10", "20.00", THU)]
    desk.load(**tables, overrides=rules, fills=fills)
    return desk


def killing(at: tuple[str, str]) -> Runner:
    def observe(when: str, _day: int, step: str) -> None:
        if (when, step) == at:
            raise Killed

    return Runner(now=lambda: FIXED_INSTANT, holder="test:1", observe=observe, is_dead=lambda _: True)


MOMENTS = tuple(
    (when, step)
    for step in ("book_trades", "price_orders", "propose_trades", "close_night")
    for when in ("start", "done")
)
KILLS = {MON: MOMENTS[:1], TUE: MOMENTS[1:2], WED: MOMENTS[2:3], THU: MOMENTS, FRI: MOMENTS[4:5]}


@pytest.fixture
def desks(new_engine, tmp_path: Path) -> tuple[Desk, Desk]:
    return busy_desk(new_engine(), tmp_path / "undisturbed"), busy_desk(new_engine(), tmp_path / "killed")


def test_a_night_that_trades_resumes_to_the_same_bytes_wherever_it_was_killed(desks: tuple[Desk, Desk]) -> None:
    """Each night is killed at another moment, and on Thursday at all of them one after the other."""
    undisturbed, killed = desks
    undisturbed.run(FRI)
    for night, moments in KILLS.items():
        for moment in moments:
            with pytest.raises(Killed):
                killed.run(night, killing(moment))
    killed.run(FRI)
    assert first_difference(dump(killed.engine), dump(undisturbed.engine)) == ""
    assert killed.rows("SELECT count(DISTINCT business_date) FROM proposed_trade")[0][0] >= 4
    killed.require_sound(FRI)
