"""The notice of the plan's default option: when it applies, what it is and costs, how to leave, what else there is.

Source: ``spec/disclosure.md`` 9, Q10 and Q11.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from modelx.disclosure.chart_document import option_fees, statements, variable_returns
from modelx.disclosure.document import Document, Paragraph, Section, Terms
from modelx.disclosure.figures import long_date
from modelx.disclosure.glossary import GLOSSARY
from modelx.disclosure.option import OptionFacts, PlanFacts
from modelx.disclosure.wording import FEE_EXAMPLE_ADDRESS, HOUSE_WORDING, Wording


@dataclass(frozen=True, slots=True)
class DefaultTerms:
    """How the plan uses its default: the circumstances, how to move out, and where the other options are described."""

    applies_when: str
    how_to_leave: str
    options_address: str


def default_document(
    plan: PlanFacts,
    facts: OptionFacts,
    terms: DefaultTerms,
    address: str,
    version: int = 1,
    wording: Iterable[Wording] = HOUSE_WORDING,
    fee_example: str = FEE_EXAMPLE_ADDRESS,
) -> Document:
    """The default notice of ``facts`` in ``plan``; the figures are those of the plan's chart."""
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
            Section(
                "what",
                f"The default: {profile.name}",
                (
                    Paragraph(f"Objective. {profile.objective}"),
                    Paragraph(f"Strategies. {profile.strategies}"),
                    Paragraph(f"Main risks. {profile.risks}"),
                    Paragraph(f"Figures as of {long_date(plan.as_of)}."),
                    variable_returns(plan, [facts]),
                    say["R1"],
                    option_fees(plan, [facts]),
                    say["R2"],
                ),
            ),
            Section("leave", "Your right to move elsewhere", (Paragraph(terms.how_to_leave),)),
            Section("glossary", "Glossary", (say["R7"], Terms(GLOSSARY))),
        ),
        lineage=facts.lineage,
    )
