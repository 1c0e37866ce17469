"""Short ways to write model targets and overrides in tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from modelx.domain.book_codes import ExcludeTo, OverrideKind
from modelx.domain.money import Column
from modelx.domain.override import OnExpiry, Overrides
from modelx.domain.override_resolution import ModelTargets

ONE = 10**12
FOREVER = 2**31 - 1


def column(values: Iterable[int]) -> Column:
    return np.array(list(values), np.int64)


def weight(text: str) -> int:
    return int(Fraction(text) * ONE)


@dataclass(frozen=True)
class Rule:
    """One override row, with defaults for what a test does not speak of."""

    kind: OverrideKind
    security: int = 0
    to: int = 0
    weight: int = 0
    exclude_to: ExcludeTo = ExcludeTo.CASH
    sleeve: int = 0
    start: int = 0
    end: int = FOREVER
    on_expiry: OnExpiry = OnExpiry.REVERT
    was_in_model: bool = False
    id: int = 1


def overrides(rules: Iterable[Rule]) -> Overrides:
    rows = list(rules)
    return Overrides(
        override_id=column(one.id for one in rows),
        sleeve=column(one.sleeve for one in rows),
        kind=column(one.kind for one in rows),
        security=column(one.security for one in rows),
        to_security=column(one.to for one in rows),
        weight=column(one.weight for one in rows),
        exclude_to=column(one.exclude_to for one in rows),
        start=column(one.start for one in rows),
        end=column(one.end for one in rows),
        on_expiry=column(one.on_expiry for one in rows),
        was_in_model=np.array([one.was_in_model for one in rows], bool),
    )


def models(*targets: Mapping[int, int]) -> ModelTargets:
    rows = [(m, s, w) for m, target in enumerate(targets) for s, w in target.items()]
    return ModelTargets(len(targets), *(column(c) for c in (zip(*rows, strict=True) if rows else ([], [], []))))
