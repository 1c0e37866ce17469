"""Proposals previewed, approved by seal, withdrawn, and refused: two people, and only before the next night begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from modelx.bootstrap import load_book
from modelx.domain.book import RefusedBook
from modelx.domain.days import day_of
from modelx.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, StalePreview
from modelx.domain.night_policy import NightPolicy
from modelx.services.block_views import TradeState, list_blocks
from modelx.services.proposal_views import NightProposals, preview_proposals
from modelx.services.trade_decisions import Signed, approve_proposals, request_rebalance, withdraw_trades
from tests.services.trading_books import SESSIONS, Desk, sleeve, targets, trading_tables, write_tables

MON, TUE, WED, THU, FRI = SESSIONS[:5]
SIGNED = Signed("Ana Maker", "Carl Checker", "as previewed")
MANUAL = NightPolicy(stale_sessions=0, manual_trading=True)


@pytest.fixture
def desk(engine: Engine, tmp_path: Path) -> Desk:
    """Two plans' money came on Monday; nothing is traded unless two people say so."""
    desk = Desk(engine, tmp_path, MANUAL)
    desk.load(**trading_tables())
    desk.run(MON)
    return desk


def shown(desk: Desk, night=None) -> NightProposals:
    return preview_proposals(desk.engine, None if night is None else day_of(night), desk.policy)


def states(desk: Desk, night=MON) -> set[str]:
    return {
        TradeState(one).name for one in list_blocks(desk.engine, day_of(night), desk.policy)[0].block_state.tolist()
    }


def test_a_preview_shows_weights_before_and_after_and_foots(desk: Desk) -> None:
    preview = shown(desk)
    part = preview.runs[0]
    assert (part.plan, part.value.tolist()) == (["P1", "P2"], [100_000 * 10**6] * 2)
    assert part.rows.cash_before.tolist() == [100_000 * 10**6] * 2
    assert part.rows.cash_after.tolist() == [2_000 * 10**6] * 2
    assert part.weights.before.tolist() == [0, 0, 0, 0]
    assert part.weights.after.tolist() == [600_000_000_000, 380_000_000_000] * 2
    assert (preview.night, preview.session, preview.approvable) == (day_of(MON), day_of(TUE), True)
    assert states(desk) == {"PROPOSED"}


def test_what_nobody_approved_lapses_and_is_proposed_again_at_the_next_prices(desk: Desk) -> None:
    desk.run(TUE)
    assert desk.holdings("P1", TUE) == {"CASH": "100000.00"}
    assert states(desk) == {"LAPSED"}
    assert states(desk, TUE) == {"PROPOSED"}
    approve_proposals(desk.engine, None, shown(desk).sealed.hash, SIGNED, 1)
    assert states(desk, TUE) == {"APPROVED"}
    desk.run(WED)
    assert desk.holdings("P1", WED)["AAA"] == "3000"
    assert states(desk, TUE) == {"EXECUTED"}
    desk.require_sound(WED)


def test_an_approval_of_one_plan_is_of_that_plan(desk: Desk) -> None:
    done = approve_proposals(desk.engine, day_of(MON), shown(desk).sealed.hash[:16], SIGNED, 1, plan="P1")
    assert done.n_trades == 2
    desk.run(TUE)
    assert desk.holdings("P1", TUE)["AAA"] == "3000"
    assert desk.holdings("P2", TUE) == {"CASH": "100000.00"}
    assert states(desk) == {"PARTIAL"}
    desk.require_sound(TUE)


def test_the_maker_is_not_the_checker(desk: Desk) -> None:
    seal = shown(desk).sealed.hash
    with pytest.raises(NotPermitted, match="cannot agree to their own decision"):
        approve_proposals(desk.engine, None, seal, Signed("Ana Maker", " ana  MAKER", "as previewed"), 1)
    with pytest.raises(InvalidInput, match="a reason and two names"):
        approve_proposals(desk.engine, None, seal, Signed("Ana Maker", "Carl Checker", " "), 1)


def decided(desk: Desk, **other: object) -> dict[str, object]:
    """An approval of Monday's proposals as a row of trade_decisions.csv."""
    row = {
        "date": MON,
        "decision": "APPROVE",
        **dict.fromkeys(("plan", "model", "ticker", "shares"), ""),
        "sha256": shown(desk).proposals_hash,
        "reason": "as previewed",
        "maker": "Ana Maker",
        "checker": "Carl Checker",
    }
    return row | other


@pytest.mark.parametrize(
    ("wrong", "column", "says"),
    [
        ({"checker": "ana  MAKER"}, "checker", "another person"),
        ({"checker": "\uff21na Maker"}, "checker", "another person"),
        ({"checker": ""}, "checker", "another person"),
        ({"maker": ""}, "maker", "name who decides"),
        ({"reason": ""}, "reason", "say why"),
        ({"sha256": "abc"}, "sha256", "prints as proposals_sha256"),
    ],
)
def test_a_file_of_decisions_is_held_to_what_the_commands_ask(
    desk: Desk, wrong: dict[str, object], column: str, says: str
) -> None:
    with pytest.raises(RefusedBook, match=says) as refusal:
        desk.load(trade_decisions=[decided(desk, **wrong)])
    assert f"trade_decisions.csv:2 {column}: " in str(refusal.value)


def test_an_approval_in_a_file_names_the_hash_of_the_proposals(desk: Desk) -> None:
    desk.load(trade_decisions=[decided(desk)])
    assert states(desk) == {"APPROVED"}
    desk.run(TUE)
    assert desk.holdings("P1", TUE)["AAA"] == "3000"
    desk.require_sound(TUE)


def test_an_approval_of_other_proposals_is_listed_when_it_is_loaded(desk: Desk, tmp_path: Path) -> None:
    """The seal, which the command takes, is not what a file names; nor is the right hash under another night."""
    rows = [decided(desk, sha256=shown(desk).sealed.hash), decided(desk, date=TUE), decided(desk, plan="P1")]
    report = load_book(desk.engine, write_tables(tmp_path / "approvals", {"trade_decisions": rows}))
    assert [(one.code, str(one.source)) for one in report.findings] == [
        ("UNKNOWN_PROPOSALS", "trade_decisions.csv:2 sha256"),
        ("UNKNOWN_PROPOSALS", "trade_decisions.csv:3 sha256"),
    ]
    assert "nothing is approved by it" in report.findings[0].message


def test_a_withdrawn_trade_leaves_the_preview_s_weights_and_the_block_s_requests(desk: Desk) -> None:
    """P2 keeps 38 % in cash, and the block in BBB is P1's alone: 760 shares for 38,000.00."""
    withdraw_trades(desk.engine, None, "P2", "MDL001", "BBB", SIGNED, 1)
    assert shown(desk).runs[0].weights.after.tolist() == [600_000_000_000, 380_000_000_000, 600_000_000_000, 0]
    found = list_blocks(desk.engine, day_of(MON), desk.policy)[0]
    assert found.sleeves.tolist() == [2, 1]
    assert found.requested.tolist() == [6_000 * 10**6, 760 * 10**6]
    assert found.requested_amount.tolist() == [120_000 * 10**6, 38_000 * 10**6]


def test_a_price_corrected_since_the_preview_makes_it_stale_and_is_named(desk: Desk) -> None:
    seal = shown(desk).sealed.hash
    desk.load(prices=[{"date": MON, "ticker": "AAA", "price": "20.40"}])
    with pytest.raises(StalePreview, match=r"price of AAA on 2026-11-02: 20\.00 -> 20\.40"):
        approve_proposals(desk.engine, None, seal, SIGNED, 1)
    again = shown(desk).sealed.hash
    assert again != seal
    approve_proposals(desk.engine, None, again, SIGNED, 2)
    desk.run(TUE)
    assert desk.holdings("P1", TUE)["AAA"] == "3000"
    desk.require_sound(TUE)


def test_a_trade_withdrawn_since_the_preview_makes_it_stale_and_is_named(desk: Desk) -> None:
    seal = shown(desk).sealed.hash
    withdraw_trades(desk.engine, None, "P2", "MDL001", "BBB", Signed("Ana", "Carl", "the plan asked us to wait"), 1)
    with pytest.raises(StalePreview, match="WITHDRAW P2 MDL001 BBB: absent -> the plan asked us to wait"):
        approve_proposals(desk.engine, None, seal, SIGNED, 2)
    approve_proposals(desk.engine, None, shown(desk).sealed.hash, SIGNED, 3)
    desk.run(TUE)
    assert desk.holdings("P2", TUE) == {"AAA": "3000", "CASH": "100000.00"}  # the cash settles tomorrow
    assert desk.holdings("P1", TUE)["BBB"] == "760"
    desk.require_sound(TUE)


def test_the_preview_of_an_earlier_night_is_stale_and_a_hash_of_nothing_is_told(desk: Desk) -> None:
    seal = shown(desk).sealed.hash
    desk.run(TUE)
    with pytest.raises(StalePreview, match="night: 2026-11-02 -> 2026-11-03"):
        approve_proposals(desk.engine, None, seal, SIGNED, 1)
    with pytest.raises(StalePreview, match="is not that of a preview of 2026-11-03"):
        approve_proposals(desk.engine, None, "0" * 64, SIGNED, 1)
    with pytest.raises(InvalidInput, match="at least the first 12"):
        approve_proposals(desk.engine, None, seal[:5], SIGNED, 1)


def test_a_decision_is_refused_once_the_next_night_has_begun(desk: Desk) -> None:
    seal = shown(desk).sealed.hash
    desk.run(TUE)
    with pytest.raises(Conflict, match="the night of 2026-11-03 has begun"):
        approve_proposals(desk.engine, day_of(MON), seal, SIGNED, 1)
    with pytest.raises(Conflict, match="the night of 2026-11-03 has begun"):
        withdraw_trades(desk.engine, day_of(MON), "P1", "MDL001", None, SIGNED, 1)
    assert not shown(desk, MON).approvable


def test_nothing_is_decided_about_trades_that_were_not_proposed(desk: Desk) -> None:
    with pytest.raises(NotFound, match="no security ZZZ"):
        withdraw_trades(desk.engine, None, "P1", "MDL001", "ZZZ", SIGNED, 1)
    with pytest.raises(NotFound, match="proposed no trade for P1 MDL001 CCC"):
        withdraw_trades(desk.engine, None, "P1", "MDL001", "CCC", SIGNED, 1)
    with pytest.raises(NotFound, match="no plan P9"):
        withdraw_trades(desk.engine, None, "P9", "MDL001", None, SIGNED, 1)


def test_the_same_decision_twice_is_one(desk: Desk) -> None:
    seal = shown(desk).sealed.hash
    first = approve_proposals(desk.engine, None, seal, SIGNED, 1)
    second = approve_proposals(desk.engine, None, seal, SIGNED, 2)
    assert (first.already, second.already, second.load_id) == (False, True, first.load_id)


def test_an_older_night_is_shown_as_it_was(desk: Desk) -> None:
    before = shown(desk)
    desk.load(targets=targets(str(WED), CCC="0.98", CASH="0.02"))
    desk.run(FRI)
    after = shown(desk, MON)
    assert after.sealed == before.sealed
    assert after.runs[0].weights.after.tolist() == before.runs[0].weights.after.tolist()
    assert after.runs[0].value.tolist() == before.runs[0].value.tolist()
    assert not after.approvable


def test_under_a_standing_rule_proposals_need_no_approval(engine: Engine, tmp_path: Path) -> None:
    desk = Desk(engine, tmp_path)
    desk.load(**trading_tables())
    desk.run(MON)
    assert states(desk) == {"APPROVED"}
    desk.run(TUE)
    assert states(desk) == {"EXECUTED"}
    assert desk.holdings("P1", TUE)["AAA"] == "3000"


def test_a_request_that_nobody_approved_is_proposed_again_whatever_the_policy(engine: Engine, tmp_path: Path) -> None:
    """P1's policy is NONE: nothing but the request, still unanswered, calls for its trades on the next night."""
    desk = Desk(engine, tmp_path, MANUAL)
    tables = trading_tables()
    tables["sleeves"] = [sleeve("P1", "NONE"), sleeve("P2", "NONE")]
    desk.load(**tables)
    desk.run(MON)
    request_rebalance(desk.engine, "P1", "MDL001", SIGNED, 1)
    desk.run(TUE)
    assert desk.rows("SELECT count(*) FROM proposed_trade") == [(2,)]
    desk.run(WED)
    assert desk.rows("SELECT count(*) FROM proposed_trade") == [(4,)]
    approve_proposals(desk.engine, None, shown(desk).sealed.hash, SIGNED, 2)
    desk.run(THU)
    assert desk.holdings("P1", THU)["AAA"] == "3000"
    desk.run(FRI)
    assert desk.rows("SELECT count(*) FROM proposed_trade") == [(4,)]  # answered: nothing is due any more
    desk.require_sound(FRI)
