"""The default notice of a plan drawn from the database, with what every check says: the option's, the plan's, Q1-Q13.

Q10 warns here and stops nothing: a notice that is late is still owed. Source: ``spec/disclosure.md`` 9.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

from modelx.disclosure.addresses import address, chart_place, default_place
from modelx.disclosure.default_document import default_document
from modelx.disclosure.default_option import DefaultFacts, check_default
from modelx.disclosure.option import Lineage
from modelx.domain.errors import NotFound
from modelx.services.disclosure_book import Row
from modelx.services.disclosure_default import default_of, default_standing
from modelx.services.disclosure_default_facts import NOTHING_STATED, default_row, default_terms
from modelx.services.disclosure_draw import NoticeSource, PlanNotice, draw_plan
from modelx.services.disclosure_drawing import NoticeDates

STILL_OWED = frozenset({10})


def draw_default(
    source: NoticeSource, plan: str, dates: NoticeDates, base: str, versions: Mapping[str, int]
) -> PlanNotice:
    """The default notice of a plan as it would be published at ``base``, alone in its :class:`PlanNotice`.

    Raises :class:`NotFound` for a plan that names no default, or one that it does not offer on the document date;
    :class:`InvalidInput` as :func:`modelx.services.disclosure_draw.draw_plan` does.
    """
    book, option = source.book, default_of(source.book, plan)
    if not option:
        raise NotFound(f"{plan} names no default_option in plan_notices.csv: it owes no default notice")
    drawn = draw_plan(source, plan, dates, base, {}, {})
    facts = next((one for one in drawn.facts.options if _is(one.profile.key, plan, option)), None)
    if facts is None:
        raise NotFound(f"{plan} names {option} as its default and does not offer it on {dates.document}")
    standing = default_standing(book, plan, option, dates.document, source.rules)
    row, place = default_row(book, plan, option), default_place(plan)
    document = default_document(
        drawn.facts,
        facts,
        default_terms(row, address(base, chart_place(plan))),
        address(base, place),
        versions.get(place, 1),
        book.wording,
        lineage=(_lineage(standing.facts, row),),
    )
    found = (
        *drawn.of_options[facts.profile.key],
        *check_default(standing.facts, standing.checks, standing.signed, STILL_OWED),
    )
    return PlanNotice(plan, dates, drawn.horizon, drawn.facts, {place: document}, {place: found})


def _is(key: str, plan: str, option: str) -> bool:
    return key.removeprefix(f"{plan}/").partition("/")[0] == option


def _lineage(facts: DefaultFacts, row: Row) -> Lineage:
    """What the notice and its checks were drawn from; when notices were sent is left out, as that follows after."""
    used = [
        *sorted((name, row[name]) for name in NOTHING_STATED),
        ("equity_by_age", facts.equity_by_age),
        ("largest_fund", facts.largest_fund),
        ("exit_fees", facts.exit_fees),
        ("told_fees", facts.told_fees),
    ]
    return Lineage("default_facts", facts.option, sha256(json.dumps(used, sort_keys=True).encode()).hexdigest())
