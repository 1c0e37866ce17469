"""A book of any number of sleeves, as CSV files made by columns: the bench loads it like anybody's."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

HOLDINGS = 12
MODELS = 50
SECURITIES = 600
SEED = 20261120


@dataclass(frozen=True)
class NightBook:
    """Where the folder is, and its sessions in order."""

    folder: Path
    sessions: list[date]


def write_night_book(folder: Path, n_sleeves: int, sessions: list[date]) -> NightBook:
    """Write a book: 12 holdings a sleeve, 3 payees, an order for 10 % of the sleeves and 2 trades for 1 % each night.

    The first night takes in the money, the second buys the holdings, every later one is an ordinary night.
    """
    folder.mkdir(parents=True)
    generator = np.random.default_rng(SEED)
    sleeve = np.arange(n_sleeves)
    plan = np.char.add("P", np.char.zfill((sleeve // MODELS).astype(str), 6))
    model = np.char.add("M", np.char.zfill((sleeve % MODELS).astype(str), 3))
    held = (sleeve % MODELS)[:, None] * HOLDINGS + np.arange(HOLDINGS)
    ticker = np.char.add("S", np.char.zfill(np.arange(SECURITIES).astype(str), 4))
    _fixed_files(folder, ticker, sessions[0])
    plans = np.unique(plan)
    _write(
        folder / "plans.csv",
        plan=plans,
        name=plans,
        sponsor=plans,
        type=np.full(len(plans), "401k"),
        recordkeeper=np.full(len(plans), "RK1"),
        advisor=np.full(len(plans), "ADV1"),
        fiscal_year_end=np.full(len(plans), "12-31"),
    )
    blank = np.full(n_sleeves, "")
    _write(
        folder / "sleeves.csv",
        plan=plan,
        model=model,
        start_date=np.full(n_sleeves, sessions[0].isoformat()),
        rebalance=np.full(n_sleeves, "NONE"),
        band_points=blank,
        min_trade=blank,
        cash_buffer=blank,
    )
    price = _prices(folder, ticker, sessions, generator)
    _orders(folder, plan, model, sessions, generator)
    _trades(folder, plan, model, ticker, held, price, sessions, generator)
    return NightBook(folder, sessions)


def _fixed_files(folder: Path, ticker: np.ndarray, start: date) -> None:
    n = len(ticker)
    _write(
        folder / "securities.csv",
        ticker=ticker,
        name=ticker,
        kind=np.full(n, "MF"),
        asset_class=np.full(n, "US Equity"),
        expense_ratio_pct=np.full(n, "0.10"),
        share_dp=np.full(n, "3"),
        price_dp=np.full(n, "2"),
        whole_shares=np.full(n, "N"),
        settle_lag=np.full(n, "1"),
        turnover_pct=np.full(n, "5"),
        status=np.full(n, "OPEN"),
    )
    models = np.char.add("M", np.char.zfill(np.arange(MODELS).astype(str), 3))
    columns = ("manager", "series", "vintage", "style", "benchmark", "objective", "strategy", "risks")
    _write(
        folder / "models.csv",
        model=models,
        name=models,
        **{column: np.full(MODELS, "") for column in columns},
        inception=np.full(MODELS, start.isoformat()),
    )
    weight = f"{0.98 / HOLDINGS:.6f}"
    lines = [
        f"{name},{start},{held},{weight}"
        for at, name in enumerate(models)
        for held in ticker[at * HOLDINGS :][:HOLDINGS]
    ]
    cash = 1 - Decimal(weight) * HOLDINGS
    lines += [f"{name},{start},CASH,{cash}" for name in models]
    (folder / "targets.csv").write_text("model,effective_date,ticker,weight\n" + "\n".join(lines) + "\n")
    (folder / "fees.csv").write_text(
        "plan,model,payee,kind,rate,tiers,start,end,paid_from\n"
        ",,platform,PLATFORM,0.00035,,,,unit_value\n"
        ",,advisor,ADVISOR,0.0025,,,,unit_value\n"
        + "".join(f",{name},manager,MANAGER,0.0040,,,,unit_value\n" for name in models)
    )


def _prices(folder: Path, ticker: np.ndarray, sessions: list[date], generator: np.random.Generator) -> np.ndarray:
    """Prices in cents by session and security, within a few per cent of each security's own level."""
    level = generator.integers(3_000, 12_000, len(ticker))
    price = level + generator.integers(-50, 51, (len(sessions), len(ticker)))
    _write(
        folder / "prices.csv",
        date=np.repeat([session.isoformat() for session in sessions], len(ticker)),
        ticker=np.tile(ticker, len(sessions)),
        price=_hundredths(price.reshape(-1)),
    )
    return price


def _orders(
    folder: Path, plan: np.ndarray, model: np.ndarray, sessions: list[date], generator: np.random.Generator
) -> None:
    n = len(plan)
    rows = [np.arange(n)]
    rows += [np.flatnonzero(generator.random(n) < 0.10) for _ in sessions[1:]]
    sizes = [len(part) for part in rows]
    sleeve = np.concatenate(rows)
    night = np.repeat(np.arange(len(sessions)), sizes)
    redeems = (night > 0) & (generator.random(len(sleeve)) < 0.4)
    cents = np.where(night == 0, 100_000_000, generator.integers(5_000, 500_000, len(sleeve)))
    days = np.array([session.isoformat() for session in sessions])[night]
    blank = np.full(len(sleeve), "")
    _write(
        folder / "orders.csv",
        file_id=np.char.add("F", days),
        rk_id=np.full(len(sleeve), "RK1"),
        order_ref=np.char.add("O", np.arange(len(sleeve)).astype(str)),
        plan_id=plan[sleeve],
        ticker=model[sleeve],
        side=np.where(redeems, "RED", "SUB"),
        qty_type=np.full(len(sleeve), "AMT"),
        qty=_hundredths(cents),
        trade_date=days,
        rk_received_at=blank,
        cutoff_attested=np.full(len(sleeve), "Y"),
        cancel_of=blank,
        as_of_reason=blank,
        source_code=blank,
        client_ref=blank,
    )


def _trades(
    folder: Path,
    plan: np.ndarray,
    model: np.ndarray,
    ticker: np.ndarray,
    held: np.ndarray,
    price: np.ndarray,
    sessions: list[date],
    generator: np.random.Generator,
) -> None:
    n = len(plan)
    sleeve, security, night, side = (
        [np.repeat(np.arange(n), HOLDINGS)],
        [held.reshape(-1)],
        [np.ones(n * HOLDINGS, int)],
        [],
    )
    side.append(np.full(n * HOLDINGS, "BUY"))
    for at in range(2, len(sessions)):
        trading = np.flatnonzero(generator.random(n) < 0.01)
        sleeve.append(np.repeat(trading, 2))
        security.append(held[trading][:, :2].reshape(-1))
        night.append(np.full(2 * len(trading), at))
        side.append(np.tile(["SELL", "BUY"], len(trading)))
    sleeves, securities, nights, sides = (np.concatenate(parts) for parts in (sleeve, security, night, side))
    full = 98_000_000 // HOLDINGS * 1_000 // price[nights, securities]  # thousandths that invest 98 % of the money
    shares = np.where(nights == 1, full, generator.integers(1_000, 50_000, len(sleeves)))
    cents = (shares * price[nights, securities] + 500) // 1_000
    settle = [*sessions[1:], sessions[-1] + timedelta(days=1)]
    _write(
        folder / "trades.csv",
        trade_ref=np.char.add("T", np.char.zfill(np.arange(len(sleeves)).astype(str), 9)),
        trade_date=np.array([session.isoformat() for session in sessions])[nights],
        settle_date=np.array([session.isoformat() for session in settle])[nights],
        plan=plan[sleeves],
        model=model[sleeves],
        ticker=ticker[securities],
        side=sides,
        shares=_thousandths(shares),
        amount=_hundredths(cents),
    )


def _hundredths(cents: np.ndarray) -> np.ndarray:
    return np.char.add(np.char.add((cents // 100).astype(str), "."), np.char.zfill((cents % 100).astype(str), 2))


def _thousandths(shares: np.ndarray) -> np.ndarray:
    return np.char.add(np.char.add((shares // 1000).astype(str), "."), np.char.zfill((shares % 1000).astype(str), 3))


def _write(path: Path, **columns: np.ndarray) -> None:
    table = pa.table({name: pa.array(values.tolist()) for name, values in columns.items()})
    pa_csv.write_csv(table, path, pa_csv.WriteOptions(quoting_style="none"))
