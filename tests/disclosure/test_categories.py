import pytest

from modelx.disclosure.categories import allocation_category, left_its_band
from modelx.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("equity", "name"),
    [
        (0, "Allocation, up to 15% equity"),
        (3_000, "Allocation, 15-30% equity"),
        (3_001, "Allocation, 30-50% equity"),
        (6_000, "Allocation, 50-70% equity"),
        (8_000, "Allocation, 70-85% equity"),
        (8_499, "Allocation, 70-85% equity"),
        (8_500, "Allocation, 85% or more equity"),
        (10_000, "Allocation, 85% or more equity"),
    ],
)
def test_the_category_follows_the_target_mix(equity: int, name: str) -> None:
    assert allocation_category(equity) == name


def test_a_mix_that_drifted_over_the_edge_left_its_band() -> None:
    assert not left_its_band(6_000, 6_999)
    assert left_its_band(6_000, 7_001)
    with pytest.raises(InvalidInput, match="no category"):
        allocation_category(10_001)
