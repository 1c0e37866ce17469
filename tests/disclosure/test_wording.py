from dataclasses import replace

import pytest

from modelx.disclosure.glossary import GLOSSARY
from modelx.disclosure.wording import (
    FEE_EXAMPLE_ADDRESS,
    HOUSE_APPROVALS,
    HOUSE_WORDING,
    REQUIRED_KEYS,
    is_fee_example_address,
    unapproved,
)
from modelx.domain.errors import InvalidInput
from tests.disclosure.worked import d

TODAY = d("2026-11-20")


def test_the_house_wording_is_the_wording_that_was_approved() -> None:
    assert unapproved(HOUSE_WORDING, HOUSE_APPROVALS, TODAY) == ()


@pytest.mark.parametrize("key", REQUIRED_KEYS)
def test_a_letter_changed_or_a_statement_left_out_is_seen(key: str) -> None:
    changed = [replace(w, template=w.template + " ") if w.key == key else w for w in HOUSE_WORDING]
    (reason,) = unapproved(changed, HOUSE_APPROVALS, TODAY)
    assert reason.startswith(f"{key}: this wording (hash ")
    assert unapproved([w for w in HOUSE_WORDING if w.key != key], HOUSE_APPROVALS, TODAY) == (f"{key} is missing",)


def test_an_approval_of_tomorrow_does_not_count_today() -> None:
    tomorrow = [replace(approval, on=d("2026-11-21")) for approval in HOUSE_APPROVALS]
    assert len(unapproved(HOUSE_WORDING, tomorrow, TODAY)) == len(HOUSE_WORDING)
    assert unapproved(HOUSE_WORDING, tomorrow, d("2026-11-21")) == ()


def test_a_statement_is_filled_in_and_refuses_to_print_a_hole() -> None:
    wording = {w.key: w for w in HOUSE_WORDING}
    text = wording["R6"].filled({"plan_name": "Acme 401(k) Plan", "document_date": "November 20, 2026"})
    assert text == "Acme 401(k) Plan. This document is dated November 20, 2026."
    with pytest.raises(InvalidInput, match="R6 needs 'document_date'"):
        wording["R6"].filled({"plan_name": "Acme"})


@pytest.mark.parametrize(
    ("address", "good"),
    [
        (FEE_EXAMPLE_ADDRESS, True),
        ("https://dol.gov/ebsa", True),
        ("http://www.dol.gov/ebsa", False),
        ("https://www.dol.gov.example.com/ebsa", False),
        ("https://notdol.gov/", False),
        ("", False),
    ],
)
def test_the_fee_example_lives_at_the_department_of_labor(address: str, good: bool) -> None:
    assert is_fee_example_address(address) is good


def test_the_glossary_is_in_order_and_in_whole_sentences() -> None:
    assert [term.lower() for term, _ in GLOSSARY] == sorted(term.lower() for term, _ in GLOSSARY)
    assert all(meaning.endswith(".") and "\n" not in meaning for _, meaning in GLOSSARY)
    assert dict(GLOSSARY)["Per $1,000"].startswith("What the operating expenses would be")
