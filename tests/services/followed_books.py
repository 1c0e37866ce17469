"""A made-up platform for tests of models: two models, as many plans as wanted, prices for some weeks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
from sqlalchemy import Engine

from modelx.bootstrap import load_book
from modelx.domain.days import date_of, day_of
from modelx.domain.night_policy import NightPolicy
from modelx.ledger.account import Chart, account_ids
from modelx.services.change_approval import approve_change
from modelx.services.change_drafts import Author, Drafted
from modelx.services.change_preview import PreviewedChange, preview_stored
from modelx.services.daily_cycle import run_through
from modelx.services.night_replay import load_state
from modelx.store import name_records
from modelx.store.unit_of_work import reading
from tests.product import RUNNER, sessions
from tests.services.books import write_files

FIRST = date(2026, 11, 23)
SECURITIES = (
    "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,turnover_pct,status\n"
    "EQF,Broad Equity Fund,MF,US Equity,0.50,3,2,N,1,12,OPEN\n"
    "EQI,Equity Index Fund,MF,US Equity,0.05,3,2,N,1,4,OPEN\n"
    "BDF,Bond Fund,MF,US Bond,0.40,3,2,N,1,40,OPEN\n"
    "BDI,Bond Index Fund,MF,US Bond,0.04,3,2,N,1,35,OPEN\n"
    "ETF,Equity Exchange Fund,ETF,US Equity,0.03,0,2,Y,1,4,OPEN\n"
    "SHUT,Closed Small Company Fund,MF,US Equity,0.90,3,2,N,1,60,CLOSED\n"
)
PRICES = {"EQF": "50.00", "EQI": "40.00", "BDF": "20.00", "BDI": "10.00", "ETF": "80.00", "SHUT": "30.00"}
MODELS = (
    "model,name,manager,series,vintage,style,benchmark,objective,strategy,risks,inception\n"
    "GRO,Growth,Alder,,,Growth,,,,,2026-11-23\n"
    "BAL,Balanced,Birch,,,Balanced,,,,,2026-11-23\n"
)
TARGETS = (
    "model,effective_date,ticker,weight\n"
    "GRO,2026-11-23,EQF,0.60\nGRO,2026-11-23,EQI,0.20\nGRO,2026-11-23,BDF,0.18\nGRO,2026-11-23,CASH,0.02\n"
    "BAL,2026-11-23,EQI,0.50\nBAL,2026-11-23,BDF,0.48\nBAL,2026-11-23,CASH,0.02\n"
)
PLANS = "plan,name,sponsor,type,recordkeeper,advisor,fiscal_year_end\n"
SLEEVES = "plan,model,start_date,rebalance,band_points,min_trade,cash_buffer\n"
ORDERS = (
    "file_id,rk_id,order_ref,plan_id,ticker,side,qty_type,qty,trade_date,rk_received_at,"
    "cutoff_attested,cancel_of,as_of_reason,source_code,client_ref\n"
)
OVERRIDES = "plan,model,kind,ticker,to_ticker,weight,exclude_to,start,end,on_expiry,reason\n"


def plan_name(number: int) -> str:
    """PLAN-001, and so on."""
    return f"PLAN-{number:03d}"


def nights(first: date = FIRST, count: int = 30) -> list[date]:
    """Sessions from a date on."""
    days = sessions()[0]
    return [date_of(day) for day in days[days >= day_of(first)][:count].tolist()]


def followed_folder(
    folder: Path,
    sleeves: Sequence[tuple[str, str]],
    overrides: Iterable[str] = (),
    *,
    priced: int = 12,
    amount: str = "100000.00",
) -> Path:
    """A book of these (plan, model) sleeves, each with one contribution on the first night, and these override rows.

    Prices rise by a cent every other session from those of ``PRICES``, for ``priced`` sessions.
    """
    plans = sorted({plan for plan, _ in sleeves})
    orders = [
        f"F1,RK1,O{at},{plan},{model},SUB,AMT,{amount},{FIRST},{FIRST}T15:30:00-05:00,Y,,,,\n"
        for at, (plan, model) in enumerate(sleeves)
    ]
    return write_files(
        folder,
        securities=SECURITIES,
        models=MODELS,
        targets=TARGETS,
        plans=PLANS + "".join(f"{plan},{plan} 401(k),Sponsor,401k,RK1,ADV1,12-31\n" for plan in plans),
        sleeves=SLEEVES + "".join(f"{plan},{model},{FIRST},BAND,,,\n" for plan, model in sleeves),
        orders=ORDERS + "".join(orders),
        prices=prices(nights(count=priced)),
        overrides=OVERRIDES + "".join(f"{row}\n" for row in overrides) if overrides else "",
    )


def prices(days: Sequence[date]) -> str:
    """prices.csv of these days."""
    rows = ["date,ticker,price"]
    for at, day in enumerate(days):
        rows += [f"{day},{ticker},{Decimal(price) + Decimal(at // 2) / 100}" for ticker, price in PRICES.items()]
    return "\n".join(rows) + "\n"


def played(engine: Engine, folder: Path, through: date) -> Engine:
    """Load the folder and run the nights."""
    load_book(engine, folder)
    run(engine, through)
    return engine


def run(engine: Engine, through: date) -> None:
    """Run every night up to a date."""
    run_through(engine, day_of(through), NightPolicy(), RUNNER)


MIA = Author("Mia", "the committee decided", 1)


def weight(text: str) -> int:
    """A weight as the columns have it."""
    return int(Decimal(text) * 10**12)


def approved(engine: Engine, drafted: Drafted) -> PreviewedChange:
    """Preview a draft and let another person approve it."""
    shown = preview_stored(engine, drafted.change_id, 2)
    approve_change(engine, drafted.change_id, shown.sealed.hash, "Otto", "as previewed", 3)
    return shown


def held(engine: Engine, plan: str, model: str) -> dict[str, Decimal]:
    """The shares a sleeve holds after the last night, by ticker."""
    state = load_state(engine)
    with reading(engine) as connection:
        securities = name_records.names(connection, "security")
        keys = name_records.sleeve_keys(connection)
        plans, models = name_records.ids(connection, "plan"), name_records.ids(connection, "model")
    (sleeve,) = keys.sleeve_id[(keys.plan_id == plans[plan]) & (keys.model_id == models[model])].tolist()
    numbers = np.array(sorted(securities), np.int64)
    shares = state.balances.of(account_ids(np.full(numbers.size, sleeve), int(Chart.SHARES), numbers))
    found = zip(numbers.tolist(), shares.tolist(), strict=True)
    return {securities[number]: Decimal(amount).scaleb(-6) for number, amount in found if amount}
