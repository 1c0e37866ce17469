"""A book of one sleeve over fifteen months at level prices, so that a year's expenses can be worked by hand."""

from datetime import date
from pathlib import Path

from modelx.domain.days import date_of, day_of
from tests.product import sessions

FIRST, LAST = date(2024, 12, 31), date(2026, 1, 2)
SWAP = "2025-06-30"
FILES = {
    "securities": (
        "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,turnover_pct,status\n"
        "OLDX,Old Stock Fund,MF,US_LG,0.50,3,2,N,1,10,OPEN\nNEWX,New Stock Fund,MF,US_LG,0.10,3,2,N,1,10,OPEN\n"
    ),
    "asset_classes": "asset_class,kind\nUS_LG,EQUITY\n",
    "models": (
        "model,name,manager,series,vintage,style,benchmark,objective,strategy,risks,inception\n"
        "GROW,Growth,Northfield,,,,WORLD,Growth.,Stock funds.,Prices fall.,2024-12-31\n"
    ),
    "targets": (
        "model,effective_date,ticker,weight\nGROW,2024-12-31,OLDX,0.95\nGROW,2024-12-31,CASH,0.05\n"
        f"GROW,{SWAP},NEWX,0.95\nGROW,{SWAP},CASH,0.05\n"
    ),
    "plans": (
        "plan,name,sponsor,type,recordkeeper,advisor,fiscal_year_end\n"
        "ACME,Acme 401(k) Plan,Acme,401k,KEEPER,ADVISER,12-31\n"
    ),
    "sleeves": (
        "plan,model,start_date,rebalance,band_points,min_trade,cash_buffer\nACME,GROW,2024-12-31,NONE,,,0.02\n"
    ),
    "fees": (
        "plan,model,payee,kind,rate,tiers,start,end,paid_from,method,aggregate,waives\n"
        ",,HARBOR,PLATFORM,0.0085,,,,unit_value,,,\n,GROW,NORTHFIELD,MANAGER,0.0025,,,,unit_value,,,\n"
        ",GROW,NF-WAIVER,MANAGER,0.0005,,,2026-06-30,unit_value,,,NORTHFIELD\n"
        "ACME,,ADVISER,ADVISOR,0.0020,,,,account,,,\n"
    ),
    "orders": (
        "file_id,rk_id,order_ref,plan_id,ticker,side,qty_type,qty,trade_date,rk_received_at,cutoff_attested,cancel_of,"
        "as_of_reason,source_code,client_ref\n"
        "F1,KEEPER,K1,ACME,GROW,SUB,AMT,1000000.00,2024-12-31,2024-12-31T12:00:00-05:00,Y,,,,\n"
    ),
    "trades": (
        "trade_ref,trade_date,settle_date,plan,model,ticker,side,shares,amount\n"
        "T1,2025-01-02,2025-01-03,ACME,GROW,OLDX,BUY,95000,950000.00\n"
        f"T2,{SWAP},2025-07-01,ACME,GROW,OLDX,SELL,95000,950000.00\n"
        f"T3,{SWAP},2025-07-01,ACME,GROW,NEWX,BUY,95000,950000.00\n"
    ),
    "benchmarks": "benchmark,name,administrator,kind,components\nWORLD,World Index,Indexer,BROAD,\n",
    "dia_profiles": (
        "plan,model,name,heading,category,issuer,web_address,shareholder_fees,restrictions,affiliates,closed\n"
        "ACME,GROW,,,,Harbor Trust,,None,None,,N\n"
    ),
    "plan_notices": (
        "plan,contact,address,phone,default_option,plan_year_start\nACME,Benefits office,1 Road,937-555-0100,,01-01\n"
    ),
}


def write_year(folder: Path) -> Path:
    """The folder with every file, prices of ten dollars and an index of 100 on every session."""
    folder.mkdir()
    days = [date_of(day) for day in sessions()[0].tolist() if day_of(FIRST) <= day <= day_of(LAST)]
    files = dict(FILES)
    files["prices"] = "date,ticker,price\n" + "".join(f"{d},OLDX,10.00\n{d},NEWX,10.00\n" for d in days)
    files["benchmark_levels"] = "date,benchmark,level\n" + "".join(f"{d},WORLD,100.00\n" for d in days)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return folder
