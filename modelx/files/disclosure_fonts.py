"""The one typeface of page, chart and PDF: Source Sans Pro, from its package, named by its content when published."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import as_file, files
from pathlib import Path

FAMILY = "Source Sans Pro"
FACES = (("SourceSansPro-Regular", 400, "normal"), ("SourceSansPro-Semibold", 600, "normal"),
         ("SourceSansPro-It", 400, "italic"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class FontFace:
    """A face as a web page asks for it; ``name`` holds a hash of the bytes, so a file never changes under its name."""

    name: str
    weight: int
    style: str
    content: bytes


@cache
def font_folder() -> Path:
    """The folder with the font files of the installed package."""
    with as_file(files("font_source_sans_pro") / "files") as folder:
        return folder


@cache
def font_faces() -> tuple[FontFace, ...]:
    """The faces that a published site carries beside its pages."""
    faces: list[FontFace] = []
    for stem, weight, style in FACES:
        content = (font_folder() / f"{stem}.otf").read_bytes()
        name = f"{stem.lower()}-{sha256(content).hexdigest()[:12]}.otf"
        faces.append(FontFace(name, weight, style, content))
    return tuple(faces)
