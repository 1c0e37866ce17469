"""The notice of the plan's default option: when it applies, what it is and costs, how to leave, what else there is.

Source: ``spec/disclosure.md`` 9, Q10 and Q11.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from modelx.disclosure.chart_document import fixed_fees, fixed_returns, option_fees, statements, variable_returns
from modelx.disclosure.document import Block, Document, Paragraph, Section, Terms
from modelx.disclosure.figures import long_date
from modelx.disclosure.glossary import GLOSSARY
from modelx.disclosure.option import Lineage, OptionFacts, PlanFacts, Profile
from modelx.disclosure.option_words import shareholder_fee_phrase
from modelx.disclosure.wording import FEE_EXAMPLE_ADDRESS, HOUSE_WORDING, Wording


@dataclass(frozen=True, slots=True)
class DefaultTerms:
    """How the plan uses its default: the circumstances, how to move out, and where the other options are described."""

    applies_when: str
    how_to_leave: str
    options_address: str


def stated_items(objective: str, risks: str, terms: DefaultTerms) -> frozenset[str]:
    """Which of the four items of Q11 the notice has words for; its fees and returns have checks of their own."""
    said = {
        "when": terms.applies_when,
        "what": objective if risks.strip() else "",
        "leave": terms.how_to_leave,
        "others": terms.options_address,
    }
    return frozenset(key for key, words in said.items() if words.strip())


def default_document(
    plan: PlanFacts,
    facts: OptionFacts,
    terms: DefaultTerms,
    address: str,
    version: int = 1,
    wording: Iterable[Wording] = HOUSE_WORDING,
    fee_example: str = FEE_EXAMPLE_ADDRESS,
    lineage: tuple[Lineage, ...] = (),
) -> Document:
    """The default notice of ``facts`` in ``plan``; the figures are those of the plan's chart.

    ``lineage`` names what it was drawn from beside the option's own inputs.
    """
    texts = tuple(wording)
    say = statements(plan, texts, fee_example)
    own = next(one for one in texts if one.key == "R12")
    values = {"default_option": facts.profile.name, "options_address": terms.options_address}
    choice = Paragraph(own.filled(values), own.key, own.sha256)
    profile = facts.profile
    return Document(
        kind="default",
        plan=plan.plan,
        subject=profile.key,
        title="Notice of the Plan's Default Investment",
        subtitle=plan.name,
        language="en-US",
        document_date=plan.document_date,
        as_of=plan.as_of,
        address=address,
        version=version,
        sections=(
            Section("about", "About this notice", (say["R6"], choice, say["R5"])),
            Section("when", "When the default applies", (Paragraph(terms.applies_when),)),
            _what(plan, facts, say["R1"], say["R2"]),
            _leave(profile, terms),
            Section("others", "The plan's other options", (_others(terms),)),
            Section("glossary", "Glossary", (say["R7"], Terms(GLOSSARY))),
        ),
        lineage=(*facts.lineage, *lineage),
    )


def _what(plan: PlanFacts, facts: OptionFacts, past: Paragraph, factors: Paragraph) -> Section:
    profile = facts.profile
    words = [
        Paragraph(f"{label} {text}")
        for label, text in (
            ("Objective.", profile.objective),
            ("Strategies.", profile.strategies),
            ("Main risks.", profile.risks),
        )
        if text.strip()
    ]
    figures: tuple[Block, ...]
    if facts.fixed is not None:
        figures = (fixed_returns([facts]), fixed_fees([facts]), factors)
    else:
        figures = (variable_returns(plan, [facts]), past, option_fees(plan, [facts]), factors)
    dated = Paragraph(f"Figures as of {long_date(plan.as_of)}.")
    return Section("what", f"The default: {profile.name}", (*words, dated, *figures))


def _leave(profile: Profile, terms: DefaultTerms) -> Section:
    fees = "; ".join(shareholder_fee_phrase(fee) for fee in profile.shareholder_fees or ()) or "None"
    limits = " ".join(profile.restrictions or ()) or "None."
    told = Paragraph(f"What leaving may cost. Shareholder-type fees: {fees}. Restrictions: {limits}")
    return Section("leave", "Your right to move elsewhere", (Paragraph(terms.how_to_leave), told))


def _others(terms: DefaultTerms) -> Paragraph:
    return Paragraph(
        "The comparative chart of all options of the plan, with their returns and fees, is at "
        f"{terms.options_address}. Each option has a page of its own there."
    )
