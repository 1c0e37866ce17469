"""The closed list of disclosure findings: what each code means and what to do about it.

``BLOCK`` codes stop a publication, ``WARN`` codes are listed and logged with their figures. Source:
``spec/disclosure.md`` 11. A code that is both (DIA-050) is raised at the level that its date asks for.
"""

from dataclasses import dataclass

from modelx.domain.finding import Finding, Level


@dataclass(frozen=True, slots=True)
class Code:
    """A code's level, its meaning in a few words, and the remedy."""

    level: Level
    meaning: str
    remedy: str


E, W = Level.BLOCK, Level.WARN

CODES: dict[str, Code] = {
    "DIA-001": Code(E, "name or category missing, or name not unique in the plan", "Give each option its own name."),
    "DIA-002": Code(E, "as-of date is not the last completed year end", "Use 31 December before the document date."),
    "DIA-003": Code(E, "unit values missing, repeated or not positive", "Strike or restate the nights named."),
    "DIA-004": Code(E, "return shown for time before the option existed", "Show N/A; show since inception instead."),
    "DIA-005": Code(E, "annualized return for a life under one year", "Show it cumulative, marked not annualized."),
    "DIA-006": Code(E, "life under ten years and no since-inception return", "Add the since-inception column."),
    "DIA-007": Code(E, "return differs from the one recomputed", "Draft again from the published unit values."),
    "DIA-010": Code(E, "no broad-based primary benchmark", "Name a broad total-return index; a blend goes beside it."),
    "DIA-011": Code(
        E, "benchmark administered by an affiliate", "Document that it is widely recognized, or change it."
    ),
    "DIA-012": Code(E, "benchmark dates differ from the option's", "Load index levels for the option's own dates."),
    "DIA-013": Code(
        W, "benchmark changed without reason, date or archive", "Say why and when; show the old index once."
    ),
    "DIA-014": Code(E, "blend weights wrong, stale or applied to the past", "Give dated weights for every year shown."),
    "DIA-015": Code(W, "blend weights differ from the option's mix", "Set the next year's weights to the mix."),
    "DIA-020": Code(E, "operating expenses missing, netted or of an open year", "Show gross; label an estimate."),
    "DIA-021": Code(E, "dollars per $1,000 are not ten times the percent shown", "Derive them from the percent shown."),
    "DIA-022": Code(
        E, "underlying expenses left out or counted twice", "Look through each fund once, at its full ratio."
    ),
    "DIA-023": Code(E, "fee told twice or not at all", "A fee is inside the unit value or in the plan's list: one."),
    "DIA-024": Code(W, "current rate left the fiscal year's figure", "Footnote the current annualized rate."),
    "DIA-025": Code(W, "operating expenses differ from the ledger's accruals", "Reconcile the fee rows to the ledger."),
    "DIA-026": Code(E, "waiver shown without its end date", "Give the date until which the waiver is promised."),
    "DIA-030": Code(E, "shareholder-type fees or restrictions not stated", 'List them, or state explicitly "None".'),
    "DIA-031": Code(E, "figures are not those of the plan's own class", "Draft from the class in force for this plan."),
    "DIA-032": Code(
        W, "change inside a shown period without a footnote", "Add a footnote with the date and its nature."
    ),
    "DIA-040": Code(E, "required statement missing or not approved", "Use the approved wording, or have it approved."),
    "DIA-041": Code(
        E, "web address or page of the option not in order", "Give the option its own https page, items A-F."
    ),
    "DIA-042": Code(E, "performance on the web is older than a quarter", "Refresh the page to the latest quarter end."),
    "DIA-043": Code(E, "contact or document date missing", "Give name, address, phone and the document's date."),
    "DIA-044": Code(E, "chart does not match the plan's options", "List every option, and none removed and empty."),
    "DIA-050": Code(E, "annual notice late or soon due", "Send it, and record it in notices_sent.csv."),
    "DIA-051": Code(E, "change notice outside its window", "Send it in the window, or state why unforeseeable."),
    "DIA-052": Code(E, "quarterly statement late or not what was charged", "Send each quarter the dollars debited."),
    "DIA-053": Code(E, "an input was restated after the document was drawn", "Draft again and supersede the document."),
    "DIA-060": Code(
        E, "figures do not fit the kind of return", "A fixed return shows a rate; a variable one the rest."
    ),
    "DIA-070": Code(
        W, "turnover missing, of a part year or with the sweep", "Compute it over the year, sweep left out."
    ),
    "DIA-080": Code(E, "document not accessible", "Give tags, title, language, and a table beside each chart."),
}

CHECKS_OF_A_DEFAULT = (
    "kind of default", "mix of equity and fixed income", "diversification", "glide path", "manager",
    "employer securities", "transfers", "first 90 days", "after 90 days", "notice dates", "notice content",
    "materials and choice", "automatic enrollment",
)  # fmt: skip
CODES |= {
    f"QDIA-{number}": Code(E, f"default option, {subject}", "Mend it, have it signed, or take the default flag off.")
    for number, subject in enumerate(CHECKS_OF_A_DEFAULT, 1)
}


def finding(code: str, about: str, detail: str, level: Level | None = None) -> Finding:
    """A finding of ``code`` about an option, plan or document: the detail with its figures, then the remedy."""
    known = CODES[code]
    return Finding(code, level or known.level, f"{about}: {known.meaning}: {detail}. {known.remedy}")
