"""Account ids pack owner, chart number and subject, and say what the account holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.errors import OutOfRange
from modelx.ledger.account import (
    OWNER_LIMIT,
    SECURITY_COMMODITY,
    SUBJECT_LIMIT,
    TITLES,
    UNIT_COMMODITY,
    USD,
    Chart,
    account_ids,
    charts_of,
    commodities_of,
    owners_of,
    subjects_of,
)
from tests.ledger.books import column

OWNERS = st.integers(0, OWNER_LIMIT - 1)
SUBJECTS = st.integers(0, SUBJECT_LIMIT - 1)
CHARTS = st.sampled_from(list(Chart))


@given(st.lists(st.tuples(OWNERS, CHARTS, SUBJECTS), min_size=1, max_size=20))
def test_an_id_gives_back_what_was_packed(parts: list[tuple[int, Chart, int]]) -> None:
    owner, chart, subject = (column(*(int(part[i]) for part in parts)) for i in range(3))
    ids = account_ids(owner, chart, subject)
    assert owners_of(ids).tolist() == owner.tolist()
    assert charts_of(ids).tolist() == chart.tolist()
    assert subjects_of(ids).tolist() == subject.tolist()
    assert (ids > 0).all()


@given(st.sets(st.tuples(OWNERS, CHARTS, SUBJECTS), min_size=2, max_size=20))
def test_ids_sort_by_owner_then_chart_then_subject(parts: set[tuple[int, Chart, int]]) -> None:
    ordered = sorted(parts)
    ids = account_ids(*(column(*(int(part[i]) for part in ordered)) for i in range(3)))
    assert (np.diff(ids) > 0).all()


def test_the_largest_id_fits_and_the_worked_one_is_as_written_down() -> None:
    assert int(account_ids(OWNER_LIMIT - 1, 9999, SUBJECT_LIMIT - 1)) < 2**63
    assert int(account_ids(3, int(Chart.FEES_PAYABLE), 7)) == 3 * 2**34 + 2100 * 2**20 + 7


@pytest.mark.parametrize(
    ("owner", "subject"),
    [(OWNER_LIMIT, 0), (-1, 0), (0, SUBJECT_LIMIT), (0, -1)],
    ids=["owner", "-owner", "subject", "-"],
)
def test_parts_that_would_overlap_are_refused(owner: int, subject: int) -> None:
    with pytest.raises(OutOfRange):
        account_ids(column(1, owner), int(Chart.CASH), column(1, subject))


def test_a_column_of_owners_and_one_chart_number_give_a_column() -> None:
    assert account_ids(column(1, 2), int(Chart.CASH)).tolist() == [2**34 + 1000 * 2**20, 2 * 2**34 + 1000 * 2**20]
    assert account_ids(column(), int(Chart.CASH)).tolist() == []


@pytest.mark.parametrize("chart", list(Chart))
def test_each_chart_number_holds_dollars_shares_or_units(chart: Chart) -> None:
    expected = {
        1210: SECURITY_COMMODITY + 9,
        8320: SECURITY_COMMODITY + 9,
        9210: SECURITY_COMMODITY + 9,
        6000: UNIT_COMMODITY + 5,
        6010: UNIT_COMMODITY + 5,
    }
    assert commodities_of(account_ids(column(5), int(chart), column(9))).tolist() == [expected.get(int(chart), USD)]


def test_every_account_number_has_a_title_of_its_own() -> None:
    assert set(TITLES) == set(Chart)
    assert len(set(TITLES.values())) == len(Chart)
