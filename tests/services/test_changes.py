"""Changes of models and overrides: drafted, previewed, approved by another person, and seen by the next night."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from modelx.bootstrap import load_book
from modelx.domain.book_codes import ExcludeTo, OverrideKind
from modelx.domain.change import ChangeState
from modelx.domain.errors import AwaitingApproval, Blocked, InvalidInput, NotFound, NotPermitted, StalePreview
from modelx.domain.override import OnExpiry
from modelx.domain.override_check import OverrideRule
from modelx.files.book_folder import write_book
from modelx.services.book_export import exported
from modelx.services.change_approval import approve_change, list_changes
from modelx.services.change_checks import RefusedChange
from modelx.services.change_drafts import (
    cancel_draft,
    draft_adjustment,
    draft_cancellation,
    draft_override_end,
    draft_overrides,
    draft_replacement,
    draft_revert,
    draft_weights,
)
from modelx.services.change_preview import preview_stored
from modelx.services.model_creation import ModelTerms, create_model
from modelx.services.model_views import list_models, scheduled_versions, show_model, sleeve_weights
from modelx.services.override_views import list_overrides
from modelx.store.load_records import verify_loads
from modelx.store.unit_of_work import reading
from tests.product import fresh_sqlite, with_sessions
from tests.services.books import write_files
from tests.services.followed_books import MIA, approved, followed_folder, held, played, run, weight

SLEEVES = [("PLAN-A", "GRO"), ("PLAN-B", "GRO"), ("PLAN-C", "BAL")]
LAST, NEXT = date(2026, 12, 1), date(2026, 12, 2)
WHOLE = {"EQF": weight("0.50"), "EQI": weight("0.30"), "BDF": weight("0.18"), "CASH": weight("0.02")}
RULE = OverrideRule("PLAN-B", "GRO", OverrideKind.SUBSTITUTE, "BDF", NEXT, to_ticker="BDI", reason="cheaper")


@pytest.fixture
def book(engine, tmp_path):
    """Three sleeves that have bought their models, on either database."""
    return played(with_sessions(engine), followed_folder(tmp_path / "book", SLEEVES), LAST)


@pytest.fixture
def lite(tmp_path):
    """The same on SQLite alone, for what does not touch the database's own ways."""
    return played(fresh_sqlite(tmp_path), followed_folder(tmp_path / "book", SLEEVES), LAST)


def refusals(exception):
    return {finding.code for finding in exception.value.findings}


def test_an_approved_version_is_traded_from_the_next_night_on(book):
    before = held(book, "PLAN-C", "BAL")
    shown = approved(book, draft_weights(book, "GRO", WHOLE, None, MIA))
    assert [(one.plan, one.model) for one in shown.sleeves] == [("PLAN-A", "GRO"), ("PLAN-B", "GRO")]
    run(book, date(2026, 12, 3))
    # 100,000 a plan: equity goes from 60/20 to 50/30 percent, at about 50 and 40 dollars a share.
    after = held(book, "PLAN-A", "GRO")
    assert after["EQF"] * 50 / 100_000 == pytest.approx(Decimal("0.50"), abs=Decimal("0.001"))
    assert after["EQI"] * 40 / 100_000 == pytest.approx(Decimal("0.30"), abs=Decimal("0.001"))
    assert held(book, "PLAN-B", "GRO") == after
    assert held(book, "PLAN-C", "BAL") == before
    with reading(book) as connection:
        assert verify_loads(connection) == []


def test_what_is_approved_is_a_load_with_maker_and_checker_beside_it(book):
    drafted = draft_adjustment(book, "GRO", {"EQF": weight("0.55"), "EQI": weight("0.25")}, None, MIA)
    shown = approved(book, drafted)
    (record,) = list_changes(book)
    assert record.state is ChangeState.APPROVED
    assert (record.approval.maker, record.approval.checker) == ("Mia", "Otto")
    assert record.approval.sha256 == shown.sealed.hash
    assert record.approval.load_id == 2
    version = show_model(book, "GRO", None).in_force()
    assert (version.number, version.effective, version.weight("EQF")) == (2, NEXT, weight("0.55"))


def test_a_preview_changes_nothing_and_says_the_same_again(book):
    drafted = draft_weights(book, "GRO", WHOLE, None, MIA)
    first, second = preview_stored(book, drafted.change_id, 2), preview_stored(book, drafted.change_id, 9)
    assert first.sealed == second.sealed
    assert len(show_model(book, "GRO", None).versions) == 1
    assert list_changes(book)[0].preview.recorded_at == 2


def test_the_preview_tells_who_follows_who_deviates_and_what_it_costs(lite):
    approved(lite, draft_overrides(lite, [RULE], MIA))
    drafted = draft_replacement(lite, "EQF", "EQI", None, MIA)
    shown = preview_stored(lite, drafted.change_id, 2)
    assert [one.deviations for one in shown.sleeves] == [(), ("BDF->BDI (override 1)",)]
    # 60 % at 0.50 % a year becomes 60 % at 0.05 %: 27 basis points less, whatever the bonds.
    assert shown.preview.cost_change_bp() == ["-27.00", "-27.00"]
    lines = {shown.names.security[one.security]: (one.before, one.after) for one in shown.lines_of(1)}
    assert lines == {
        "BDI": (weight("0.18"), weight("0.18")),
        "CASH": (weight("0.02"), weight("0.02")),
        "EQF": (weight("0.60"), 0),
        "EQI": (weight("0.20"), weight("0.80")),
    }


def test_nobody_approves_their_own_change(book):
    drafted = draft_weights(book, "GRO", WHOLE, None, MIA)
    shown = preview_stored(book, drafted.change_id, 2)
    for name in ("Mia", " MIA ", ""):
        with pytest.raises(NotPermitted):
            approve_change(book, drafted.change_id, shown.sealed.hash, name, "", 3)
    assert list_changes(book)[0].state is ChangeState.PREVIEWED


def test_what_was_not_previewed_is_not_approved(lite):
    drafted = draft_weights(lite, "GRO", WHOLE, None, MIA)
    with pytest.raises(AwaitingApproval, match="no preview yet"):
        approve_change(lite, drafted.change_id, "0" * 64, "Otto", "", 3)
    preview_stored(lite, drafted.change_id, 2)
    with pytest.raises(StalePreview, match="not that of the proposed"):
        approve_change(lite, drafted.change_id, "0" * 64, "Otto", "", 3)
    with pytest.raises(InvalidInput, match="first 12 characters"):
        approve_change(lite, drafted.change_id, "0" * 8, "Otto", "", 3)


def test_a_price_correction_makes_a_preview_stale_and_the_price_is_named(book, tmp_path):
    drafted = draft_weights(book, "GRO", WHOLE, None, MIA)
    stale = preview_stored(book, drafted.change_id, 2)
    load_book(book, write_files(tmp_path / "late", prices="date,ticker,price\n2026-12-01,EQF,50.99\n"))
    with pytest.raises(StalePreview, match=r"price of EQF: 50\.02 -> 50\.99"):
        approve_change(book, drafted.change_id, stale.sealed.hash, "Otto", "", 3)
    assert len(show_model(book, "GRO", None).versions) == 1
    fresh = preview_stored(book, drafted.change_id, 4)
    approve_change(book, drafted.change_id, fresh.sealed.hash[:12], "Otto", "", 5)
    assert len(show_model(book, "GRO", None).versions) == 2


def test_a_night_in_between_makes_a_preview_stale_or_its_date_past(lite):
    later = draft_weights(lite, "GRO", WHOLE, date(2026, 12, 9), MIA)
    soon = draft_weights(lite, "BAL", WHOLE, NEXT, MIA)
    shown = [preview_stored(lite, one.change_id, 2) for one in (later, soon)]
    run(lite, NEXT)
    with pytest.raises(StalePreview, match=r"cash of|accrued fees of|price of"):
        approve_change(lite, later.change_id, shown[0].sealed.hash, "Otto", "", 3)
    with pytest.raises(RefusedChange, match="on or before the last closed night"):
        approve_change(lite, soon.change_id, shown[1].sealed.hash, "Otto", "", 3)


@pytest.mark.parametrize(
    ("weights", "effective", "code"),
    [
        ({**WHOLE, "CASH": weight("0.0199")}, None, "WEIGHTS_NOT_ONE"),
        ({**WHOLE, "EQF": weight("-0.50"), "EQI": weight("1.30")}, None, "WEIGHT_NEGATIVE"),
        ({**WHOLE, "EQF": weight("0.5000001"), "EQI": weight("0.2999999")}, None, "WEIGHT_TOO_FINE"),
        ({**WHOLE, "EQF": 0, "NOPE": weight("0.50")}, None, "SECURITY_UNKNOWN"),
        ({**WHOLE, "EQF": 0, "SHUT": weight("0.50")}, None, "SECURITY_CLOSED"),
        (WHOLE, LAST, "EFFECTIVE_PAST"),
        (WHOLE, date(2026, 12, 5), "EFFECTIVE_NOT_SESSION"),
    ],
)
def test_an_unsound_version_is_refused_when_it_is_drafted(lite, weights, effective, code):
    with pytest.raises(RefusedChange) as refused:
        draft_weights(lite, "GRO", weights, effective, MIA)
    assert code in refusals(refused)
    assert list_changes(lite) == []


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([replace(RULE, plan="PLAN-C")], "SLEEVE_UNKNOWN"),
        ([replace(RULE, to_ticker="SHUT")], "SECURITY_CLOSED"),
        ([replace(RULE, to_ticker="NOPE")], "SECURITY_UNKNOWN"),
        ([RULE, OverrideRule("PLAN-B", "GRO", OverrideKind.EXCLUDE, "BDF", NEXT)], "OVERRIDE_CONFLICT"),
        ([RULE, replace(RULE, ticker="BDI", to_ticker="BDF")], "SUBSTITUTION_CYCLE"),
        ([replace(RULE, start=LAST)], "OVERRIDE_PAST"),
        ([replace(RULE, to_ticker="ETF")], "SHARE_DP_DIFFERS"),
    ],
)
def test_an_unsound_override_is_refused_when_it_is_drafted(lite, rules, code):
    with pytest.raises(RefusedChange) as refused:
        draft_overrides(lite, rules, MIA)
    assert code in refusals(refused)


def test_a_rule_for_every_model_of_a_plan_clashes_with_one_that_is_saved(lite):
    approved(lite, draft_overrides(lite, [RULE], MIA))
    every = OverrideRule("PLAN-B", "", OverrideKind.EXCLUDE, "BDF", NEXT)
    with pytest.raises(RefusedChange) as refused:
        draft_overrides(lite, [every], MIA)
    assert refusals(refused) == {"OVERRIDE_CONFLICT"}


def test_a_security_held_since_before_it_closed_may_stay_with_a_warning_but_not_grow(lite, tmp_path):
    closed = "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,turnover_pct,"
    closed += "status\nEQF,Broad Equity Fund,MF,US Equity,0.50,3,2,N,1,12,CLOSED\n"
    load_book(lite, write_files(tmp_path / "closed", securities=closed))
    drafted = draft_adjustment(lite, "GRO", {"EQF": weight("0.50"), "EQI": weight("0.30")}, None, MIA)
    assert [one.code for one in drafted.warnings] == ["SUBSTITUTION_NEEDED"]
    with pytest.raises(RefusedChange):
        draft_adjustment(lite, "GRO", {"EQF": weight("0.70"), "EQI": weight("0.10")}, None, MIA)
    assert [(one.terms.ticker, one.cannot_buy) for one in list_models(lite)] == [("BAL", ()), ("GRO", ("EQF",))]


def test_a_scheduled_version_can_be_cancelled_and_the_one_before_it_stays(book):
    approved(book, draft_weights(book, "GRO", WHOLE, date(2026, 12, 4), MIA))
    assert [one.version.number for one, _ in scheduled_versions(book, "GRO")] == [2]
    approved(book, draft_cancellation(book, "GRO", 2, MIA))
    assert scheduled_versions(book, "GRO") == []
    run(book, date(2026, 12, 7))
    version = show_model(book, "GRO", None).in_force()
    assert (version.number, version.weight("EQF")) == (1, weight("0.60"))
    with pytest.raises(InvalidInput, match="revert"):
        draft_cancellation(book, "GRO", 1, MIA)
    with pytest.raises(NotFound):
        draft_cancellation(book, "GRO", 9, MIA)


def test_a_second_draft_for_the_date_of_an_approved_version_is_stale_and_then_tells_its_real_number(book):
    day = date(2026, 12, 4)
    more = WHOLE | {"EQF": weight("0.45"), "EQI": weight("0.35")}
    one, two = (draft_weights(book, "GRO", weights, day, MIA) for weights in (WHOLE, more))
    first, second = (preview_stored(book, draft.change_id, 2) for draft in (one, two))
    assert first.becomes == second.becomes == ("GRO version 2 from 2026-12-04",)
    approve_change(book, one.change_id, first.sealed.hash, "Otto", "", 3)
    with pytest.raises(StalePreview, match="version of GRO standing for 2026-12-04: none -> version 2 of load 2"):
        approve_change(book, two.change_id, second.sealed.hash, "Otto", "", 4)
    assert [one.version.number for one, _ in scheduled_versions(book, "GRO")] == [2]
    again = preview_stored(book, two.change_id, 5)
    assert again.becomes == ("GRO version 3 from 2026-12-04, in place of version 2 of that date",)
    approve_change(book, two.change_id, again.sealed.hash, "Otto", "", 6)
    ((stored, _),) = scheduled_versions(book, "GRO")
    assert (stored.version.number, stored.version.weight("EQF")) == (3, weight("0.45"))


def test_the_end_of_a_version_that_was_replaced_meanwhile_is_stale(lite):
    day = date(2026, 12, 4)
    approved(lite, draft_weights(lite, "GRO", WHOLE, day, MIA))
    taken_back = draft_cancellation(lite, "GRO", 2, MIA)
    shown = preview_stored(lite, taken_back.change_id, 2)
    assert shown.becomes == ("GRO version 3 of 2026-12-04, which cancels version 2 of that date",)
    approved(lite, draft_adjustment(lite, "GRO", {"EQF": weight("0.45"), "EQI": weight("0.35")}, day, MIA))
    with pytest.raises(StalePreview, match="version 2 of load 2 -> version 3 of load 3"):
        approve_change(lite, taken_back.change_id, shown.sealed.hash, "Otto", "", 3)


def test_two_drafts_of_one_override_are_not_both_approved_on_previews_that_know_of_neither(lite):
    one, two = (draft_overrides(lite, [replace(RULE, reason=why)], MIA) for why in ("cheaper", "preferred"))
    first, second = (preview_stored(lite, draft.change_id, 2) for draft in (one, two))
    approve_change(lite, one.change_id, first.sealed.hash, "Otto", "", 3)
    with pytest.raises(
        StalePreview, match=r"override standing for PLAN-B/GRO SUBSTITUTE BDF->BDI .*: none -> override 1"
    ):
        approve_change(lite, two.change_id, second.sealed.hash, "Otto", "", 4)


def test_a_cancelled_version_leaves_alone_what_another_change_brought_in_between(lite):
    approved(lite, draft_weights(lite, "GRO", WHOLE, date(2026, 12, 10), MIA))
    approved(lite, draft_cancellation(lite, "GRO", 2, MIA))
    approved(lite, draft_adjustment(lite, "GRO", {"EQF": weight("0.70"), "EQI": weight("0.10")}, NEXT, MIA))
    assert show_model(lite, "GRO", date(2026, 12, 10)).in_force().weight("EQF") == weight("0.70")


def test_a_version_is_reverted_by_a_new_one(lite):
    approved(lite, draft_weights(lite, "GRO", WHOLE, NEXT, MIA))
    approved(lite, draft_revert(lite, "GRO", 1, date(2026, 12, 4), MIA))
    shown = show_model(lite, "GRO", date(2026, 12, 4))
    assert [one.version.number for one in shown.versions] == [1, 2, 3]
    assert shown.in_force().weight("EQF") == weight("0.60")


def test_a_draft_is_taken_back_once_and_never_approved_afterwards(book):
    drafted = draft_weights(book, "GRO", WHOLE, None, MIA)
    shown = preview_stored(book, drafted.change_id, 2)
    cancel_draft(book, drafted.change_id, "a typing error", MIA)
    assert list_changes(book)[0].state is ChangeState.CANCELLED
    with pytest.raises(InvalidInput, match="cancelled already"):
        approve_change(book, drafted.change_id, shown.sealed.hash, "Otto", "", 3)
    with pytest.raises(InvalidInput, match="already"):
        cancel_draft(book, drafted.change_id, "again", MIA)


def test_a_replacement_reaches_scheduled_versions_and_moves_the_overrides_with_the_fund(lite):
    approved(lite, draft_weights(lite, "GRO", WHOLE, date(2026, 12, 9), MIA))
    exclude = OverrideRule("PLAN-A", "GRO", OverrideKind.EXCLUDE, "BDF", NEXT, exclude_to=ExcludeTo.PRORATA)
    approved(lite, draft_overrides(lite, [exclude, RULE], MIA))
    drafted = draft_replacement(lite, "BDF", "BDI", NEXT, MIA)
    assert sorted((v.model, str(v.effective)) for v in drafted.change.versions) == [
        ("BAL", "2026-12-02"),
        ("GRO", "2026-12-02"),
        ("GRO", "2026-12-09"),
    ]
    shown = approved(lite, drafted)
    assert [(one.plan, one.model) for one in shown.sleeves] == [("PLAN-C", "BAL")]  # the others hold what they held
    states = [(one.number, one.what, one.state) for one in list_overrides(lite, None, None, NEXT)]
    assert states == [
        (1, "without BDF", "WITHDRAWN"),
        (2, "BDF->BDI", "WITHDRAWN"),
        (3, "without BDI", "LIVE"),
    ]


def test_an_override_stays_with_its_fund_where_the_model_holds_the_new_one_already_and_goes_dormant(lite):
    approved(lite, draft_overrides(lite, [RULE], MIA))
    shown = preview_stored(lite, draft_replacement(lite, "BDF", "EQI", NEXT, MIA).change_id, 2)
    assert shown.preview.newly_dormant.tolist() == [1]
    row = next(one for one in shown.sleeves if one.plan == "PLAN-B")
    assert "override 1 DORMANT" in row.warnings


def test_overrides_are_ended_withdrawn_and_told_with_their_state(book):
    later = replace(RULE, plan="PLAN-A", start=date(2026, 12, 8))
    kept = OverrideRule("PLAN-C", "BAL", OverrideKind.CASH_BUFFER, "", NEXT, end=NEXT, weight=weight("0.05"))
    kept = replace(kept, on_expiry=OnExpiry.KEEP, reason="until the committee meets")
    approved(book, draft_overrides(book, [RULE, later, kept], MIA))
    run(book, date(2026, 12, 3))
    assert held(book, "PLAN-B", "GRO").keys() == {"EQF", "EQI", "BDI"}
    approved(book, draft_override_end(book, [1, 2], None, MIA))
    told = {one.number: one.state for one in list_overrides(book, None, None, None)}
    states = {one.rule.plan: told[one.number] for one in list_overrides(book, None, None, None)}
    assert states == {"PLAN-A": "WITHDRAWN", "PLAN-B": "EXPIRED", "PLAN-C": "OVERDUE"}
    run(book, date(2026, 12, 7))
    assert held(book, "PLAN-B", "GRO").keys() == {"EQF", "EQI", "BDF"}
    with pytest.raises(NotFound):
        draft_override_end(book, [9], None, MIA)


def test_what_a_sleeve_is_to_hold_is_told_line_by_line_with_its_why(lite):
    approved(lite, draft_overrides(lite, [RULE], MIA))
    lines = {one.ticker: (one.of_model, one.effective, one.why) for one in sleeve_weights(lite, "PLAN-B", "GRO", NEXT)}
    assert lines["BDI"] == (0, weight("0.18"), ("BDF->BDI, override 1",))
    assert lines["BDF"][:2] == (weight("0.18"), 0)
    assert lines["EQF"] == (weight("0.60"), weight("0.60"), ("as the model",))


def test_a_model_gets_a_ticker_of_its_own_that_is_never_given_out_again(book):
    first = create_model(book, ModelTerms("Income"), "Mia", 1)
    second = create_model(book, ModelTerms("Income"), "Mia", 2)
    assert (first, second) == ("MDL001", "MDL002")
    for taken in (first, "GRO", "EQF"):
        with pytest.raises(InvalidInput, match="never given out again"):
            create_model(book, ModelTerms("Another"), "Mia", 3, ticker=taken)
    approved(book, draft_weights(book, first, {"BDI": weight("1")}, NEXT, MIA))
    assert show_model(book, first, NEXT).in_force().weights == (("BDI", weight("1")),)


def test_a_preview_does_not_guess_a_price_that_was_never_there(lite, tmp_path):
    new = "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,turnover_pct,status"
    load_book(lite, write_files(tmp_path / "new", securities=new + "\nNEW,New Fund,MF,US Bond,0.1,3,2,N,1,,OPEN\n"))
    drafted = draft_replacement(lite, "BDF", "NEW", None, MIA)
    with pytest.raises(Blocked, match="no price of NEW on 2026-12-01"):
        preview_stored(lite, drafted.change_id, 2)


def test_what_was_decided_on_the_platform_is_exported_with_the_book_and_loads_elsewhere(lite, tmp_path):
    approved(lite, draft_weights(lite, "GRO", WHOLE, date(2026, 12, 9), MIA))
    approved(lite, draft_cancellation(lite, "GRO", 2, MIA))
    approved(lite, draft_overrides(lite, [replace(RULE, start=date(2026, 12, 8))], MIA))
    approved(lite, draft_override_end(lite, [1], None, MIA))
    write_book(tmp_path / "out", exported(lite))
    (tmp_path / "other").mkdir()
    other = fresh_sqlite(tmp_path / "other")
    load_book(other, tmp_path / "out")
    assert [one.state for one in list_overrides(other, None, None, None)] == ["WITHDRAWN"]
    assert show_model(other, "GRO", date(2026, 12, 9)).in_force().weight("EQF") == weight("0.60")
