"""The strict reader: what it takes, and that everything else is listed with line, column and reason."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain import book_codes as codes
from modelx.domain.book import MISSING
from modelx.files import csv_blocks
from tests.conftest import FIXTURES
from tests.files.reading import read, told

SECURITIES = (
    "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,turnover_pct,status\n"
)
PRICES = "date,ticker,price\n"
NOV_23 = 20_780  # days from 1970-01-01 to 2026-11-23


def test_prices_become_days_codes_and_whole_numbers():
    columns, log = read("prices.csv", PRICES + "2026-11-23,EQX,68.12\n2026-11-24,VFA,0.00000001\n2026-11-24,EQX,7\n")
    assert columns is not None
    assert columns.ints("date").tolist() == [NOV_23, NOV_23 + 1, NOV_23 + 1]
    assert columns.texts("ticker").to_list() == ["EQX", "VFA", "EQX"]
    assert columns.ints("price").tolist() == [6_812_000_000, 1, 700_000_000]
    assert columns.line.tolist() == [2, 3, 4]
    assert log.total == 0


@pytest.mark.parametrize("path", sorted((FIXTURES / "g1_book").glob("[!e]*.csv")), ids=lambda path: path.stem)
def test_every_file_of_the_example_book_reads_without_a_finding(path):
    columns, log = read(path.name, path.read_bytes())
    assert columns is not None
    assert len(columns) == len(path.read_text().splitlines()) - 1
    assert log.kept == []


def test_the_example_orders_keep_every_field_exactly():
    columns, _ = read("orders.csv", (FIXTURES / "g1_book" / "orders.csv").read_bytes())
    assert columns is not None
    assert columns.ints("qty").tolist() == [250_000_000_000, 12_345_670_000, 400_000_000, 1_000_000_000]
    assert columns.ints("qty_type").tolist() == [0, 0, int(codes.QuantityType.UNITS), 0]
    assert columns.ints("rk_received_at")[0] == (NOV_23 * 86_400 + (20 * 60 + 30) * 60) * 10**6
    assert columns.ints("cutoff_attested").tolist() == [1, 1, 1, 1]
    assert columns.texts("cancel_of").to_list() == ["", "", "", ""]


@pytest.mark.parametrize(
    ("price", "code"),
    [
        ("NaN", "BAD_NUMBER"),
        ("Infinity", "BAD_NUMBER"),
        ("-inf", "BAD_NUMBER"),
        ("1e5", "BAD_NUMBER"),
        ("1_000", "BAD_NUMBER"),
        ("١٢٣", "BAD_NUMBER"),
        ("１２", "BAD_NUMBER"),
        ('"1,000.00"', "BAD_NUMBER"),
        ("+5", "BAD_NUMBER"),
        (".5", "BAD_NUMBER"),
        ("5.", "BAD_NUMBER"),
        ("0x10", "BAD_NUMBER"),
        ("$5", "BAD_NUMBER"),
        ("5%", "BAD_NUMBER"),
        ("--5", "BAD_NUMBER"),
        ("1.1234567890123", "TOO_MANY_DECIMALS"),
        ("1.123456789", "TOO_MANY_DECIMALS"),
        ("-68.12", "OUT_OF_RANGE"),
        ("0", "OUT_OF_RANGE"),
        ("46116860185", "OUT_OF_RANGE"),
        ("99999999999999999999", "OUT_OF_RANGE"),
        ("9" * 30, "OUT_OF_RANGE"),
        (" 5", "SPACES"),
        ("5 ", "SPACES"),
        ("", "BLANK"),
    ],
)
def test_a_price_that_is_not_a_plain_positive_decimal_is_refused(price, code):
    columns, log = read("prices.csv", PRICES + f"2026-11-23,EQX,68.12\n2026-11-23,VFA,{price}\n2026-11-23,VBX,9.83\n")
    assert columns is not None
    assert told(log) == [f"prices.csv:3 price {code}"]
    assert columns.refused.tolist() == [False, True, False]
    assert columns.ints("price")[[0, 2]].tolist() == [6_812_000_000, 983_000_000]


def test_the_message_says_what_is_wrong_and_what_to_write():
    _, log = read("prices.csv", PRICES + "2026-11-23,EQX,1e5\n2026-11-23,VFA,1.123456789\n2026-11-31,VBX,9\n")
    assert [finding.message for finding in log.kept] == [
        "'1e5' is not a plain decimal: write it without an exponent",
        "'1.123456789' has 9 decimals; at most 8 are allowed",
        "2026-11-31 is not a day of the calendar",
    ]


@given(st.lists(st.integers(1, 2**62 - 1), min_size=1, max_size=30))
def test_decimals_are_read_as_decimal_reads_them(values):
    texts = [format(Decimal(value).scaleb(-8), "f") for value in values]
    columns, log = read("prices.csv", PRICES + "".join(f"2026-11-23,T{i},{text}\n" for i, text in enumerate(texts)))
    assert columns is not None
    assert log.total == 0
    assert columns.ints("price").tolist() == values


@pytest.mark.parametrize(
    ("date", "code"),
    [
        ("2026-02-30", "BAD_DATE"),
        ("2026-1-5", "BAD_DATE"),
        ("11/23/2026", "BAD_DATE"),
        ("20261123", "BAD_DATE"),
        ("2026-11-23T00:00:00", "BAD_DATE"),
        ("٢٠٢٦-11-23", "BAD_DATE"),
        ("1026-11-23", "BAD_DATE"),
        ("2026-11-23 ", "SPACES"),
        ("", "BLANK"),
    ],
)
def test_a_date_is_iso_and_exists(date, code):
    _, log = read("prices.csv", PRICES + f"{date},EQX,68.12\n")
    assert told(log) == [f"prices.csv:2 date {code}"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("=HYPERLINK(0)", "FORMULA"),
        ("+1", "FORMULA"),
        ("-1+2", "FORMULA"),
        ("@SUM", "FORMULA"),
        ("＝1", "FORMULA"),
        ("Fund\u200b", "CONTROL_CHARACTER"),
        ("Fund \u202eX", "CONTROL_CHARACTER"),
        ("Fund\u2028X", "CONTROL_CHARACTER"),
        (" Fund", "SPACES"),
        ("Fund\u00a0", "SPACES"),
        ("x" * 2_001, "TEXT_TOO_LONG"),
        ("", "BLANK"),
    ],
)
def test_a_name_that_could_harm_a_reader_is_refused_at_intake(name, code):
    row = f"VFA,{name},MF,US Equity,0.07,3,2,N,1,12,OPEN\n"
    header = (
        "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,turnover_pct,status"
    )
    columns, log = read("securities.csv", f"{header}\n{row}")
    assert told(log) == [f"securities.csv:2 name {code}"]
    assert columns is not None
    assert columns.refused.all()


@pytest.mark.parametrize("name", ["Fonds Équité – A", 'The "Best" Fund, Inc.', "株式", "x" * 2_000, "3M +fees -x"])
def test_an_honest_name_is_kept_as_written(name):
    quoted = '"' + name.replace('"', '""') + '"'
    row = f"B1,{quoted},Admin,BROAD,\n"
    columns, log = read("benchmarks.csv", "benchmark,name,administrator,kind,components\n" + row)
    assert log.total == 0
    assert columns is not None
    assert columns.texts("name").to_list() == [name]


@pytest.mark.parametrize(
    ("content", "line", "code"),
    [
        (b"date,ticker,price\n2026-11-23,\xe9QX,1\n", 2, "NOT_UTF8"),
        ("date,ticker,price\n2026-11-23,EQX,1\n".encode("utf-16"), 1, "NOT_UTF8"),
        (b"date,ticker,price\n2026-11-23,E\x00QX,1\n", 2, "CONTROL_CHARACTER"),
        (b"date,ticker,price\n2026-11-23,EQX,1\n\t2026-11-23,VFA,1\n", 3, "CONTROL_CHARACTER"),
        (b"date,ticker,price\n2026-11-23,EQX,1\r2026-11-23,VFA,1\n", 2, "LONE_CARRIAGE_RETURN"),
        (b'date,ticker,price\n2026-11-23,"EQ\nX",1\n', 2, "BAD_QUOTES"),
        (b'date,ticker,price\n2026-11-23,EQ"X",1\n', 2, "BAD_QUOTES"),
        (b'date,ticker,price\n2026-11-23,"EQ"X,1\n', 2, "BAD_QUOTES"),
        (b'date,ticker,price\n2026-11-23,EQX,1\n2026-11-23,"VFA,1\n', 3, "BAD_QUOTES"),
        (b"date,ticker,price\n2026-11-23," + b"E" * 70_000 + b",1\n", 2, "LINE_TOO_LONG"),
        (b"", 1, "BAD_HEADER"),
        (b"date,ticker,prices\n", 1, "BAD_HEADER"),
        (b"date,ticker\n", 1, "BAD_HEADER"),
        (b"date,ticker,price,price\n", 1, "BAD_HEADER"),
        (b"date,price,ticker\n", 1, "BAD_HEADER"),
        (b"Date,ticker,price\n", 1, "BAD_HEADER"),
        (b"date, ticker,price\n", 1, "BAD_HEADER"),
        (b"date;ticker;price\n", 1, "BAD_HEADER"),
        (b"2026-11-23,EQX,1\n", 1, "BAD_HEADER"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_at_its_line(content, line, code):
    columns, log = read("prices.csv", content)
    assert columns is None
    assert [(finding.code, finding.source.line) for finding in log.kept] == [(code, line)]


def test_the_header_finding_names_what_is_unknown_missing_and_twice():
    _, log = read("prices.csv", "date,date,ticker,cost\n")
    assert log.kept[0].message == (
        "wrong header (twice: 'date'; unknown: 'cost'; missing: 'price'): it must be date,ticker,price"
    )


def test_lines_with_another_number_of_columns_are_listed_and_the_others_keep_their_lines():
    content = PRICES + "2026-11-23,A,1\n2026-11-23,B\n2026-11-23,C,1,2\n\n2026-11-23,D,x\n2026-11-23,E,5\n"
    columns, log = read("prices.csv", content)
    assert columns is not None
    assert sorted(told(log)) == [
        "prices.csv:3 BAD_COLUMN_COUNT",
        "prices.csv:4 BAD_COLUMN_COUNT",
        "prices.csv:5 EMPTY_LINE",
        "prices.csv:6 price BAD_NUMBER",
    ]
    assert columns.line.tolist() == [2, 6, 7]
    assert columns.refused.tolist() == [False, True, False]


def test_lines_stay_true_across_blocks(monkeypatch):
    monkeypatch.setattr(csv_blocks, "BLOCK_BYTES", 64)
    rows = [f"2026-11-{day:02d},T{n},{n + 1}.5\n" for n in range(40) for day in (23, 24)]
    rows[17], rows[55] = "2026-11-23,T8\n", "2026-11-24,T27,1e3\n"
    columns, log = read("prices.csv", PRICES + "".join(rows))
    assert columns is not None
    assert sorted(told(log)) == ["prices.csv:19 BAD_COLUMN_COUNT", "prices.csv:57 price BAD_NUMBER"]
    assert columns.line.tolist() == [line for line in range(2, 82) if line != 19]
    good = columns.take((~columns.refused).nonzero()[0])
    assert good.texts("ticker").to_list() == [row.split(",")[1] for i, row in enumerate(rows) if i not in (17, 55)]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", ["", "end"])
def test_line_endings_a_byte_order_mark_and_a_missing_last_newline_change_nothing(ending, mark, last):
    content = f"date,ticker,price{ending}2026-11-23,EQX,68.12{ending if last else ''}"
    columns, log = read("prices.csv", mark + content.encode())
    assert columns is not None
    assert log.total == 0
    assert columns.ints("price").tolist() == [6_812_000_000]


def test_a_header_alone_is_an_empty_file_of_the_book():
    for content in (PRICES, PRICES.rstrip()):
        columns, log = read("prices.csv", content)
        assert columns is not None
        assert (len(columns), log.total) == (0, 0)
        assert len(columns.texts("ticker")) == 0


def test_blanks_take_their_documented_defaults():
    fees = "plan,model,payee,kind,rate,tiers,start,end,paid_from\n,,platform,PLATFORM,0.00035,,,,\n"
    columns, _ = read("fees.csv", fees)
    assert columns is not None
    assert columns.texts("plan").to_list() == [""]
    assert columns.ints("start").tolist() == [codes.OPEN_START]
    assert columns.ints("end").tolist() == [codes.OPEN_END]
    assert columns.ints("method").tolist() == [0]
    assert columns.texts("waives").to_list() == [""]
    assert columns.ints("rate").tolist() == [350_000_000]


def test_optional_trailing_columns_may_come_singly():
    header = "plan,model,payee,kind,rate,tiers,start,end,paid_from,waives\n"
    columns, log = read(
        "fees.csv", header + ",,relief,OTHER,,0.001@1000;0.0005,2026-01-01,2026-12-31,account,platform\n"
    )
    assert columns is not None
    assert log.total == 0
    assert columns.texts("waives").to_list() == ["platform"]
    assert columns.ints("rate").tolist() == [MISSING]
    assert columns.texts("tiers").to_list() == ["0.001@1000;0.0005"]


@pytest.mark.parametrize("tiers", ["0.005@;0.1", "0.005@5;0.004@5;0.1", "0.005", "x", "0.005@100;0.1@200", "2@100;0.1"])
def test_tiers_must_rise_and_end_without_a_bound(tiers):
    header = "plan,model,payee,kind,rate,tiers,start,end,paid_from\n"
    _, log = read("fees.csv", header + f",,p,OTHER,,{tiers},,,account\n")
    assert told(log) == ([] if tiers == "0.005" else ["fees.csv:2 tiers BAD_TIERS"])


def test_a_403b_plan_is_refused_with_the_reason():
    header = "plan,name,sponsor,type,recordkeeper,advisor,fiscal_year_end\n"
    _, log = read("plans.csv", header + "P1,Plan 1,,403b,RK1,,12-31\nP2,Plan 2,,401K,RK1,,02-29\n")
    assert told(log) == [
        "plans.csv:2 type REFUSED",
        "plans.csv:3 type BAD_CHOICE",
        "plans.csv:3 fiscal_year_end BAD_DATE",
    ]
    assert "unregistered security" in log.kept[0].message


def test_a_percentage_is_stored_as_the_rate_it_means():
    header = (
        "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,turnover_pct,status\n"
    )
    columns, _ = read("securities.csv", header + "VFA,Value,MF,US Equity,0.07,3,2,N,,,\n")
    assert columns is not None
    assert columns.ints("expense_ratio_pct").tolist() == [700_000_000]
    assert columns.ints("settle_lag").tolist() == [1]
    assert columns.ints("turnover_pct").tolist() == [MISSING]
    assert columns.texts("status").to_list() == ["OPEN"]


def test_findings_are_all_counted_and_the_first_thousand_kept():
    rows = "".join(f"2026-11-23,T{n},x\n" for n in range(1_500))
    _, log = read("prices.csv", PRICES + rows)
    assert (len(log.kept), log.total, log.refusals) == (1_000, 1_500, 1_500)
    assert log.kept[0].source.line == 2


@given(st.data())
def test_no_bytes_whatever_end_in_anything_but_columns_and_findings(data):
    path = data.draw(st.sampled_from(sorted((FIXTURES / "g1_book").glob("[!e]*.csv"))))
    content = path.read_bytes()
    at = data.draw(st.integers(0, len(content)))
    cut = data.draw(st.integers(0, 8))
    alphabet = b'\x00\t\r\n",,;"-+=.eE_0129NaN \xc3\xa9\xff\xe2\x80\x8b'
    put = bytes(data.draw(st.lists(st.sampled_from(alphabet), max_size=8)))
    mutated = content[:at] + put + content[at + cut :]
    columns, log = read(path.name, mutated)
    assert columns is not None or log.refusals > 0
    if columns is not None:
        assert columns.refused.sum() <= log.refusals
        assert len(columns) + log.refusals >= len(mutated.splitlines()) - 1


@given(st.binary(max_size=200))
def test_bytes_that_are_no_csv_are_refused_not_raised(content):
    columns, log = read("prices.csv", content)
    assert columns is None
    assert log.refusals > 0
