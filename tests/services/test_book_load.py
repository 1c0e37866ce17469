"""Loading a book, on both databases: all or nothing, versions, no-ops, what is refused and what is only listed."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sqlalchemy import Engine

from modelx.domain.book import RefusedBook
from modelx.domain.errors import InvariantBroken
from modelx.files.book_folder import open_book
from modelx.services.book import load
from modelx.store import (
    closure_records,
    event_records,
    fee_records,
    load_records,
    name_records,
    order_records,
    price_records,
    reconciliation_records,
    security_records,
    sleeve_records,
    trade_records,
)
from modelx.store.engine import open_engine
from modelx.store.schema import migrate
from modelx.store.unit_of_work import reading, writing
from tests.services.books import day, example_book, example_calendar, load_folder, write_files

SECURITIES = (
    "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,turnover_pct,status\n"
)
PRICES = "date,ticker,price\n"
ORDERS = (
    "file_id,rk_id,order_ref,plan_id,ticker,side,qty_type,qty,trade_date,rk_received_at,"
    "cutoff_attested,cancel_of,as_of_reason,source_code,client_ref\n"
)
TRADES = "trade_ref,trade_date,settle_date,plan,model,ticker,side,shares,amount\n"
DISTRIBUTIONS = "ticker,ex_date,pay_date,kind,rate,reinvest,reinvest_price\n"
TARGETS = "model,effective_date,ticker,weight\n"
SLEEVES = "plan,model,start_date,rebalance,band_points,min_trade,cash_buffer\n"
FEES = "plan,model,payee,kind,rate,tiers,start,end,paid_from\n"
OVERRIDES = "plan,model,kind,ticker,to_ticker,weight,exclude_to,start,end,on_expiry,reason\n"


@pytest.fixture
def book(engine, tmp_path):
    """The example book, loaded."""
    load_folder(engine, example_book(tmp_path / "book"))
    return engine


def refused(engine: Engine, folder, **options) -> list[str]:
    """The findings that refuse a folder; proves that nothing of it was stored."""
    with reading(engine) as connection:
        before = load_records.latest_load(connection)
    with pytest.raises(RefusedBook) as refusal:
        load_folder(engine, folder, **options)
    with reading(engine) as connection:
        assert load_records.latest_load(connection) == before
        assert load_records.verify_loads(connection) == []
    return [f"{finding.source} {finding.code}" for finding in refusal.value.findings]


def orders_on(connection, on, horizon, previous_horizon):
    return order_records.orders_for_night(connection, (day(on), day(on)), horizon, previous_horizon)


def test_the_example_book_is_stored_exactly(book):
    with reading(book) as connection:
        prices = price_records.prices_on(connection, day("2026-12-01"), 1)
        assert name_records.names(connection, "security") == {1: "EQX", 2: "VBX", 3: "VCX", 4: "VFA"}
        assert prices.security_id.tolist() == [1, 2, 3, 4]
        assert prices.price.tolist() == [3_461_000_000, 984_000_000, 1_247_000_000, 4_102_000_000]
        assert load_records.source_of(connection, "prices.csv", int(prices.row_id[0])) == "book/prices.csv:22 (load 1)"
        gain = event_records.distributions_ex(connection, day("2026-11-27"), 1)
        assert (gain.rate.tolist(), gain.reinvest_price.tolist()) == ([1_150_000_000_000], [4_062_000_000])
        income = event_records.distributions_ex(connection, day("2026-11-25"), 1)
        assert (income.pay_day.tolist(), income.reinvest_price.tolist()) == ([day("2026-11-30")], [0])
        split = event_records.splits_ex(connection, day("2026-12-01"), 1)
        assert (split.new_shares.tolist(), split.old_shares.tolist()) == ([2 * 10**12], [10**12])
        fees = fee_records.fees_live(connection, day("2026-11-24"), day("2026-11-24"), 1)
        assert fees.rows.rate.tolist() == [2_500_000_000, 350_000_000, 4_000_000_000]
        assert fees.rows.model_id.tolist() == [0, 0, 1]
        starting = sleeve_records.sleeves_starting(connection, day("2026-11-20"), day("2026-11-23"), 1)
        assert starting.sleeve_id.tolist() == [1]
        assert sleeve_records.first_start(connection) == day("2026-11-23")
        facts = security_records.security_facts(connection, 1)
        assert facts.whole_shares.tolist() == [1, 0, 0, 0]
        assert load_records.verify_loads(connection) == []


def test_the_same_bytes_twice_do_nothing_and_say_so(book, tmp_path):
    again = load_folder(book, example_book(tmp_path / "copy"))
    assert (again.load_id, again.already_loaded) == (1, True)
    with reading(book) as connection:
        assert [load.folder_name for load in load_records.loads(connection)] == ["book"]


def test_a_correction_is_a_new_version_and_the_old_one_stays_readable(book, tmp_path):
    folder = write_files(tmp_path / "fix", prices=PRICES + "2026-12-01,EQX,34.62\n2026-12-01,VFA,41.02\n")
    report = load_folder(book, folder)
    assert [(file.n_rows, file.n_stored) for file in report.files] == [(2, 1)]  # VFA says nothing new
    with reading(book) as connection:
        assert price_records.prices_on(connection, day("2026-12-01"), 2).price[0] == 3_462_000_000
        assert price_records.prices_on(connection, day("2026-12-01"), 1).price[0] == 3_461_000_000
        back = price_records.price_history(connection, np.array([4, 1]), np.array([day("2026-12-01")]), 1)
        assert back.tolist() == [[4_102_000_000, 3_461_000_000]]


def test_a_value_that_returns_to_an_older_one_is_a_version_of_its_own(book, tmp_path):
    for n, price in enumerate(("34.62", "34.61")):
        load_folder(book, write_files(tmp_path / f"fix{n}", prices=PRICES + f"2026-12-01,EQX,{price}\n"))
    with reading(book) as connection:
        history = [price_records.prices_on(connection, day("2026-12-01"), load).price[0] for load in (1, 2, 3)]
        assert history == [3_461_000_000, 3_462_000_000, 3_461_000_000]


def test_loading_a_grown_folder_stores_only_what_is_new(book, tmp_path):
    grown = example_book(tmp_path / "grown")
    with (grown / "prices.csv").open("a") as file:
        file.write("2026-12-02,EQX,35.00\n")
    report = load_folder(book, grown, closed="2026-12-01")
    assert {file.file: file.n_stored for file in report.files if file.n_stored} == {"prices.csv": 1}
    assert (report.n_late, report.findings) == (0, ())


def test_a_closure_lists_what_it_leaves_without_a_night(book, tmp_path):
    """The example book has a split and trades of its own; only a closure of the whole market takes their day away."""
    split = "ticker,ex_date,new_shares,old_shares,cash_in_lieu_price\nEQX,2026-12-04,2,1,34.00\n"
    trade = TRADES + "STORM-1,2026-12-04,2026-12-07,PLAN-A,GRW60,VFA,BUY,1,41.00\n"
    load_folder(book, write_files(tmp_path / "dated", splits=split, trades=trade))
    closures = "date,calendar,close_time,reason\n2026-12-03,MARKET,13:00,Storm\n2026-12-04,BANK,,Storm\n"
    assert load_folder(book, write_files(tmp_path / "harmless", closures=closures)).findings == ()
    storm = "date,calendar,close_time,reason\n2026-12-08,MARKET,,Storm\n2026-12-04,MARKET,,Storm\n"
    report = load_folder(book, write_files(tmp_path / "storm", closures=storm))
    told = (
        "rows are dated 2026-12-04, which has no night now (1 of splits.csv, 1 of trades.csv): send them again, redated"
    )
    found = [(f.level.name, f.code, f.source.line, f.message) for f in report.findings]
    assert found == [("WARN", "LEFT_BEHIND", 3, told)]


def test_a_fee_of_a_tenth_a_year_or_more_is_listed_and_loads(book, tmp_path):
    rows = (
        *(",,p1,OTHER,0.35,,2026-12-02,,unit_value", ",,p2,OTHER,0.0999999999,,2026-12-02,,unit_value"),
        *(",,p3,OTHER,,0.35@1000000;0.0025,2026-12-02,,account", ",,p4,OTHER,0.10,,2026-12-02,,account"),
    )
    report = load_folder(book, write_files(tmp_path / "fees", fees=FEES + "\n".join(rows) + "\n"))
    assert [(f.level.name, f.code, f.source.line, f.source.column, f.message) for f in report.findings] == [
        ("WARN", "STEEP_FEE", 2, "rate", "this is 35.00 % a year: 0.35 % is written 0.0035"),
        ("WARN", "STEEP_FEE", 4, "tiers", "this is 35.00 % a year: 0.35 % is written 0.0035"),
        ("WARN", "STEEP_FEE", 5, "rate", "this is 10.00 % a year: 0.35 % is written 0.0035"),
    ]


def test_a_file_that_is_all_key_takes_new_rows_and_knows_the_old_ones(book, tmp_path):
    rows = "plan,paper,sent\nPLAN-A,ANNUAL,2026-11-20\n"
    load_folder(book, write_files(tmp_path / "sent", notices_sent=rows))
    report = load_folder(book, write_files(tmp_path / "more", notices_sent=rows + "PLAN-A,ANNUAL,2026-12-20\n"))
    assert [(file.n_rows, file.n_stored) for file in report.files] == [(2, 1)]


def test_targets_are_one_version_for_their_whole_date(book, tmp_path):
    rows = "GRW60,2026-11-23,VFA,0.50\nGRW60,2026-11-23,EQX,0.50\n"
    report = load_folder(book, write_files(tmp_path / "two", targets=TARGETS + rows))
    assert report.files[0].n_stored == 2
    with reading(book) as connection:
        held = connection.exec_driver_sql("SELECT security_id, weight FROM target WHERE load_id = 2 ORDER BY 1").all()
        assert [tuple(row) for row in held] == [(1, 500_000_000_000), (4, 500_000_000_000)]


def test_a_zero_trade_and_a_zero_distribution_cancel(book, tmp_path):
    folder = write_files(
        tmp_path / "cancel",
        trades=TRADES + "T1,2026-11-24,2026-11-25,PLAN-A,GRW60,VFA,BUY,0,0\n",
        distributions=DISTRIBUTIONS + "EQX,2026-11-25,2026-11-30,INCOME,0,N,\n",
    )
    load_folder(book, folder)
    with reading(book) as connection:
        arguments = (connection, day("2026-11-24"), day("2026-11-23"))
        assert trade_records.trades_for_night(*arguments, 1, 0).trade_ref == ["T1", "T2", "T3"]
        assert trade_records.trades_for_night(*arguments, 2, 0).trade_ref == ["T2", "T3"]
        assert event_records.distributions_ex(connection, day("2026-11-25"), 1).security_id.size == 1
        assert event_records.distributions_ex(connection, day("2026-11-25"), 2).security_id.size == 0


def test_a_trade_of_the_session_before_that_arrives_late_is_offered_to_tonight(book, tmp_path):
    rows = (
        "T7,2026-11-24,2026-11-25,PLAN-A,GRW60,VFA,BUY,1,41.27\nT1,2026-11-24,2026-11-25,PLAN-A,GRW60,VFA,BUY,2,82.54\n"
    )
    report = load_folder(book, write_files(tmp_path / "late", trades=TRADES + rows), closed="2026-11-24")
    assert report.n_late == 2
    with reading(book) as connection:
        found = trade_records.trades_for_night(connection, day("2026-11-25"), day("2026-11-24"), 2, 1)
        assert found.trade_ref == ["T1", "T4", "T7"]
        assert found.late.tolist() == [1, 0, 1]
        assert found.has_earlier_version.tolist() == [1, 0, 0]
        assert trade_records.booked_refs(connection, found.row_id, [1, 2], day("2026-11-25")) == set()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"prices": PRICES + "2026-11-24,EQX,1\n2026-11-24,EQX,2\n"}, ["prices.csv:3 date DUPLICATE_KEY"]),
        ({"prices": PRICES + "2026-11-24,NOPE,1\n"}, ["prices.csv:2 ticker UNKNOWN_KEY"]),
        ({"prices": PRICES + "2026-11-26,EQX,1\n"}, ["prices.csv:2 date NOT_A_SESSION"]),
        ({"prices": PRICES + "2030-11-26,EQX,1\n"}, ["prices.csv:2 date NOT_A_SESSION"]),
        ({"prices": PRICES + "2026-11-24,EQX,-1\n"}, ["prices.csv:2 price OUT_OF_RANGE"]),
        ({"prices": "date,ticker\n"}, ["prices.csv:1 BAD_HEADER"]),
        (
            {"targets": TARGETS + "GRW60,2026-12-01,VFA,0.5\nGRW60,2026-12-01,EQX,0.4999\nNOPE,2026-12-01,EQX,1\n"},
            ["targets.csv:4 model UNKNOWN_KEY", "targets.csv:2 weight WEIGHTS_NOT_ONE"],
        ),
        (
            {
                "sleeves": SLEEVES
                + "PLAN-A,NOPE,2026-12-02,NONE,,,\nNOPE,GRW60,2026-12-02,NONE,,,\nPLAN-A,GRW60,2026-13-02,NONE,,,\n"
            },
            [
                "sleeves.csv:4 start_date BAD_DATE",
                "sleeves.csv:3 plan UNKNOWN_KEY",
                "sleeves.csv:2 model UNKNOWN_KEY",
            ],
        ),
        (
            {
                "orders": ORDERS
                + "F1,RK1,N1,PLAN-A,GRW60,SUB,AMT,1.005,2026-11-24,,,,,,\n"
                + "F1,RK1,N2,PLAN-A,GRW60,SUB,AMT,,2026-11-24,,,,,,\n"
                + "F1,RK1,N3,PLAN-A,GRW60,RED,ALL,5,2026-11-24,,,,,,\n"
                + "F1,RK9,N4,PLAN-A,GRW60,SUB,AMT,1,2026-11-24,,,,,,\n"
                + "F1,RK1,N5,PLAN-B,GRW60,SUB,AMT,1,2026-11-24,,,,,,\n"
                + "F1,RK1,N6,PLAN-A,GRW60,SUB,AMT,1,2026-11-28,,,,,,\n"
                + "F1,RK1,N6,PLAN-A,GRW60,SUB,AMT,1,2026-11-24,2026-11-24T15:30:00,,,,,\n"
            },
            [
                "orders.csv:8 rk_received_at BAD_TIME",
                "orders.csv:5 rk_id UNKNOWN_KEY",
                "orders.csv:6 plan_id UNKNOWN_KEY",
                "orders.csv:7 trade_date NOT_A_SESSION",
                "orders.csv:3 qty BLANK",
                "orders.csv:4 qty QUANTITY",
                "orders.csv:2 qty TOO_MANY_DECIMALS",
            ],
        ),
        (
            {
                "trades": TRADES
                + "N1,2026-11-24,2026-11-23,PLAN-A,GRW60,VFA,BUY,1,1\n"
                + "N2,2026-11-24,2026-11-25,PLAN-A,GRW60,VFA,BUY,1,0\n"
                + "T1,2026-11-24,2026-11-25,PLAN-A,GRW60,VFA,SHORT,1,1\n"
            },
            ["trades.csv:4 side BAD_CHOICE", "trades.csv:2 settle_date DATES", "trades.csv:3 shares QUANTITY"],
        ),
        (
            {
                "fees": FEES
                + ",,p1,OTHER,,,,,account\n"
                + ",,p2,OTHER,0.1,0.1,,,account\n"
                + ",,p3,OTHER,0.1,,2026-12-31,2026-01-01,account\n"
                + ",,p3,OTHER,0.2,,2026-12-31,,account\n"
                + "NOPE,,p3,OTHER,0.2,,,,account\n"
            },
            [
                "fees.csv:5 plan DUPLICATE_KEY",
                "fees.csv:6 plan UNKNOWN_KEY",
                "fees.csv:3 tiers RATE_AND_TIERS",
                "fees.csv:2 rate BLANK",
                "fees.csv:4 end DATES",
            ],
        ),
        (
            {
                "overrides": OVERRIDES
                + "PLAN-A,GRW60,SUBSTITUTE,VBX,,,,,,,\n"
                + "PLAN-A,GRW60,EXCLUDE,,,,CASH,,,,\n"
                + "PLAN-A,,SET_WEIGHT,VFA,,,,,,,\n"
                + "PLAN-A,,SUBSTITUTE,VFA,VFA,,,,,,\n"
                + "PLAN-A,,NO_BUY,CASH,,,,,,,\n"
            },
            [
                "overrides.csv:6 ticker UNKNOWN_KEY",
                "overrides.csv:6 ticker RESERVED",
                "overrides.csv:3 ticker BLANK",
                "overrides.csv:2 to_ticker BLANK",
                "overrides.csv:4 weight BLANK",
                "overrides.csv:5 to_ticker SUBSTITUTES_ITSELF",
            ],
        ),
        (
            {"closures": "date,calendar,close_time,reason\n2026-12-02,MARKET,08:00,storm\n"},
            ["closures.csv:2 close_time BAD_TIME"],
        ),
        (
            {
                "closures": "date,calendar,close_time,reason\n2026-12-02,MARKET,,mourning\n",
                "prices": PRICES + "2026-12-02,EQX,34.61\n",
            },
            ["prices.csv:2 date NOT_A_SESSION"],
        ),
        ({"participants": "plan,participant\nPLAN-A,P1\n"}, ["participants.csv:2 birth_date BLANK"]),
        (
            {
                "blend_weights": "benchmark,since,component,weight,part\n"
                "B1,2025-12-31,B1,0.6,STOCKS\nB1,2026-12-31,NOPE,0.4,STOCKS\n"
            },
            [
                "blend_weights.csv:3 component UNKNOWN_KEY",
                "blend_weights.csv:2 weight WEIGHTS_NOT_ONE",
                "blend_weights.csv:3 weight WEIGHTS_NOT_ONE",
                "blend_weights.csv:2 component BLENDS_ITSELF",
            ],
        ),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_a_folder_with_a_bad_row_is_refused_whole_and_every_row_is_listed(book, tmp_path, files, expected):
    good = {"benchmarks": "benchmark,name,administrator,kind,components\nB1,Index,Admin,BROAD,\n"}
    assert refused(book, write_files(tmp_path / "bad", **good, **files)) == expected


def test_a_misnamed_file_refuses_the_folder(book, tmp_path):
    assert refused(book, write_files(tmp_path / "bad", price=PRICES, prices=PRICES)) == ["price.csv:0 MISNAMED_FILE"]


def test_names_may_be_introduced_by_the_folder_that_uses_them_in_any_order(engine, tmp_path):
    report = load_folder(engine, example_book(tmp_path / "book"))
    assert report.n_stored == 51


def test_a_bad_row_that_introduces_a_name_brings_no_cascade(engine, tmp_path):
    folder = example_book(tmp_path / "book")
    path = folder / "securities.csv"
    path.write_text(path.read_text().replace("EQX,Equity", "EQX,=Equity"))
    assert refused(engine, folder) == ["securities.csv:5 name FORMULA"]


def test_ids_follow_the_sorted_names_within_a_load_and_never_move(book, tmp_path):
    rows = "ZZZ,Z,MF,,,3,2,N,,,\nAAA,A,MF,,,3,2,N,,,\nEQX,Equity Index ETF,ETF,US Equity,0.03,0,4,Y,1,4,CLOSED\n"
    load_folder(book, write_files(tmp_path / "more", securities=SECURITIES + rows))
    with reading(book) as connection:
        names = name_records.names(connection, "security")
        assert names == {1: "EQX", 2: "VBX", 3: "VCX", 4: "VFA", 5: "AAA", 6: "ZZZ"}


def test_a_sleeve_cannot_start_in_a_closed_night_nor_move_once_it_has_started(book, tmp_path):
    models = "model,name,manager,series,vintage,style,benchmark,objective,strategy,risks,inception\nNEW,New,,,,,,,,,\n"
    rows = "PLAN-A,NEW,2026-11-24,NONE,,,\nPLAN-A,GRW60,2026-12-02,NONE,,,\n"
    folder = write_files(tmp_path / "starts", sleeves=SLEEVES + rows, models=models)
    assert refused(book, folder, closed="2026-11-24") == [
        "sleeves.csv:2 start_date START_IN_CLOSED_NIGHT",
        "sleeves.csv:3 start_date START_IN_CLOSED_NIGHT",
    ]
    rows = "PLAN-A,NEW,2026-11-25,NONE,,,\nPLAN-A,GRW60,2026-11-23,BAND,3,250,0.02\n"
    folder = write_files(tmp_path / "policy", sleeves=SLEEVES + rows, models=models)
    assert load_folder(book, folder, closed="2026-11-24").n_stored == 3


def test_rows_of_a_closed_night_are_stored_and_listed(book, tmp_path):
    folder = write_files(
        tmp_path / "late",
        prices=PRICES + "2026-11-24,EQX,68.32\n2026-11-25,EQX,68.03\n",
        fees=FEES + ",,extra,OTHER,0.001,,,,account\n",
    )
    report = load_folder(book, folder, closed="2026-11-24")
    assert report.n_late == 2
    assert [(str(finding.source), finding.code) for finding in report.findings] == [
        ("prices.csv:2 date", "LATE_INPUT"),
        ("fees.csv:2 start", "LATE_INPUT"),
    ]
    with reading(book) as connection:
        assert price_records.prices_on(connection, day("2026-11-24"), 2).price[0] == 6_832_000_000


def order(ref: str, *, file: str = "F9", qty: str = "100.00", date: str = "2026-12-01", received: str = "") -> str:
    return f"{file},RK1,{ref},PLAN-A,GRW60,SUB,AMT,{qty},{date},{received},N,,,,\n"


def test_an_order_falls_due_by_the_close_of_its_trade_date(book, tmp_path):
    times = {
        "in time": ("2026-11-25T16:00:00-05:00", "2026-11-25"),
        "a second late": ("2026-11-25T16:00:01-05:00", "2026-11-27"),
        "blank": ("", "2026-11-25"),
        "two nights late": ("2026-11-27T13:00:01-05:00", "2026-11-30"),
        "at the early close": ("2026-11-27T18:00:00Z", "2026-11-27"),
    }
    rows = "".join(order(name, date="2026-11-25", received=received) for name, (received, _) in times.items())
    load_folder(book, write_files(tmp_path / "orders", orders=ORDERS + rows))
    with reading(book) as connection:
        for name, (_, due) in times.items():
            assert name in orders_on(connection, due, 2, 2).order_ref


def test_orders_take_their_turn_by_receipt_then_reference(book, tmp_path):
    rows = order("B", received="2026-12-01T09:00:00-05:00") + order("C") + order("A", received="2026-12-01T14:00:00Z")
    load_folder(book, write_files(tmp_path / "orders", orders=ORDERS + rows))
    with reading(book) as connection:
        assert orders_on(connection, "2026-12-01", 2, 2).order_ref == ["C", "A", "B"]


def test_a_repeated_order_is_a_duplicate_and_a_changed_one_is_refused_with_orrf(book, tmp_path):
    load_folder(book, write_files(tmp_path / "first", orders=ORDERS + order("N1") + order("N2")))
    rows = order("N1", file="F10") + order("N2", file="F10", qty="100.01") + order("N3", file="F10")
    report = load_folder(book, write_files(tmp_path / "resent", orders=ORDERS + rows))
    assert [(str(finding.source), finding.code) for finding in report.findings] == [
        ("orders.csv:3 order_ref", "ORRF"),
        ("orders.csv:2 order_ref", "DUPLICATE"),
    ]
    with reading(book) as connection:
        orders = orders_on(connection, "2026-12-01", 3, 3)
        assert (orders.order_ref, orders.qty.tolist()) == (["N1", "N2", "N3"], [100_000_000] * 3)
        resends = order_records.resends(connection, 1, 3)
        assert [(r.order_ref, r.file_id, r.kind) for r in resends] == [("N1", "F10", 0), ("N2", "F10", 1)]
        assert load_records.verify_loads(connection) == []
    rows += order("N4", file="F11")
    report = load_folder(book, write_files(tmp_path / "grown", orders=ORDERS + rows))
    assert (report.files[0].n_stored, report.findings) == (1, ())


def test_a_file_id_that_comes_again_with_other_lines_refuses_the_folder(book, tmp_path):
    load_folder(book, write_files(tmp_path / "first", orders=ORDERS + order("N1") + order("N2")))
    added = write_files(tmp_path / "added", orders=ORDERS + order("N1") + order("N3"))
    assert refused(book, added) == ["orders.csv:3 file_id FILE_ID_REUSED"]
    changed = write_files(tmp_path / "changed", orders=ORDERS + order("N1", qty="5"))
    assert refused(book, changed) == ["orders.csv:2 file_id FILE_ID_REUSED"]


def test_an_order_in_time_for_a_closed_night_is_stored_and_listed(book, tmp_path):
    rows = order("N1", date="2026-11-24") + order("N2", date="2026-11-24", received="2026-11-25T10:00:00-05:00")
    report = load_folder(book, write_files(tmp_path / "asof", orders=ORDERS + rows), closed="2026-11-24")
    assert [(str(finding.source), finding.code) for finding in report.findings] == [
        ("orders.csv:2 trade_date", "AS_OF_PENDING")
    ]
    with reading(book) as connection:
        orders = orders_on(connection, "2026-11-25", 2, 1)
        assert orders.order_ref == ["N1", "N2"]
        assert (orders.priced_on_earliest == orders.trade_date).tolist() == [True, False]
        assert orders_on(connection, "2026-11-25", 2, 2).order_ref == ["N2"]


def test_what_custodian_and_record_keeper_say_is_read_by_day(book, tmp_path):
    folder = write_files(
        tmp_path / "recon",
        custodian_positions="date,plan,model,ticker,shares\n2026-11-24,PLAN-A,GRW60,CASH,-12.5\n"
        "2026-11-24,PLAN-A,GRW60,VFA,3028.835\n",
        rk_units="date,plan,model,units\n2026-11-24,PLAN-A,GRW60,25834.0578\n",
        second_prices="date,ticker,price,source\n2026-11-24,EQX,68.31,A\n2026-11-24,EQX,68.4,B\n",
        closures="date,calendar,close_time,reason\n2026-12-24,MARKET,12:00,snow\n2027-01-04,BANK,,mourning\n",
    )
    load_folder(book, folder)
    with reading(book) as connection:
        held = reconciliation_records.custodian_positions_on(connection, day("2026-11-24"), 2)
        assert (held.security_id.tolist(), held.shares.tolist()) == ([0, 4], [-12_500_000, 3_028_835_000])
        units = reconciliation_records.rk_units_on(connection, day("2026-11-24"), 2)
        assert (units.sleeve_id.tolist(), units.units.tolist()) == ([1], [25_834_057_800])
        second = price_records.second_prices_on(connection, day("2026-11-24"), 2)
        assert (second.security_id.tolist(), second.source) == ([1, 1], ["A", "B"])
        closures = closure_records.closures(connection, 2)
        assert [(row.day, row.calendar, row.close_minute) for row in closures] == [
            (day("2026-12-24"), 0, 720),
            (day("2027-01-04"), 1, None),
        ]
        assert closure_records.closures(connection, 1) == []


def test_progress_is_told_to_the_end(engine, tmp_path):
    seen: list[tuple[int, int, str]] = []
    load(
        engine,
        open_book(example_book(tmp_path / "book")),
        calendar=example_calendar(),
        last_closed_night=None,
        recorded_at=0,
        progress=lambda done, total, what: seen.append((done, total, what)),
    )
    assert seen[0][2] == "reading securities.csv"
    assert seen[-1] == (51, 51, "storing rows")
    assert all(done <= total for done, total, _ in seen)


def test_a_failure_while_storing_leaves_nothing(engine, tmp_path, monkeypatch):
    source = open_book(example_book(tmp_path / "book"))

    def fail(done: int, _total: int, what: str) -> None:
        if what == "storing rows" and done > 20:
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        load(engine, source, calendar=example_calendar(), last_closed_night=None, recorded_at=0, progress=fail)
    with reading(engine) as connection:
        assert load_records.latest_load(connection) == 0
        assert name_records.names(connection, "security") == {}


def test_both_databases_hash_the_same_book_to_the_same_head(postgresql_urls, tmp_path):
    local = f"sqlite:///{tmp_path / 'local.db'}"
    migrate(open_engine(local))
    folders = [
        example_book(tmp_path / "book"),
        write_files(tmp_path / "fix", prices=PRICES + "2026-12-01,EQX,34.62\n", orders=ORDERS + order("N1")),
        write_files(tmp_path / "again", orders=ORDERS + order("N1", file="F10")),
    ]
    heads = set()
    for url in (local, postgresql_urls[1]):
        engine = open_engine(url)
        for folder in folders:
            load_folder(engine, folder)
        with reading(engine) as connection:
            heads.add(load_records.head(connection))
        engine.dispose()
    assert len(heads) == 1


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE price SET price = price + 1",
        "DELETE FROM price",
        "UPDATE load SET folder_name = 'x'",
        "DELETE FROM trade",
        "UPDATE rk_order SET qty = 1",
    ],
)
def test_a_stored_row_cannot_be_changed(book, attack):
    with pytest.raises(InvariantBroken, match="refused to change a stored row"), writing(book) as connection:
        connection.exec_driver_sql(attack)


def test_a_row_slipped_into_a_load_is_found(book):
    with writing(book) as connection:
        connection.exec_driver_sql("INSERT INTO price VALUES (20000, 1, 1, 100, 99)")
    with reading(book) as connection:
        assert [finding.code for finding in load_records.verify_loads(connection)] == ["LOAD_CHAIN"]


def test_a_row_under_no_load_is_found(book):
    with writing(book) as connection:
        connection.exec_driver_sql("INSERT INTO price VALUES (20000, 1, 7, 100, 99)")
    with reading(book) as connection:
        assert [finding.code for finding in load_records.verify_loads(connection)] == ["LOAD_STRAY"]


def test_waivers_and_tiers_reach_the_fee_rules(book, tmp_path):
    header = FEES.rstrip() + ",method,aggregate,waives\n"
    rows = (
        "PLAN-A,,advisor,ADVISOR,,0.005@1000000;0.0025,2026-12-01,2027-11-30,account,CLIFF,PLAN,\n"
        ",,relief,OTHER,0.0001,,,,unit_value,,,platform\n"
    )
    load_folder(book, write_files(tmp_path / "fees", fees=header + rows))
    with reading(book) as connection:
        fees = fee_records.fees_live(connection, day("2026-12-01"), day("2026-12-01"), 2).rows
        payees = name_records.ids(connection, "payee")
        tiered = fees.plan_id.tolist().index(1)
        assert [tier.rate for tier in fees.tiers[tiered]] == [5_000_000_000, 2_500_000_000]
        assert (fees.method[tiered], fees.aggregate[tiered], fees.paid_from[tiered]) == (1, 1, 1)
        relief = fees.payee_id.tolist().index(payees["relief"])
        assert fees.waives[relief] == payees["platform"]
        before = fee_records.fees_live(connection, day("2026-11-30"), day("2026-11-30"), 2).rows
        assert 1 not in before.plan_id.tolist()
        assert fees.load_order.max() == 2


def test_two_loaders_of_one_folder_store_it_once(engine, tmp_path):
    folder = example_book(tmp_path / "book")
    start = threading.Barrier(4)

    def loader(_: int) -> tuple[int, bool]:
        start.wait()
        report = load_folder(engine, folder)
        return report.load_id, report.already_loaded

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(loader, range(4)))
    assert outcomes == [(1, False), (1, True), (1, True), (1, True)]


def test_loaders_of_different_folders_take_turns_and_the_chain_holds(engine, tmp_path):
    load_folder(engine, example_book(tmp_path / "book"))
    folders = [
        write_files(
            tmp_path / f"fix{n}",
            prices=PRICES + f"2026-12-01,EQX,{n + 1}.5\n",
            orders=ORDERS + order(f"N{n}", file=f"F{n}"),
        )
        for n in range(4)
    ]
    with ThreadPoolExecutor(4) as pool:
        loads = sorted(report.load_id for report in pool.map(lambda folder: load_folder(engine, folder), folders))
    assert loads == [2, 3, 4, 5]
    with reading(engine) as connection:
        assert load_records.verify_loads(connection) == []
        assert len(orders_on(connection, "2026-12-01", 5, 5).order_ref) == 4
