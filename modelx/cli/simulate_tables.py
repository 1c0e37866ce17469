"""How simulations are shown: one line for each case, model or sleeve, in the figures a committee compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from modelx.cli.output import Output, grouped, print_remark, show_rows

if TYPE_CHECKING:
    from modelx.services.what_if_summary import Summary

FIGURES = ("growth", "annual_return", "volatility", "drawdown", "turnover", "cost", "tracking")
HEADS = ("growth", "return", "volatility", "drawdown", "turnover", "cost", "tracking")
LEGEND = """
growth: what 10,000 dollars became    return: a year, geometric (of less than a year: as it was)
drawdown: the deepest fall    volatility: of nightly returns, a year
turnover, cost (fees): a year, of average net assets
tracking: volatility of the nightly difference from the base"""


def show_summary(
    output: Output,
    what: str,
    names: Sequence[str],
    lines: Sequence[Sequence[str]],
    summary: Summary,
    *,
    title: str,
    after: tuple[Sequence[str], Sequence[Sequence[str]]] = ((), ()),
) -> None:
    """Print lines of a summary: ``lines`` has the texts of the columns ``names`` for each row of it.

    People see percent with two decimals, scripts fractions with six. ``after`` are columns set behind the figures.
    """
    more, cells = after
    plain = output.json or output.csv
    shown = [_figures(summary, at, plain=plain) for at in range(len(lines))]
    heads = FIGURES if plain else HEADS
    behind = cells or [()] * len(lines)
    rows = [[*line, *figures, *rest] for line, figures, rest in zip(lines, shown, behind, strict=True)]
    show_rows(output, what, [*names, *heads, *more], rows, title=title, numeric=frozenset({"sleeves", *heads, *more}))
    if not plain:
        print_remark(LEGEND)


def _figures(summary: Summary, at: int, *, plain: bool) -> list[str]:
    figures = [float(getattr(summary, name)[at]) for name in FIGURES]
    if plain:
        return [f"{figures[0]:.2f}", *(f"{figure:.6f}" for figure in figures[1:])]
    return [grouped(f"{figures[0]:.0f}"), *(f"{100 * figure:.2f} %" for figure in figures[1:])]
