"""A made-up universe of funds, seeded: tickers, names, classes, expenses and status, as many as a real platform lists.

Issuers, names and tickers are invented; any likeness to a listed security is chance.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from modelx.domain.book_codes import SecurityKind
from modelx.domain.universe import Listing, SecurityStatus
from modelx.evaluator.asset_classes import NINETEEN

PLATFORM_SIZE = 17_500
_ISSUERS = (
    "Alder", "Ashgrove", "Beacon Hill", "Birchwood", "Bluewater", "Briar", "Cedar", "Cobalt", "Copperfield", "Dunmore",
    "Elmstead", "Fairhaven", "Fernway", "Granite", "Harborlight", "Hawthorn", "Ironbridge", "Juniper", "Kestrel",
    "Larkspur", "Linden", "Meridian", "Millbrook", "Northgate", "Oakmont", "Pinecrest", "Quarry", "Redwood", "Rowan",
    "Saltmarsh", "Sterling Ridge", "Tamarack", "Thornbury", "Underhill", "Wexford", "Willow", "Windermere", "Yarrow",
)  # fmt: skip
_STYLES = ("Index", "Core", "Select", "Enhanced", "Opportunities", "Disciplined", "Dividend", "Quality", "Systematic")
_SHARE_CLASSES = ("Institutional", "R6", "Retirement", "Advisor", "Investor")
_ETF_SHARE = 0.2
_STATUS_SHARES = ((SecurityStatus.CLOSED, 0.010), (SecurityStatus.MERGED, 0.005), (SecurityStatus.LIQUIDATED, 0.003))
_BASIS_POINT = 10**8  # of a yearly rate, in 10^-12


def seeded_universe(size: int, rng: np.random.Generator) -> dict[str, Listing]:
    """Return ``size`` listings by ticker, in the order of their tickers; the same seed gives the same universe.

    A fifth are ETFs (whole shares, three or four letters), the rest mutual funds (three decimals, five letters ending
    in X). Index funds cost 2 to 25 basis points, the others 25 to 130, bonds less. One security in a hundred is
    closed, some are merged into a successor of their own class and kind, some liquidated.
    """
    is_etf = rng.random(size) < _ETF_SHARE
    tickers = _tickers(is_etf, rng)
    style = rng.integers(0, len(_STYLES), size)
    group = rng.integers(0, len(NINETEEN), size)
    issuer = rng.integers(0, len(_ISSUERS), size)
    share_class = rng.integers(0, len(_SHARE_CLASSES), size)
    status = _statuses(size, rng)
    listings = {}
    for row, ticker in enumerate(tickers):
        asset_class, is_index = NINETEEN[int(group[row])], style[row] == 0
        low, high = (2, 25) if is_index else (25, 130)
        points = rng.uniform(low, high) * (1.0 if asset_class.is_equity else 0.6)
        kind = SecurityKind.ETF if is_etf[row] else SecurityKind.MF
        suffix = "ETF" if is_etf[row] else f"Fund {_SHARE_CLASSES[int(share_class[row])]}"
        listings[ticker] = Listing(
            ticker=ticker,
            name=f"{_ISSUERS[int(issuer[row])]} {asset_class.name} {_STYLES[int(style[row])]} {suffix}",
            kind=kind.name,
            asset_class=asset_class.code,
            expense_ratio=round(points) * _BASIS_POINT,
            share_dp=0 if is_etf[row] else 3,
            status=status[row],
        )
    return _with_successors(dict(sorted(listings.items())))


def _tickers(is_etf: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], rng: np.random.Generator) -> list[str]:
    """Invented symbols, none twice."""
    used: set[str] = set()
    found = []
    for etf in is_etf.tolist():
        ticker = ""
        while not ticker or ticker in used:
            length = int(rng.integers(3, 5)) if etf else 4
            letters = rng.integers(0, 26, length)
            ticker = "".join(chr(65 + int(letter)) for letter in letters) + ("" if etf else "X")
        used.add(ticker)
        found.append(ticker)
    return found


def _statuses(size: int, rng: np.random.Generator) -> list[SecurityStatus]:
    draw = rng.random(size)
    found = [SecurityStatus.OPEN] * size
    upper = 0.0
    for status, share in _STATUS_SHARES:
        for row in np.flatnonzero((draw >= upper) & (draw < upper + share)).tolist():
            found[row] = status
        upper += share
    return found


def _with_successors(listings: dict[str, Listing]) -> dict[str, Listing]:
    """Give every merged fund the cheapest open one of its class and kind as successor."""
    cheapest: dict[tuple[str, str], Listing] = {}
    for one in listings.values():
        place = (one.asset_class, one.kind)
        if one.status is SecurityStatus.OPEN:
            best = cheapest.get(place)
            if best is None or (one.expense_ratio, one.ticker) < (best.expense_ratio, best.ticker):
                cheapest[place] = one
    merged = {
        ticker: replace(one, successor=cheapest[one.asset_class, one.kind].ticker)
        for ticker, one in listings.items()
        if one.status is SecurityStatus.MERGED and (one.asset_class, one.kind) in cheapest
    }
    return listings | merged
