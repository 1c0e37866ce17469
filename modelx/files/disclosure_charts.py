"""Charts of a notice as SVG: drawn from a Vega-Lite spec, in black, white and one ink, readable without colour.

A chart draws the figures it is given. Lines differ by dash and width, bars by fill, and parts carry their value in
words, so that a photocopy says as much as the screen. The same chart gives the same bytes.
"""

import json
import re
import textwrap
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

import vl_convert

from modelx.disclosure.document import Chart, ChartKind
from modelx.files.disclosure_fonts import FAMILY, font_folder

INK, SECOND, PALE, RULE = "#16324f", "#5c6670", "#dbe3ea", "#c9cfd4"
WIDE, NARROW = 540, 300
HEIGHT, TALL = 230, 310
_ROOMY = 420  # from this width on, every year has its label
_VALUE_WIDTH = 62  # pixels that the longest value printed beside a bar takes
_LINE = 22  # letters of a name on one line of a narrow chart
_ROOT = re.compile(r"<svg [^>]*?viewBox=\"([^\"]+)\"[^>]*>")

_INNER_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')


def chart_svg(chart: Chart, width: int, identity: str, height: int = HEIGHT) -> str:
    """The chart as an SVG element ``width`` pixels wide, a picture to assistive software, named by title and words.

    ``height`` is that of the plot of lines or bars; parts take a row each.

    ``identity`` is a name unique in the page; every id within starts with it.
    """
    _register_fonts()
    svg = vl_convert.vegalite_to_svg(_spec(chart, width, height))
    svg = _INNER_ROLES.sub("", svg)  # the whole is one picture; its marks have nothing to say one by one
    svg = re.sub(r'(\bid="|url\(#|xlink:href="#)', rf"\1{identity}-", svg)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="\\1" role="img" '
        f'aria-labelledby="{identity}-title {identity}-desc">'
        f'<title id="{identity}-title">{_literal(chart.title)}</title>'
        f'<desc id="{identity}-desc">{_literal(chart.alt)}</desc>'
    )
    return _ROOT.sub(head, svg, count=1)


def _literal(text: str) -> str:
    return escape(text).replace("\\", r"\\")


@cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(font_folder()))


def _spec(chart: Chart, width: int, height: int) -> dict[str, Any]:
    draw = {ChartKind.LINES: _lines, ChartKind.BARS: _bars, ChartKind.PARTS: _parts}[chart.kind]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": 2,
        "background": None,
        "config": {
            "aria": False,
            "font": FAMILY,
            "view": {"stroke": None},
            "axis": {
                "labelAngle": 0, "labelFontSize": 13, "labelColor": "#333", "gridColor": "#e4e7ea",
                "domainColor": RULE, "tickColor": RULE, "title": None,
            },
            "legend": {
                "orient": "top", "direction": "vertical" if width < _ROOMY else "horizontal", "title": None,
                "labelFontSize": 13, "labelColor": "#222", "labelLimit": width, "offset": 6, "symbolSize": 150,
            },
            "text": {"fontSize": 13, "fill": "#222"},
        },
        **draw(chart, width),
    }  # fmt: skip


def _values(chart: Chart) -> dict[str, Any]:
    return {
        "values": [
            {"point": point, "series": series.name, "value": float(figure.number), "text": figure.text}
            for series in chart.series
            for point, figure in zip(chart.points, series.figures, strict=True)
            if figure is not None and figure.number
        ]
    }


def _names(chart: Chart) -> list[str]:
    return [series.name for series in chart.series]


def _lines(chart: Chart, width: int) -> dict[str, Any]:
    names = _names(chart)
    legend = {"symbolType": "stroke"} if len(names) > 1 else None
    order = {"field": "series", "type": "nominal", "sort": names}
    return {
        "data": _values(chart),
        "mark": {"type": "line", "interpolate": "linear"},
        "encoding": {
            "x": {
                "field": "point", "type": "temporal", "scale": {"type": "utc"},
                "axis": {"format": "%Y", "tickCount": "year" if width >= _ROOMY else 5, "grid": False,
                         "labelFlush": False},
            },
            "y": {
                "field": "value", "type": "quantitative", "scale": {"zero": False, "nice": True},
                "axis": {"format": "$,.0f", "tickCount": 5, "domain": False, "ticks": False},
            },
            "stroke": {**order, "scale": {"domain": names, "range": [INK, SECOND]}, "legend": legend},
            "strokeDash": {**order, "scale": {"domain": names, "range": [[1, 0], [5, 3]]}, "legend": legend},
            "strokeWidth": {**order, "scale": {"domain": names, "range": [2.6, 1.6]}, "legend": legend},
        },
    }  # fmt: skip


def _bars(chart: Chart, width: int) -> dict[str, Any]:
    names = _names(chart)
    order = {"field": "series", "type": "nominal", "sort": names}
    legend: dict[str, Any] | None = {"symbolType": "square", "symbolStrokeWidth": 1} if len(names) > 1 else None
    every = 1 if width >= _ROOMY else 2
    return {
        "data": _values(chart),
        "layer": [
            {
                "mark": {"type": "bar", "stroke": INK, "strokeWidth": 1},
                "encoding": {
                    "x": {
                        "field": "point", "type": "ordinal", "sort": None,
                        "scale": {"paddingInner": 0.35, "paddingOuter": 0.2},
                        "axis": {
                            "ticks": False, "domain": False, "labelPadding": 8,
                            "values": list(chart.points[(len(chart.points) - 1) % every :: every]),
                        },
                    },
                    "xOffset": {**order, "scale": {"domain": names, "paddingInner": 0.08}},
                    "y": {
                        "field": "value", "type": "quantitative",
                        "axis": {"labelExpr": "datum.label + '%'", "tickCount": 5, "domain": False, "ticks": False},
                    },
                    "fill": {**order, "scale": {"domain": names, "range": [INK, PALE]}, "legend": legend},
                },
            },
            {
                "mark": {"type": "rule", "stroke": "#333", "strokeWidth": 1},
                "data": {"values": [{"zero": 0}]},
                "encoding": {"y": {"field": "zero", "type": "quantitative"}},
            },
        ],
    }  # fmt: skip


def _parts(chart: Chart, width: int) -> dict[str, Any]:
    position = {"field": "point", "type": "nominal", "sort": None}
    largest = max(float(figure.number) for series in chart.series for figure in series.figures if figure is not None)
    broken = {point: _broken(point) if width < _ROOMY else [point] for point in chart.points}
    names = min(width // 2, 7 * max(len(line) for lines in broken.values() for line in lines))
    bars = width - names - 16
    return {
        "height": {"step": 30 if max(map(len, broken.values())) == 1 else 38},
        "data": _values(chart),
        "encoding": {
            "y": {**position, "axis": {
                "domain": False, "ticks": False, "labelLimit": width // 2, "labelPadding": 8,
                "labelExpr": f"({json.dumps(broken)})[datum.value]",
            }},
            "x": {
                "field": "value", "type": "quantitative", "axis": None,
                "scale": {"domain": [0, largest * bars / (bars - _VALUE_WIDTH)], "nice": False},
            },
        },
        "layer": [
            {"mark": {"type": "bar", "fill": INK, "height": {"band": 0.62}}},
            {"mark": {"type": "text", "align": "left", "dx": 6}, "encoding": {"text": {"field": "text"}}},
        ],
    }  # fmt: skip


def _broken(name: str) -> list[str]:
    """A long name on two lines or more."""
    return textwrap.wrap(name, _LINE) or [name]
