"""A stored notice read back from its canonical JSON: the very document that was hashed."""

import json
from dataclasses import fields
from datetime import date
from typing import Any

from modelx.disclosure import document as model
from modelx.disclosure.document import ChartKind, Document, canonical_json
from modelx.disclosure.figures import Figure
from modelx.disclosure.option import Lineage
from modelx.domain.errors import InvariantBroken

_TYPES: dict[str, Any] = {
    one.__name__.lower(): one
    for one in (
        model.Words, model.Column, model.Row, model.RowGroup, model.Note, model.Table, model.Series, model.Chart,
        model.Paragraph, model.Fact, model.Facts, model.Terms, model.Section, Document, Figure, Lineage,
    )
}  # fmt: skip
_DATES = frozenset({"document_date", "as_of"})


def document_of(content: str) -> Document:
    """The document of a canonical JSON. Raises :class:`InvariantBroken` when it does not give the same JSON back."""
    found = _value(json.loads(content))
    if not isinstance(found, Document) or canonical_json(found) != content:
        raise InvariantBroken("a stored notice does not read back as it was written: restore a backup")
    return found


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_value(item) for item in value)
    if not isinstance(value, dict):
        return value
    kind = _TYPES[value["type"]]
    named = {field.name: _value(value[field.name]) for field in fields(kind)}
    if kind is Document:
        named |= {name: date.fromisoformat(value[name]) for name in _DATES}
    if kind is model.Chart:
        named["kind"] = ChartKind(value["kind"])
    return kind(**named)
