"""Checks of what an option is said to cost (DIA-020 to DIA-026) and of its turnover (DIA-070).

The printed figures are checked against the exact ones, the exact ones against the ledger, and every live fee against
the one place where it must be told.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction

from modelx.disclosure.codes import finding
from modelx.disclosure.expenses import Basis, FeeGroup, OperatingExpenses
from modelx.disclosure.figures import dollars, per_thousand_cents, percent, to_bps
from modelx.disclosure.requirements import Rulebook
from modelx.disclosure.turnover import Turnover
from modelx.domain.finding import Finding


class PaidFrom(Enum):
    """Whose money pays a fee, which decides where it is told and how it is reported."""

    UNIT_VALUE = "unit_value"
    ACCOUNT = "account"
    SPONSOR = "sponsor"
    FUND_INTERNAL = "fund_internal"


@dataclass(frozen=True, slots=True)
class FeeTold:
    """A live fee and where the draft tells it: inside operating expenses, in the plan's account-fee list, or both."""

    payee: str
    kind: str
    paid_from: PaidFrom
    in_operating_expenses: bool
    in_account_list: bool

    @property
    def name(self) -> str:
        """The fee in messages."""
        return f"{self.payee} {self.kind}".strip()


def check_total(
    about: str, expenses: OperatingExpenses | None, printed_bps: int | None, document_date: date
) -> tuple[Finding, ...]:
    """DIA-020: present, not negative, before waivers, and of a completed fiscal year or labelled estimated."""
    if expenses is None or printed_bps is None:
        return (finding("DIA-020", about, "no operating expenses are shown"),)
    found: list[Finding] = []
    if expenses.ratio < 0 or printed_bps < 0:
        found.append(finding("DIA-020", about, f"{percent(printed_bps).text} is negative"))
    if printed_bps != expenses.percent_bps:
        gross = percent(expenses.percent_bps).text
        netted = " after waivers" if printed_bps == expenses.after_waivers_bps else ""
        found.append(finding("DIA-020", about, f"{percent(printed_bps).text}{netted} is shown, gross is {gross}"))
    year = expenses.fiscal_year
    if expenses.basis is Basis.ACTUAL and (year is None or year.end >= document_date):
        ends = year.end if year else "never"
        found.append(finding("DIA-020", about, f"the fiscal year ends {ends}, the document is dated {document_date}"))
    return tuple(found)


def check_per_thousand(about: str, printed_bps: int, printed_cents: int) -> tuple[Finding, ...]:
    """DIA-021: dollars per $1,000 are the printed percent times ten (T5)."""
    due = per_thousand_cents(printed_bps)
    if printed_cents == due:
        return ()
    detail = f"{percent(printed_bps).text} needs {dollars(due).text}, {dollars(printed_cents).text} is shown"
    return (finding("DIA-021", about, detail),)


def check_underlying(
    about: str, expenses: OperatingExpenses, funds_held: frozenset[str], told: tuple[FeeTold, ...]
) -> tuple[Finding, ...]:
    """DIA-022: a line for every fund held in the year, and no 12b-1 or sub-TA fee beside the ratio that holds it.

    ``funds_held`` are tickers; a fund's line ends with its ticker in brackets.
    """
    seen = {line.label.rpartition("(")[2].rstrip(")") for line in expenses.lines if line.group is FeeGroup.UNDERLYING}
    found = [finding("DIA-022", about, f"{ticker} was held and has no line") for ticker in sorted(funds_held - seen)]
    found += [
        finding("DIA-022", about, f"{fee.name} is part of a fund's own ratio and is added again")
        for fee in told
        if fee.paid_from is PaidFrom.FUND_INTERNAL and fee.in_operating_expenses
    ]
    return tuple(found)


def check_told_once(about: str, told: tuple[FeeTold, ...]) -> tuple[Finding, ...]:
    """DIA-023: a fee inside the unit value is in operating expenses only; one from accounts in the plan's list only.

    A fee paid by the sponsor, or inside a fund, belongs in neither.
    """
    found: list[Finding] = []
    for fee in told:
        if fee.in_operating_expenses and fee.in_account_list:
            found.append(finding("DIA-023", about, f"{fee.name} is in both places"))
        elif fee.paid_from is PaidFrom.UNIT_VALUE and not fee.in_operating_expenses:
            place = "the account list, though the unit value pays it" if fee.in_account_list else "neither place"
            found.append(finding("DIA-023", about, f"{fee.name} is in {place}"))
        elif fee.paid_from is PaidFrom.ACCOUNT and not fee.in_account_list:
            place = "operating expenses, though accounts pay it" if fee.in_operating_expenses else "neither place"
            found.append(finding("DIA-023", about, f"{fee.name} is in {place}"))
    return tuple(found)


def check_current_rate(about: str, expenses: OperatingExpenses, rules: Rulebook, on: date) -> tuple[Finding, ...]:
    """DIA-024: a footnote is due when today's rate is 0.05 points or more from the figure shown."""
    current = expenses.current_bps
    if current is None or abs(current - expenses.percent_bps) < rules.value("fee_change_footnote_bps", on):
        return ()
    detail = f"the year's figure is {percent(expenses.percent_bps).text}, the current rate {percent(current).text}"
    return (finding("DIA-024", about, detail),)


def check_against_ledger(
    about: str,
    expenses: OperatingExpenses,
    accrued: int,
    average_net_assets: Fraction,
    rules: Rulebook,
    on: date,
) -> tuple[Finding, ...]:
    """DIA-025: the in-unit part equals the ledger's gross accruals over average net assets, within 0.01 points.

    ``accrued`` and ``average_net_assets`` in millionths of a dollar.
    """
    told = sum((line.ratio for line in expenses.lines if line.group is not FeeGroup.UNDERLYING), Fraction(0))
    ledger = accrued / average_net_assets
    if abs(told - ledger) * 10_000 <= rules.value("ledger_tolerance_bps", on):
        return ()
    detail = f"fees told {percent(to_bps(told)).text}, accrued in the ledger {percent(to_bps(ledger)).text}"
    return (finding("DIA-025", about, detail),)


def check_waivers(about: str, expenses: OperatingExpenses) -> tuple[Finding, ...]:
    """DIA-026: each waiver has the date through which it is promised."""
    return tuple(
        finding("DIA-026", about, f"the waiver by {waiver.payee} has no end date")
        for waiver in expenses.waivers
        if waiver.through is None
    )


def check_turnover(
    about: str, turnover: Turnover | None, labelled_part_year: bool, sweep_included: bool
) -> tuple[Finding, ...]:
    """DIA-070: shown, labelled when it is of a part year, and without the sweep."""
    if turnover is None:
        return (finding("DIA-070", about, "it is missing"),)
    found: list[Finding] = []
    if not turnover.whole_year and not labelled_part_year:
        found.append(finding("DIA-070", about, f"it covers {turnover.months} months and is not labelled"))
    if sweep_included:
        found.append(finding("DIA-070", about, "a security with a maturity of a year or less is in it"))
    return tuple(found)
