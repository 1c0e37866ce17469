"""The book that faults are tried on: scenario G1, and beside it what makes every step of a night do something.

The rich night is 2026-12-01, the first of a month: a sleeve starts, another is held for a missing price, yesterday's
trades settle, fees are paid, a share splits 3 for 2 with cash in lieu, income is reinvested, paid the same night, and
left receivable, a fund merges, trades are booked (one of them a day late), a plan joins in kind and another takes
shares out, orders of every kind are priced, refused, cancelled or kept, a sleeve loses its last holder, trades are
proposed that nobody approves, cash runs short, and custodian and record keeper disagree. The held sleeve catches up the
next day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.conftest import FIXTURES
from tests.oracle.book_writer import Row, model_row, plan_row, security_row, write_book
from tests.oracle.script import Load, Release, RunThrough, Step

G1 = FIXTURES / "g1_book"
QUIET_NIGHT, RICH_NIGHT, LAST_NIGHT = date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2)
NIGHTS = tuple(date.fromisoformat(f"2026-{day}") for day in ("11-23", "11-24", "11-25", "11-27", "11-30"))
HELD = ("PLAN-C", "INC40")

PRICES = {
    "MXF": ("25.00", "25.11", "25.02", "25.20", "25.31", "24.95", "25.05"),
    "GAP": ("12.40", "12.41", "12.38", "12.44", "12.47", "", "12.52"),
    "MRG": ("20.00", "20.02", "19.97", "20.11", "20.05", "", ""),
}
REPRICED = {
    "2026-12-01": {"EQX": "46.13"},
    "2026-12-02": {"EQX": "46.01", "VBX": "9.85", "VCX": "12.46", "VFA": "41.1"},
}


@dataclass(frozen=True)
class FaultBook:
    """The folders, in the order in which they are loaded."""

    opening: tuple[Path, Path]
    evening: Path
    cure: Path

    @property
    def script(self) -> tuple[Step, ...]:
        """The whole story, as the oracle can play it too."""
        return (
            *(Load(folder) for folder in self.opening),
            RunThrough(QUIET_NIGHT),
            Load(self.evening),
            RunThrough(RICH_NIGHT),
            Load(self.cure),
            Release(*HELD),
            RunThrough(LAST_NIGHT),
        )


def write_fault_book(root: Path) -> FaultBook:
    """Write the folders below ``root``; always the same bytes."""
    more = write_book(root / "02_more", _opening_tables())
    evening = write_book(root / "03_evening", _evening_tables())
    write_lines(
        evening / "custodian_positions.csv",
        "date,plan,model,ticker,shares",
        "2026-12-01,PLAN-A,GRW60,VFA,3000.000",
        "2026-12-01,PLAN-A,GRW60,CASH,1.00",
    )
    write_lines(evening / "rk_units.csv", "date,plan,model,units", "2026-12-01,PLAN-A,GRW60,25000.0000")
    cure = write_book(root / "04_cure", {"prices": [{"date": "2026-12-01", "ticker": "GAP", "price": "12.50"}]})
    return FaultBook((G1, more), evening, cure)


def write_lines(path: Path, *lines: str) -> None:
    """A file of lines."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def order(ref: str, sleeve: tuple[str, str], quantity: str, kind: str, day: str, **other: str) -> Row:
    """``kind`` is side and quantity type (``RED UNITS``); in time unless ``other`` says when it was received."""
    side, qty_type = kind.split()
    return {
        "file_id": f"F-{day}",
        "rk_id": "RK1",
        "order_ref": ref,
        "plan_id": sleeve[0],
        "ticker": sleeve[1],
        "side": side,
        "qty_type": qty_type,
        "qty": quantity,
        "trade_date": day,
        **other,
    }


def trade(ref: str, sleeve: tuple[str, str], ticker: str, what: str, day: str, settles: str) -> Row:
    """``what`` is side, shares and amount (``BUY 10 250.00``)."""
    side, shares, amount = what.split()
    return {
        "trade_ref": ref,
        "trade_date": day,
        "settle_date": settles,
        "plan": sleeve[0],
        "model": sleeve[1],
        "ticker": ticker,
        "side": side,
        "shares": shares,
        "amount": amount,
    }


A, B, D = ("PLAN-A", "GRW60"), ("PLAN-B", "GRW60"), ("PLAN-D", "INC40")


def _opening_tables() -> dict[str, Iterable[Row]]:
    return {
        "securities": [
            security_row("MXF", "MF", "US Equity", 3, False),
            security_row("GAP", "MF", "US Equity", 3, False),
            security_row("MRG", "MF", "US Equity", 3, False),
        ],
        "prices": _prices(),
        "splits": [{"ticker": "EQX", "ex_date": "2026-12-01", "new_shares": "3", "old_shares": "2"}],
        "distributions": [
            _distribution("VFA", "INCOME", "0.21", "2026-12-01", "Y"),
            _distribution("EQX", "INCOME", "0.30", "2026-12-01", "N"),
            _distribution("MXF", "CAPGAIN", "0.50", "2026-12-03", "N"),
        ],
        "corporate_events": [
            {"ticker": "MRG", "ex_date": "2026-12-01", "kind": "MERGER", "to_ticker": "MXF", "ratio": "0.801603"}
        ],
        "in_kind_transfers": [
            _in_kind("IK-D", D, "IN", "MXF", shares="40.125"),
            _in_kind("IK-D", D, "IN", "CASH", amount="100.00"),
            _in_kind("IK-A", A, "OUT", "EQX", shares="20"),
            _in_kind("IK-B", B, "OUT", "MXF", shares="99999"),
        ],
        "models": [model_row("INC40", "2026-11-24")],
        "targets": [
            {"model": "INC40", "effective_date": "2026-11-24", "ticker": "GAP", "weight": "0.98"},
            {"model": "INC40", "effective_date": "2026-11-24", "ticker": "CASH", "weight": "0.02"},
        ],
        "plans": [plan_row(plan) for plan in ("PLAN-B", "PLAN-C", "PLAN-D")],
        "sleeves": [
            {"plan": "PLAN-A", "model": "GRW60", "start_date": "2026-11-23", "rebalance": "BAND"},
            {"plan": "PLAN-B", "model": "GRW60", "start_date": "2026-11-23"},
            {"plan": "PLAN-C", "model": "INC40", "start_date": "2026-11-24"},
            {"plan": "PLAN-D", "model": "INC40", "start_date": "2026-12-01"},
        ],
        "fees": [
            {"plan": "PLAN-B", "payee": "relief", "kind": "OTHER", "rate": "0.0001", "waives": "platform"},
            {"plan": "PLAN-C", "payee": "trustee", "kind": "OTHER", "rate": "0.001", "paid_from": "account"},
            {"model": "INC40", "payee": "manager", "kind": "MANAGER", "tiers": "0.0050@50000;0.0035"},
        ],
        "trades": _opening_trades(),
        "orders": _opening_orders(),
    }


def _opening_trades() -> list[Row]:
    return [
        trade("B1", B, "MXF", "BUY 1200 30132.00", "2026-11-24", "2026-11-25"),
        trade("B2", B, "EQX", "BUY 333 22747.23", "2026-11-24", "2026-11-25"),
        trade("B3", B, "VFA", "BUY 500.125 20780.19", "2026-11-25", "2026-11-27"),
        trade("B0", B, "MRG", "BUY 100.5 2007.00", "2026-11-25", "2026-11-27"),
        trade("B4", B, "VBX", "BUY 100 983.00", "2026-11-30", "2026-12-01"),
        trade("C1", HELD, "GAP", "BUY 4000 49520.00", "2026-11-25", "2026-11-27"),
        trade("B5", B, "MXF", "SELL 200.5 5002.48", "2026-12-01", "2026-12-02"),
        trade("B6", B, "VFA", "BUY 10 410.20", "2026-12-01", "2026-12-01"),
        trade("C2", HELD, "GAP", "SELL 400 5000.00", "2026-12-01", "2026-12-02"),
    ]


def _opening_orders() -> list[Row]:
    return [
        order("B1", B, "100000.00", "SUB AMT", "2026-11-23"),
        order("C1", HELD, "60000.00", "SUB AMT", "2026-11-24"),
        order("B2", B, "500", "SUB UNITS", "2026-11-25"),
        order("D0", D, "10.00", "SUB AMT", "2026-11-27"),
        order("A1", A, "5000.00", "SUB AMT", "2026-12-01"),
        order("A2", A, "120.5", "SUB UNITS", "2026-12-01"),
        order("A3", A, "1000", "RED UNITS", "2026-12-01"),
        order("A4", A, "2500.55", "RED AMT", "2026-12-01"),
        order("A5", A, "99999999", "RED UNITS", "2026-12-01"),
        order("A6", A, "700.00", "SUB AMT", "2026-12-01"),
        order("A7", A, "700.00", "SUB AMT", "2026-12-01", cancel_of="A6"),
        order("A8", A, "1.00", "SUB AMT", "2026-12-01", cancel_of="NONE"),
        order("A9", A, "77.77", "SUB AMT", "2026-11-30", rk_received_at="2026-11-30T17:00:00-05:00"),
        order("B9", B, "", "RED ALL", "2026-12-01"),
        order("C2", HELD, "800.00", "SUB AMT", "2026-12-01"),
        order("D1", D, "12000.00", "SUB AMT", "2026-12-01"),
        order("C3", HELD, "100.00", "RED AMT", "2026-12-02"),
    ]


def _evening_tables() -> dict[str, Iterable[Row]]:
    """What arrives after the quiet night: a late trade, a new rate, orders sent again and one for a closed night."""
    again = order("A1", A, "5000.00", "SUB AMT", "2026-12-01", file_id="F-AGAIN")
    changed = order("A2", A, "120.6", "SUB UNITS", "2026-12-01", file_id="F-AGAIN")
    return {
        "trades": [trade("A-LATE", A, "VFA", "BUY 10 409.00", "2026-11-30", "2026-12-01")],
        "fees": [{"payee": "advisor", "kind": "ADVISOR", "rate": "0.0024", "start": "2026-12-01"}],
        "orders": [again, changed, order("A-OLD", A, "50.00", "SUB AMT", "2026-11-30", file_id="F-AGAIN")],
    }


def _prices() -> list[Row]:
    days = [*(str(night) for night in NIGHTS), "2026-12-01", "2026-12-02"]
    rows: list[Row] = [
        {"date": day, "ticker": ticker, "price": price}
        for ticker, prices in PRICES.items()
        for day, price in zip(days, prices, strict=True)
        if price
    ]
    for day, repriced in REPRICED.items():
        rows += [{"date": day, "ticker": ticker, "price": price} for ticker, price in repriced.items()]
    return rows


def _in_kind(ref: str, sleeve: tuple[str, str], kind: str, ticker: str, **quantity: str) -> Row:
    plan, model = sleeve
    return {
        "transfer_ref": ref,
        "date": "2026-12-01",
        "plan": plan,
        "model": model,
        "kind": kind,
        "ticker": ticker,
        **quantity,
    }


def _distribution(ticker: str, kind: str, rate: str, pays: str, reinvest: str) -> Row:
    return {
        "ticker": ticker,
        "ex_date": "2026-12-01",
        "pay_date": pays,
        "kind": kind,
        "rate": rate,
        "reinvest": reinvest,
    }
