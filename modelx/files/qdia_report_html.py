"""A QDIA report as a page: one file that needs no script and asks nobody for anything.

The style stands in the file and is named by hash in its Content-Security-Policy. Real tables with headed rows and
columns, words and a table for each picture, no meaning by colour alone.
"""

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from modelx.files.disclosure_fonts import FAMILY, font_faces
from modelx.files.qdia_pictures import NARROW, WIDE, picture_svg
from modelx.services.qdia_view import Report, pictures, report_hash

TEMPLATES = "qdia_templates"


@dataclass(frozen=True, slots=True)
class Drawing:
    """One picture drawn for a wide and for a narrow screen; the style shows one of them."""

    wide: Markup
    narrow: Markup


def report_html(report: Report) -> bytes:
    """The page, with its typeface inside, so that it can be filed as one file."""
    style = _style()
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; base-uri 'none'; form-action 'none'"
    drawings = {
        one.key: Drawing(
            Markup(picture_svg(one, WIDE, f"{one.key}-wide")), Markup(picture_svg(one, NARROW, f"{one.key}-narrow"))
        )
        for one in pictures(report)
    }
    text = _template().render(
        report=report, drawings=drawings, style=Markup(style), policy=policy, digest=report_hash(report)
    )
    return text.encode()


@cache
def _style() -> str:
    faces = "".join(
        f'@font-face {{ font-family: "{FAMILY}"; font-weight: {face.weight}; font-style: {face.style}; '
        f"src: url(data:font/otf;base64,{b64encode(face.content).decode()}) format('opentype'); }}\n"
        for face in font_faces()
        if face.style == "normal"
    )
    return faces + (files("modelx.files") / TEMPLATES / "report.css").read_text("utf-8")


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("modelx.files", TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["kind"] = _is_kind
    return environment.get_template("report.html.j2")


def _is_kind(value: object, name: str) -> bool:
    return type(value).__name__.lower() == name
