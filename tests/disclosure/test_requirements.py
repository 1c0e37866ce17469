from datetime import date, timedelta

import pytest

from modelx.disclosure.requirements import Evidence, Requirement, Rulebook, Status
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.domain.errors import InvalidInput, NotFound

CHANGE = date(2015, 6, 17)


@pytest.mark.parametrize(
    ("on", "months"),
    [
        (CHANGE - timedelta(days=400), 12),
        (CHANGE - timedelta(days=1), 12),
        (CHANGE, 14),
        (CHANGE + timedelta(days=1), 14),
        (date(2026, 11, 20), 14),
    ],
)
def test_annually_means_what_it_meant_on_that_day(on: date, months: int) -> None:
    assert HOUSE_RULES.value("annual_months", on) == months


def test_only_a_citation_that_was_read_and_binds_is_printed() -> None:
    today = date(2026, 11, 20)
    assert HOUSE_RULES.on("annual_months", today).printable_citation == "80 FR 14301"
    assert HOUSE_RULES.on("quarterly_months", today).printable_citation == ""  # from memory
    assert HOUSE_RULES.on("allow_blend_as_primary", today).printable_citation == ""  # a flag, no rule issued
    assert HOUSE_RULES.on("selection_memo_section", today).printable_citation == ""  # proposed
    for row in HOUSE_RULES.rows:
        if row.printable_citation:
            assert (row.evidence, row.status) == (Evidence.PRIMARY, Status.IN_FORCE)
            assert row.source.startswith("P")


def test_a_proposal_is_not_in_force_before_it_was_made() -> None:
    with pytest.raises(NotFound, match="RULE_NOT_IN_FORCE"):
        HOUSE_RULES.on("selection_memo_section", date(2026, 3, 30))
    assert HOUSE_RULES.on("selection_memo_section", date(2026, 3, 31)).status is Status.PROPOSED


def test_a_flag_is_switched_by_a_dated_row_and_keeps_its_past() -> None:
    def row(value: int, since: date | None, until: date | None) -> Requirement:
        return Requirement("allow_blend_as_primary", value, Status.IN_FORCE, Evidence.PRIMARY, "", "test", since, until)

    switched = HOUSE_RULES.with_rows([row(0, None, date(2027, 6, 30)), row(1, date(2027, 7, 1), None)])
    assert switched.value("allow_blend_as_primary", date(2027, 6, 30)) == 0
    assert switched.value("allow_blend_as_primary", date(2027, 7, 1)) == 1
    assert switched.value("annual_months", date(2027, 7, 1)) == 14
    assert HOUSE_RULES.value("allow_blend_as_primary", date(2027, 7, 1)) == 0


def test_two_rows_for_one_day_are_refused() -> None:
    rows = [
        Requirement("x_days", 1, Status.IN_FORCE, Evidence.DESIGN, "", "test", until=date(2025, 1, 1)),
        Requirement("x_days", 2, Status.IN_FORCE, Evidence.DESIGN, "", "test", since=date(2025, 1, 1)),
    ]
    with pytest.raises(InvalidInput, match="two rows cover 2025-01-01"):
        Rulebook(rows)
