"""Frozen values as dicts, lists, texts and numbers: what goes into JSON, a hash or a template."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any


def plain_value(value: Any, leaves: tuple[type, ...] = ()) -> Any:
    """The value with every dataclass as a dict that begins with its type's name in lower case.

    Texts, whole numbers, nothing and the types of ``leaves`` stand as they are, dates in ISO form, members of an Enum
    as their values, tuples and lists as lists, mappings by key. Raises :class:`TypeError` for anything else, a float
    among it unless it is a leaf: a figure that was approved is a text.
    """
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (str, int, *leaves)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain_value(one, leaves) for one in value]
    if isinstance(value, Mapping):
        return {name: plain_value(one, leaves) for name, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        named = {one.name: plain_value(getattr(value, one.name), leaves) for one in fields(value)}
        return {"type": type(value).__name__.lower(), **named}
    raise TypeError(f"a plain value holds no {type(value).__name__}")
