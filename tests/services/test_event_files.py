"""Loading corporate events and in-kind transfers, on both databases: what is stored, versioned, listed and refused."""

import pytest
from sqlalchemy import Engine

from modelx.domain.book import RefusedBook
from modelx.files.book_folder import open_book, write_book
from modelx.services.book_export import exported
from modelx.store.unit_of_work import reading
from modelx.store.versions import in_force, table_named
from tests.services.books import example_book, load_folder, write_files

EVENTS = "ticker,ex_date,kind,to_ticker,ratio,cash_rate,cash_in_lieu_price,pay_date\n"
TRANSFERS = "transfer_ref,date,plan,model,kind,ticker,shares,amount\n"


@pytest.fixture
def book(engine, tmp_path):
    """The example book, loaded."""
    load_folder(engine, example_book(tmp_path / "book"))
    return engine


def refusals(engine: Engine, folder, **options) -> list[tuple[str, str]]:
    """(code, column) of the findings that refuse a folder."""
    with pytest.raises(RefusedBook) as refusal:
        load_folder(engine, folder, **options)
    return [(finding.code, finding.source.column) for finding in refusal.value.findings]


def events(engine: Engine, horizon: int) -> list[tuple[int, ...]]:
    with reading(engine) as connection:
        rows = in_force(connection, table_named("corporate_event"), ("ex_date", "security_id"), horizon)
    return list(zip(rows["kind"].tolist(), rows["ratio"].tolist(), strict=True))


def test_an_event_comes_again_as_a_new_version_and_the_older_state_can_be_read(book, tmp_path):
    write_files(tmp_path / "one", corporate_events=EVENTS + "VBX,2026-12-02,MERGER,VCX,0.788292,,,\n")
    write_files(tmp_path / "two", corporate_events=EVENTS + "VBX,2026-12-02,CANCELLED,,,,,\n")
    assert load_folder(book, tmp_path / "one").n_stored == 1
    assert load_folder(book, tmp_path / "two").n_stored == 1
    assert events(book, 2) == [(0, 788_292_000_000)]
    assert events(book, 3)[0][0] == 3


def test_rows_as_they_were_are_not_stored_again_and_a_transfer_is_one_version(book, tmp_path):
    rows = "IK1,2026-12-02,PLAN-A,GRW60,IN,EQX,100,\nIK1,2026-12-02,PLAN-A,GRW60,IN,CASH,,500.25\n"
    other = "IK2,2026-12-02,PLAN-A,GRW60,OUT,VFA,10.5,\n"
    write_files(tmp_path / "one", in_kind_transfers=TRANSFERS + rows + other)
    write_files(tmp_path / "two", in_kind_transfers=TRANSFERS + rows.replace("500.25", "500.26") + other)
    assert load_folder(book, tmp_path / "one").n_stored == 3
    assert load_folder(book, tmp_path / "two").n_stored == 2  # both rows of the transfer that changed
    with reading(book) as connection:
        table = table_named("in_kind_transfer")
        found = in_force(connection, table, ("transfer_ref", "security_id"), 3, group=("transfer_ref",))
    assert list(zip(found["transfer_ref"], found["load_id"].tolist(), strict=True)) == [
        ("IK1", 3),
        ("IK1", 3),
        ("IK2", 2),
    ]


def test_events_and_transfers_of_a_closed_night_are_listed_late(book, tmp_path):
    write_files(
        tmp_path / "late",
        corporate_events=EVENTS + "VBX,2026-11-27,LIQUIDATION,,,9.81,,\n",
        in_kind_transfers=TRANSFERS + "IK1,2026-11-27,PLAN-A,GRW60,OUT_ALL,CASH,,\n",
    )
    report = load_folder(book, tmp_path / "late", closed="2026-11-27")
    assert report.n_findings["LATE_INPUT"] == 2


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("VBX,2026-12-02,MERGER,,,,,", ("BLANK", "to_ticker")),
        ("VBX,2026-12-02,MERGER,VBX,1,,,", ("BECOMES_ITSELF", "to_ticker")),
        ("VBX,2026-12-02,MERGER,NOPE,1,,,", ("UNKNOWN_KEY", "to_ticker")),
        ("NOPE,2026-12-02,MERGER,VBX,1,,,", ("UNKNOWN_KEY", "ticker")),
        ("VBX,2026-12-02,CONVERSION,VCX,0,,,", ("OUT_OF_RANGE", "ratio")),
        ("VBX,2026-12-02,CONVERSION,VCX,1,9.80,,", ("NOT_OF_THIS_KIND", "cash_rate")),
        ("VBX,2026-12-02,LIQUIDATION,VCX,,9.80,,", ("NOT_OF_THIS_KIND", "to_ticker")),
        ("VBX,2026-12-02,LIQUIDATION,,1.5,9.80,,", ("NOT_OF_THIS_KIND", "ratio")),
        ("VBX,2026-12-02,LIQUIDATION,,,9.80,9.80,", ("NOT_OF_THIS_KIND", "cash_in_lieu_price")),
        ("VBX,2026-12-02,LIQUIDATION,,,9.80,,2026-12-01", ("DATES", "pay_date")),
        ("VBX,2026-12-05,LIQUIDATION,,,9.80,,", ("NOT_A_SESSION", "ex_date")),
    ],
)
def test_an_event_that_cannot_be_meant_is_refused(book, tmp_path, row, expected):
    write_files(tmp_path / "bad", corporate_events=EVENTS + row + "\n")
    assert expected in refusals(book, tmp_path / "bad")


def test_a_chain_of_exchanges_on_one_date_is_refused(book, tmp_path):
    rows = "VBX,2026-12-02,MERGER,VCX,1,,,\nVCX,2026-12-02,MERGER,VFA,1,,,\n"
    write_files(tmp_path / "bad", corporate_events=EVENTS + rows)
    assert refusals(book, tmp_path / "bad") == [("CHAINED", "to_ticker")]
    later = rows.replace("VCX,2026-12-02", "VCX,2026-12-03")
    write_files(tmp_path / "good", corporate_events=EVENTS + later)
    assert load_folder(book, tmp_path / "good").n_stored == 2


@pytest.mark.parametrize("day", ["2026-12-02", "2026-12-03"])
def test_a_security_is_not_received_once_it_has_gone_in_one_folder_or_in_two(book, tmp_path, day):
    gone, received = "VCX,2026-12-02,LIQUIDATION,,,9.80,,\n", f"VBX,{day},MERGER,VCX,1,,,\n"
    write_files(tmp_path / "both", corporate_events=EVENTS + gone + received)
    assert refusals(book, tmp_path / "both") == [("CHAINED", "to_ticker")]
    write_files(tmp_path / "gone", corporate_events=EVENTS + gone)
    write_files(tmp_path / "received", corporate_events=EVENTS + received)
    load_folder(book, tmp_path / "gone")
    assert refusals(book, tmp_path / "received") == [("CHAINED", "to_ticker")]
    cancelled = "VCX,2026-12-02,CANCELLED,,,,,\n"
    load_folder(book, write_files(tmp_path / "mended", corporate_events=EVENTS + cancelled + received))
    write_files(tmp_path / "again", corporate_events=EVENTS + gone + "EQX,2026-12-02,LIQUIDATION,,,9.80,,\n")
    assert refusals(book, tmp_path / "again") == [("CHAINED", "ticker")]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("IK1,2026-12-02,PLAN-A,GRW60,IN,EQX,,\n", ("BLANK", "shares")),
        ("IK1,2026-12-02,PLAN-A,GRW60,IN,EQX,10,700.00\n", ("QUANTITY", "amount")),
        ("IK1,2026-12-02,PLAN-A,GRW60,IN,CASH,,\n", ("BLANK", "amount")),
        ("IK1,2026-12-02,PLAN-A,GRW60,OUT,CASH,5,10.00\n", ("QUANTITY", "shares")),
        ("IK1,2026-12-02,PLAN-A,GRW60,OUT_ALL,EQX,,\n", ("RESERVED", "ticker")),
        ("IK1,2026-12-02,PLAN-A,GRW60,OUT_ALL,CASH,,10.00\n", ("QUANTITY", "amount")),
        ("IK1,2026-12-02,PLAN-A,GRW60,LATE_INCOME,EQX,,\n", ("BLANK", "amount")),
        ("IK1,2026-12-02,PLAN-A,GRW60,LATE_INCOME,CASH,,1.00\n", ("RESERVED", "ticker")),
        ("IK1,2026-12-02,PLAN-A,GRW60,IN,EQX,-1,\n", ("OUT_OF_RANGE", "shares")),
        ("IK1,2026-11-20,PLAN-A,GRW60,IN,CASH,,1.00\n", ("BEFORE_START", "date")),
        ("IK1,2026-12-02,PLAN-A,GRW60,IN,CASH,,0.001\n", ("TOO_MANY_DECIMALS", "amount")),
        ("IK1,2026-12-02,PLAN-A,OTHER,IN,CASH,,1.00\n", ("UNKNOWN_KEY", "model")),
        ("IK1,2026-12-02,PLAN-A,GRW60,IN,EQX,1,\nIK1,2026-12-03,PLAN-A,GRW60,IN,VFA,1,\n", ("MIXED_TRANSFER", "date")),
        ("IK1,2026-12-02,PLAN-A,GRW60,IN,EQX,1,\nIK1,2026-12-02,PLAN-A,GRW60,OUT,VFA,1,\n", ("MIXED_TRANSFER", "kind")),
        (
            "IK1,2026-12-02,PLAN-A,GRW60,IN,EQX,1,\nIK1,2026-12-02,PLAN-A,GRW60,IN,EQX,2,\n",
            ("DUPLICATE_KEY", "transfer_ref"),
        ),
    ],
)
def test_a_transfer_that_cannot_be_meant_is_refused(book, tmp_path, rows, expected):
    write_files(tmp_path / "bad", in_kind_transfers=TRANSFERS + rows)
    assert expected in refusals(book, tmp_path / "bad")


def test_both_files_are_exported_as_they_were_loaded(book, tmp_path):
    written = {
        "corporate_events": EVENTS + "VBX,2026-12-02,MERGER,VCX,0.788292,,12.47,2026-12-04\n",
        "in_kind_transfers": TRANSFERS
        + "IK1,2026-12-02,PLAN-A,GRW60,IN,CASH,,500.25\nIK1,2026-12-02,PLAN-A,GRW60,IN,EQX,100,\n",
    }
    load_folder(book, write_files(tmp_path / "one", **written))
    write_book(tmp_path / "out", exported(book))
    for name, text in written.items():
        assert (tmp_path / "out" / f"{name}.csv").read_text() == text
    assert open_book(tmp_path / "out").log.refusals == 0
