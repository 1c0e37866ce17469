"""The static public site: published editions only, at stable addresses, every earlier one kept as it was.

The first page lists the plans and their current pages. The current edition of a place stands under its address, each
edition also under its number, all with the same bytes. Nothing asks another host for anything. A file that was once
written is never written differently.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from modelx.disclosure.addresses import DEFAULT_NOTICE, edition_place
from modelx.disclosure.checks_document import check_accessible
from modelx.disclosure.document import Document
from modelx.domain.errors import Blocked, InvariantBroken
from modelx.files.disclosure_data import notice_csv, notice_json
from modelx.files.disclosure_fonts import font_faces
from modelx.files.disclosure_html import PlanPages, editions_html, index_html, notice_html
from modelx.files.disclosure_pdf import notice_pdf, pdf_traits
from modelx.files.disclosure_xlsx import notice_xlsx

FONTS = "fonts"
EDITIONS_PAGE = "editions.html"
INDEX = "index.html"
DOWNLOADS = (("notice.pdf", "PDF"), ("notice.xlsx", "Excel workbook"), ("notice.csv", "CSV"), ("notice.json", "JSON"))


@dataclass(frozen=True, slots=True)
class Edition:
    """One published edition: its place (``acme/grow-a``), title, number, date, and its files by name."""

    place: str
    title: str
    version: int
    dated: date
    files: tuple[tuple[str, bytes], ...]


def notice_files(document: Document, place: str) -> tuple[tuple[str, bytes], ...]:
    """Every format of a document as it is published at ``place``; the page comes first.

    Raises :class:`Blocked` (DIA-080) when the PDF, read back, lacks tags, title, language, or a text or table of a
    chart.
    """
    fonts_at = "../" * (place.count("/") + 1) + f"{FONTS}/"
    pdf = notice_pdf(document)
    lacks = check_accessible(f"{place}/notice.pdf", pdf_traits(pdf))
    if lacks:
        raise Blocked(" ".join(f"{one.code}: {one.message}" for one in lacks))
    return (
        ("index.html", notice_html(document, fonts_at, DOWNLOADS, EDITIONS_PAGE)),
        ("notice.pdf", pdf),
        ("notice.xlsx", notice_xlsx(document)),
        ("notice.csv", notice_csv(document)),
        ("notice.json", notice_json(document)),
    )


def site_files(editions: Iterable[Edition]) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the whole site; paths are relative, with slashes."""
    for face in font_faces():
        yield f"{FONTS}/{face.name}", face.content
    ordered = sorted(editions, key=lambda edition: (edition.place, -edition.version))
    yield INDEX, index_html(_contents(ordered), f"{FONTS}/")
    for place, group in groupby(ordered, key=lambda edition: edition.place):
        here = list(group)
        depth = place.count("/") + 1
        leaf = place.rpartition("/")[2]
        listed = [(f"../{edition_place(leaf, one.version)}/index.html", one.version, one.dated) for one in here]
        page = editions_html(here[0].title, listed, "../" * depth + f"{FONTS}/")
        for folder, edition in ((place, here[0]), *((edition_place(place, one.version), one) for one in here)):
            yield f"{folder}/{EDITIONS_PAGE}", page
            for name, content in edition.files:
                yield f"{folder}/{name}", content


def _contents(ordered: list[Edition]) -> list[PlanPages]:
    """Each plan with the address and title of its current pages, the chart first, as the site's first page lists them.

    A page that the plan's chart no longer leads to, of a class that another followed, say, stands apart.
    """
    newest = {edition.place: edition for edition in reversed(ordered)}
    plans: dict[str, PlanPages] = {}
    for place, edition in sorted(newest.items()):
        plan, _, own = place.partition("/")
        found = plans.setdefault(plan, PlanPages(_plan_name(edition) or plan, [], []))
        chart = dict(newest[plan].files).get("notice.json", b"") if plan in newest else b""
        former = own and own != DEFAULT_NOTICE and f"/{place}/".encode() not in chart
        (found.former if former else found.current).append((f"{place}/{INDEX}", edition.title))
    return sorted(plans.values(), key=lambda found: found.name.casefold())


def _plan_name(edition: Edition) -> str:
    """The plan's name as the published notice gives it, below its title."""
    data = dict(edition.files).get("notice.json")
    return "" if data is None else str(json.loads(data)["document"]["subtitle"])


def write_site(out: Path, editions: Iterable[Edition]) -> int:
    """Write the site under ``out`` and return how many files changed.

    Only a current place and a list of editions may change. Raises :class:`InvariantBroken`, before anything is
    written, when a numbered edition stands there with other bytes.
    """
    wanted = dict(site_files(editions))
    changed = {path: content for path, content in wanted.items() if _differs(out / path, content)}
    for path in changed:
        folder, _, name = path.rpartition("/")
        numbered = "." in folder.rpartition("/")[2]
        if numbered and name != EDITIONS_PAGE and (out / path).exists():
            raise InvariantBroken(f"{path} was published with other bytes. Publish a new edition; never change one.")
    for path, content in changed.items():
        target = out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return len(changed)


def _differs(path: Path, content: bytes) -> bool:
    return not path.exists() or path.read_bytes() != content
