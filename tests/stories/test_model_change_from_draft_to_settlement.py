"""A model change: drafted, previewed, made stale by a corrected price, refused, previewed again, approved by another
person, traded on the session after it takes effect, and settled the day after that. On both databases.
"""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.domain.days import day_of
from modelx.domain.errors import NotPermitted, StalePreview
from modelx.services.block_views import TradeState, list_blocks
from modelx.services.change_approval import approve_change
from modelx.services.change_drafts import Author, draft_weights
from modelx.services.change_preview import preview_stored
from modelx.services.ledger_views import trial_balance
from tests.services.trading_books import MODEL, SESSIONS, Desk, trading_tables

MON, TUE, WED, THU, FRI = SESSIONS[:5]
NEXT_MON = SESSIONS[5]
HUNDREDTH = 10**10


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    """Two plans invested in AAA and BBB since Tuesday; the change is drafted on Tuesday evening."""
    desk = Desk(engine, tmp_path)
    desk.load(**trading_tables())
    desk.run(TUE)
    return desk


def test_a_change_is_refused_when_stale_and_traded_as_it_was_approved(desk: Desk) -> None:
    engine = desk.engine
    weights = {"CCC": 60 * HUNDREDTH, "BBB": 38 * HUNDREDTH, "CASH": 2 * HUNDREDTH}
    drafted = draft_weights(engine, MODEL, weights, THU, Author("Mara Manager", "AAA closes", 1))
    first = preview_stored(engine, drafted.change_id, 2)
    assert {one.plan for one in first.sleeves} == {"P1", "P2"}

    desk.load(prices=[{"date": TUE, "ticker": "AAA", "price": "20.10"}])  # known after the preview
    with pytest.raises(StalePreview, match="AAA"):
        approve_change(engine, drafted.change_id, first.sealed.hash, "Carl Checker", "", 3)
    assert desk.rows("SELECT count(*) FROM change_approval") == [(0,)]

    second = preview_stored(engine, drafted.change_id, 4)
    assert second.sealed.hash != first.sealed.hash
    with pytest.raises(NotPermitted):
        approve_change(engine, drafted.change_id, second.sealed.hash, "mara manager", "", 5)
    approve_change(engine, drafted.change_id, second.sealed.hash, "Carl Checker", "seen", 6)

    desk.run(WED)
    assert desk.rows(f"SELECT count(*) FROM proposed_trade WHERE business_date = {day_of(WED)}") == [(0,)]
    desk.run(THU)  # in effect: proposed at tonight's prices
    blocks = list_blocks(engine, day_of(THU), desk.policy)[0]
    sides = list(zip(blocks.blocks.security_id.tolist(), blocks.blocks.side.tolist(), strict=True))
    assert sides == [(1, 1), (3, 0)]  # AAA sold, CCC bought, one block each for both plans
    assert {TradeState(one).name for one in blocks.block_state.tolist()} == {"APPROVED"}
    assert desk.holdings("P1", THU)["AAA"] == "3000"

    desk.run(FRI)  # traded
    done = list_blocks(engine, day_of(THU), desk.policy)[0]
    assert {TradeState(one).name for one in done.block_state.tolist()} == {"EXECUTED"}
    assert done.filled.tolist() == [6_000 * 10**6, 4_000 * 10**6]
    assert done.cash.tolist() == [120_000 * 10**6] * 2
    assert _settling(desk, FRI) == {"1100": 60_000 * 10**6, "2000": -60_000 * 10**6}

    desk.run(NEXT_MON)  # settled
    assert _settling(desk, NEXT_MON) == {}
    for plan in ("P1", "P2"):
        assert desk.holdings(plan, NEXT_MON) == {"BBB": "760", "CCC": "2000", "CASH": "2000.00"}
    desk.require_sound(NEXT_MON)


def _settling(desk: Desk, on: date) -> dict[str, int]:
    """P1's receivables and payables of securities after a night."""
    lines = trial_balance(desk.engine, "P1", MODEL, day_of(on))
    return {line.account: line.amount for line in lines if line.account in {"1100", "2000"}}
