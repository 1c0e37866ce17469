"""Overrides: how one plan's sleeve differs from its model, and when.

An override outlives the model's versions. It acts from its start to its end day, both included, and what happens
afterwards is part of it. How overrides change weights is in :mod:`modelx.domain.override_resolution`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from modelx.domain.money import Column

Mask = npt.NDArray[np.bool_]


class OnExpiry(IntEnum):
    """What happens after the end day."""

    REVERT = 0  # the model's weights return and trades are proposed that night
    AT_NEXT_REBALANCE = 1  # the model's weights return; the expiry alone proposes nothing
    KEEP = 2  # the rule stays until somebody decides, and is listed every night


@dataclass(frozen=True, slots=True)
class Overrides:
    """Overrides as columns of one length, in any order; codes of :mod:`modelx.domain.book_codes`.

    Days count from 1970-01-01; start and end are inclusive. ``sleeve`` is a row of the sleeve columns. ``weight``
    (10^-12) serves SET_WEIGHT and CASH_BUFFER; ``security`` is 0 for CASH_BUFFER. ``was_in_model`` says that the
    security was in the model when the override was saved: a SET_WEIGHT on a security that has left the model goes
    dormant, one that never was in it adds it.
    """

    override_id: Column
    sleeve: Column
    kind: Column
    security: Column
    to_security: Column
    weight: Column
    exclude_to: Column
    start: Column
    end: Column
    on_expiry: Column
    was_in_model: Mask

    def take(self, rows: Column | Mask) -> Overrides:
        """Return the given rows."""
        return Overrides(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def in_force(overrides: Overrides, day: int) -> Mask:
    """Return which overrides act on ``day``: started, and not past their end unless they are kept after it."""
    kept = overrides.on_expiry == OnExpiry.KEEP
    return np.asarray((overrides.start <= day) & ((day <= overrides.end) | kept))


def overdue(overrides: Overrides, day: int) -> Column:
    """Return the ids of overrides past their end that stay in force because they say KEEP, ascending."""
    kept = overrides.on_expiry == OnExpiry.KEEP
    return np.sort(overrides.override_id[kept & (overrides.end < day)])


def expired_between(overrides: Overrides, last_night: int, day: int) -> Mask:
    """Return which overrides ended after the previous night's rules were applied: in force then, not on ``day``.

    An end on a holiday or weekend is seen by the next night. Those that say REVERT trigger trades there.
    """
    return np.asarray(in_force(overrides, last_night) & ~in_force(overrides, day))


def calls_for_trades(overrides: Overrides, last_night: int, day: int) -> Mask:
    """Return which overrides make their sleeve rebalance on ``day``: begun since the last night, or ended to REVERT."""
    started = in_force(overrides, day) & ~in_force(overrides, last_night)
    reverts = overrides.on_expiry == OnExpiry.REVERT
    return np.asarray(started | (expired_between(overrides, last_night, day) & reverts))
