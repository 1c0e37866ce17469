import pytest

from modelx.disclosure.requirements import Evidence
from modelx.disclosure.unit_class import ClassTerms, Offered, Offering, class_on, is_dia, unit_classes
from tests.disclosure.worked import d

SERVICE = Offering.MODEL_SERVICE


@pytest.mark.parametrize(
    ("offered", "expected", "why"),
    [
        (Offered(Offering.UNITIZED_MODEL), True, "units"),
        (Offered(Offering.UNITIZED_MODEL, True, False, True), True, "units"),
        (Offered(Offering.FUND), True, "direct"),
        (Offered(Offering.FIXED_RETURN), True, "direct"),
        (Offered(Offering.UNDERLYING_FUND), False, "through the model"),
        (Offered(Offering.BROKERAGE_WINDOW), False, "brokerage"),
        (Offered(SERVICE, False, False, True), True, "not an option of the plan"),
        (Offered(SERVICE, True, True, True), True, "nothing but models"),
        (Offered(SERVICE, True, False, False), True, "there is none"),
        (Offered(SERVICE, True, False, True), False, "explained in writing"),
    ],
)
def test_what_is_a_designated_alternative(offered: Offered, expected: bool, why: str) -> None:
    ruling = is_dia(offered)
    assert ruling.is_dia is expected
    assert why in ruling.why
    assert ruling.evidence is not Evidence.PRIMARY  # none of these texts was itself read


def terms(since: str, overrides: set[tuple[str, str]], paid: set[tuple[str, str]]) -> ClassTerms:
    return ClassTerms(d(since), frozenset(overrides), frozenset(paid))


HOUSE = {("PLAT", "PLATFORM"), ("MGR", "MANAGER")}


def test_an_override_of_holdings_in_july_starts_a_new_class() -> None:
    classes = unit_classes("P1", "GROW", [
        terms("2020-01-02", set(), HOUSE),
        terms("2025-07-01", {("SUBSTITUTE", "BND")}, HOUSE),
    ])  # fmt: skip
    assert [(c.dia_id, c.inception) for c in classes] == [
        ("P1/GROW/A", d("2020-01-02")),
        ("P1/GROW/B", d("2025-07-01")),
    ]
    assert classes[1].why == "holdings override SUBSTITUTE BND"
    assert class_on(classes, d("2025-06-30")) == classes[0]
    assert class_on(classes, d("2025-07-01")) == classes[1]
    assert class_on(classes, d("2020-01-01")) is None


def test_a_new_payee_inside_the_unit_value_starts_a_class_and_outside_does_not() -> None:
    inside = unit_classes("P1", "GROW", [
        terms("2020-01-02", set(), HOUSE),
        terms("2025-07-01", set(), HOUSE | {("ADV", "ADVISOR")}),
    ])  # fmt: skip
    assert [c.why for c in inside] == ["first offered", "fee in the unit value ADV ADVISOR"]
    outside = [terms("2020-01-02", set(), HOUSE), terms("2025-07-01", set(), HOUSE)]
    assert len(unit_classes("P1", "GROW", outside)) == 1


def test_a_bar_on_buying_does_not_start_a_class() -> None:
    rows = [terms("2020-01-02", set(), HOUSE), terms("2025-07-01", {("NO_BUY", "VTI")}, HOUSE)]
    assert len(unit_classes("P1", "GROW", rows)) == 1


def test_coming_back_to_the_base_is_a_class_of_its_own() -> None:
    rows = [
        terms("2025-07-01", {("EXCLUDE", "VXUS")}, HOUSE),
        terms("2020-01-02", set(), HOUSE),
        terms("2025-10-01", set(), HOUSE),
    ]
    assert [c.letter for c in unit_classes("P1", "GROW", rows)] == ["A", "B", "C"]


def test_letters_go_on_after_z() -> None:
    rows = [terms(f"20{year}-01-02", {("EXCLUDE", str(year))}, HOUSE) for year in range(10, 38)]
    assert [c.letter for c in unit_classes("P", "M", rows)][24:] == ["Y", "Z", "AA", "AB"]
