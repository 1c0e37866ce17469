"""A script of operator steps, which the oracle and the product both can play."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from tests.oracle.night import Oracle


@dataclass(frozen=True)
class Load:
    """Load one book folder."""

    folder: Path


@dataclass(frozen=True)
class RunThrough:
    """Run every session after the last night run, through `last`."""

    last: date


@dataclass(frozen=True)
class Release:
    """Release the sleeve's open hold: its findings are waived for the night it was held on, and it catches up.

    Missed nights after that one are checked anew and may hold it again.
    """

    plan: str
    model: str


Step = Load | RunThrough | Release


def play(steps: Iterable[Step], oracle: Oracle | None = None) -> Oracle:
    """Take the steps in order, in a new oracle unless one is given."""
    oracle = oracle or Oracle()
    for step in steps:
        match step:
            case Load(folder):
                oracle.load(folder)
            case RunThrough(last):
                oracle.run_through(last)
            case Release(plan, model):
                oracle.release(plan, model)
    return oracle
