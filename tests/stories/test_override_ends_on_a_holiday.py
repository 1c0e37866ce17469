"""An override through Thanksgiving: it acts up to the day before, and the plan is brought back on the next session.

PLAN P1 holds CCC for AAA until 26 November, when no market is open and no night runs. The first night without it is
Friday the 27th; what that night proposes is traded on Monday the 30th and settled on Tuesday.
"""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.days import day_of
from modelx.domain.rebalance_trigger import Trigger
from modelx.services.model_views import sleeve_weights
from modelx.services.proposal_views import preview_proposals
from tests.services.trading_books import MODEL, Desk, override, trading_tables

WEDNESDAY, HOLIDAY, FRIDAY = (date(2026, 11, day) for day in (25, 26, 27))
MONDAY, TUESDAY = date(2026, 11, 30), date(2026, 12, 1)


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    desk = Desk(engine, tmp_path)
    rule = override("P1", "SUBSTITUTE", "AAA", to_ticker="CCC", end=str(HOLIDAY), on_expiry="REVERT")
    desk.load(**trading_tables(), overrides=[rule])
    return desk


def test_an_override_that_expires_on_a_holiday_acts_until_then_and_is_undone_on_the_next_sessions(desk: Desk) -> None:
    desk.run(WEDNESDAY)
    assert desk.holdings("P1", WEDNESDAY) == {"BBB": "760", "CCC": "2000", "CASH": "2000.00"}
    assert desk.holdings("P2", WEDNESDAY) == {"AAA": "3000", "BBB": "760", "CASH": "2000.00"}
    on_the_holiday = {one.ticker: one.effective for one in sleeve_weights(desk.engine, "P1", MODEL, HOLIDAY)}
    assert (on_the_holiday["CCC"], on_the_holiday["AAA"]) == (600_000_000_000, 0)

    desk.run(FRIDAY)
    preview = preview_proposals(desk.engine, None, desk.policy)
    assert (preview.night, preview.session) == (day_of(FRIDAY), day_of(MONDAY))
    part = preview.runs[0]
    assert part.plan == ["P1"]  # the other plan has nothing to do
    assert part.rows.triggers.tolist()[0] & Trigger.OVERRIDE
    traded = zip(part.trades.security_id.tolist(), part.trades.side.tolist(), part.trades.amount.tolist(), strict=True)
    assert list(traded) == [(1, 0, 60_000 * 10**6), (3, 1, 60_000 * 10**6)]
    assert desk.holdings("P1", FRIDAY)["CCC"] == "2000"

    desk.run(MONDAY)
    assert desk.holdings("P1", MONDAY) == {"AAA": "3000", "BBB": "760", "CASH": "2000.00"}
    desk.run(TUESDAY)
    assert desk.holdings("P1", TUESDAY) == desk.holdings("P2", TUESDAY)
    assert desk.rows("SELECT max(business_date) FROM proposed_trade") == [(day_of(FRIDAY),)]
    desk.require_sound(TUESDAY)
