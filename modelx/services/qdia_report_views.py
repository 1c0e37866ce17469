"""The report's page on own models: what they hold by the ledger beside what their unit values' returns show."""

from modelx.evaluator.asset_classes import CODES
from modelx.services.qdia_evaluate import Outcome
from modelx.services.qdia_extras import Extras
from modelx.services.qdia_second_view import EQUITY, Part, SecondView
from modelx.services.qdia_view import Paragraph, Row, Section, Table, bp, percent

TEXT = (
    "Holdings say what is owned on the day; returns say how the unit value has moved over the months of the window. "
    "They differ where a model has changed, where funds move otherwise than their label, and by chance: the interval "
    "is what the returns leave open. The score uses the holdings."
)
NOTICED = 0.005


def second_view_sections(outcome: Outcome, more: Extras) -> tuple[Section, ...]:
    """One page, or none where no option's returns were analysed."""
    views = outcome.inputs.second_views
    known = {one.id: one.name for one in outcome.inputs.options}
    rows = [row for view in views if view.option in known for row in _rows(view, known[view.option])]
    if not rows:
        return ()
    notes = tuple(
        f"{_label(view, known[view.option])}: R2 {percent(view.r2, 1).text} over {view.months} months to {view.last}."
        for view in views
        if view.option in known
    )
    table = Table(
        "two-views",
        "Share of the portfolio, by holdings and by returns",
        "Option and part",
        ("Held", "By returns", "From", "To"),
        tuple(rows),
        ("From and to: the middle 90 % of refits with resampled residuals.", *notes),
    )
    return (
        Section("views", "What own models hold, and how they moved", (Paragraph(TEXT), *_losses(more, known), table)),
    )


def _losses(more: Extras, known: dict[str, str]) -> tuple[Table, ...]:
    rows = tuple(
        Row(
            known[one.option],
            (bp(one.held_bp), bp(one.by_returns_bp), bp(one.by_returns_bp - one.held_bp)),
        )
        for one in more.two_views
    )
    if not rows:
        return ()
    columns = ("By holdings", "By returns", "Difference")
    return (Table("two-losses", "Mean loss by either view, basis points a year", "Option", columns, rows),)


def _rows(view: SecondView, name: str) -> list[Row]:
    return [
        Row(
            f"{_label(view, name)}: {'equity' if part.name == EQUITY else part.name}",
            (percent(part.held, 1), percent(part.by_returns, 1), percent(part.low, 1), percent(part.high, 1)),
            strong=part.name == EQUITY,
        )
        for part in view.parts
        if part.name not in CODES and _seen(part)
    ]


def _seen(part: Part) -> bool:
    return max(part.held, part.by_returns, part.high) >= NOTICED


def _label(view: SecondView, name: str) -> str:
    return f"{name} {view.vintage}" if view.vintage else name
