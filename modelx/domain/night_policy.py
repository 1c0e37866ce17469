"""The desk's settings for a night: how severe each check is, and its tolerances. Design 3a.2, spec 11.

Fractions are in 10^-12, money in millionths. A change of policy is a change of what the night may conclude, so its
digest is part of every run's inputs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields

from modelx.domain.finding import Level

RATE = 10**12

DEFAULT_LEVELS = {
    "PX-MISS": Level.HOLD,
    "PX-STALE": Level.HOLD,
    "PX-TOL": Level.HOLD,
    "PX-SRC": Level.HOLD,
    "PX-RANGE": Level.HOLD,
    "C-TRADE": Level.BLOCK,
    "C-TB": Level.BLOCK,
    "C-UVZERO": Level.BLOCK,
    "C-UNITS": Level.BLOCK,
    "C-EXDIV": Level.BLOCK,
    "C-FEE": Level.BLOCK,
    "C-FEERATE": Level.WARN,
    "C-NAVPROOF": Level.BLOCK,
    "C-ORDER": Level.WARN,
    "C-UVMOVE": Level.WARN,
    "C-LADDER": Level.WARN,
    "C-LATE": Level.WARN,
    "C-POS": Level.WARN,
    "C-CASH": Level.WARN,
    "C-RKUNITS": Level.WARN,
    "LATE_TRADE": Level.WARN,
    "C-TRANSFER": Level.WARN,
    "C-LEFT": Level.INFO,
    "C-TARGETS": Level.WARN,
    "C-NOPRICE": Level.WARN,
    "C-UNDONE": Level.INFO,
    "C-FILL": Level.WARN,
    "C-APPROVAL": Level.WARN,
    "CALENDAR_HORIZON": Level.WARN,
    "LATE_INPUT": Level.INFO,
}


ALWAYS_STOPS = frozenset({"PX-MISS", "PX-RANGE", "C-TRADE", "C-UVZERO", "C-TB", "C-UNITS"})  # no night without these
AFTER_PUBLICATION = frozenset(  # what is out cannot be held back: these can only be told
    {"C-ORDER", "C-LADDER", "C-LATE", "C-POS", "C-CASH", "C-RKUNITS", "LATE_TRADE", "LATE_INPUT", "CALENDAR_HORIZON"}
    | {"C-TARGETS", "C-NOPRICE", "C-UNDONE", "C-FILL", "C-APPROVAL", "C-TRANSFER", "C-LEFT"}
)


@dataclass(frozen=True, slots=True)
class NightPolicy:
    """Levels by code, and tolerances. ``None`` leaves the table of the price checks in force.

    ``price_tolerance`` replaces the tolerance of every class; ``stale_sessions`` replaces the stale limit (0 = off);
    ``source_tolerance`` is the largest difference from a second source; ``order_share`` the largest order in
    proportion to the sleeve; ``unit_value_move`` the largest gap between a unit value's move and that of the model's
    target weights; ``fee_rate_max`` the largest sum of yearly fee rates that is not taken for a mistake;
    ``slippage`` what the paper custodian's dealing costs, of the price; under ``manual_trading`` only proposals that
    two people approved are traded, otherwise a sleeve's policy and an approved change are standing instructions.
    """

    levels: dict[str, Level] = field(default_factory=lambda: dict(DEFAULT_LEVELS))
    price_tolerance: int | None = None
    stale_sessions: int | None = None
    source_tolerance: int = RATE * 5 // 1000
    order_share: int = RATE // 10
    unit_value_move: int = RATE * 25 // 10_000
    fee_rate_max: int = RATE * 3 // 100
    slippage: int = 0
    manual_trading: bool = False

    def level(self, code: str) -> Level:
        """How severe a finding of this code is."""
        return self.levels[code]

    def to_text(self) -> str:
        """The policy as one canonical line, stored with every run so that a replay judges by the same rules."""
        figures = {name: getattr(self, name) for name in _FIGURES}
        levels = {code: self.levels[code].value for code in sorted(self.levels)}
        return json.dumps({**figures, "levels": levels}, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> NightPolicy:
        """The policy that :meth:`to_text` wrote; codes it does not know keep their defaults."""
        stored = json.loads(text)
        levels = DEFAULT_LEVELS | {code: Level(value) for code, value in stored.pop("levels").items()}
        return cls(levels=levels, **stored)


_FIGURES = tuple(f.name for f in fields(NightPolicy) if f.name != "levels")
