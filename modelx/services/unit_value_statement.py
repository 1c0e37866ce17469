"""An explained unit value as a statement: sections with subtotals, whose figures add up as they are shown.

Each figure shown is the difference of two running totals, each rounded half-up to the places shown, so a column adds up
to its total digit for digit. Dollars that are whole millionths are shown as they are; any other figure is off by less
than one in its last place. The exact figures stand beside the shown ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from modelx.domain.errors import InvariantBroken
from modelx.domain.explain import LineKind, shown
from modelx.domain.money import big_mul_div, format_decimal
from modelx.services.unit_value_explain import Explanation
from modelx.services.unit_value_sources import ExplainedLine, Source

DOLLAR_PLACES, PER_UNIT_PLACES, EXACT_PLACES = 6, 10, 12

SECTIONS: tuple[tuple[str, tuple[LineKind, ...]], ...] = (
    ("Prior value", (LineKind.PRIOR_VALUE,)),
    (
        "Rounding carried forward",
        (LineKind.PRIOR_ROUNDING, LineKind.TRANSFER_ROUNDING, LineKind.ORDER_ROUNDING, LineKind.DUST),
    ),
    ("Prices", (LineKind.PRICE,)),
    ("Income", (LineKind.INCOME, LineKind.CASH_IN_LIEU)),
    ("Reinvestments and trades, against the close", (LineKind.REINVESTMENT, LineKind.TRADE)),
    ("Mergers, conversions and liquidations", (LineKind.EXIT,)),
    ("Fees", (LineKind.FEE, LineKind.WAIVER)),
    ("Rounding", (LineKind.ROUNDING,)),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Dollars and dollars per unit as they are shown: plain decimals with 6 and 10 places.

    ``per_unit`` is blank where the sleeve has no units: nothing falls to a unit then.
    """

    dollars: str
    per_unit: str


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line: its kind in words, what it is about, what happened, its figures shown and exact, and where they stand.

    ``dollars_exact`` is a plain decimal, ``per_unit_exact`` a fraction: the dollars over the units.
    """

    kind: str
    about: str
    what: str
    figures: Figures
    dollars_exact: str
    per_unit_exact: str
    journal: int | None
    source: Source | None


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one sort, and what they come to."""

    title: str
    lines: tuple[StatementLine, ...]
    subtotal: Figures


@dataclass(frozen=True, slots=True)
class Statement:
    """The whole: the sections, their total (tonight's units at the unit value), and what is left over: nothing.

    ``rounding_bound`` is the largest the last rounding can be, in dollars; ``left_over`` the sum of all lines less the
    value, exact.
    """

    sections: tuple[Section, ...]
    total: Figures
    rounding_bound: str
    left_over: Figures


def state(explanation: Explanation) -> Statement:
    """Set out an explanation as a statement.

    Raises :class:`InvariantBroken` when the lines do not add up to the value, or the components to the net assets.
    """
    *parts, value = explanation.lines
    _check_components(explanation)
    dollars, per_unit = _Running(DOLLAR_PLACES), _Running(PER_UNIT_PLACES)
    sections = []
    for title, kinds in SECTIONS:
        lines = sorted((line for line in parts if line.line.kind in kinds), key=lambda line: _place(line, kinds))
        moved = [(dollars.add(line.line.dollars), per_unit.add(line.line.per_unit)) for line in lines]
        if lines:
            stated = [_stated(explanation, line, *figures) for line, figures in zip(lines, moved, strict=True)]
            together = (sum(column) for column in zip(*moved, strict=True))
            sections.append(Section(title, tuple(stated), _figures(explanation, *together)))
    has_units = explanation.strike.units != 0
    left = dollars.total - value.line.dollars, per_unit.total - (value.line.per_unit if has_units else 0)
    if any(left):
        raise InvariantBroken(f"the lines of the explanation leave {left[0]} dollars and {left[1]} per unit over")
    bounds = [line.line.bound for line in parts if line.line.kind is LineKind.ROUNDING and line.line.bound is not None]
    return Statement(
        sections=tuple(sections),
        total=_figures(explanation, dollars.shown, per_unit.shown),
        rounding_bound=shown(bounds[0], DOLLAR_PLACES) if bounds else "",
        left_over=_figures(explanation, 0, 0),
    )


class _Running:
    """An exact running total, and the steps by which it moves when it is shown rounded."""

    def __init__(self, places: int) -> None:
        self.total, self.shown, self._scale = Fraction(0), 0, 10**places

    def add(self, figure: Fraction) -> int:
        self.total += figure
        before = self.shown
        self.shown = int(big_mul_div(self.total.numerator, self._scale, self.total.denominator).item())
        return self.shown - before


def _figures(explanation: Explanation, dollars: int, per_unit: int) -> Figures:
    """Figures in the places shown, whole numbers of the last place."""
    fallen = format_decimal(per_unit, PER_UNIT_PLACES) if explanation.strike.units else ""
    return Figures(format_decimal(dollars, DOLLAR_PLACES), fallen)


def _place(line: ExplainedLine, kinds: tuple[LineKind, ...]) -> tuple[bool, str, int]:
    """The order within a section: what concerns nobody in particular first, then by name."""
    return line.subject != "", line.subject, kinds.index(line.line.kind)


def _stated(explanation: Explanation, line: ExplainedLine, dollars: int, per_unit: int) -> StatementLine:
    exact = line.line
    return StatementLine(
        kind=exact.kind.value,
        about=line.subject,
        what=_what(explanation, line),
        figures=_figures(explanation, dollars, per_unit),
        dollars_exact=format_decimal(int(exact.dollars * 10**EXACT_PLACES), EXACT_PLACES, at_least=2),
        per_unit_exact=f"{exact.per_unit.numerator}/{exact.per_unit.denominator}",
        journal=line.journal,
        source=line.source,
    )


def _what(explanation: Explanation, line: ExplainedLine) -> str:
    prior, strike = explanation.prior, explanation.strike
    if line.line.kind is LineKind.PRIOR_VALUE:
        units = format_decimal(strike.units, 6, at_least=4)
        return f"{units} units at {format_decimal(prior.unit_value, 6)}" if prior else f"{units} units, the first night"
    if line.line.kind is LineKind.PRIOR_ROUNDING:
        return f"what {format_decimal(prior.unit_value, 6)} was rounded by" if prior else ""
    if line.line.kind is LineKind.ROUNDING:
        return f"to {format_decimal(strike.unit_value, 6)}"
    if line.line.kind is LineKind.DUST:
        return "cleared when the last holder left"
    return line.detail


def _check_components(explanation: Explanation) -> None:
    """Refuse a strike whose components do not add up to its net assets."""
    strike = explanation.strike
    if (
        strike.market_value + strike.cash + strike.receivables - strike.payables - strike.accrued_fees
        != strike.net_assets
    ):
        raise InvariantBroken(f"{explanation.plan} {explanation.model}: the components are not the net assets")
