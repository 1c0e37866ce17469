"""The phrases and cells that the chart of a plan and the page of an option share."""

from modelx.disclosure.document import Cell, Note, Words
from modelx.disclosure.expenses import Basis, OperatingExpenses
from modelx.disclosure.figures import Figure, dollars, long_date, per_thousand_cents, percent
from modelx.disclosure.option import OptionFacts, Profile, ShareholderFee
from modelx.disclosure.returns_shown import ReturnsShown

NOT_ANNUALIZED = "not annualized"


def return_cells(shown: ReturnsShown) -> tuple[Figure, ...]:
    """1, 5, 10 years and since inception; the last marked when it is not annualized."""
    periods = [percent(bps) for bps in shown.bps[:3]]
    life = shown.bps[3]
    note = NOT_ANNUALIZED if life is not None and not shown.life_annualized else ""
    return (*periods, percent(life, note))


def life_phrase(facts: OptionFacts) -> str:
    """When the option began, as the chart says it."""
    if facts.returns is not None and facts.returns.inception >= facts.returns.as_of:
        return f"Began {long_date(facts.inception)}; no returns yet"
    return f"Inception {long_date(facts.inception)}"


def shareholder_fee_phrase(fee: ShareholderFee) -> str:
    """``Early withdrawal charge: 1.00%, on money moved within a year``."""
    amount = percent(fee.percent_bps).text if fee.percent_bps is not None else dollars(fee.cents).text
    return f"{fee.label}: {amount}, {fee.when}"


def shareholder_fees_cell(profile: Profile) -> Words:
    """Fees charged straight to the investment, each on its line, or an explicit None; restrictions below."""
    fees = tuple(shareholder_fee_phrase(fee) for fee in profile.shareholder_fees or ())
    restrictions = profile.restrictions or ()
    first, rest = (fees[0], fees[1:]) if fees else ("None", ())
    limits = tuple(f"Restriction: {text}" for text in restrictions)
    return Words(first, (*rest, *(limits or ("No restrictions.",))))


def expense_cells(expenses: OperatingExpenses) -> tuple[Cell, Cell]:
    """The percent and the dollars per $1,000, marked when they are an estimate."""
    note = Basis.ESTIMATED.value if expenses.basis is Basis.ESTIMATED else ""
    return percent(expenses.percent_bps, note), dollars(expenses.per_thousand_cents, note)


def expense_notes(expenses: OperatingExpenses, footnote_from_bps: int) -> list[str]:
    """What must be said beside the total: a current rate that left it (DIA-024), and a waiver with its end."""
    notes: list[str] = []
    current, after = expenses.current_bps, expenses.after_waivers_bps
    if current is not None and abs(current - expenses.percent_bps) >= footnote_from_bps:
        notes.append(f"At today's rates the expenses would be {percent(current).text} a year.")
    if after is not None:
        dates = [waiver.through for waiver in expenses.waivers if waiver.through is not None]
        until = f" through {long_date(min(dates))}" if dates else ""
        cost = dollars(per_thousand_cents(after)).text
        notes.append(f"After waivers{until} the expenses were {percent(after).text}, or {cost} per $1,000.")
    return notes


def plain_address(address: str) -> str:
    """An address as it is printed: without the scheme and the closing slash."""
    return address.removeprefix("https://").rstrip("/")


class Footnotes:
    """Footnotes numbered in the order they are first needed; the same text keeps its number."""

    def __init__(self) -> None:
        self._mark_of: dict[str, str] = {}

    def mark(self, text: str) -> str:
        """The mark of ``text``, a new one at its first use."""
        return self._mark_of.setdefault(text, str(len(self._mark_of) + 1))

    @property
    def notes(self) -> tuple[Note, ...]:
        """All of them in order."""
        return tuple(Note(mark, text) for text, mark in self._mark_of.items())
