"""Rows of the `modelx qdia` commands: figures as text, in the columns that scripts rely on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from modelx.evaluator.style_intervals import Interval
    from modelx.services.qdia_candidates import SleeveHolding
    from modelx.services.qdia_extras import Extras
    from modelx.services.qdia_reconciliation import Line
    from modelx.services.qdia_second_view import SecondView
    from modelx.services.qdia_style import FundStyle

STYLE_COLUMNS = ("option", "vintage", "what", "estimate", "low", "high", "r2", "kkt_residual", "window", "note")
WEIGHT_COLUMNS = ("option", "vintage", "asset_class", "weight")
RECONCILIATION_COLUMNS = ("exhibit", "item", "paper", "ours", "difference", "agrees", "reason")
CANDIDATE_COLUMNS = (
    "plan", "model", "series", "vintage", "net_assets", "equity_held", "equity_by_returns", "equity_low", "equity_high",
    "r2", "unmapped", "fund_bp", "manager_bp", "platform_bp", "advisor_bp", "other_bp", "total_bp", "note",
)  # fmt: skip
CANDIDATE_NUMBERS = frozenset(CANDIDATE_COLUMNS[4:17])
EXPOSURE_COLUMNS = ("option", "vintage", "part", "held", "by_returns", "low", "high")
EXPOSURE_NUMBERS = frozenset(EXPOSURE_COLUMNS[3:])
CUSTOM = "CUSTOM"


def style_rows(found: "Sequence[FundStyle]") -> list[list[str]]:
    """Equity share, then groups, then classes held, each with its interval; percent."""
    from modelx.evaluator.asset_classes import CODES

    rows = []
    for one in found:
        if one.intervals is None or one.fitted is None:
            continue
        head = [one.option, str(one.vintage or "")]
        tail = [f"{one.r2:.4f}", f"{one.kkt:.1e}", f"{one.first} to {one.last}", one.note]
        rows.append([*head, "equity", *_interval(one.intervals.equity, 0), *tail])
        for place, name in enumerate(one.intervals.group_names):
            rows.append([*head, name, *_interval(one.intervals.groups, place), *tail[:2], "", ""])
        for place, code in enumerate(CODES):
            if one.fitted[place] > 0:
                rows.append([*head, code, *_interval(one.intervals.classes, place), *tail[:2], "", ""])
    return rows


def style_weight_rows(found: "Sequence[FundStyle]") -> list[list[str]]:
    """Weights as qdia_weights.csv has them."""
    from modelx.evaluator.asset_classes import CODES

    return [
        [one.option, f"{one.vintage:04d}" if one.vintage else "", code, f"{weight:.12g}"]
        for one in found
        if one.weights is not None
        for code, weight in zip(CODES, one.weights.tolist(), strict=True)
        if weight > 0
    ]


def glide_weight_rows(more: "Extras") -> list[list[str]]:
    """The fitted glide path as qdia_weights.csv has it."""
    from modelx.evaluator.asset_classes import CODES

    return [
        [CUSTOM, str(int(year)), code, f"{weight:.12g}"]
        for year, weights in zip(more.glide_vintages, more.glide.weights.tolist(), strict=True)
        for code, weight in zip(CODES, weights, strict=True)
        if weight > 0
    ]


def swing_rows(more: "Extras", ids: tuple[str, ...]) -> list[list[str]]:
    """Mean losses under each change, and the option that is best by net cost."""
    return [
        [one.factor, one.change, *(f"{float(value):.2f}" for value in one.total_bp), ids[one.best]]
        for one in more.swings
    ]


def band_rows(more: "Extras", ids: tuple[str, ...]) -> list[list[str]]:
    """Bands of the mean loss and chances of being least, over resampled covariances; blank for hybrids."""
    place = {one: at for at, one in enumerate(more.rank_options)}
    lines = [
        ("5 %", more.ranks.bands[0], "{:.2f}"),
        ("50 %", more.ranks.bands[1], "{:.2f}"),
        ("95 %", more.ranks.bands[2], "{:.2f}"),
        ("least loss in", more.ranks.least_loss, "{:.1%}"),
        ("least cost in", more.ranks.least_cost, "{:.1%}"),
    ]
    return [
        [
            f"resampled {more.draws} times",
            label,
            *(form.format(float(values[place[one]])) if one in place else "" for one in ids),
            "",
        ]
        for label, values, form in lines
    ]


def reconciliation_rows(lines: "Sequence[Line]") -> list[list[str]]:
    """Paper, ours, difference, whether they agree to the printed digit, and the reason where they do not."""
    rows = []
    for line in lines:
        shown = max(line.decimals, 0) + 2
        rows.append(
            [
                line.exhibit,
                line.item,
                "" if line.paper is None else f"{line.paper:.{max(line.decimals, 0)}f}",
                f"{round(line.ours, shown) + 0.0:.{shown}f}",
                "" if line.difference is None else f"{round(line.difference, shown) + 0.0:+.{shown}f}",
                {True: "yes", False: "no", None: ""}[line.agrees],
                "" if line.agrees else line.reason,
            ]
        )
    return rows


def candidate_rows(held: "Sequence[SleeveHolding]", styles: "Sequence[FundStyle]") -> list[list[str]]:
    """A row a sleeve: the equity it holds and its returns show, side by side, in percent, and all that it charges."""
    from modelx.domain.book_codes import PayeeKind
    from modelx.evaluator.asset_classes import equity_mask

    by_sleeve = {one.option: one for one in styles}
    payees = (PayeeKind.MANAGER, PayeeKind.PLATFORM, PayeeKind.ADVISOR, PayeeKind.OTHER)
    rows = []
    for one in held:
        style = by_sleeve.get(f"{one.plan}/{one.model}")
        sure = None if style is None else style.intervals
        rows.append(
            [
                one.plan,
                one.model,
                one.series,
                str(one.vintage or ""),
                f"{one.value:.2f}",
                f"{100 * float(one.weights @ equity_mask()):.1f}",
                *(["", "", ""] if sure is None else _interval(sure.equity, 0)),
                "" if style is None or style.refused else f"{style.r2:.4f}",
                f"{100 * one.unmapped:.1f}",
                *(f"{rate:.2f}" for rate in (one.fund_bp, *(one.by_kind.get(kind, 0.0) for kind in payees))),
                f"{one.total_bp:.2f}",
                "" if style is None else style.refused,
            ]
        )
    return rows


def exposure_rows(views: "Sequence[SecondView]") -> list[list[str]]:
    """Equity, groups and classes of each option's portfolios, by holdings and by returns; percent."""
    return [
        [view.option, str(view.vintage or ""), part.name, *(f"{100 * number:.1f}" for number in figures)]
        for view in views
        for part in view.parts
        for figures in ((part.held, part.by_returns, part.low, part.high),)
    ]


def _interval(part: "Interval", place: int) -> list[str]:
    return [f"{100 * float(column[0, place]):.1f}" for column in (part.estimate, part.low, part.high)]
