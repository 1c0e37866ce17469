"""Writing is the inverse of reading, for every file of the book and every kind of column."""

import string

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelx.domain.book import MISSING, FileColumns, Texts
from modelx.files.book_files import BOOK, BY_NAME
from modelx.files.book_format import TEXT_KINDS, ColumnFormat, FileFormat, Kind
from modelx.files.csv_write import csv_text
from tests.conftest import FIXTURES
from tests.files.reading import read

_CODES = st.from_regex(r"[A-Z][A-Z0-9.-]{0,8}[A-Z0-9]", fullmatch=True)
_TEXTS = st.text(string.ascii_letters + ' ,"éß株-=', max_size=12).map(lambda text: ("x" + text).rstrip())
_TIERS = st.sampled_from(["0.005", "0.005@1000000;0.0025", "0.1@0.01;0.2@5;0"])
_TEXT_VALUES = {Kind.CODE: _CODES, Kind.REFERENCE: _CODES, Kind.TEXT: _TEXTS, Kind.TIERS: _TIERS}
_DAYS = st.integers(-25_567, 83_000)


def _values(column: ColumnFormat) -> st.SearchStrategy[int]:
    if column.kind is Kind.DECIMAL:
        step = 10 ** (column.scale - column.places)
        values = st.integers(-(-column.low // step), column.high // step).map(lambda value: value * step)
    elif column.kind is Kind.CHOICE:
        values = st.sampled_from([value for _, value in column.choices])
    else:
        values = {
            Kind.DATE: _DAYS,
            Kind.TIME: st.integers(0, 1_439),
            Kind.MONTH_DAY: st.sampled_from([101, 228, 630, 1231]),
            Kind.INSTANT: st.integers(0, 4 * 10**15),
        }[column.kind]
    return values if column.blank is None else st.one_of(st.just(column.blank), values)


@st.composite
def _columns(draw: st.DrawFn, file: FileFormat) -> FileColumns:
    n = draw(st.integers(1, 8))
    fields = {}
    for column in file.columns:
        if column.kind in TEXT_KINDS:
            values = _TEXT_VALUES[column.kind]
            if column.blank is not None:
                values = st.one_of(st.just(column.blank), values)
            fields[column.name] = Texts.of(draw(st.lists(values, min_size=n, max_size=n)))
        else:
            fields[column.name] = np.array(draw(st.lists(_values(column), min_size=n, max_size=n)), np.int64)
    return FileColumns(file.name, np.arange(2, n + 2), fields, np.zeros(n, np.bool_))


def _plain(columns: FileColumns) -> dict[str, list]:
    return {n: c.to_list() if isinstance(c, Texts) else c.tolist() for n, c in columns.columns.items()}


@pytest.mark.parametrize("file", BOOK, ids=lambda file: file.name)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_is_written_reads_back_the_same(file, data):
    columns = data.draw(_columns(file))
    text = b"".join(csv_text(file, columns))
    again, log = read(file.name, text)
    assert log.kept == []
    assert again is not None
    assert _plain(again) == _plain(columns)
    assert b"".join(csv_text(file, again)) == text


def test_numbers_are_written_without_needless_zeros_and_blanks_stay_blank():
    source = (FIXTURES / "g1_book" / "distributions.csv").read_text()
    columns, _ = read("distributions.csv", source)
    assert columns is not None
    assert b"".join(csv_text(BY_NAME["distributions.csv"], columns)).decode() == source.replace("1.1500", "1.15")


def test_negative_shares_are_written_with_their_sign():
    columns = FileColumns(
        "custodian_positions.csv",
        np.array([2, 3]),
        {
            "date": np.array([0, 0]),
            "plan": Texts.of(["P", "P"]),
            "model": Texts.of(["M", "M"]),
            "ticker": Texts.of(["CASH", "VFA"]),
            "shares": np.array([-500_000, 2**62 - 1]),
        },
        np.zeros(2, np.bool_),
    )
    assert b"".join(csv_text(BY_NAME["custodian_positions.csv"], columns)).decode().splitlines()[1:] == [
        "1970-01-01,P,M,CASH,-0.5",
        "1970-01-01,P,M,VFA,4611686018427.387903",
    ]


def test_missing_is_no_value_a_reader_accepts():
    _, log = read("prices.csv", f"date,ticker,price\n2026-11-23,A,{MISSING}\n")
    assert log.total == 1
