"""The web page of one option, items A to F: issuer, objective, strategies and risks, turnover, performance, fees.

Each picture has its words and its table. The required calendar-year returns stand first and apart from the trailing
ones to the latest quarter end. Source: ``spec/disclosure.md`` rows 15-15f and 22, section 10.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from modelx.disclosure.chart_document import PERIOD_KEYS, fixed_returns, statements
from modelx.disclosure.document import (
    Block,
    Column,
    Document,
    Fact,
    Facts,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Table,
    Terms,
    Words,
)
from modelx.disclosure.expenses import Basis, OperatingExpenses
from modelx.disclosure.figures import Figure, dollars, long_date, percent
from modelx.disclosure.glossary import GLOSSARY
from modelx.disclosure.option import Footnote, Measured, OptionFacts, PlanFacts, Profile
from modelx.disclosure.option_words import (
    expense_cells,
    expense_notes,
    life_phrase,
    return_cells,
    shareholder_fee_phrase,
)
from modelx.disclosure.page_charts import allocation_chart, calendar_chart, growth_chart
from modelx.disclosure.returns_shown import PERIOD_LABELS, ReturnsShown
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.disclosure.turnover import Turnover
from modelx.disclosure.wording import FEE_EXAMPLE_ADDRESS, HOUSE_WORDING, Wording


def page_document(
    plan: PlanFacts,
    facts: OptionFacts,
    version: int = 1,
    wording: Iterable[Wording] = HOUSE_WORDING,
    fee_example: str = FEE_EXAMPLE_ADDRESS,
) -> Document:
    """The page of ``facts`` in ``plan``. Expects facts that passed their checks; it computes nothing."""
    say = statements(plan, wording, fee_example)
    profile = facts.profile
    recent = facts.trailing.as_of if facts.trailing else plan.as_of
    return Document(
        kind="page",
        plan=plan.plan,
        subject=profile.key,
        title=profile.name,
        subtitle=plan.name,
        language="en-US",
        document_date=plan.document_date,
        as_of=recent,
        address=profile.web_address,
        version=version,
        sections=(
            _at_a_glance(facts),
            _issuer(profile),
            Section("objective", "Objective", (Paragraph(profile.objective),), "B"),
            _strategies(facts),
            *((_turnover(facts.turnover),) if facts.fixed is None else ()),
            _performance(plan, facts, say) if facts.fixed is None else _rate(facts),
            _fees(plan, facts, say),
            _more(facts, say),
            Section("glossary", "Glossary", (say["R7"], Terms(GLOSSARY))),
        ),
        lineage=facts.lineage,
    )


def _at_a_glance(facts: OptionFacts) -> Section:
    items = [Fact("Category", Words(facts.profile.category))]
    if facts.expenses is not None:
        cost, per_thousand = expense_cells(facts.expenses)
        items += [Fact("Operating expenses, a year", cost), Fact("Per $1,000 invested", per_thousand)]
    if facts.returns is not None:
        yearly = ", a year" if facts.returns.life_annualized else ""
        items.append(Fact(f"Return since inception{yearly}", return_cells(facts.returns)[3]))
    if facts.fixed is not None:
        items += [Fact("Current rate", percent(facts.fixed.rate_bps)), Fact("Term", Words(facts.fixed.term))]
    items.append(Fact("Inception", Words(long_date(facts.inception))))
    return Section("glance", "At a glance", (Facts(tuple(items)),))


def _issuer(profile: Profile) -> Section:
    issuer = Fact("Issuer of the units" if profile.unitized else "Issuer", Words(profile.issuer))
    roles = Facts((issuer, Fact("Investment manager", Words(profile.manager))))
    return Section("issuer", "Issuer and manager", (roles,), "A")


def _strategies(facts: OptionFacts) -> Section:
    profile = facts.profile
    blocks: list[Block] = [Paragraph(profile.strategies), Paragraph(f"Main risks. {profile.risks}")]
    if facts.allocation:
        blocks.append(allocation_chart(facts.allocation))
    if facts.holdings and facts.holdings_date is not None:
        columns = (
            Column("asset_class", "Kind of asset"),
            Column("weight", "Share of assets"),
            Column("value", "Value"),
        )
        rows = tuple(
            Row(
                held.ticker,
                Words(held.name, (held.ticker,) if held.ticker != "CASH" else ()),
                (Words(held.asset_class), percent(held.weight_bps), dollars(held.value_cents)),
            )
            for held in facts.holdings
        )
        caption = f"Holdings on {long_date(facts.holdings_date)}"
        blocks.append(Table("holdings", caption, "Holding", columns, (RowGroup("", rows),)))
    return Section("strategies", "Strategies and risks", tuple(blocks), "C")


def _turnover(turnover: Turnover | None) -> Section:
    if turnover is None:
        text = "Portfolio turnover is not available yet."
    elif turnover.whole_year:
        text = f"In the last fiscal year the portfolio turnover was {percent(turnover.percent_bps).text}."
    else:
        months = f"{turnover.months} month{'s' if turnover.months > 1 else ''}"
        figure = percent(turnover.percent_bps).text
        text = f"Over {months}, a part of a year, the portfolio turnover was {figure}. It is not annualized."
    return Section("turnover", "Portfolio turnover", (Paragraph(text),), "D")


def _rate(facts: OptionFacts) -> Section:
    """What a fixed-return option credits: the rate, its term, whether and how far it may change, and where to ask."""
    table = replace(fixed_returns([facts]), key="rate", caption="Current rate and term")
    return Section("performance", "Rate of return", (table,), "E")


def _performance(plan: PlanFacts, facts: OptionFacts, say: Mapping[str, Paragraph]) -> Section:
    blocks: list[Block] = [say["R1"]]
    if facts.returns is not None:
        caption = f"Average annual total return as of {long_date(plan.as_of)}"
        blocks.append(_returns_table("returns", caption, facts, facts.returns, facts.measured))
    if facts.growth is not None and len(facts.growth.dates) > 1:
        index = facts.measured.benchmark.name if facts.measured else ""
        blocks.append(growth_chart(facts.profile.name, index, facts.growth))
    if facts.calendar:
        index = facts.measured.benchmark.name if facts.measured else ""
        blocks.append(calendar_chart(facts.profile.name, index, facts.calendar, facts.calendar_index))
    if facts.trailing is not None and facts.trailing.as_of != plan.as_of:
        measured = None
        if facts.measured is not None and facts.trailing_index is not None:
            measured = Measured(facts.measured.benchmark, facts.trailing_index)
        caption = f"More recent: average annual total return as of {long_date(facts.trailing.as_of)}"
        blocks.append(_returns_table("trailing", caption, facts, facts.trailing, measured))
    blocks.append(say["R9"])
    blocks += [Paragraph(_dated(note)) for note in facts.footnotes]
    return Section("performance", "Performance", tuple(blocks), "E")


def _dated(note: Footnote) -> str:
    return f"{long_date(note.on)}: {note.text}"


def _returns_table(key: str, caption: str, facts: OptionFacts, shown: ReturnsShown, measured: Measured | None) -> Table:
    columns = tuple(Column(period, label) for period, label in zip(PERIOD_KEYS, PERIOD_LABELS, strict=True))
    rows = [Row("option", Words(facts.profile.name, (life_phrase(facts),)), return_cells(shown))]
    if measured is not None:
        rows.append(Row("benchmark", Words(measured.benchmark.name, ("Benchmark",)), return_cells(measured.returns)))
        if measured.blend_returns is not None:
            blend = Words(measured.blend_name, ("Additional blend",))
            rows.append(Row("blend", blend, return_cells(measured.blend_returns)))
        if measured.replaced is not None:
            old = Words(measured.replaced.benchmark.name, ("Former benchmark", measured.change_note))
            rows.append(Row("former_benchmark", old, return_cells(measured.replaced.returns)))
    return Table(key, caption, "Name", columns, (RowGroup("", tuple(rows)),))


def _fees(plan: PlanFacts, facts: OptionFacts, say: Mapping[str, Paragraph]) -> Section:
    blocks: list[Block] = []
    if facts.expenses is not None:
        blocks.append(expense_table(facts.expenses))
        least = HOUSE_RULES.value("fee_change_footnote_bps", plan.document_date)
        blocks += [Paragraph(text) for text in expense_notes(facts.expenses, least)]
    fees = [shareholder_fee_phrase(fee) for fee in facts.profile.shareholder_fees or ()]
    blocks.append(Paragraph(f"Shareholder-type fees: {'; '.join(fees) or 'None'}."))
    blocks.append(Paragraph(f"Restrictions: {' '.join(facts.profile.restrictions or ()) or 'None.'}"))
    return Section("fees", "Fees and expenses", (*blocks, say["R2"], say["R3"]), "F")


def expense_table(expenses: OperatingExpenses) -> Table:
    """The parts of the operating expenses and their total, as percents and, for the total, dollars per $1,000."""
    columns = (Column("kind", "Kind"), Column("percent", "As a %"), Column("per_1000", "Per $1,000"))
    rows = [
        Row(f"line_{place}", Words(line.label), (Words(line.group.value), percent(line.percent_bps), Figure("")))
        for place, line in enumerate(expenses.lines, 1)
    ]
    rows.append(Row("total", Words("Total annual operating expenses"), (Words(""), *expense_cells(expenses))))
    if expenses.basis is Basis.ESTIMATED:
        caption = "Operating expenses, estimated from contract rates and target weights"
    else:
        year = expenses.fiscal_year
        span = f" {long_date(year.start)} to {long_date(year.end)}" if year else ""
        caption = f"Operating expenses of the fiscal year{span}, before waivers"
    return Table("expenses", caption, "Expense", columns, (RowGroup("", tuple(rows)),))


def _more(facts: OptionFacts, say: Mapping[str, Paragraph]) -> Section:
    words = ["It is not a bank deposit and is not insured by the FDIC."]
    if facts.profile.unitized:
        words = [
            "A model portfolio is not a mutual fund and has no prospectus.", *words,
            "The lines of the expense table are rounded one by one and may not add up to the rounded total.",
        ]  # fmt: skip
    else:
        words[0] = words[0].replace("It is", f"{facts.profile.name} is", 1)
    return Section("more", "More information", (say["R5"], Paragraph(" ".join(words)), say["R6"]))
