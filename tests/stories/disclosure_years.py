"""A small book of five plans over two years of nights, with notices published in between: told once, copied by tests.

Every plan begins on 29 February 2024 with a million dollars, 95 % of it in funds from the next day; prices stand still,
but for one fund that grows a little each session. The first notices go out on 3 February 2025. Then one plan takes an
override and an adviser inside its unit value from 1 July 2025, one the same override with the adviser billed to
accounts, and one model swaps its fund on 30 June. The second notices go out on 20 January 2026.
"""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from modelx.bootstrap import load_book
from modelx.domain.days import date_of, day_of
from modelx.domain.night_policy import NightPolicy
from modelx.files.disclosure_site import notice_files
from modelx.services.disclosure_notices import Bundle, draft_plans, publish_plan, review_plan
from modelx.store import disclosure_records
from modelx.store.engine import open_engine
from modelx.store.unit_of_work import reading
from tests.oracle import script
from tests.product import fresh_sqlite, play, sessions

BASE = "https://disclosures.example.com/"
BEGINS, FIRST_NOTICE, SECOND_NOTICE = date(2024, 2, 29), date(2025, 2, 3), date(2026, 1, 20)
LAST_NIGHT = date(2026, 1, 16)
PLANS = {"BASE": "MIX", "INSIDE": "MIX", "OUTSIDE": "MIX", "WAIVED": "MIX", "SWAP": "ONE", "LEAP": "GROW"}
FUNDS = {"US": "0.03", "INTL": "0.07", "BOND": "0.05", "STABLE": "0.32", "OLDX": "0.50", "NEWX": "0.10", "UPX": "0.10"}
HELD = {
    "MIX": {"US": 34_200, "INTL": 22_800, "BOND": 33_250, "MMFX": 4_750},
    "ONE": {"OLDX": 95_000},
    "GROW": {"UPX": 95_000},
}
TARGETS = {
    "MIX": {"US": "0.36", "INTL": "0.24", "BOND": "0.35", "MMFX": "0.05"},
    "ONE": {"OLDX": "0.95", "CASH": "0.05"},
    "GROW": {"UPX": "0.95", "CASH": "0.05"},
}
FEE_COLUMNS = "plan,model,payee,kind,rate,tiers,start,end,paid_from,method,aggregate,waives\n"
TRADE_COLUMNS = "trade_ref,trade_date,settle_date,plan,model,ticker,side,shares,amount\n"
ORDER_COLUMNS = (
    "file_id,rk_id,order_ref,plan_id,ticker,side,qty_type,qty,trade_date,rk_received_at,cutoff_attested,cancel_of,"
    "as_of_reason,source_code,client_ref\n"
)


@dataclass(frozen=True)
class Years:
    """The book after the second publication."""

    engine: Engine

    def published(self, place: str, version: int, name: str = "notice.csv") -> str:
        """A file of a published edition, as text."""
        with reading(self.engine) as connection:
            documents = disclosure_records.documents(connection)
            published = {
                event.document_id for event in disclosure_records.events(connection) if event.step == "published"
            }
            (one,) = [d for d in documents if d.id in published and (d.place, d.version) == (place, version)]
            return dict(disclosure_records.files(connection, one.id))[name].decode()


def load(engine: Engine, folder: Path, **files: str) -> None:
    """Load a folder with the files given: name without its ending, and its text."""
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    load_book(engine, folder)


def release(engine: Engine, plan: str, on: date, at: int = 1) -> Bundle:
    """A plan's notice drafted, reviewed and published in every format by three people."""
    (bundle,) = draft_plans(engine, [plan], on, BASE, "Ana", at)
    review_plan(engine, plan, bundle.sha256, "Bea", at + 1)
    return publish_plan(engine, plan, bundle.sha256, "Carl", at + 2, notice_files)


def two_years(folder: Path) -> Years:
    """A copy of the played book."""
    file = folder / "years.db"
    shutil.copyfile(_template(), file)
    return Years(open_engine(f"sqlite:///{file}"))


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="modelx-years-"))
    engine = fresh_sqlite(folder)
    policy = NightPolicy(stale_sessions=0)
    load(engine, folder / "opening", **_opening())
    play([script.RunThrough(date(2025, 1, 31))], engine, policy)
    for plan in PLANS:
        release(engine, plan, FIRST_NOTICE)
    load(engine, folder / "changes", **_changes())
    play([script.RunThrough(LAST_NIGHT)], engine, policy)
    for plan in PLANS:
        release(engine, plan, SECOND_NOTICE, 11)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return folder / "modelx.db"


def _opening() -> dict[str, str]:
    days = [date_of(day) for day in sessions()[0].tolist() if day_of(BEGINS) <= day <= day_of(LAST_NIGHT)]
    kinds = [(ticker, "MF", ratio) for ticker, ratio in FUNDS.items()] + [("MMFX", "MMF", "0.18")]
    steady = [ticker for ticker, _, _ in kinds if ticker != "UPX"]
    first_trades = [
        f"T-{plan}-{ticker},2024-03-01,2024-03-04,{plan},{model},{ticker},BUY,{shares},{shares * 10}.00"
        for plan, model in PLANS.items()
        for ticker, shares in HELD[model].items()
    ]
    return {
        "securities": "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,"
        "turnover_pct,status\n"
        + "".join(
            f"{t},{t} Fund,{kind},{'BND' if t in ('BOND', 'STABLE', 'MMFX') else 'STK'},{ratio},3,2,N,1,,OPEN\n"
            for t, kind, ratio in kinds
        ),
        "asset_classes": "asset_class,kind\nSTK,EQUITY\nBND,FIXED\n",
        "models": "model,name,manager,series,vintage,style,benchmark,objective,strategy,risks,inception\n"
        + "".join(
            f"{model},{model.title()} Model,Northfield,,,,WORLD,Growth.,Funds.,Prices fall.,2024-02-29\n"
            for model in TARGETS
        ),
        "targets": "model,effective_date,ticker,weight\n"
        + "".join(f"{m},2024-02-29,{t},{w}\n" for m, rows in TARGETS.items() for t, w in rows.items()),
        "plans": "plan,name,sponsor,type,recordkeeper,advisor,fiscal_year_end\n"
        + "".join(f"{plan},{plan.title()} 401(k) Plan,Sponsor,401k,KEEPER,ADVISER,12-31\n" for plan in PLANS),
        "sleeves": "plan,model,start_date,rebalance,band_points,min_trade,cash_buffer\n"
        + "".join(f"{plan},{model},{BEGINS},NONE,,,0\n" for plan, model in PLANS.items()),
        "fees": FEE_COLUMNS
        + ",,PLATFORM,PLATFORM,0.0015,,,,unit_value,,,\n,,STRATEGIST,MANAGER,0.0025,,,,unit_value,,,\n"
        + "WAIVED,,WAIVER,MANAGER,0.0005,,2025-01-01,2026-06-30,unit_value,,,STRATEGIST\n",
        "orders": ORDER_COLUMNS
        + "".join(
            f"F1,KEEPER,K-{plan},{plan},{model},SUB,AMT,1000000.00,{BEGINS},{BEGINS}T12:00:00-05:00,Y,,,,\n"
            for plan, model in PLANS.items()
        ),
        "trades": TRADE_COLUMNS + "\n".join(first_trades) + "\n",
        "prices": "date,ticker,price\n"
        + "".join(f"{d},{t},10.00\n" for d in days for t in steady)
        + "".join(f"{d},UPX,{10 + at // 2 * 0.01:.2f}\n" for at, d in enumerate(days)),
        "benchmarks": "benchmark,name,administrator,kind,components\nWORLD,World Index,Indexer,BROAD,\n"
        "BROAD2,All-Market Index,Indexer,BROAD,\n",
        "benchmark_levels": "date,benchmark,level\n"
        + "".join(f"{d},WORLD,{100 + at / 100:.2f}\n{d},BROAD2,{200 + at / 25:.2f}\n" for at, d in enumerate(days)),
        "dia_profiles": "plan,model,name,heading,category,issuer,web_address,shareholder_fees,restrictions,affiliates,"
        "closed\n" + "".join(f"{plan},{model},,,,Harbor Trust,,None,None,,N\n" for plan, model in PLANS.items()),
        "plan_notices": "plan,contact,address,phone,default_option,plan_year_start\n"
        + "".join(f"{plan},Benefits office,1 Road,937-555-0100,,01-01\n" for plan in PLANS),
    }  # fmt: skip


def _changes() -> dict[str, str]:
    override = "SUBSTITUTE,BOND,STABLE,,,2025-07-01,,REVERT,A stable value fund in place of bonds."
    rows = [f"{plan},MIX,{override}" for plan in ("INSIDE", "OUTSIDE")]
    moves = [
        f"C-{plan}-{side},2025-07-01,2025-07-02,{plan},MIX,{ticker},{side},33250,332500.00"
        for plan in ("INSIDE", "OUTSIDE")
        for ticker, side in (("BOND", "SELL"), ("STABLE", "BUY"))
    ]
    swap = [f"C-SWAP-{s},2025-06-30,2025-07-01,SWAP,ONE,{t},{s},95000,950000.00" for t, s in
            (("OLDX", "SELL"), ("NEWX", "BUY"))]  # fmt: skip
    return {
        "overrides": "plan,model,kind,ticker,to_ticker,weight,exclude_to,start,end,on_expiry,reason\n"
        + "\n".join(rows)
        + "\n",
        "fees": FEE_COLUMNS
        + "INSIDE,MIX,ADVISER,ADVISOR,0.0020,,2025-07-01,,unit_value,,,\n"
        + "OUTSIDE,MIX,ADVISER,ADVISOR,0.0020,,2025-07-01,,account,,,\n",
        "targets": "model,effective_date,ticker,weight\nONE,2025-06-30,NEWX,0.95\nONE,2025-06-30,CASH,0.05\n",
        "trades": TRADE_COLUMNS + "\n".join([*moves, *swap]) + "\n",
    }
