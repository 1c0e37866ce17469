"""What stands in a unit class: target mix, holdings on the last night of the quarter, and turnover."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from modelx.disclosure.option import (
    AssetKind,
    HeldFund,
    Slice,
)
from modelx.disclosure.periods import add_months
from modelx.disclosure.turnover import Turnover, portfolio_turnover
from modelx.domain.book_codes import SecurityKind
from modelx.domain.days import date_of, day_of
from modelx.domain.money import allocate
from modelx.services import disclosure_terms as terms
from modelx.services.disclosure_book import NoticeBook
from modelx.services.disclosure_costs import fiscal_year
from modelx.services.disclosure_drawing import Drawing
from modelx.services.disclosure_history import SleeveHistory

CENT = 10_000
BPS_WHOLE = 10_000
ASSET_NAMES = {
    "US_LG": "Large US growth stocks", "US_LV": "Large US value stocks", "US_MG": "Mid-size US growth stocks",
    "US_MV": "Mid-size US value stocks", "US_SG": "Small US growth stocks", "US_SV": "Small US value stocks",
    "US_REIT": "US real estate", "DM_XUS": "Developed markets outside the US", "EM_EQ": "Emerging markets stocks",
    "US_ST_CORE": "Short-term US bonds", "US_IT_CORE": "Intermediate US bonds", "US_LT_CORE": "Long-term US bonds",
    "US_HY": "High-yield US bonds", "GLB_XUS_GOV": "Bonds outside the US", "EM_SOV": "Emerging markets bonds",
    "COMDTY": "Commodities", "US_ST_TIPS": "Short inflation-protected bonds",
    "US_LT_TIPS": "Long inflation-protected bonds", "CASH": "Cash",
}  # fmt: skip


def turnover(drawing: Drawing, plan: str, history: SleeveHistory, inception: date) -> tuple[Turnover | None, bool]:
    """Turnover of the last fiscal year, or of the months the class has lived, up to twelve; sweeps left out."""
    dates = drawing.dates
    year = fiscal_year(drawing.book, plan, dates.document)
    if inception <= year.start and history.days.size and int(history.days[0]) <= day_of(year.start):
        first, last = year.start - timedelta(days=1), year.end
    else:
        last = dates.quarter_end
        first = max(inception, date_of(int(history.days[0])) if history.days.size else inception)
    ends = _month_ends(first, last)[-12:]
    rows = [history.night_on_or_before(on) for on in (first, *ends)]
    if not ends or any(row is None for row in rows) or not len(history.securities):
        return None, False
    nights = np.array(rows, np.int64)
    names, book = drawing.book.names["security"], drawing.book
    sweeps = np.array(
        [book.securities[names[int(one)]]["kind"] == SecurityKind.MMF for one in history.securities], np.bool_
    )
    value = history.market_values(drawing.connection, nights, book.horizon)
    if not value[:, ~sweeps].any():
        return None, False
    bought, sold = history.traded(history.bought, first, ends[-1]), history.traded(history.sold, first, ends[-1])
    return portfolio_turnover(value, bought, sold, sweeps), False


def _month_ends(first: date, last: date) -> list[date]:
    ends: list[date] = []
    at = date(first.year, first.month, 1)
    while True:
        at = add_months(at, 1)
        end = at - timedelta(days=1)
        if end > last:
            return ends
        if end > first:
            ends.append(end)


def allocation(book: NoticeBook, weights: Mapping[str, int]) -> tuple[Slice, ...]:
    """The target mix by kind of asset in hundredths of a percent that sum to a whole, stocks first, then by weight."""
    slices: dict[tuple[str, AssetKind], int] = {}
    for ticker, weight in weights.items():
        kind = terms.asset_kind(book, ticker)
        name = "CASH" if kind is AssetKind.CASH else book.securities[ticker]["asset_class"]
        key = (ASSET_NAMES.get(name, name), kind)
        slices[key] = slices.get(key, 0) + weight
    if not slices:
        return ()
    order = list(AssetKind)
    keys = sorted(slices, key=lambda key: (order.index(key[1]), -slices[key], key[0]))
    shares = allocate(BPS_WHOLE, np.array([slices[key] for key in keys], np.int64))
    return tuple(Slice(label, kind, int(share)) for (label, kind), share in zip(keys, shares, strict=True))


def holdings_date(drawing: Drawing, history: SleeveHistory) -> date:
    """The last night of the quarter, or the quarter's end before any night."""
    at = history.night_on_or_before(drawing.dates.quarter_end)
    return drawing.dates.quarter_end if at is None else date_of(int(history.days[at]))


def holdings(drawing: Drawing, history: SleeveHistory) -> tuple[HeldFund, ...]:
    """What stood in the option on the last night of the quarter; cash is what net assets leave."""
    at, book = history.night_on_or_before(drawing.dates.quarter_end), drawing.book
    if at is None or history.net_assets[at] <= 0:
        return ()
    value = history.market_values(drawing.connection, np.array([at]), book.horizon)[0]
    net = int(history.net_assets[at])
    held: list[HeldFund] = []
    for number, amount in sorted(zip(history.securities.tolist(), value.tolist(), strict=True), key=lambda r: -r[1]):
        if amount:
            ticker: str = book.names["security"][number]
            row = book.securities[ticker]
            label = ASSET_NAMES.get(str(row["asset_class"]), str(row["asset_class"]))
            held.append(HeldFund(ticker, row["name"], label, _bps(amount, net), (amount + CENT // 2) // CENT))
    rest = net - int(value.sum())
    held.append(HeldFund("CASH", "Cash and other", "Cash", _bps(rest, net), (rest + CENT // 2) // CENT))
    return tuple(held)


def _bps(part: int, whole: int) -> int:
    return (2 * part * BPS_WHOLE + whole) // (2 * whole)
