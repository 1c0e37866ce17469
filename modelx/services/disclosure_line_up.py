"""Options of a plan that are no models: stand-alone funds and fixed-return options, as the book describes them."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from modelx.disclosure.addresses import address, option_place
from modelx.disclosure.benchmark import Benchmark, IndexKind
from modelx.disclosure.draft_checks import OptionEvidence
from modelx.disclosure.expenses import Basis, ExpenseLine, FeeGroup, OperatingExpenses
from modelx.disclosure.figures import RATE
from modelx.disclosure.option import FixedReturn, Lineage, OptionFacts, Profile, ReturnType
from modelx.disclosure.option_facts import OptionValues, PageFacts, option_facts
from modelx.disclosure.performance import ValueSeries
from modelx.disclosure.periods import FiscalYear, add_months
from modelx.disclosure.turnover import Turnover
from modelx.domain.book import MISSING
from modelx.domain.book_codes import LineUpKind
from modelx.domain.days import date_of, day_of
from modelx.services.disclosure_blend import blend_lineage, blend_of
from modelx.services.disclosure_book import (
    Row,
    listed_words,
    nothing,
    optional_bps,
    optional_day,
    shareholder_fees,
)
from modelx.services.disclosure_drawing import Drawing, Drawn
from modelx.services.disclosure_history import digest_of
from modelx.services.disclosure_index import index_lineage


def draw_line_up(drawing: Drawing, plan: str, row: Row) -> Drawn:
    """A row of ``line_up.csv`` as an option. A fund shows its own values, ratio and turnover; a fixed option its rate.

    Raises :class:`InvalidInput` for a shareholder fee that cannot be read.
    """
    day = day_of(drawing.dates.document)
    offered = row["start"] <= day <= row["end"]
    profile = _profile(drawing, plan, row)
    if row["kind"] == LineUpKind.FIXED_RETURN:
        minimum = optional_bps(row["minimum_pct"])
        rate = optional_bps(row["rate_pct"])
        fixed = None
        if rate is not None:
            fixed = FixedReturn(rate, row["term"], bool(row["may_change"]), minimum, row["how_to_get_rate"])
        begins = optional_day(row["inception"]) or drawing.dates.document
        return Drawn(OptionFacts(profile, begins, fixed=fixed), None, held=False, offered=offered)
    return _fund(drawing, profile, row, offered)


def _fund(drawing: Drawing, profile: Profile, row: Row, offered: bool) -> Drawn:
    book, dates = drawing.book, drawing.dates
    whole = book.option_values.get(row["option"], nothing())
    known = whole.days <= day_of(max(dates.as_of, dates.quarter_end))
    values = ValueSeries(whole.days[known], whole.values[known])
    first = date_of(int(values.days[0])) if values.days.size else dates.document
    inception = max(optional_day(row["inception"]) or first, first)
    benchmark = book.benchmark(row["benchmark"])
    index = book.index(row["benchmark"])
    named = benchmark or Benchmark("", "None", "", IndexKind.BROAD)
    blend = blend_of(drawing, row["secondary"])
    option_values = OptionValues(inception, values, named, index, blend)
    lineage = (
        Lineage("option_values", profile.key, digest_of(values.days, values.values)),
        index_lineage(book, row["benchmark"], dates),
        *blend_lineage(drawing, row["secondary"], blend),
    )
    turnover = row["turnover_pct"]
    page = PageFacts(
        None if turnover == MISSING else Turnover(turnover, turnover, Fraction(RATE), 12), (), (), dates.quarter_end
    )
    if not values.days.size:
        facts = OptionFacts(profile, inception)
    else:
        facts = option_facts(profile, option_values, _expenses(row), page, dates.as_of, dates.quarter_end, (), lineage)
    own = ""
    if profile.web_address == address(drawing.base, option_place(profile_plan(profile), profile.key)):
        own = profile.web_address
    evidence = OptionEvidence(option_values, profile.key, (), frozenset(), None, None, own_address=own)
    return Drawn(facts, evidence, values=values, held=False, offered=offered)


def profile_plan(profile: Profile) -> str:
    """The plan of an option: the first part of its key."""
    return profile.key.partition("/")[0]


def _expenses(row: Row) -> OperatingExpenses | None:
    ratio, through = row["expense_ratio_pct"], optional_day(row["expenses_through"])
    if ratio == MISSING:
        return None
    lines = (ExpenseLine("Fund expenses", FeeGroup.OTHER, Fraction(ratio, RATE)),)
    if through is None:
        return OperatingExpenses(Basis.ESTIMATED, None, lines)
    return OperatingExpenses(Basis.ACTUAL, FiscalYear(_year_before(through), through), lines)


def _year_before(end: date) -> date:
    return add_months(end, -12) + timedelta(days=1)


def _profile(drawing: Drawing, plan: str, row: Row) -> Profile:
    key = f"{plan}/{row['option']}"
    fixed = row["kind"] == LineUpKind.FIXED_RETURN
    affiliates = {*(listed_words(row["affiliates"]) or ()), row["issuer"], row["manager"]} - {""}
    return Profile(
        key=key,
        name=row["name"],
        group=row["heading"] or ("Fixed return" if fixed else "Funds"),
        category=row["category"],
        return_type=ReturnType.FIXED if fixed else ReturnType.VARIABLE,
        issuer=row["issuer"],
        manager=row["manager"],
        objective=row["objective"],
        strategies=row["strategy"],
        risks=row["risks"],
        web_address=row["web_address"] or address(drawing.base, option_place(plan, key)),
        shareholder_fees=shareholder_fees(row["shareholder_fees"]),
        restrictions=listed_words(row["restrictions"]),
        affiliates=frozenset(affiliates),
    )
