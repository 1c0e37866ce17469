"""Small books that trade: three funds, plans that follow one model, and prices of a month."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import Engine

from modelx.bootstrap import load_book
from modelx.domain.days import day_of
from modelx.domain.money import format_decimal
from modelx.domain.night_policy import NightPolicy
from modelx.services.cycle_verify import verify_nights
from modelx.services.daily_cycle import Runner, run_through
from modelx.services.database_check import check_database
from tests.product import RUNNER, with_sessions

Row = Mapping[str, object]
Tables = dict[str, Sequence[Row]]

NOVEMBER = (2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 23, 24, 25, 27, 30)
SESSIONS = (*(date(2026, 11, day) for day in NOVEMBER), *(date(2026, 12, day) for day in (1, 2)))
FIRST = SESSIONS[0]
MODEL = "MDL001"
OVERRIDE = (
    *("plan", "model", "kind", "ticker", "to_ticker", "weight", "exclude_to"),
    *("start", "end", "on_expiry", "reason"),
)


def targets(effective: str, **weights: str) -> list[Row]:
    """A version of the model: weights by ticker."""
    return [
        {"model": MODEL, "effective_date": effective, "ticker": ticker, "weight": weight}
        for ticker, weight in weights.items()
    ]


def override(plan: str, kind: str, ticker: str, **other: str) -> Row:
    """An override of the model from the first session on, unless told otherwise."""
    given = {"plan": plan, "model": MODEL, "kind": kind, "ticker": ticker, "start": str(FIRST), "reason": "the plan's"}
    return {name: (given | other).get(name, "") for name in OVERRIDE}


def order(ref: str, plan: str, amount: str, on: date = FIRST, side: str = "SUB") -> Row:
    """An order in dollars, in time."""
    return {
        "file_id": f"F-{on}",
        "rk_id": "RK1",
        "order_ref": ref,
        "plan_id": plan,
        "ticker": MODEL,
        "side": side,
        "qty_type": "AMT",
        "qty": amount,
        "trade_date": on,
        "rk_received_at": "",
        "cutoff_attested": "Y",
        "cancel_of": "",
        "as_of_reason": "",
        "source_code": "",
        "client_ref": "",
    }


def security(ticker: str, kind: str = "MF", **other: object) -> Row:
    """A fund of thousandths, or an ETF of whole shares; settles the next day."""
    whole = kind == "ETF"
    return {
        "ticker": ticker,
        "name": f"Fund {ticker}",
        "kind": kind,
        "asset_class": "EQ",
        "expense_ratio_pct": "0.10",
        "share_dp": 0 if whole else 3,
        "price_dp": 4 if whole else 2,
        "whole_shares": "Y" if whole else "N",
        "settle_lag": 1,
        "turnover_pct": "",
        "status": "OPEN",
        "redemption_fee_pct": "",
        "holding_days": "",
        **other,
    }


def prices(constant: Mapping[str, str], changed: Mapping[tuple[str, date], str] | None = None) -> list[Row]:
    """Prices that stand still, except where ``changed`` says otherwise from a day on."""
    rows: list[Row] = []
    for ticker, price in constant.items():
        now = price
        for session in SESSIONS:
            now = (changed or {}).get((ticker, session), now)
            rows.append({"date": session, "ticker": ticker, "price": now})
    return rows


def sleeve(plan: str, rebalance: str = "BAND", **other: str) -> Row:
    """A sleeve of the model from the first session on."""
    blank = dict.fromkeys(("band_points", "min_trade", "cash_buffer", "end_date", "buffer_min", "buffer_max"), "")
    return {"plan": plan, "model": MODEL, "start_date": FIRST, "rebalance": rebalance, **blank, **other}


def trading_tables(plans: Iterable[str] = ("P1", "P2")) -> Tables:
    """Each plan puts 100,000 dollars into a model of 60 % AAA (20.00), 38 % BBB (50.00, an ETF) and 2 % cash."""
    names = list(plans)
    return {
        "asset_classes": [{"asset_class": "EQ", "kind": "EQUITY"}],
        "securities": [security("AAA"), security("BBB", "ETF"), security("CCC")],
        "models": [{"model": MODEL, "name": "Growth", **dict.fromkeys(_MODEL_FACTS, "")}],
        "targets": targets(str(FIRST), AAA="0.6", BBB="0.38", CASH="0.02"),
        "plans": [
            {
                "plan": plan,
                "name": plan,
                "sponsor": "S",
                "type": "401k",
                "recordkeeper": "RK1",
                "advisor": "ADV",
                "fiscal_year_end": "12-31",
            }
            for plan in names
        ],
        "sleeves": [sleeve(plan) for plan in names],
        "orders": [order(f"o-{plan}", plan, "100000.00") for plan in names],
        "prices": prices({"AAA": "20.00", "BBB": "50.00", "CCC": "30.00"}),
    }


_MODEL_FACTS = ("manager", "series", "vintage", "style", "benchmark", "objective", "strategy", "risks", "inception")


def write_tables(folder: Path, tables: Mapping[str, Sequence[Row]]) -> Path:
    """One CSV per table; the columns are those of its first row."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        if rows:
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as lines:
                writer = csv.DictWriter(lines, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
    return folder


class Desk:
    """A book on an engine: loads tables, runs nights, and tells what sleeves hold."""

    def __init__(self, engine: Engine, folder: Path, policy: NightPolicy | None = None) -> None:
        self.engine, self.policy, self._folder, self._loads = engine, policy or NightPolicy(stale_sessions=0), folder, 0
        with_sessions(engine)

    def load(self, **tables: Sequence[Row]) -> None:
        """Load a folder of these tables."""
        self._loads += 1
        load_book(self.engine, write_tables(self._folder / f"load_{self._loads}", tables))

    def run(self, last: date, runner: Runner = RUNNER) -> None:
        """Run every night through a day."""
        run_through(self.engine, day_of(last), self.policy, runner)

    def holdings(self, plan: str, on: date) -> dict[str, str]:
        """Shares by ticker after a night, and CASH."""
        from modelx.services.ledger_views import positions_at

        cash, lines = positions_at(self.engine, plan, MODEL, day_of(on))
        held = {line.ticker: format_decimal(line.shares, 6, at_least=0) for line in lines}
        return held | {"CASH": format_decimal(cash, 6, at_least=2)}

    def findings(self, code: str) -> list[str]:
        """The details of every finding of a code, in order."""
        with self.engine.connect() as connection:
            rows = connection.exec_driver_sql(f"SELECT detail FROM finding WHERE code = '{code}' ORDER BY id")
            return [row[0] for row in rows]

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """What a query says."""
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def require_sound(self, last: date) -> None:
        """Every night replays, and `db check` holds."""
        replays = list(verify_nights(self.engine, day_of(FIRST), day_of(last)))
        assert replays
        assert [(one.business_date, str(one.difference)) for one in replays if one.difference] == []
        assert [(check.name, check.detail) for check in check_database(self.engine) if not check.holds] == []
