"""The quarterly statement of a participant: dollars actually charged to the account, by service.

Charges against everybody's accounts and charges for one person's own actions stand apart. Fees inside a unit value are
not charges; they lower the option's return. Source: ``spec/disclosure.md`` 8, T15, DIA-052.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from modelx.disclosure.codes import finding
from modelx.disclosure.figures import RATE, dollars
from modelx.domain.finding import Finding
from modelx.domain.money import big_mul_div

MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Charge:
    """A debit of a participant's account. ``individual`` marks a fee for the person's own action (a loan)."""

    on: date
    participant: str
    service: str
    payee: str
    individual: bool
    cents: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """What one service cost in the quarter."""

    service: str
    payee: str
    cents: int


@dataclass(frozen=True, slots=True)
class QuarterlyStatement:
    """The dollars of one participant and quarter (both dates included). ``general`` and ``individual`` never mix."""

    participant: str
    first: date
    last: date
    general: tuple[StatementLine, ...]
    individual: tuple[StatementLine, ...]
    paid_from_operating_expenses: bool

    @property
    def general_cents(self) -> int:
        """The sum charged for running the plan."""
        return sum(line.cents for line in self.general)

    @property
    def individual_cents(self) -> int:
        """The sum charged for the person's own actions."""
        return sum(line.cents for line in self.individual)

    @property
    def total_cents(self) -> int:
        """Everything debited in the quarter."""
        return self.general_cents + self.individual_cents


def monthly_charge_cents(balance_cents: int, yearly_rate: int) -> int:
    """One month in arrears at a yearly rate (10^-12): balance x rate / 12, half-up to the cent."""
    return int(big_mul_div(balance_cents, yearly_rate, RATE * MONTHS_A_YEAR).item())


def quarterly_statement(
    participant: str, charges: Iterable[Charge], first: date, last: date, paid_from_operating_expenses: bool
) -> QuarterlyStatement:
    """The statement of ``participant`` from ``first`` to ``last``: charges of others and of other days are left out.

    ``paid_from_operating_expenses`` says that some administrative costs were met inside the options (statement R8).
    """
    sums: dict[tuple[bool, str, str], int] = {}
    for charge in charges:
        if charge.participant == participant and first <= charge.on <= last:
            key = (charge.individual, charge.service, charge.payee)
            sums[key] = sums.get(key, 0) + charge.cents

    def lines(individual: bool) -> tuple[StatementLine, ...]:
        rows = sorted((key, cents) for key, cents in sums.items() if key[0] is individual)
        return tuple(StatementLine(service, payee, cents) for (_, service, payee), cents in rows)

    return QuarterlyStatement(participant, first, last, lines(False), lines(True), paid_from_operating_expenses)


def check_charges(
    plan: str, charges: Iterable[Charge], billed: Mapping[str, int], first: date, last: date
) -> tuple[Finding, ...]:
    """DIA-052: what accounts were charged for each payee is what the ledger billed for it, to the cent.

    ``billed`` gives cents by payee from ``first`` to ``last``; a payee that only the record keeper charges is not in
    it, and a charge for a person's own action is no part of it.
    """
    told = dict.fromkeys(billed, 0)
    for charge in charges:
        if charge.payee in told and not charge.individual and first <= charge.on <= last:
            told[charge.payee] += charge.cents
    return tuple(
        finding("DIA-052", plan, f"{payee} was billed {dollars(cents).text}, accounts say {dollars(told[payee]).text}")
        for payee, cents in sorted(billed.items())
        if told[payee] != cents
    )


def check_statement(statement: QuarterlyStatement, debited_cents: int) -> tuple[Finding, ...]:
    """DIA-052: the statement's dollars are those that the ledger debited."""
    if statement.total_cents == debited_cents:
        return ()
    told, debited = dollars(statement.total_cents).text, dollars(debited_cents).text
    return (finding("DIA-052", statement.participant, f"the statement says {told}, the ledger debited {debited}"),)
