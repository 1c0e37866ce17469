"""Write book folders: rows as dictionaries, columns and their order as the book defines them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

COLUMNS = {
    "securities": "ticker,name,kind,asset_class,expense_ratio_pct,share_dp,price_dp,whole_shares,settle_lag,"
    "turnover_pct,status",
    "prices": "date,ticker,price",
    "second_prices": "date,ticker,price,source",
    "distributions": "ticker,ex_date,pay_date,kind,rate,reinvest,reinvest_price",
    "splits": "ticker,ex_date,new_shares,old_shares,cash_in_lieu_price",
    "models": "model,name,manager,series,vintage,style,benchmark,objective,strategy,risks,inception",
    "targets": "model,effective_date,ticker,weight",
    "plans": "plan,name,sponsor,type,recordkeeper,advisor,fiscal_year_end",
    "sleeves": "plan,model,start_date,rebalance,band_points,min_trade,cash_buffer,end_date",
    "fees": "plan,model,payee,kind,rate,tiers,start,end,paid_from,method,aggregate,waives",
    "orders": "file_id,rk_id,order_ref,plan_id,ticker,side,qty_type,qty,trade_date,rk_received_at,cutoff_attested,"
    "cancel_of,as_of_reason,source_code,client_ref",
    "trades": "trade_ref,trade_date,settle_date,plan,model,ticker,side,shares,amount",
    "corporate_events": "ticker,ex_date,kind,to_ticker,ratio,cash_rate,cash_in_lieu_price,pay_date",
    "in_kind_transfers": "transfer_ref,date,plan,model,kind,ticker,shares,amount",
    "asset_classes": "asset_class,kind",
    "closures": "date,calendar,close_time,reason",
}

Row = Mapping[str, object]
Tables = Mapping[str, Iterable[Row]]


def write_book(folder: Path, tables: Tables) -> Path:
    """One CSV per table that has rows. A column a row does not name is left blank; an unknown one is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        kept = list(rows)
        if kept:
            with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as lines:
                writer = csv.DictWriter(lines, COLUMNS[table].split(","), restval="", lineterminator="\n")
                writer.writeheader()
                writer.writerows({name: plain(value) for name, value in row.items()} for row in kept)
    return folder


def plain(value: object) -> str:
    """Text as a book wants it: no exponents."""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def plan_row(plan: str, recordkeeper: str = "RK1") -> Row:
    return {
        "plan": plan,
        "name": f"{plan} 401(k)",
        "sponsor": f"Sponsor of {plan}",
        "type": "401k",
        "recordkeeper": recordkeeper,
        "advisor": "ADV1",
        "fiscal_year_end": "12-31",
    }


def model_row(model: str, inception: object) -> Row:
    return {
        "model": model,
        "name": f"Model {model}",
        "manager": "Example Managers",
        "style": "Balanced",
        "objective": "Growth and income",
        "strategy": "Diversified funds",
        "risks": "Market risk",
        "inception": inception,
    }


def security_row(ticker: str, kind: str, asset_class: str, share_dp: int, whole_shares: bool) -> Row:
    return {
        "ticker": ticker,
        "name": f"Security {ticker}",
        "kind": kind,
        "asset_class": asset_class,
        "expense_ratio_pct": "0.10",
        "share_dp": share_dp,
        "price_dp": 4,
        "whole_shares": "Y" if whole_shares else "N",
        "settle_lag": 1,
        "turnover_pct": "10",
        "status": "OPEN",
    }
