"""A made-up universe as files of the book, to load and try things on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from modelx.domain.book import FileColumns
from modelx.domain.book_codes import SecurityEventKind, SecurityKind
from modelx.domain.universe import Listing, SecurityStatus, Universe
from modelx.files.simulated_book import file_columns


def universe_files(universe: Universe, merged_on: int) -> Iterator[FileColumns]:
    """securities.csv, and corporate_events.csv with a merger on the session ``merged_on`` for each successor."""
    listings = list(universe.values())
    kinds = np.array([SecurityKind[one.kind] for one in listings], np.int64)
    yield file_columns(
        "securities.csv",
        {
            "ticker": [one.ticker for one in listings],
            "name": [one.name for one in listings],
            "kind": kinds,
            "asset_class": [one.asset_class for one in listings],
            "expense_ratio_pct": np.array([one.expense_ratio for one in listings], np.int64),
            "share_dp": np.array([one.share_dp for one in listings], np.int64),
            "price_dp": 2,
            "whole_shares": np.where(kinds == SecurityKind.ETF, 1, 0),
            "settle_lag": 1,
            "status": [one.status.value for one in listings],
        },
    )
    merged = [one for one in listings if one.status is SecurityStatus.MERGED and one.successor]
    if merged:
        yield _mergers(merged, merged_on)


def _mergers(merged: list[Listing], on: int) -> FileColumns:
    return file_columns(
        "corporate_events.csv",
        {
            "ticker": [one.ticker for one in merged],
            "ex_date": on,
            "kind": int(SecurityEventKind.MERGER),
            "to_ticker": [one.successor or "" for one in merged],
        },
    )
