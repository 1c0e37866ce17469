"""The comparative chart of a plan: every option side by side, in the order of the Department of Labor's model.

Part I performance (Table 1 variable, Table 2 fixed), Part II fees (Tables 3 and 4), what is charged to accounts, and
the glossary. Source: ``spec/disclosure.md`` 7, rows 1-21 and 23.
"""

from collections.abc import Iterable, Mapping

from modelx.disclosure.document import (
    Block,
    Cell,
    Column,
    Document,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Table,
    Terms,
    Words,
)
from modelx.disclosure.figures import NOT_APPLICABLE, long_date, percent
from modelx.disclosure.glossary import GLOSSARY
from modelx.disclosure.option import OptionFacts, PlanFacts, ReturnType
from modelx.disclosure.option_words import (
    Footnotes,
    expense_cells,
    expense_notes,
    life_phrase,
    plain_address,
    return_cells,
    shareholder_fees_cell,
)
from modelx.disclosure.returns_shown import PERIOD_LABELS
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.disclosure.wording import FEE_EXAMPLE_ADDRESS, HOUSE_WORDING, Wording

PERIOD_KEYS = ("1_year", "5_years", "10_years", "since_inception")


def chart_document(
    plan: PlanFacts,
    address: str,
    version: int = 1,
    wording: Iterable[Wording] = HOUSE_WORDING,
    fee_example: str = FEE_EXAMPLE_ADDRESS,
) -> Document:
    """The plan's chart. Expects facts that passed their checks; it prints what it is given and computes nothing."""
    say = statements(plan, wording, fee_example)
    variable = [one for one in plan.options if one.profile.return_type is ReturnType.VARIABLE]
    fixed = [one for one in plan.options if one.profile.return_type is ReturnType.FIXED]
    lineage = tuple(
        sorted({item for one in plan.options for item in one.lineage}, key=lambda item: (item.kind, item.key))
    )
    return Document(
        kind="chart",
        plan=plan.plan,
        subject=plan.plan,
        title="Investment Options: Comparative Chart",
        subtitle=plan.name,
        language="en-US",
        document_date=plan.document_date,
        as_of=plan.as_of,
        address=address,
        version=version,
        sections=(
            _about(plan, say, bool(fixed)),
            _performance(plan, variable, fixed, say),
            _fees(plan, variable, fixed, say),
            _plan_section(plan, say),
            Section("glossary", "Glossary", (say["R7"], Terms(GLOSSARY))),
        ),
        lineage=lineage,
    )


def statements(plan: PlanFacts, wording: Iterable[Wording], fee_example: str) -> dict[str, Paragraph]:
    """The required statements of a plan, filled in, by key. A statement that needs more is left to its own document."""
    values: Mapping[str, str] = {
        "plan_name": plan.name,
        "document_date": long_date(plan.document_date),
        "contact_name": plan.contact.name,
        "contact_address": plan.contact.address,
        "contact_phone": plan.contact.phone,
        "fee_example": fee_example,
    }
    return {one.key: Paragraph(one.filled(values), one.key, one.sha256) for one in wording if one.key not in ("R12",)}


def _about(plan: PlanFacts, say: Mapping[str, Paragraph], has_fixed: bool) -> Section:
    purpose = (
        "This document helps you compare the investment options of your retirement plan. Part I shows how they "
        "performed. Part II shows their fees and expenses. "
        + ("Options with a fixed return stand in tables of their own." if has_fixed else "")
    ).strip()
    return Section("about", "About this document", (say["R6"], Paragraph(purpose), say["R5"], say["R4"]))


def _performance(
    plan: PlanFacts, variable: list[OptionFacts], fixed: list[OptionFacts], say: Mapping[str, Paragraph]
) -> Section:
    intro = Paragraph(
        f"Table 1 shows the average annual total return of each option as of {long_date(plan.as_of)}, and beside it "
        "that of its benchmark over the same dates. Returns are after the expenses of the option. Where an option is "
        "younger than a period, the column says N/A and the return since inception stands in for it."
    )
    blocks: list[Block] = [intro, say["R1"], say["R9"], variable_returns(plan, variable)]
    if fixed:
        blocks.append(fixed_returns(fixed))
    return Section("performance", "Part I. Performance", tuple(blocks))


def variable_returns(plan: PlanFacts, options: list[OptionFacts]) -> Table:
    """Table 1: name and type, four returns, the benchmark's name and its four returns."""
    own = f"Average annual total return as of {plan.as_of:%m/%d/%Y}"
    columns = [Column(f"return_{key}", label, own) for key, label in zip(PERIOD_KEYS, PERIOD_LABELS, strict=True)]
    columns.append(Column("benchmark", "Index", "Benchmark"))
    columns += [
        Column(f"benchmark_{key}", label, "Benchmark") for key, label in zip(PERIOD_KEYS, PERIOD_LABELS, strict=True)
    ]
    footnotes = Footnotes()
    rows = {one.profile.key: _variable_row(one, footnotes) for one in options}
    groups = _grouped(options, rows)
    return Table(
        "table_1", "Table 1. Variable-return options", "Name and type", tuple(columns), groups, footnotes.notes
    )


def _variable_row(one: OptionFacts, footnotes: Footnotes) -> Row:
    profile = one.profile
    marks = tuple(footnotes.mark(f"{long_date(note.on)}: {note.text}") for note in one.footnotes)
    below = [profile.category, life_phrase(one)]
    if profile.closed_to_new_money:
        below.append("Closed to new money")
    head = Words(profile.name, (*below, plain_address(profile.web_address)), profile.web_address, marks)
    cells: tuple[Cell, ...] = return_cells(one.returns) if one.returns else (NOT_APPLICABLE,) * 4
    if one.measured is None:
        return Row(profile.key, head, (*cells, Words("None"), *(NOT_APPLICABLE,) * 4))
    measured = one.measured
    index_marks = [footnotes.mark(measured.change_note)] if measured.change_note else []
    if measured.replaced is not None:
        old = ", ".join(
            f"{label} {cell.text}"
            for label, cell in zip(PERIOD_LABELS, return_cells(measured.replaced.returns), strict=True)
        )
        index_marks.append(footnotes.mark(f"Former benchmark, {measured.replaced.benchmark.name}: {old}."))
    if measured.blend_returns is not None:
        blend = ", ".join(
            f"{label} {cell.text}"
            for label, cell in zip(PERIOD_LABELS, return_cells(measured.blend_returns), strict=True)
        )
        index_marks.append(footnotes.mark(f"Beside the benchmark, {measured.blend_name}: {blend}."))
    index = Words(measured.benchmark.name, marks=tuple(index_marks))
    return Row(profile.key, head, (*cells, index, *return_cells(measured.returns)))


def fixed_returns(options: list[OptionFacts]) -> Table:
    """Table 2: rate, term, and how the rate may change."""
    columns = (Column("rate", "Return"), Column("term", "Term"), Column("other", "Other"))
    rows: dict[str, Row] = {}
    for one in options:
        profile, fixed = one.profile, one.fixed
        head = Words(profile.name, (profile.category, plain_address(profile.web_address)), profile.web_address)
        if fixed is None:
            rows[profile.key] = Row(profile.key, head, (NOT_APPLICABLE, Words(""), Words("")))
            continue
        other = "The rate does not change during the term."
        if fixed.may_change:
            least = (
                f" It will not fall below {percent(fixed.minimum_bps).text}." if fixed.minimum_bps is not None else ""
            )
            other = f"The rate may change.{least} {fixed.how_to_get_the_rate}"
        rows[profile.key] = Row(profile.key, head, (percent(fixed.rate_bps), Words(fixed.term), Words(other)))
    return Table("table_2", "Table 2. Fixed-return options", "Name and type", columns, _grouped(options, rows))


def _fees(
    plan: PlanFacts, variable: list[OptionFacts], fixed: list[OptionFacts], say: Mapping[str, Paragraph]
) -> Section:
    intro = Paragraph(
        "Table 3 shows the total annual operating expenses of each option. They reduce its return, and the returns in "
        "Table 1 are after them. The dollars are what you would pay in one year for every $1,000 invested. "
        "Shareholder-type fees are in addition to them."
    )
    blocks: list[Block] = [intro, option_fees(plan, variable)]
    if fixed:
        blocks.append(fixed_fees(fixed))
    blocks += [say["R2"], say["R3"]]
    return Section("fees", "Part II. Fees and expenses", tuple(blocks))


def option_fees(plan: PlanFacts, options: list[OptionFacts]) -> Table:
    """Table 3: operating expenses as a percent and per $1,000, and shareholder-type fees with restrictions."""
    own = "Total annual operating expenses"
    columns = (
        Column("expenses_percent", "As a %", own),
        Column("expenses_per_1000", "Per $1,000", own),
        Column("shareholder_fees", "Shareholder-type fees and restrictions"),
    )
    footnotes = Footnotes()
    least = HOUSE_RULES.value("fee_change_footnote_bps", plan.document_date)
    rows: dict[str, Row] = {}
    for one in options:
        profile, expenses = one.profile, one.expenses
        marks = tuple(footnotes.mark(text) for text in (expense_notes(expenses, least) if expenses else ()))
        head = Words(profile.name, (profile.category,), marks=marks)
        cost = expense_cells(expenses) if expenses else (NOT_APPLICABLE, NOT_APPLICABLE)
        rows[profile.key] = Row(profile.key, head, (*cost, shareholder_fees_cell(profile)))
    caption = "Table 3. Fees and expenses of variable-return options"
    return Table("table_3", caption, "Name and type", columns, _grouped(options, rows), footnotes.notes)


def fixed_fees(options: list[OptionFacts]) -> Table:
    """Table 4: shareholder-type fees and restrictions of fixed-return options."""
    columns = (Column("shareholder_fees", "Shareholder-type fees and restrictions"),)
    rows = {
        one.profile.key: Row(
            one.profile.key,
            Words(one.profile.name, (one.profile.category,)),
            (shareholder_fees_cell(one.profile),),
        )
        for one in options
    }
    caption = "Table 4. Fees and expenses of fixed-return options"
    return Table("table_4", caption, "Name and type", columns, _grouped(options, rows))


def _plan_section(plan: PlanFacts, say: Mapping[str, Paragraph]) -> Section:
    blocks: list[Block] = [managers(plan)]
    if plan.account_fees:
        columns = (Column("payee", "Paid to"), Column("amount", "Amount"))
        rows = tuple(
            Row(f"account_fee_{place}", Words(fee.service), (Words(fee.payee), Words(fee.amount)))
            for place, fee in enumerate(plan.account_fees, 1)
        )
        caption = "Table 6. Fees charged to accounts, outside the options"
        blocks.append(Table("table_6", caption, "Service", columns, (RowGroup("", rows),)))
    else:
        blocks.append(Paragraph("No fee is charged to accounts outside the options."))
    if plan.pays_from_operating_expenses:
        blocks.append(say["R8"])
    return Section("plan", "Who manages the options, and what else is charged", tuple(blocks))


def managers(plan: PlanFacts) -> Table:
    """Table 5: the options and their designated investment managers and issuers."""
    columns = (Column("manager", "Investment manager"), Column("issuer", "Issuer"))
    rows = tuple(
        Row(one.profile.key, Words(one.profile.name), (Words(one.profile.manager), Words(one.profile.issuer)))
        for one in plan.options
    )
    return Table("table_5", "Table 5. Designated investment managers", "Option", columns, (RowGroup("", rows),))


def _grouped(options: list[OptionFacts], rows: Mapping[str, Row]) -> tuple[RowGroup, ...]:
    """Rows under the groups of their options, in the order in which the groups first appear."""
    labels = dict.fromkeys(one.profile.group for one in options)
    return tuple(
        RowGroup(label, tuple(rows[one.profile.key] for one in options if one.profile.group == label))
        for label in labels
    )
