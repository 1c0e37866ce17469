"""A small book that has been through everything a night can meet, for tests that attack what it stored.

Scenario G1's book with a second plan: a subscription, a redemption of too many units (rejected), and a bad price that
holds the first plan over 30 November, corrected by a second folder, released by two people and caught up. A third plan
starts on the last night and is proposed trades, one of which an override forbids.
"""

from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from tests.conftest import FIXTURES
from tests.oracle.script import Load, Release, RunThrough
from tests.product import play
from tests.services.books import example_book, write_files

G1 = FIXTURES / "g1_book"
LAST_NIGHT = date(2026, 12, 1)


def run_audited_book(engine: Engine, folder: Path) -> None:
    """Load the book into a migrated database with sessions, and run its nights, hold and release included."""
    opening = example_book(
        folder / "opening",
        prices=(G1 / "prices.csv").read_text().replace("2026-11-30,EQX,68.94", "2026-11-30,EQX,98.94"),
        plans=(G1 / "plans.csv").read_text()
        + "PLAN-B,Plan B 401(k),Sponsor B,401k,RK1,ADV1,12-31\n"
        + "PLAN-C,Plan C 401(k),Sponsor C,401k,RK1,ADV1,12-31\n",
        sleeves=(G1 / "sleeves.csv").read_text()
        + "PLAN-B,GRW60,2026-11-23,NONE,,,\n"
        + "PLAN-C,GRW60,2026-12-01,BAND,,,\n",
        overrides="plan,model,kind,ticker,to_ticker,weight,exclude_to,start,end,on_expiry,reason\n"
        "PLAN-C,GRW60,NO_BUY,EQX,,,,2026-12-01,,,too large a part\n",
        trades=(G1 / "trades.csv").read_text() + "T7,2026-11-24,2026-11-25,PLAN-B,GRW60,VBX,BUY,508.647,5000.00\n",
        orders=(G1 / "orders.csv").read_text()
        + "F20261123,RK1,O5,PLAN-B,GRW60,SUB,AMT,10000.00,2026-11-23,2026-11-23T15:30:00-05:00,Y,,,,\n"
        + "F20261125,RK1,O6,PLAN-B,GRW60,RED,UNITS,99999.0000,2026-11-25,2026-11-25T15:30:00-05:00,Y,,,,\n"
        + "F20261201,RK1,O7,PLAN-C,GRW60,SUB,AMT,10000.00,2026-12-01,2026-12-01T15:30:00-05:00,Y,,,,\n",
        custodian_positions="date,plan,model,ticker,shares\n2026-11-25,PLAN-B,GRW60,VBX,508.600\n",
    )
    correction = write_files(
        folder / "correction",
        prices="date,ticker,price\n2026-11-30,EQX,68.94\n",
        fills="fill_ref,date,ticker,side,shares,price\nF1,2026-12-02,VFA,BUY,1.000,41.20\n",
        trade_decisions="date,decision,plan,model,ticker,shares,sha256,reason,maker,checker\n"
        "2026-12-01,WITHDRAW,PLAN-C,GRW60,,,,the plan waits,Ana Maker,Carl Checker\n",
        corporate_events="ticker,ex_date,kind,to_ticker,ratio,cash_rate,cash_in_lieu_price,pay_date\n"
        "VBX,2026-12-02,MERGER,VCX,0.788292,,,\n",
        in_kind_transfers="transfer_ref,date,plan,model,kind,ticker,shares,amount\n"
        "IK1,2026-12-02,PLAN-C,GRW60,IN,EQX,10,\n",
    )
    play(
        [
            Load(opening),
            RunThrough(date(2026, 11, 30)),
            Load(correction),
            Release("PLAN-A", "GRW60"),
            RunThrough(LAST_NIGHT),
        ],
        engine,
    )
