"""Preview binds approval: what is approved is a hash, by somebody else, and only while its inputs stand.

A sealed preview carries the hash of what it shows and every input that may move, by name. A preview that is stale is
refused with the inputs that moved. Source: ``design.md`` 3, ``spec/console_security_faults.md`` 1.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from modelx.domain.errors import NotPermitted, StalePreview
from modelx.domain.money import Column

Content = Mapping[str, str | int | Column]

_MOVES_NAMED = 10


@dataclass(frozen=True, slots=True)
class SealedPreview:
    """A preview's hash, its author, and the inputs it rests on: name to value, as text."""

    hash: str
    proposed_by: str
    inputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MovedInput:
    """An input that is not what it was; an empty text where it did not exist or exists no more."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.name}: {self.before or 'absent'} -> {self.after or 'absent'}"


def plain_name(name: str) -> str:
    """A name without its spelling: case, width and spaces make no second person."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def are_two_people(maker: str, checker: str) -> bool:
    """Whether two names are given and they are not one person's, however spelled."""
    one, other = plain_name(maker), plain_name(checker)
    return bool(one and other) and one != other


def seal(content: Content, inputs: Mapping[str, str], proposed_by: str) -> SealedPreview:
    """Return the preview sealed: SHA-256 over its content and its inputs, in the order of their names."""
    return SealedPreview(digest({"content": digest(content), "inputs": digest(inputs)}), proposed_by, dict(inputs))


def digest(content: Content) -> str:
    """Return the SHA-256 (hex) of named texts, whole numbers and columns of them, whatever order they come in.

    Each part is written with its name, its kind and its length, so that no two contents read alike.
    """
    summary = hashlib.sha256()
    for name in sorted(content):
        value = content[name]
        if isinstance(value, np.ndarray):
            kind, data = "column", np.ascontiguousarray(value, "<i8").tobytes()
        else:
            kind, data = type(value).__name__, str(value).encode()
        summary.update(f"{len(name.encode())} {name} {kind} {len(data)} ".encode())
        summary.update(data)
    return summary.hexdigest()


def moved_inputs(before: Mapping[str, str], now: Mapping[str, str]) -> list[MovedInput]:
    """Return the inputs whose values differ, by name; those that are no more stand behind, as they tell least."""
    names = sorted(before.keys() | now.keys(), key=lambda name: (name not in now, name))
    moves = (MovedInput(name, before.get(name, ""), now.get(name, "")) for name in names)
    return [move for move in moves if move.before != move.after]


def check_approval(approved_hash: str, approved_by: str, proposed: SealedPreview, now: SealedPreview) -> None:
    """Return when the approval stands; ``proposed`` is the preview as it was sealed, ``now`` the same made again.

    Raises ``NotPermitted`` when nobody approves, or the person who proposed; ``StalePreview`` when another hash is
    approved than was proposed, or the preview made now differs, naming the inputs that moved.
    """
    if not approved_by.strip():
        raise NotPermitted("an approval names the person who gives it")
    if plain_name(approved_by) == plain_name(proposed.proposed_by):
        raise NotPermitted(f"{approved_by} proposed this; another person must approve it")
    if approved_hash != proposed.hash:
        raise StalePreview("the hash is not that of the proposed preview; look at the preview and approve its hash")
    if now.hash != proposed.hash:
        moves = [str(move) for move in moved_inputs(proposed.inputs, now.inputs)]
        more = f" (and {len(moves) - _MOVES_NAMED} more)" if len(moves) > _MOVES_NAMED else ""
        what = "; ".join(moves[:_MOVES_NAMED]) + more or "the rules or settings"
        raise StalePreview(f"inputs have moved since the preview: {what}. Make a new preview and approve that")
