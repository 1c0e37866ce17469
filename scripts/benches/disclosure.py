"""Disclosure: plan charts a second as facts and HTML and as PDF, and the returns of every option against one pass.

Charts of eight options each are drawn from one seeded grid of daily unit values: returns by columns, expenses, the
index beside each, the document, and its page. The returns of all options over ten years are timed beside one numpy
pass over the same array.
"""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from modelx.disclosure.benchmark import Benchmark, IndexKind
from modelx.disclosure.chart_document import chart_document
from modelx.disclosure.document import Document, content_hash
from modelx.disclosure.expenses import FeeGroup, InUnitFee, actual_expenses
from modelx.disclosure.option import Contact, Measured, OptionFacts, PlanFacts, Profile, ReturnType
from modelx.disclosure.performance import ValueSeries
from modelx.disclosure.performance_columns import (
    PerformanceColumns,
    UnitValueGrid,
    missing_values,
    performance_columns,
)
from modelx.disclosure.periods import FiscalYear
from modelx.disclosure.returns_shown import index_shown, shown_of_columns
from modelx.files.disclosure_html import notice_html
from modelx.files.disclosure_pdf import notice_pdf

OPTIONS_PER_PLAN = 8
TIMES_A_PASS_MAX = 3.0
AS_OF, DATED = date(2025, 12, 31), date(2026, 11, 20)
FIRST = np.datetime64("2015-12-31")
BASE = "https://disclosures.example.com/"


def run(scale: str) -> dict[str, Any]:
    """Measure 10,000 charts, 1,000 of them as PDF, and 80,000 options (``full``); a twentieth of each (``quick``)."""
    plans, pdfs = (10_000, 1_000) if scale == "full" else (500, 50)
    grid = _grid(plans * OPTIONS_PER_PLAN)
    one_pass = min(_seconds(lambda: grid.values.sum(axis=0)) for _ in range(3))
    facts = min(_seconds(lambda: (missing_values(grid), performance_columns(grid, AS_OF))) for _ in range(3))
    found = performance_columns(grid, AS_OF)
    index = ValueSeries(grid.days, grid.values[:, 0])
    start = time.perf_counter()
    size = 0
    for plan in range(plans):
        size += len(notice_html(_chart(plan, found, grid, index)))
    html = time.perf_counter() - start
    start = time.perf_counter()
    for plan in range(pdfs):
        notice_pdf(_chart(plan, found, grid, index))
    pdf = time.perf_counter() - start
    times = facts / one_pass
    return {
        "name": "disclosure",
        "figures": {
            "options": plans * OPTIONS_PER_PLAN,
            "days": int(grid.days.size),
            "facts_seconds": round(facts, 3),
            "one_numpy_pass_seconds": round(one_pass, 3),
            "facts_times_one_pass": round(times, 2),
            "charts": plans,
            "html_charts_per_second": round(plans / html, 1),
            "html_bytes_per_chart": size // plans,
            "pdfs": pdfs,
            "pdf_charts_per_second": round(pdfs / pdf, 1),
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        },
        "targets": {"facts_times_one_pass": TIMES_A_PASS_MAX},
        "met": times <= TIMES_A_PASS_MAX,
    }


def _grid(options: int) -> UnitValueGrid:
    """Ten years of weekdays; a tenth of the options begin within them. Whole numbers throughout: no float copy."""
    every = np.arange(FIRST, np.datetime64(AS_OF) + 1)
    days = every[np.is_busday(every)].astype(np.int64)
    chance = np.random.default_rng(31)
    values = np.empty((days.size, options), np.int64)
    level = np.full(options, 10_000_000, np.int64)
    for row in range(days.size):
        values[row] = level
        level = level + level * chance.integers(-90, 96, options) // 10_000
    begins = np.zeros(options, np.int64)
    young = chance.random(options) < 0.1
    begins[young] = chance.integers(1, days.size - 5, int(young.sum()))
    for option in np.flatnonzero(young).tolist():
        values[: begins[option], option] = 0
    return UnitValueGrid(days, values, days[begins])


def _chart(plan: int, found: PerformanceColumns, grid: UnitValueGrid, index: ValueSeries) -> Document:
    """One plan's chart with its hash, from the columns to the document."""
    options = tuple(_option(plan, plan * OPTIONS_PER_PLAN + at, found, grid, index) for at in range(OPTIONS_PER_PLAN))
    facts = PlanFacts(
        f"P{plan:05d}",
        f"Plan {plan} 401(k)",
        DATED,
        AS_OF,
        Contact("Benefits office", "1 Road", "937-555-0100"),
        options,
    )
    document = chart_document(facts, f"{BASE}p{plan:05d}/")
    content_hash(document)
    return document


def _option(plan: int, option: int, found: PerformanceColumns, grid: UnitValueGrid, index: ValueSeries) -> OptionFacts:
    shown = shown_of_columns(found, grid, option)
    benchmark = Benchmark("WORLD", "World Index", "Indexer", IndexKind.BROAD)
    fee = InUnitFee("MGR", "Investment manager", FeeGroup.MANAGEMENT, 25_000_000_000 + option)
    year = FiscalYear(date(2025, 1, 1), AS_OF)
    key = f"P{plan:05d}/M{option % OPTIONS_PER_PLAN}/A"
    return OptionFacts(
        replace(_PROFILE, key=key, name=f"Model {option}", web_address=f"{BASE}p{plan:05d}/m{option}/"),
        shown.inception,
        shown,
        Measured(benchmark, index_shown(shown, index)),
        actual_expenses([fee], [], Fraction(10**13), year),
    )


_PROFILE = Profile(
    key="", name="", group="Model portfolios", category="Allocation, 50-70% equity", return_type=ReturnType.VARIABLE,
    issuer="Harbor Trust", manager="Northfield", objective="Growth.", strategies="Index funds.", risks="Prices fall.",
    web_address="", shareholder_fees=(), restrictions=(),
)  # fmt: skip


def _seconds(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
