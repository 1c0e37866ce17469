"""The dated blend shown beside an option's benchmark: its weights, its components' levels, and what it should match.

A blend is an additional line, never the primary one. Its weights come from ``blend_weights.csv``, each row in force
from its date: today's never touch the past. The undated ``components`` of ``benchmarks.csv`` are words only. Source:
``spec/disclosure.md`` row 8, C8, DIA-014 and DIA-015.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from modelx.disclosure.benchmark import BlendWeights
from modelx.disclosure.option import AssetKind, Lineage
from modelx.disclosure.option_facts import Blend
from modelx.domain.book import MISSING
from modelx.domain.book_codes import BlendPart
from modelx.domain.days import date_of, day_of
from modelx.services import disclosure_terms as terms
from modelx.services.disclosure_book import NoticeBook
from modelx.services.disclosure_drawing import Drawing
from modelx.services.disclosure_history import digest_of

RATE_OF_BPS = 10**8


def blend_of(drawing: Drawing, code: str) -> Blend | None:
    """The blend of a code with its dated weights and levels; None for a blank code.

    A code that is no blend, or has no dated weights, has an empty schedule: every period then lacks its weights
    (DIA-014).
    """
    if not code:
        return None
    book, dates = drawing.book, drawing.dates
    row = book.benchmarks.get(code, {"name": code})
    versions: dict[int, list[tuple[str, int]]] = {}
    for weight in book.blends.get(code, ()):
        versions.setdefault(weight["since"], []).append((weight["component"], weight["weight"]))
    schedule = [BlendWeights(date_of(since), tuple(sorted(parts))) for since, parts in sorted(versions.items())]
    components = {name for version in schedule for name, _ in version.weights}
    months = drawing.rules.value("blend_reset_months", dates.document)
    return Blend(row["name"], {name: book.index(name) for name in components}, schedule, months)


def parts_of(book: NoticeBook, code: str) -> dict[str, str]:
    """What each component of a blend stands for; empty when one is not stated, as nothing can be compared then."""
    rows = book.blends.get(code, ())
    if any(row["part"] == MISSING for row in rows):
        return {}
    return {row["component"]: BlendPart(row["part"]).name for row in rows}


def mix_by_part(book: NoticeBook, weights: Mapping[str, int]) -> dict[str, int]:
    """Target weights (10^-12 by ticker) as hundredths of a percent in stocks and in everything else."""
    whole = sum(weights.values())
    if not whole:
        return {}
    stocks = sum(weight for ticker, weight in weights.items() if terms.asset_kind(book, ticker) is AssetKind.EQUITY)
    share = stocks // RATE_OF_BPS
    return {BlendPart.STOCKS.name: share, BlendPart.BONDS.name: whole // RATE_OF_BPS - share}


def blend_lineage(drawing: Drawing, code: str, blend: Blend | None) -> tuple[Lineage, ...]:
    """The versions of a blend that were used: its weights, and the levels of its components."""
    if blend is None:
        return ()
    through = day_of(max(drawing.dates.as_of, drawing.dates.quarter_end))
    ids = drawing.book.ids["benchmark"]
    fixed = [(day_of(row.since), ids[name], weight) for row in blend.schedule for name, weight in row.weights]
    columns = [np.array(fixed, np.int64).ravel()]
    for _, series in sorted(blend.components.items()):
        used = series.days <= through
        columns += [series.days[used], series.values[used]]
    return (Lineage("blend", code, digest_of(*columns)),)
