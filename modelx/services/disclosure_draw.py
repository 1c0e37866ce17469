"""A plan's whole notice drawn from the database: its options, its documents, and what every check says of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from modelx.disclosure.addresses import address, chart_place, option_place
from modelx.disclosure.chart_document import chart_document
from modelx.disclosure.checks_performance import check_series
from modelx.disclosure.document import Document
from modelx.disclosure.draft_checks import check_option, check_plan
from modelx.disclosure.option import Contact, PlanFacts
from modelx.disclosure.page_document import page_document
from modelx.disclosure.periods import last_quarter_end, last_year_end
from modelx.disclosure.requirements import Rulebook
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.disclosure.wording import FEE_EXAMPLE_ADDRESS
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import NotFound
from modelx.domain.finding import Finding
from modelx.services import disclosure_terms as terms
from modelx.services.disclosure_book import NoticeBook
from modelx.services.disclosure_drawing import Drawing, Drawn, NoticeDates
from modelx.services.disclosure_history import SleeveHistory, sleeve_histories
from modelx.services.disclosure_line_up import draw_line_up
from modelx.services.disclosure_model_option import draw_model
from modelx.services.known_names import require_known
from modelx.store.engine import Connection

WEEK = 7


@dataclass(frozen=True, slots=True)
class PlanNotice:
    """A plan's documents by their place, the chart first, and the findings of each.

    ``of_options`` are the findings of every option by its key, with those of the plan as a whole.
    """

    plan: str
    dates: NoticeDates
    horizon: int
    facts: PlanFacts
    documents: Mapping[str, Document]
    findings: Mapping[str, tuple[Finding, ...]]
    of_options: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NoticeSource:
    """What all plans' notices are drawn from, read once: the book and every sleeve's past."""

    connection: Connection
    book: NoticeBook
    histories: Mapping[int, SleeveHistory]
    rules: Rulebook = HOUSE_RULES

    @classmethod
    def read(cls, connection: Connection, plans: Sequence[str] | None = None) -> NoticeSource:
        """The book now and the past of the sleeves of ``plans`` (None = all). Raises :class:`NotFound` for no plan."""
        for plan in plans or ():
            require_known(connection, plan=plan)
        book = NoticeBook.read(connection)
        wanted = [number for (plan, _), number in sorted(book.sleeve_ids.items()) if plans is None or plan in plans]
        return cls(connection, book, sleeve_histories(connection, wanted))

    def last_night(self) -> date | None:
        """The last night of any sleeve read."""
        days = [int(one.days[-1]) for one in self.histories.values() if one.days.size]
        return date_of(max(days)) if days else None

    def dates(self, document: date, as_of: date | None = None) -> NoticeDates:
        """The dates of a notice of ``document``: the last year end, and the last quarter end that nights reach."""
        quarter = last_quarter_end(document)
        last = self.last_night()
        while last is not None and last < quarter - timedelta(days=WEEK) and quarter > last_year_end(document):
            quarter = last_quarter_end(quarter - timedelta(days=1))
        return NoticeDates(document, as_of or last_year_end(document), quarter)


def draw_plan(
    source: NoticeSource,
    plan: str,
    dates: NoticeDates,
    base: str,
    versions: Mapping[str, int],
    previous_benchmark: Mapping[str, str],
) -> PlanNotice:
    """The chart and pages of a plan as they would be published at ``base``, each with what the checks say of it.

    ``versions`` gives the edition of each place (1 where it is not named). Raises :class:`InvalidInput` for a base
    that is not https or words of the book that cannot be read, :class:`NotFound` for a plan without options.
    """
    drawing = Drawing(source.connection, source.book, dates, base, source.rules, previous_benchmark)
    drawn = list(_options(source, drawing, plan))
    shown = [one for one in drawn if one.offered or one.held]
    if not shown:
        raise NotFound(f"{plan} offers no option on {dates.document}: see sleeves.csv and line_up.csv")
    facts = _plan_facts(source, plan, dates, shown)
    book = source.book
    place = chart_place(plan)
    chart = chart_document(facts, address(base, place), versions.get(place, 1), book.wording)
    documents, findings = {place: chart}, {}
    for one in shown:
        found = [*check_option(one.facts, one.evidence, source.rules, dates.document)]
        if one.facts.returns is None and one.values is not None:
            found += check_series(one.facts.profile.key, one.values, (dates.as_of,), source.rules, dates.document)
        own = option_place(plan, one.facts.profile.key)
        findings[own] = tuple(found)
        if one.facts.profile.web_address == address(base, own):
            documents[own] = page_document(facts, one.facts, versions.get(own, 1), book.wording)
    whole = check_plan(
        facts,
        [one.facts.profile.key for one in drawn if one.offered],
        [one.facts.profile.key for one in drawn if one.held],
        book.wording,
        book.approvals,
        FEE_EXAMPLE_ADDRESS,
    )
    of_chart = (*whole, *(item for found in findings.values() for item in found))
    told = {key: (*whole, *findings[key]) if key != place else of_chart for key in documents}
    keys = [one.facts.profile.key for one in shown]
    of_options = {key: (*whole, *findings[option_place(plan, key)]) for key in keys}
    return PlanNotice(plan, dates, book.horizon, facts, documents, told, of_options)


def _options(source: NoticeSource, drawing: Drawing, plan: str) -> Iterator[Drawn]:
    book, on = source.book, drawing.dates.document
    models = [model for owner, model in sorted(book.sleeves) if owner == plan]
    begun = [model for model in models if book.sleeves[plan, model]["start_date"] <= day_of(on)]
    assets = {model: _assets(source, plan, model, on) for model in begun}
    for model in begun:
        history = source.histories[book.sleeve_ids[plan, model]]
        yield draw_model(drawing, plan, model, history, assets)
    for row in book.line_up.get(plan, ()):
        if row["start"] <= day_of(on):
            yield draw_line_up(drawing, plan, row)


def _assets(source: NoticeSource, plan: str, model: str, on: date) -> int:
    history = source.histories[source.book.sleeve_ids[plan, model]]
    at = history.night_on_or_before(on)
    return 0 if at is None else int(history.net_assets[at])


def _plan_facts(source: NoticeSource, plan: str, dates: NoticeDates, shown: Sequence[Drawn]) -> PlanFacts:
    row = source.book.contacts.get(plan, {})
    contact = Contact(row.get("contact", ""), row.get("address", ""), row.get("phone", ""))
    charged = {fee.payee: fee for one in shown for fee in terms.account_fees(one.fees)}
    return PlanFacts(
        plan=plan,
        name=source.book.plans[plan]["name"],
        document_date=dates.document,
        as_of=dates.as_of,
        contact=contact,
        options=tuple(one.facts for one in shown),
        account_fees=tuple(charged.values()),
        pays_from_operating_expenses=any(one.gives_revenue_share for one in shown),
    )
