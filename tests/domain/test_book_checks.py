"""The checks that any file of the book may need, against slow and obvious answers."""

from collections import defaultdict
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.book import FINDINGS_KEPT, FileColumns, FindingLog, Texts
from modelx.domain.book_checks import (
    check_known,
    check_repeated,
    check_sessions,
    check_sleeves,
    check_weights,
    list_late,
    pack,
)
from modelx.domain.finding import Level

FAR = 2**61  # the reach of a key column at its widest


def columns(refused: list[int] | None = None, **fields: list) -> FileColumns:
    n = len(next(iter(fields.values())))
    typed = {
        name: Texts.of(values) if values and isinstance(values[0], str) else np.array(values, np.int64)
        for name, values in fields.items()
    }
    mask = np.zeros(n, np.bool_)
    mask[refused or []] = True
    return FileColumns("some.csv", np.arange(2, n + 2), typed, mask)


def told(log: FindingLog) -> list[tuple[int, str]]:
    return [(finding.source.line, finding.code) for finding in log.kept]


KEYS = st.lists(
    st.tuples(st.sampled_from("ABC"), st.integers(-3, 3), st.integers(-FAR, FAR) | st.sampled_from([-FAR, 0, FAR])),
    min_size=1,
    max_size=40,
)


@given(KEYS)
def test_packed_keys_are_equal_exactly_where_the_keys_are(keys):
    packed = pack(columns(a=[k[0] for k in keys], b=[k[1] for k in keys], c=[k[2] for k in keys]), ("a", "b", "c"))
    for i, left in enumerate(keys):
        for j, right in enumerate(keys):
            assert (packed[i] == packed[j]) == (left == right)


@given(KEYS)
def test_every_repeat_is_listed_with_the_line_it_repeats(keys):
    log = FindingLog()
    rows = columns(a=[k[0] for k in keys], b=[k[1] for k in keys], c=[k[2] for k in keys])
    check_repeated(rows, ("a", "b", "c"), log)
    first: dict[tuple, int] = {}
    expected = []
    for line, key in enumerate(keys, start=2):
        if key in first:
            expected.append((line, f"the same a + b + c as line {first[key]}: keep one of them"))
        first.setdefault(key, line)
    assert [(finding.source.line, finding.message) for finding in log.kept] == expected


def test_a_refused_row_neither_repeats_nor_is_repeated():
    log = FindingLog()
    check_repeated(columns([0], a=["X", "X", "Y"]), ("a",), log)
    assert log.total == 0


def test_an_unknown_name_is_listed_on_every_row_that_uses_it():
    log = FindingLog()
    check_known(columns([3], a=["X", "NO", "", "NO", "NO"]), "a", {"X"}, "add it", log, zero="")
    assert told(log) == [(3, "UNKNOWN_KEY"), (6, "UNKNOWN_KEY")]
    assert log.kept[0].message == "a 'NO' is unknown: add it"


def test_a_pair_without_a_sleeve_is_listed_only_when_both_names_are_known():
    log = FindingLog()
    rows = columns(plan=["P", "P", "Q", "P"], model=["M", "N", "M", "X"])
    check_sleeves(rows, ("plan", "model"), {("P", "M")}, ({"P", "Q"}, {"M", "N"}), log)
    assert told(log) == [(3, "UNKNOWN_KEY"), (4, "UNKNOWN_KEY")]


def test_a_day_is_a_session_or_is_told_why_not():
    log = FindingLog()
    check_sessions(columns(day=[20_780, 20_783, 20_784, 90_000]), "day", np.array([20_780, 20_784]), log)
    assert [finding.message for finding in log.kept] == [
        "2026-11-26 is no session of the exchange: correct the date, or leave the row out",
        "2216-05-31 is outside the market calendar, known from 2026-11-23 to 2026-11-27",
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from("AB"), st.sampled_from([10**12, 5 * 10**11, 5 * 10**11 - 1, 1, 0])),
        min_size=1,
        max_size=12,
    )
)
def test_weights_sum_to_exactly_one_in_every_group(rows):
    log = FindingLog()
    check_weights(columns(model=[r[0] for r in rows], weight=[r[1] for r in rows]), ("model",), log)
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for model, weight in rows:
        sums[model] += Fraction(weight, 10**12)
    assert log.total == sum(total != 1 for total in sums.values())


def test_the_gap_of_weights_is_stated_and_a_group_with_a_refused_row_is_left_alone():
    log = FindingLog()
    rows = columns([3], model=["A", "A", "B", "B"], weight=[5 * 10**11, 499_900_000_000, 1, 1])
    check_weights(rows, ("model",), log)
    assert [finding.message for finding in log.kept] == ["the weights of A sum to 0.9999, not 1: 0.0001 is missing"]


def test_late_is_on_or_before_the_closed_night():
    log = FindingLog()
    assert list_late(columns(day=[9, 10, 11]), "day", 10, log) == 2
    assert told(log) == [(2, "LATE_INPUT"), (3, "LATE_INPUT")]
    assert log.refusals == 0
    assert list_late(columns(day=[9]), "day", None, log) == 0


def test_a_log_counts_what_it_does_not_keep():
    log = FindingLog()
    check_known(columns(a=["NO"] * (FINDINGS_KEPT + 5)), "a", set(), "add it", log)
    log.add("LATE_INPUT", Level.WARN, "late")
    assert (len(log.kept), log.total, log.refusals) == (FINDINGS_KEPT, FINDINGS_KEPT + 6, FINDINGS_KEPT + 5)
    assert log.by_code == {"UNKNOWN_KEY": FINDINGS_KEPT + 5, "LATE_INPUT": 1}


def test_texts_are_coded_and_come_back():
    texts = Texts.of(["b", "a", "", "b"])
    assert (texts.values, texts.to_list(), texts.at(1), len(texts)) == (("", "a", "b"), ["b", "a", "", "b"], "a", 4)
    assert texts.take(np.array([3, 2])).to_list() == ["b", ""]
    assert Texts.of([]).to_list() == []
