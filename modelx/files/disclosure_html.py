"""A notice as a page: one HTML file that needs no JavaScript and asks nobody else for anything.

The style stands in the file and is named by hash in its Content-Security-Policy; the font files lie beside the site's
pages under names made of their content. WCAG 2.1 AA: real tables with headed rows and columns, a text and a table for
each picture, no meaning by colour, and at 320 pixels every wide row becomes a card.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from modelx.disclosure.document import Column, Document, Table, charts
from modelx.disclosure.figures import Figure, long_date
from modelx.files.disclosure_charts import HEIGHT, NARROW, TALL, WIDE, chart_svg
from modelx.files.disclosure_fonts import FAMILY, font_faces

TEMPLATES = "disclosure_templates"
_ADDRESS = re.compile(r"https://[^\s<>\"']+[^\s<>\"'.,;)]")


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart drawn for a wide and for a narrow screen; the style shows one of them."""

    wide: Markup
    narrow: Markup


def draw(document: Document) -> dict[str, Drawing]:
    """The drawings of a document's charts by their key."""
    return {
        chart.key: Drawing(
            Markup(
                chart_svg(chart, WIDE, f"{chart.key}-wide", TALL if len(chart.table.groups[0].rows) > 6 else HEIGHT)
            ),
            Markup(chart_svg(chart, NARROW, f"{chart.key}-narrow")),
        )
        for chart in charts(document)
    }


def notice_html(
    document: Document, fonts_at: str = "", downloads: tuple[tuple[str, str], ...] = (), editions: str = ""
) -> bytes:
    """The page. ``fonts_at`` is the address of the font folder as the page sees it, empty for the reader's own fonts.

    ``downloads`` are (file name, label) of the other formats beside it; ``editions`` the address of the earlier ones.
    """
    text = _template("notice.html.j2").render(
        document=document, drawings=draw(document), downloads=downloads, editions=editions, **_style_of(fonts_at)
    )
    return text.encode()


def editions_html(title: str, editions: Sequence[tuple[str, int, date]], fonts_at: str = "") -> bytes:
    """The page that lists the editions of ``title`` by (address, number, date), the newest first."""
    rows = [{"href": href, "version": version, "dated": dated} for href, version, dated in editions]
    return _template("editions.html.j2").render(title=title, editions=rows, **_style_of(fonts_at)).encode()


@dataclass(frozen=True, slots=True)
class PlanPages:
    """A plan by name, and the (address, title) of its current pages and of those its chart no longer leads to."""

    name: str
    current: list[tuple[str, str]]
    former: list[tuple[str, str]]


def index_html(plans: Sequence[PlanPages], fonts_at: str = "") -> bytes:
    """The first page of the site: each plan with its pages."""
    return _template("index.html.j2").render(plans=plans, **_style_of(fonts_at)).encode()


def _style_of(fonts_at: str) -> dict[str, str]:
    """The style of a page and the policy that names it by its hash."""
    style = _style(fonts_at)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; font-src 'self'; base-uri 'none'; form-action 'none'"
    return {"style": Markup(style), "policy": policy}


@cache
def _style(fonts_at: str) -> str:
    faces = ""
    if fonts_at:
        faces = "".join(
            f'@font-face {{ font-family: "{FAMILY}"; font-weight: {face.weight}; font-style: {face.style}; '
            f'font-display: swap; src: url("{fonts_at}{face.name}") format("opentype"); }}\n'
            for face in font_faces()
        )
    return faces + (files("modelx.files") / TEMPLATES / "notice.css").read_text("utf-8")


@cache
def _template(name: str) -> Template:
    environment = Environment(
        loader=PackageLoader("modelx.files", TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.tests["kind"] = _is_kind
    environment.tests["of_figures"] = _is_of_figures
    environment.filters |= {
        "long_date": long_date,
        "column_groups": _column_groups,
        "with_links": _with_links,
        "breakable": _breakable,
    }
    return environment.get_template(name)


def _is_kind(value: object, name: str) -> bool:
    """Jinja's ``value is kind("table")``: the type of a block or cell by its name."""
    return type(value).__name__.lower() == name


def _is_of_figures(column: Column, table: Table) -> bool:
    place = table.columns.index(column)
    return any(isinstance(row.cells[place], Figure) for group in table.groups for row in group.rows)


def _column_groups(table: Table) -> list[tuple[str, int]]:
    """(heading, columns under it) from left to right; 0 columns for one that stands alone. Empty when all do."""
    if not any(column.group for column in table.columns):
        return []
    spans: list[tuple[str, int]] = []
    for label, columns in groupby(table.columns, key=lambda column: column.group):
        under = list(columns)
        spans += [(label, len(under))] if label else [(column.label, 0) for column in under]
    return spans


def _with_links(text: str) -> Markup:
    """The text escaped, its https addresses as links."""
    parts, at = [], 0
    for found in _ADDRESS.finditer(text):
        parts.append(escape(text[at : found.start()]))
        parts.append(Markup('<a href="{0}">{1}</a>').format(found[0], found[0].removeprefix("https://")))
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def _breakable(address: str) -> Markup:
    """An address that may be broken after its slashes."""
    return Markup("/<wbr>").join(address.split("/"))
