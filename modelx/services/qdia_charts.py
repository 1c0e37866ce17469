"""The pictures of a QDIA report as Vega-Lite specifications: data in, shapes out, no size and no typeface.

Colours differ in lightness as well as hue, series also by dash or shape, and every picture has its table beside it.
"""

from collections.abc import Sequence
from typing import Any

from modelx.services.qdia_view import Cell

PARTS = (
    ("Fees", "#16324f"),
    ("Wrong equity level", "#c4512d"),
    ("Wrong detail", "#e9a45b"),
    ("Missing information", "#8f7ab8"),
    ("Alpha", "#8fbcae"),
    ("Planning", "#c9d3db"),
)
SERIES = ("#16324f", "#c4512d", "#3f8f7a", "#8f5fa8", "#9a7a1c", "#5c6670")
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2], [1, 3])
SOFT = "#5c6670"
BREAK = "|"
TWO_LINES = f"split(datum.label, '{BREAK}')"


def stacked_costs(names: Sequence[str], parts: Sequence[Sequence[Cell]], net: Sequence[Cell]) -> dict[str, Any]:
    """One bar an option: costs to the right, gains to the left, the net cost as a mark and below the name."""
    names = [f"{name}{BREAK}{cell.text}" for name, cell in zip(names, net, strict=True)]
    values = [
        {"option": name, "part": part, "bp": cell.number or 0.0, "order": place}
        for name, cells in zip(names, parts, strict=True)
        for place, ((part, _), cell) in enumerate(zip(PARTS, cells, strict=True))
        if cell.number
    ]
    marks = [{"option": name, "bp": cell.number} for name, cell in zip(names, net, strict=True)]
    used = [(part, colour) for part, colour in PARTS if any(value["part"] == part for value in values)]
    y = {"field": "option", "type": "nominal", "sort": names, "title": None}
    axis = {
        "ticks": False,
        "domain": False,
        "labelLimit": 210,
        "labelPadding": 8,
        "labelOffset": -8,
        "labelExpr": TWO_LINES,
    }
    return {
        "height": {"step": 48},
        "encoding": {"y": {**y, "axis": axis}},
        "layer": [
            {
                "data": {"values": values},
                "mark": {"type": "bar", "height": {"band": 0.62}, "stroke": "#ffffff", "strokeWidth": 1},
                "encoding": {
                    "x": {
                        "field": "bp",
                        "type": "quantitative",
                        "stack": "zero",
                        "title": "basis points a year",
                    },
                    "fill": {
                        "field": "part",
                        "type": "nominal",
                        "title": None,
                        "sort": [part for part, _ in used],
                        "scale": {"domain": [part for part, _ in used], "range": [colour for _, colour in used]},
                        "legend": {"symbolType": "square"},
                    },
                    "order": {"field": "order"},
                },
            },
            *(
                {
                    "data": {"values": marks},
                    "mark": {"type": "tick", "thickness": thickness, "height": {"band": band}, "color": colour},
                    "encoding": {"x": {"field": "bp", "type": "quantitative"}},
                }
                for thickness, band, colour in ((8, 0.9, "#ffffff"), (4, 0.86, "#000000"))
            ),
        ],
    }


def bubbles_and_paths(
    people: Sequence[dict[str, float]],
    paths: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    everything: Sequence[str],
) -> dict[str, Any]:
    """Ideal equity by age, a bubble's area the balance; each option's glide path as a stepped line over it.

    ``people``: age, equity (percent), balance. ``paths``: name and (age, equity percent). ``everything`` names all
    options, so that each has the same colour in every picture.
    """
    lines = [{"option": name, "age": age, "equity": level} for name, path in paths for age, level in path]
    names = [name for name, _ in paths]
    largest = max((one["balance"] for one in people), default=1.0) or 1.0
    return {
        "height": 280,
        "encoding": {
            "x": {
                "field": "age",
                "type": "quantitative",
                "title": "age",
                "scale": {"zero": False, "nice": True},
                "axis": {"grid": False},
            },
            "y": {
                "field": "equity",
                "type": "quantitative",
                "title": "equity, %",
                "scale": {"domain": [0, 100]},
            },
        },
        "layer": [
            {
                "data": {"values": list(people)},
                "mark": {"type": "circle", "opacity": 0.45, "color": SOFT, "stroke": "#ffffff", "strokeWidth": 0.5},
                "encoding": {
                    "size": {
                        "field": "balance",
                        "type": "quantitative",
                        "scale": {"domain": [0, largest], "range": [12, 520]},
                        "legend": None,
                    }
                },
            },
            {
                "data": {"values": lines},
                "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2.4},
                "encoding": _by_series(names, "option", everything),
            },
        ],
    }


def dots_by_group(
    groups: Sequence[str], names: Sequence[str], values: Sequence[Sequence[Cell]], title: str
) -> dict[str, Any]:
    """Mean losses by ordered group, one line with points a series. ``values`` by series and group."""
    data = [
        {"group": group, "option": name, "bp": cell.number}
        for name, cells in zip(names, values, strict=True)
        for group, cell in zip(groups, cells, strict=True)
        if cell.number is not None
    ]
    return {
        "height": 220,
        "data": {"values": data},
        "mark": {"type": "line", "point": {"size": 55, "filled": True}, "strokeWidth": 2},
        "encoding": {
            "x": {"field": "group", "type": "ordinal", "sort": list(groups), "title": None},
            "y": {"field": "bp", "type": "quantitative", "title": title},
            **_by_series(list(names), "option"),
        },
    }


def lines_over(
    x_title: str,
    y_title: str,
    series: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    *,
    zero: bool = True,
    mark: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """Lines over a number: the cost by pivot age, the loss by share of company stock; a ring at ``mark``."""
    data = [{"series": name, "x": x, "y": y} for name, points in series for x, y in points]
    ring = {"type": "point", "shape": "circle", "size": 140, "color": "#000000", "strokeWidth": 2.4, "filled": False}
    rings = [{"data": {"values": [{"x": mark[0], "y": mark[1]}]}, "mark": ring}] if mark else []
    return {
        "height": 220,
        "encoding": {
            "x": {
                "field": "x",
                "type": "quantitative",
                "title": x_title,
                "scale": {"zero": False},
                "axis": {"grid": False},
            },
            "y": {"field": "y", "type": "quantitative", "title": y_title, "scale": {"zero": zero}},
        },
        "layer": [
            {
                "data": {"values": data},
                "mark": {"type": "line", "strokeWidth": 2.4},
                "encoding": _by_series([name for name, _ in series], "series"),
            },
            *rings,
        ],
    }


def tornado_bars(base: float, changes: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """A bar from the base to each change's value, the widest swing first; a line at the base."""
    order = sorted(changes, key=lambda one: -abs(one[1] - base))
    values = [{"change": name, "from": base, "to": value} for name, value in order]
    y = {"field": "change", "type": "nominal", "sort": [name for name, _ in order], "title": None}
    axis = {"ticks": False, "domain": False, "labelLimit": 280, "labelPadding": 8}
    x = {"type": "quantitative", "title": "mean loss, basis points a year", "scale": {"zero": False}}
    return {
        "height": {"step": 22},
        "layer": [
            {
                "data": {"values": values},
                "mark": {"type": "bar", "height": 12, "color": "#9fb2c3"},
                "encoding": {"y": {**y, "axis": axis}, "x": {**x, "field": "from"}, "x2": {"field": "to"}},
            },
            {
                "data": {"values": values},
                "mark": {"type": "tick", "thickness": 3, "height": 16, "color": "#16324f"},
                "encoding": {"y": y, "x": {**x, "field": "to"}},
            },
            {
                "data": {"values": [{"from": base}]},
                "mark": {"type": "rule", "color": "#000000", "strokeWidth": 1.4},
                "encoding": {"x": {**x, "field": "from"}},
            },
        ],
    }


def ranges(names: Sequence[str], bands: Sequence[tuple[Cell, Cell, Cell]]) -> dict[str, Any]:
    """A bar from the low to the high end of each option's band, with its middle as a mark."""
    values = [
        {"option": name, "low": low.number, "middle": middle.number, "high": high.number}
        for name, (low, middle, high) in zip(names, bands, strict=True)
    ]
    y = {"field": "option", "type": "nominal", "sort": list(names), "title": None}
    return {
        "height": {"step": 32},
        "data": {"values": values},
        "encoding": {"y": {**y, "axis": {"ticks": False, "domain": False, "labelLimit": 210, "labelPadding": 8}}},
        "layer": [
            {
                "mark": {"type": "bar", "height": 9, "color": "#9fb2c3"},
                "encoding": {
                    "x": {"field": "low", "type": "quantitative", "title": "mean loss, basis points a year"},
                    "x2": {"field": "high"},
                },
            },
            {
                "mark": {"type": "tick", "thickness": 4, "height": 20, "color": "#16324f"},
                "encoding": {"x": {"field": "middle", "type": "quantitative"}},
            },
        ],
    }


def _by_series(names: list[str], field: str, everything: Sequence[str] = ()) -> dict[str, Any]:
    places = [list(everything or names).index(name) for name in names]
    colours = [SERIES[place % len(SERIES)] for place in places]
    dashes = [DASHES[place % len(DASHES)] for place in places]
    legend = {"symbolType": "stroke", "symbolSize": 300} if len(names) > 1 else None
    base = {"field": field, "type": "nominal", "sort": names, "title": None, "legend": legend}
    return {
        "color": {**base, "scale": {"domain": names, "range": colours}},
        "strokeDash": {**base, "scale": {"domain": names, "range": dashes}},
    }
