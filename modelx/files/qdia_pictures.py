"""Pictures of a QDIA report as SVG: its Vega-Lite specifications with the house's typeface and size put in.

A picture is one image to assistive software, named by its title and words; the same picture gives the same bytes.
"""

import re
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

import vl_convert

from modelx.files.disclosure_fonts import FAMILY, font_folder
from modelx.services.qdia_view import Picture

WIDE, NARROW, PRINTED = 720, 320, 720
TEXT, SOFT, RULE = "#1d2328", "#4b555e", "#c4cad0"
_ROOT = re.compile(r"<svg [^>]*?viewBox=\"([^\"]+)\"[^>]*>")
_INNER_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')


def picture_svg(picture: Picture, width: int, identity: str) -> str:
    """The picture as an SVG element ``width`` pixels wide; every id within starts with ``identity``."""
    _register_fonts()
    svg = _INNER_ROLES.sub("", vl_convert.vegalite_to_svg(_dressed(picture.spec, width)))
    svg = re.sub(r'(\bid="|url\(#|xlink:href="#)', rf"\1{identity}-", svg)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="\\1" role="img" '
        f'aria-labelledby="{identity}-title {identity}-desc">'
        f'<title id="{identity}-title">{_literal(picture.title)}</title>'
        f'<desc id="{identity}-desc">{_literal(picture.alt)}</desc>'
    )
    return _ROOT.sub(head, svg, count=1)


def _dressed(spec: dict[str, Any], width: int) -> dict[str, Any]:
    narrow = width < WIDE // 2
    axis = {
        "labelAngle": 0,
        "labelFontSize": 11 if narrow else 13,
        "labelColor": TEXT,
        "titleFontSize": 13,
        "titleFontWeight": 400,
        "titleColor": SOFT,
        "gridColor": "#e6e9ec",
        "domainColor": RULE,
        "tickColor": RULE,
        "tickCount": 4 if narrow else 7,
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": width,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": 4,
        "background": "#ffffff",
        "config": {
            "aria": False,
            "font": FAMILY,
            "view": {"stroke": None},
            "axis": axis,
            "legend": {
                "orient": "top",
                "direction": "vertical" if narrow else "horizontal",
                "columns": 1 if narrow else 4,
                "labelFontSize": 13,
                "labelColor": TEXT,
                "labelLimit": 0,
                "title": None,
                "offset": 8,
            },
            "text": {"fontSize": 13, "fill": TEXT},
        },
        **spec,
    }


def _literal(text: str) -> str:
    return escape(text).replace("\\", r"\\")


@cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(font_folder()))
