"""Checks of the words and the whole of a notice (DIA-001, DIA-030 to DIA-044, DIA-053, DIA-060, DIA-080)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from modelx.disclosure.codes import finding
from modelx.disclosure.figures import long_date
from modelx.disclosure.option import Contact, Footnote, Lineage, OptionFacts, PlanFacts, Profile, ReturnType
from modelx.disclosure.wording import Approval, Wording, is_fee_example_address, unapproved
from modelx.domain.finding import Finding

PAGE_ITEMS = {
    "A": "issuer",
    "B": "objective",
    "C": "strategies and risks",
    "D": "portfolio turnover",
    "E": "performance",
    "F": "fees",
}


@dataclass(frozen=True, slots=True)
class DocumentTraits:
    """What a finished file was read back to have, for DIA-080."""

    tagged: bool
    title: str
    language: str
    charts: int
    charts_with_text: int
    charts_with_table: int


def check_names(plan: str, profiles: Iterable[Profile]) -> tuple[Finding, ...]:
    """DIA-001: every option has a name and a category, and no two of a plan share a name."""
    found: list[Finding] = []
    seen: dict[str, str] = {}
    for profile in profiles:
        lacks = [word for word, text in (("name", profile.name), ("category", profile.category)) if not text.strip()]
        if lacks:
            found.append(finding("DIA-001", profile.key, f"it has no {' and no '.join(lacks)}"))
        name = " ".join(profile.name.casefold().split())
        if name and name in seen:
            found.append(finding("DIA-001", plan, f"{seen[name]} and {profile.key} are both named {profile.name!r}"))
        seen.setdefault(name, profile.key)
    return tuple(found)


def check_stated(profile: Profile) -> tuple[Finding, ...]:
    """DIA-030: shareholder-type fees and restrictions are listed, or explicitly none."""
    fields = (("shareholder-type fees", profile.shareholder_fees), ("restrictions", profile.restrictions))
    return tuple(finding("DIA-030", profile.key, f"{name} are empty") for name, value in fields if value is None)


def check_class(about: str, in_force: str, drawn_from: str) -> tuple[Finding, ...]:
    """DIA-031: the figures are those of the class in force for this plan (``plan/model/letter``)."""
    if in_force == drawn_from:
        return ()
    return (finding("DIA-031", about, f"the class in force is {in_force}, the figures are of {drawn_from}"),)


def check_footnotes(
    about: str, changes: Iterable[Footnote], footnotes: Iterable[Footnote], first: date, last: date
) -> tuple[Finding, ...]:
    """DIA-032: every change of strategy, manager or mix within the shown period has a footnote of its date."""
    told = {note.on for note in footnotes}
    return tuple(
        finding("DIA-032", about, f"{long_date(change.on)}: {change.text}")
        for change in changes
        if first <= change.on <= last and change.on not in told
    )


def check_wording(
    about: str, wording: Iterable[Wording], approvals: Iterable[Approval], fee_example: str, on: date
) -> tuple[Finding, ...]:
    """DIA-040: R1 to R7 stand in approved wording, and the fee example is at dol.gov."""
    reasons = list(unapproved(wording, approvals, on))
    if not is_fee_example_address(fee_example):
        reasons.append(f"R3's example is at {fee_example or 'no address'}, not at https dol.gov")
    return tuple(finding("DIA-040", about, reason) for reason in reasons)


def check_address(profile: Profile, own_address: str = "", others: Iterable[str] = ()) -> tuple[Finding, ...]:
    """DIA-041: https, a page rather than a site, this option's own, and nobody else's in the plan.

    ``own_address`` is where the site publishes the option; empty when another site carries the page.
    """
    address = profile.web_address
    if not address:
        return (finding("DIA-041", profile.key, "it has no web address"),)
    parts = urlsplit(address)
    reasons: list[str] = []
    if parts.scheme != "https" or not parts.hostname:
        reasons.append(f"{address} is not https")
    if not parts.path.strip("/") and not parts.query:
        reasons.append(f"{address} is a home page, not the option's own")
    if own_address and address != own_address:
        reasons.append(f"{address} is not the option's own, {own_address}")
    if address in set(others):
        reasons.append(f"{address} is another option's page too")
    return tuple(finding("DIA-041", profile.key, reason) for reason in reasons)


def check_page_items(facts: OptionFacts) -> tuple[Finding, ...]:
    """DIA-041: the option's page carries items A to F.

    D is the section on turnover, which the page always has: an option younger than a month says that there is no
    figure yet, and DIA-070 warns of it. A fixed return is asked for A and B only.
    """
    profile = facts.profile
    fixed = profile.return_type is ReturnType.FIXED
    present = {
        "A": bool(profile.issuer.strip()),
        "B": bool(profile.objective.strip()),
        "C": bool(profile.strategies.strip() and profile.risks.strip()),
        "E": facts.returns is not None,
        "F": facts.expenses is not None and profile.shareholder_fees is not None,
    }
    asked = ("A", "B") if fixed else tuple(present)
    return tuple(
        finding("DIA-041", profile.key, f"the page lacks item {item}, {PAGE_ITEMS[item]}")
        for item in asked
        if not present[item]
    )


def check_contact(about: str, contact: Contact, document_date: date | None) -> tuple[Finding, ...]:
    """DIA-043: name, address and phone of the contact, and the document's date."""
    fields = (("name", contact.name), ("address", contact.address), ("phone", contact.phone))
    lacks = [f"the contact's {name}" for name, text in fields if not text.strip()]
    if document_date is None:
        lacks.append("the document's date")
    return (finding("DIA-043", about, f"{', '.join(lacks)} missing"),) if lacks else ()


def check_all_options(facts: PlanFacts, offered: Iterable[str], held: Iterable[str]) -> tuple[Finding, ...]:
    """DIA-044: every option of the plan is on the chart; one no longer offered stays only while somebody holds it."""
    shown, offered_now, holders = {one.profile.key for one in facts.options}, set(offered), set(held)
    due = offered_now | holders
    found = [finding("DIA-044", facts.plan, f"{key} is not on the chart") for key in sorted(due - shown)]
    found += [
        finding("DIA-044", facts.plan, f"{key} is on the chart, not offered and held by nobody")
        for key in sorted(shown - due)
    ]
    return tuple(found)


def check_kind_of_return(facts: OptionFacts) -> tuple[Finding, ...]:
    """DIA-060: a fixed return shows its rate and neither returns nor benchmark; a variable one the reverse."""
    about = facts.profile.key
    if facts.profile.return_type is ReturnType.FIXED:
        wrong = [
            word
            for word, value in (
                ("returns", facts.returns),
                ("a benchmark", facts.measured),
                ("operating expenses", facts.expenses),
            )
            if value is not None
        ]
        missing = [] if facts.fixed else ["its rate"]
    else:
        wrong = ["a fixed rate"] if facts.fixed else []
        missing = [
            word for word, value in (("returns", facts.returns), ("a benchmark", facts.measured)) if value is None
        ]
    details = [f"it is {facts.profile.return_type.value} and shows {word}" for word in wrong]
    details += [f"it is {facts.profile.return_type.value} and lacks {word}" for word in missing]
    return tuple(finding("DIA-060", about, detail) for detail in details)


def check_lineage(about: str, used: Iterable[Lineage], latest: Mapping[tuple[str, str], str]) -> tuple[Finding, ...]:
    """DIA-053: every input still has the version that the document was drawn from.

    ``latest`` gives the hash of the newest version of each (kind, key); an input that is not in it was withdrawn.
    """
    return tuple(
        finding("DIA-053", about, f"{item.kind} {item.key} has a later version")
        for item in used
        if latest.get((item.kind, item.key)) != item.sha256
    )


def check_accessible(about: str, traits: DocumentTraits) -> tuple[Finding, ...]:
    """DIA-080: tags, title, language, and for every chart a text and a table."""
    reasons: list[str] = []
    if not traits.tagged:
        reasons.append("it has no tags")
    if not traits.title:
        reasons.append("it has no title")
    if not traits.language:
        reasons.append("it names no language")
    if traits.charts_with_text < traits.charts:
        reasons.append(f"{traits.charts - traits.charts_with_text} of {traits.charts} charts have no text")
    if traits.charts_with_table < traits.charts:
        reasons.append(f"{traits.charts - traits.charts_with_table} of {traits.charts} charts have no table")
    return tuple(finding("DIA-080", about, reason) for reason in reasons)
