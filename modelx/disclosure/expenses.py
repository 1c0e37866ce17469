"""Total annual operating expenses of a unit class: what lowers its return, as a percent of average net assets.

Fees accrued inside the unit value and the expenses of the underlying funds (look-through), before any waiver, without
brokerage; over the last completed fiscal year, or estimated from contract rates until one is complete. Fees billed to
accounts outside the unit value are never part of it. Source: ``spec/disclosure.md`` 5, rows 11-12, T4, T5, T7.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction

from modelx.disclosure.balances import FundHolding
from modelx.disclosure.figures import RATE, per_thousand_cents, to_bps
from modelx.disclosure.periods import FiscalYear
from modelx.domain.errors import InvalidInput


class FeeGroup(Enum):
    """The three parts of operating expenses (A, B and C of the spec), and the look-through that belongs to C."""

    MANAGEMENT = "Management"
    DISTRIBUTION = "Distribution and service"
    OTHER = "Other"
    UNDERLYING = "Underlying funds"


class Basis(Enum):
    """Where the figure comes from; an estimate is labelled wherever it is printed."""

    ACTUAL = "actual"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class InUnitFee:
    """A fee accrued in the unit value over the fiscal year, before waivers. ``accrued`` in millionths of a dollar."""

    payee: str
    label: str
    group: FeeGroup
    accrued: int


@dataclass(frozen=True, slots=True)
class ContractFee:
    """A fee by its yearly rate in 10^-12, for an estimate or for the current rate."""

    payee: str
    label: str
    group: FeeGroup
    rate: int


@dataclass(frozen=True, slots=True)
class FundWeight:
    """An underlying fund by target weight and yearly gross expense ratio, both in 10^-12."""

    ticker: str
    name: str
    weight: int
    ratio: int


@dataclass(frozen=True, slots=True)
class Waiver:
    """What a payee gave back in the year, in millionths, and until when it is promised. Never netted from the total."""

    payee: str
    waived: int
    through: date | None


@dataclass(frozen=True, slots=True)
class ExpenseLine:
    """One part of the total, as a ratio of average net assets and as the percent printed beside it."""

    label: str
    group: FeeGroup
    ratio: Fraction

    @property
    def percent_bps(self) -> int:
        """Hundredths of a percent, half-up; lines rounded one by one need not add up to the rounded total."""
        return to_bps(self.ratio)


@dataclass(frozen=True, slots=True)
class OperatingExpenses:
    """The total and its parts. ``after_waivers`` and ``current`` are footnotes; they never replace the total."""

    basis: Basis
    fiscal_year: FiscalYear | None
    lines: tuple[ExpenseLine, ...]
    waivers: tuple[Waiver, ...] = ()
    after_waivers: Fraction | None = None
    current: Fraction | None = None

    @property
    def ratio(self) -> Fraction:
        """Gross operating expenses over average net assets, exact."""
        return sum((line.ratio for line in self.lines), Fraction(0))

    @property
    def percent_bps(self) -> int:
        """The percent printed: hundredths of a percent, half-up."""
        return to_bps(self.ratio)

    @property
    def per_thousand_cents(self) -> int:
        """The dollars printed per $1,000 a year, from the printed percent (T5)."""
        return per_thousand_cents(self.percent_bps)

    @property
    def after_waivers_bps(self) -> int | None:
        """The footnote's percent after waivers; ``None`` without a waiver."""
        return None if self.after_waivers is None else to_bps(self.after_waivers)

    @property
    def current_bps(self) -> int | None:
        """Today's annualized rate for the footnote of DIA-024; ``None`` when it was not asked for."""
        return None if self.current is None else to_bps(self.current)


def actual_expenses(
    fees: Sequence[InUnitFee],
    holdings: Sequence[FundHolding],
    average_net_assets: Fraction,
    fiscal_year: FiscalYear,
    waivers: Sequence[Waiver] = (),
    current: Fraction | None = None,
) -> OperatingExpenses:
    """Expenses of a completed fiscal year. ``average_net_assets`` in millionths of a dollar, above zero.

    Raises :class:`InvalidInput` when there are no assets to divide by.
    """
    if average_net_assets <= 0:
        raise InvalidInput(f"operating expenses need net assets to divide by, not {average_net_assets}")
    lines = [ExpenseLine(fee.label, fee.group, fee.accrued / average_net_assets) for fee in fees]
    for holding in holdings:
        cost = holding.cost(fiscal_year.days)
        lines.append(ExpenseLine(f"{holding.name} ({holding.ticker})", FeeGroup.UNDERLYING, cost / average_net_assets))
    waived = sum(waiver.waived for waiver in waivers)
    after = sum((line.ratio for line in lines), Fraction(0)) - waived / average_net_assets if waivers else None
    return OperatingExpenses(Basis.ACTUAL, fiscal_year, tuple(lines), tuple(waivers), after, current)


def contract_lines(fees: Iterable[ContractFee], funds: Iterable[FundWeight]) -> tuple[ExpenseLine, ...]:
    """Expenses by contract rates and target weights: each fund counts weight x ratio, each fee its rate."""
    by_rate = [ExpenseLine(fee.label, fee.group, Fraction(fee.rate, RATE)) for fee in fees]
    by_weight = [
        ExpenseLine(
            f"{fund.name} ({fund.ticker})", FeeGroup.UNDERLYING, Fraction(fund.weight * fund.ratio, RATE * RATE)
        )
        for fund in funds
    ]
    return (*by_rate, *by_weight)


def estimated_expenses(fees: Iterable[ContractFee], funds: Iterable[FundWeight]) -> OperatingExpenses:
    """Expenses of an option without a completed fiscal year, to be labelled *estimated*."""
    return OperatingExpenses(Basis.ESTIMATED, None, contract_lines(fees, funds))


def current_ratio(fees: Iterable[ContractFee], funds: Iterable[FundWeight]) -> Fraction:
    """Today's annualized rate, for the footnote when it left the fiscal year's figure by 0.05 points or more."""
    return sum((line.ratio for line in contract_lines(fees, funds)), Fraction(0))


def ratio_over_stretches(stretches: Sequence[tuple[Fraction, int]]) -> Fraction:
    """The mean of (ratio, calendar days) at level net assets: an override in July, say (T7).

    Raises :class:`InvalidInput` for no days at all.
    """
    days = sum(count for _, count in stretches)
    if days <= 0:
        raise InvalidInput("a mean rate needs at least one day")
    return sum((ratio * count for ratio, count in stretches), Fraction(0)) / days
