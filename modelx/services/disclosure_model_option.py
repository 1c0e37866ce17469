"""One unitized model of a plan as an option of its notice: facts from the ledger, and the evidence behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

import numpy as np

from modelx.disclosure.addresses import address, option_place
from modelx.disclosure.benchmark import Benchmark, IndexKind
from modelx.disclosure.categories import allocation_category
from modelx.disclosure.draft_checks import OptionEvidence
from modelx.disclosure.option import (
    AssetKind,
    Footnote,
    Lineage,
    OptionFacts,
    Profile,
    ReturnType,
)
from modelx.disclosure.option_facts import OptionValues, PageFacts, option_facts
from modelx.disclosure.performance import ValueSeries
from modelx.disclosure.unit_class import UnitClass, class_on
from modelx.domain.book import MISSING
from modelx.domain.book_codes import LineUpChangeKind
from modelx.domain.days import date_of, day_of
from modelx.services import disclosure_portfolio as portfolio
from modelx.services import disclosure_terms as terms
from modelx.services.disclosure_blend import blend_lineage, blend_of, mix_by_part, parts_of
from modelx.services.disclosure_book import NoticeBook, listed_words, shareholder_fees
from modelx.services.disclosure_costs import fiscal_year, operating_expenses
from modelx.services.disclosure_drawing import Drawing, Drawn
from modelx.services.disclosure_history import SleeveHistory, digest_of, joined
from modelx.services.disclosure_index import index_lineage
from modelx.services.disclosure_terms import LiveFee

HOUSE_GROUP = "Model portfolios"
TOLD_BY_FOOTNOTE = {
    LineUpChangeKind.MANAGER_REPLACED: "the investment manager was replaced",
    LineUpChangeKind.STRATEGY: "the strategy changed",
}


def draw_model(drawing: Drawing, plan: str, model: str, history: SleeveHistory, assets: Mapping[str, int]) -> Drawn:
    """The facts of the class in force of a plan's model.

    ``assets`` are the latest net assets (millionths) of the plan's models. Raises :class:`InvalidInput` for a
    shareholder fee that cannot be read, or an address base that is not https.
    """
    book, dates = drawing.book, drawing.dates
    values, unit_class, inception = _class_values(drawing, plan, model, history)
    fees = terms.live_fees(book, plan, model, dates.document, assets)
    weights = terms.effective_weights(book, plan, model, dates.document)
    profile = _profile(drawing, unit_class, weights)
    row = book.profiles.get((plan, model), {})
    benchmark_code = row.get("benchmark") or book.models[model]["benchmark"]
    benchmark = book.benchmark(benchmark_code, row.get("widely_recognized", ""))
    expenses, accrued, average, held = operating_expenses(drawing, plan, history, inception, fees, weights)
    turned, sweep = portfolio.turnover(drawing, plan, history, inception)
    footnotes = _footnotes(drawing, plan, model, inception)
    previous = drawing.previous_benchmark.get(profile.key, "")
    secondary = row.get("secondary", "")
    blend = blend_of(drawing, secondary)
    option_values = OptionValues(
        inception,
        values,
        benchmark or Benchmark("", "None", "", IndexKind.BROAD),
        book.index(benchmark_code),
        blend=blend,
        replaced=_replaced(book, previous, benchmark_code),
        change_note=row.get("benchmark_note", "") if previous and previous != benchmark_code else "",
    )
    facts = OptionFacts(profile, inception)
    if values.days.size:
        mix, held_now = portfolio.allocation(book, weights), portfolio.holdings(drawing, history)
        page = PageFacts(turned, mix, held_now, portfolio.holdings_date(drawing, history))
        lineage = _lineage(drawing, profile.key, history, values, benchmark_code, fees, held)
        lineage += blend_lineage(drawing, secondary, blend)
        facts = option_facts(
            profile, option_values, expenses, page, dates.as_of, dates.quarter_end, footnotes, lineage
        )  # fmt: skip
    if benchmark is None:
        facts = replace(facts, measured=None, trailing_index=None)
    evidence = OptionEvidence(
        values=option_values,
        class_in_force=unit_class.dia_id,
        fees=terms.fees_told(fees),
        funds_held=held,
        accrued=accrued,
        average_net_assets=average,
        sweep_in_turnover=sweep,
        changes=(*footnotes, *_announced(book, plan, model)),
        previous_benchmark=previous,
        own_address=address(drawing.base, option_place(plan, profile.key)),
        mix_bps=mix_by_part(book, weights) if (parts := parts_of(book, secondary)) else {},
        blend_parts=parts,
    )
    at = history.night_on_or_before(dates.document)
    terms_row = book.sleeves[plan, model]
    offered = terms_row["start_date"] <= day_of(dates.document) <= terms_row["end_date"]
    shares = any(_gives_revenue_share(book, ticker) for ticker in held)
    return Drawn(facts, evidence, fees, values, at is not None and bool(history.units[at] > 0), offered, shares)


def _class_values(
    drawing: Drawing, plan: str, model: str, history: SleeveHistory
) -> tuple[ValueSeries, UnitClass, date]:
    """The unit values of the class in force on the document date, that class, and its first day with a value."""
    book, dates = drawing.book, drawing.dates
    latest = max(dates.as_of, dates.quarter_end)
    own = joined(book.history.get((plan, model)), history.values(latest), latest)
    start = date_of(book.sleeves[plan, model]["start_date"])
    begins = min(date_of(int(own.days[0])), start) if own.days.size else start
    classes = terms.classes_of(book, plan, model, begins, dates.document)
    unit_class = class_on(classes, dates.document) or UnitClass(plan, model, "A", begins, "first offered")
    of_class = own.days >= day_of(unit_class.inception)
    values = ValueSeries(own.days[of_class], own.values[of_class])
    return values, unit_class, date_of(int(values.days[0])) if values.days.size else unit_class.inception


def _profile(drawing: Drawing, unit_class: UnitClass, weights: Mapping[str, int]) -> Profile:
    book, plan, model = drawing.book, unit_class.plan, unit_class.model
    row, terms_row = book.profiles.get((plan, model), {}), book.models[model]
    name = row.get("name") or terms_row["name"]
    if unit_class.letter != "A":
        name = f"{name}, class {unit_class.letter}"
    stocks = sum(weight for ticker, weight in weights.items() if terms.asset_kind(book, ticker) is AssetKind.EQUITY)
    category = row.get("category") or (allocation_category(stocks // 10**8) if weights else "")
    issuer, manager = row.get("issuer", ""), terms_row["manager"]
    affiliates = {*(listed_words(row.get("affiliates", "")) or ()), issuer, manager} - {""}
    return Profile(
        key=unit_class.dia_id,
        name=name,
        group=row.get("heading") or HOUSE_GROUP,
        category=category,
        return_type=ReturnType.VARIABLE,
        issuer=issuer,
        manager=manager,
        objective=terms_row["objective"],
        strategies=terms_row["strategy"],
        risks=terms_row["risks"],
        web_address=row.get("web_address") or address(drawing.base, option_place(plan, unit_class.dia_id)),
        shareholder_fees=shareholder_fees(row.get("shareholder_fees", "")),
        restrictions=listed_words(row.get("restrictions", "")),
        affiliates=frozenset(affiliates),
        closed_to_new_money=bool(row.get("closed", 0)),
        unitized=True,
    )


def _footnotes(drawing: Drawing, plan: str, model: str, inception: date) -> tuple[Footnote, ...]:
    book, through = drawing.book, drawing.dates.document
    told = [Footnote(date_of(row["date"]), row["note"]) for row in book.notes.get((plan, model), ())]
    told = [note for note in told if inception <= note.on <= through]
    days = {note.on for note in told}
    found = terms.mix_changes(book, model, inception, through, drawing.rules)
    return tuple(sorted((*told, *(note for note in found if note.on not in days)), key=lambda note: note.on))


def _announced(book: NoticeBook, plan: str, model: str) -> Iterator[Footnote]:
    """The changes of manager and strategy that the plan announced for the model: each owes a footnote (DIA-032)."""
    for row in book.announced.get(plan, ()):
        kind = LineUpChangeKind(row["kind"])
        if kind in TOLD_BY_FOOTNOTE and row["option"].split("/")[-1] == model:
            yield Footnote(date_of(row["effective"]), f"{TOLD_BY_FOOTNOTE[kind]}, and no note tells of it")


def _replaced(book: NoticeBook, previous: str, now: str) -> tuple[Benchmark, ValueSeries] | None:
    old = book.benchmark(previous) if previous and previous != now else None
    return None if old is None else (old, book.index(previous))


def _lineage(
    drawing: Drawing,
    key: str,
    history: SleeveHistory,
    values: ValueSeries,
    benchmark: str,
    fees: tuple[LiveFee, ...],
    held: frozenset[str],
) -> tuple[Lineage, ...]:
    """The versions used: unit values by year, index levels, fee rows, fund terms, and the shares and prices of every
    night since the fiscal year began (holdings, turnover and looked-through expenses)."""
    book, dates = drawing.book, drawing.dates
    items = [
        index_lineage(book, benchmark, dates),
        Lineage("fee_rows", key, digest_of(np.array([fee.row_id for fee in fees], np.int64))),
    ]
    years = values.days.astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    for year in np.unique(years).tolist():
        first, last = date(year, 1, 1), date(year, 12, 31)
        mine = years == year
        digest = digest_of(values.days[mine], values.values[mine])
        struck = history.digest(first, min(last, max(dates.as_of, dates.quarter_end)))
        items.append(Lineage("unit_values", f"{key} {year}", f"{digest[:32]}{struck[:32]}"))
    ratios = [(ticker, book.securities[ticker]["expense_ratio_pct"]) for ticker in sorted(held)]
    items.append(Lineage("fund_terms", key, digest_of(np.array([ratio for _, ratio in ratios], np.int64))))
    used_nights = history.days >= day_of(fiscal_year(book, key.partition("/")[0], dates.document).start)
    nights = np.flatnonzero(used_nights & (history.days <= day_of(max(dates.as_of, dates.quarter_end))))
    if nights.size:
        had = np.flatnonzero(history.held[nights].any(axis=0))  # what was bought later is no input of this notice
        value = history.market_values(drawing.connection, nights, book.horizon)[:, had]
        digest = digest_of(history.securities[had], history.held[nights][:, had], value)
        items.append(Lineage("shares_and_prices", key, digest))
    return tuple(items)


def _gives_revenue_share(book: NoticeBook, ticker: str) -> bool:
    row = book.securities[ticker]
    return any(row[name] not in (0, MISSING) for name in ("fee_12b1_pct", "sub_ta_pct"))
