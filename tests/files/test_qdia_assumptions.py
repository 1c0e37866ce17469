"""Assumptions from a file: what is left out keeps its default, and every mistake names its line and key."""

import pytest

from modelx.domain.errors import InvalidInput
from modelx.evaluator.decomposition import DetailAversion, MatchedRule, SubMixSource
from modelx.evaluator.total_wealth import TotalWealthSettings
from modelx.files.qdia_assumptions import Assumptions, read_assumptions


def read(tmp_path, text):
    path = tmp_path / "assumptions.toml"
    path.write_text(text, encoding="utf-8")
    return read_assumptions(path)


def test_an_empty_file_changes_nothing(tmp_path):
    assert read(tmp_path, "") == Assumptions()


def test_what_is_named_is_changed_and_nothing_else(tmp_path):
    found = read(
        tmp_path,
        "[total_wealth]\nphi = 0.4\nkappa_ages = [30, 60]\nkappa = [0.3, 0.2]\ndeath_mode = [91, 88]\n"
        '[decomposition]\nsub_mix = "explicit"\nstock_sd = 0.18\nbond_sd = 0.05\ncorrelation = 0.1\n'
        'matched = "pro_rata"\ndetail_aversion = "participant"\n[caps]\ninformation_bp = "none"\n',
    )
    assert found.total_wealth == TotalWealthSettings(
        phi=0.4, kappa_ages=(30.0, 60.0), kappa=(0.3, 0.2), death_mode=(91.0, 88.0)
    )
    assert (found.sub_mix, found.matched) == (SubMixSource.EXPLICIT, MatchedRule.PRO_RATA)
    assert found.detail_aversion is DetailAversion.PARTICIPANT
    assert found.two_assets is not None
    assert found.information_cap_bp is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[total_wealth]\n\nfi = 0.3\n", r"toml:3: \[total_wealth\] fi: is not known; known are phi, discount"),
        ("[wealth]\n", r"toml:1: wealth: is no table of assumptions; known are total_wealth, decomposition, caps"),
        ("phi = 0.3\n", "toml:1: phi: is no table"),
        ('[total_wealth]\nphi = "big"\n', r"toml:2: \[total_wealth\] phi: 'big' is not a number"),
        ("[total_wealth]\nphi = true\n", "True is not a number"),
        ("[total_wealth]\ndiscount = 4\n", "4 is outside its range; a rate is a fraction, 4 % is 0.04"),
        ("[total_wealth]\nkappa = [0.3]\n", "one number for each of kappa_ages"),
        ("[total_wealth]\nbend_points = [1]\n", "must be a list of 2 numbers"),
        ("[total_wealth]\nleast = 0.99\n", "0 <= least <= most <= 1"),
        ('[decomposition]\nsub_mix = "mine"\n', "'mine' is none of own, plan_average, explicit"),
        ('[decomposition]\nsub_mix = "explicit"\n', "needs stock_sd, bond_sd, correlation beside it"),
        (
            '[decomposition]\nsub_mix = "explicit"\nstock_sd = -1\nbond_sd = 0.05\ncorrelation = 0\n',
            "standard deviations must be positive",
        ),
        ("[caps]\ninformation_bp = 0\n", "must be above zero"),
        ("[caps\n", r"cannot be read: .*line 1"),
    ],
)
def test_a_mistake_is_refused_by_line_and_key(tmp_path, text, reason):
    with pytest.raises(InvalidInput, match=reason):
        read(tmp_path, text)
