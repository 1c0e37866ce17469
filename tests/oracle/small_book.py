"""Small books for one question: plans with one sleeve each of model MOD, a fund FND and a whole-share EQX."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from tests.oracle.book_writer import Row, Tables, model_row, plan_row, security_row, write_book
from tests.oracle.night import Oracle


def fee_rows(fees: Iterable[tuple[str, str]]) -> list[Row]:
    return [{"payee": payee, "kind": "OTHER", "rate": rate, "paid_from": "unit_value"} for payee, rate in fees]


def subscription(ref: str, plan: str, day: str, quantity: str, kind: str = "AMT") -> Row:
    return {
        "rk_id": "RK1",
        "order_ref": ref,
        "plan_id": plan,
        "ticker": "MOD",
        "side": "SUB",
        "qty_type": kind,
        "qty": quantity,
        "trade_date": day,
    }


def run(folder: Path, through: str, sleeves: dict[str, str], **tables: Iterable[Row]) -> Oracle:
    """Plans with one sleeve each of model MOD, started on the days given, run through the date."""
    base: Tables = {
        "plans": [plan_row(plan) for plan in sleeves],
        "models": [model_row("MOD", min(sleeves.values()))],
        "sleeves": [{"plan": plan, "model": "MOD", "start_date": start} for plan, start in sleeves.items()],
        "securities": [
            security_row("FND", "MF", "US Equity", 3, False),
            security_row("EQX", "ETF", "US Equity", 0, True),
        ],
    }
    oracle = Oracle()
    oracle.load(write_book(folder, {**base, **tables}))
    oracle.run_through(date.fromisoformat(through))
    return oracle


def bought_fund(shares: str, amount: str, plan: str = "PLAN-A", day: str = "2026-11-24") -> Row:
    return {
        "trade_ref": f"T-{plan}",
        "trade_date": day,
        "settle_date": "2026-11-25",
        "plan": plan,
        "model": "MOD",
        "ticker": "FND",
        "side": "BUY",
        "shares": shares,
        "amount": amount,
    }
