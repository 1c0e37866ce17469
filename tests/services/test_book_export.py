"""Export is the inverse of loading: what comes out loads to the same content, on either database and at any load."""

from pathlib import Path

import pytest

from modelx.domain.errors import NotFound
from modelx.files.book_folder import write_book
from modelx.services.book_export import exported
from modelx.store.engine import open_engine
from modelx.store.schema import migrate
from tests.services.books import example_book, load_folder, write_files

EXTRAS = {
    "benchmarks": (
        'benchmark,name,administrator,kind,components\nB1,"Index, ""total""",Admin,BROAD,\nB2,Blend,,BLEND,B1:0.6\n'
    ),
    "benchmark_levels": "date,benchmark,level\n2026-11-30,B1,1234.5678\n2026-10-31,B1,1200.01\n",
    "asset_classes": "asset_class,kind\nUS Bond,FIXED\nUS Equity,EQUITY\n",
    "exposures": "ticker,asset_class,weight\nVFA,US Bond,0.25\nVFA,US Equity,0.75\n",
    "custodian_positions": (
        "date,plan,model,ticker,shares\n2026-11-24,PLAN-A,GRW60,CASH,-4\n2026-11-24,PLAN-A,GRW60,VFA,1\n"
    ),
    "rk_units": "date,plan,model,units\n2026-11-24,PLAN-A,GRW60,25834.0578\n",
    "second_prices": "date,ticker,price,source\n2026-11-24,EQX,68.31,A\n2026-11-24,EQX,68.40,B\n",
    "closures": "date,calendar,close_time,reason\n2026-12-24,MARKET,12:00,snow\n2027-01-04,BANK,,mourning\n",
    "participants": (
        "plan,participant,birth_date,salary,CASH\nPLAN-A,P1,1980-02-03,85000.50,0.1\nPLAN-A,P2,1979-01-01,,\n"
    ),
    "overrides": (
        "plan,model,kind,ticker,to_ticker,weight,exclude_to,start,end,on_expiry,reason\n"
        "PLAN-A,,CASH_BUFFER,,,0.03,,,2027-06-30,,\n"
        "PLAN-A,GRW60,EXCLUDE,EQX,,,PRORATA,2026-12-01,,REVERT,policy\n"
        "PLAN-A,GRW60,SUBSTITUTE,VBX,VCX,,,,,,\n"
    ),
    "fees": (
        "plan,model,payee,kind,rate,tiers,start,end,paid_from,method,aggregate,waives\n"
        ",,platform,PLATFORM,0.00035,,,,unit_value,GRADUATED,SLEEVE,\n"
        ",,relief,OTHER,0.0001,,2026-12-01,2026-12-31,unit_value,GRADUATED,SLEEVE,platform\n"
        "PLAN-A,GRW60,advisor,ADVISOR,,0.005@1000000;0.0025,,,account,CLIFF,PLAN,\n"
    ),
}


def export(engine, folder: Path, as_known_at: int | None = None) -> dict[str, str]:
    write_book(folder, exported(engine, as_known_at))
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


@pytest.fixture
def second(tmp_path):
    """Another, empty database."""
    engine = open_engine(f"sqlite:///{tmp_path / 'second.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


def test_every_file_comes_out_as_it_went_in(engine, tmp_path):
    load_folder(engine, example_book(tmp_path / "book", **EXTRAS))
    out = export(engine, tmp_path / "out")
    assert len(out) == 21
    for name, text in EXTRAS.items():
        lines = out[f"{name}.csv"].splitlines()
        assert lines[0] == text.splitlines()[0], name
        assert sorted(lines) == sorted(text.splitlines()), name


def test_loading_what_was_exported_exports_the_same_bytes(engine, second, tmp_path):
    load_folder(engine, example_book(tmp_path / "book", **EXTRAS))
    fix = "date,ticker,price\n2026-12-01,EQX,34.62\n2026-11-24,AAA,5.00\n"
    terms = (
        "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,turnover_pct,status\n"
    )
    load_folder(engine, write_files(tmp_path / "fix", prices=fix, securities=terms + "AAA,A,MF,,,3,2,N,,,\n"))
    out = export(engine, tmp_path / "out")
    load_folder(second, tmp_path / "out")
    assert export(second, tmp_path / "again") == out


def test_an_older_state_is_exported_as_it_was_known(engine, tmp_path):
    load_folder(engine, example_book(tmp_path / "book"))
    first = export(engine, tmp_path / "first")
    load_folder(engine, write_files(tmp_path / "fix", prices="date,ticker,price\n2026-12-01,EQX,34.62\n"))
    assert export(engine, tmp_path / "then", as_known_at=1) == first
    now = export(engine, tmp_path / "now")
    assert now["prices.csv"] == first["prices.csv"].replace("EQX,34.61", "EQX,34.62")
    for load in (0, 3):
        with pytest.raises(NotFound, match="loads go from 1 to 2"):
            export(engine, tmp_path / f"never{load}", as_known_at=load)


def test_nothing_loaded_exports_nothing(engine, tmp_path):
    assert export(engine, tmp_path / "out") == {}
