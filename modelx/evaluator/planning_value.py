"""The assumed value of financial planning that comes with a managed account (the paper's Exhibits 11 and 12; spec 2.7).

These gains are assumptions, not evidence: they are off by default, no schedule ships with the package, and a report
shows them apart. A schedule gives basis points a year by service and life-cycle stage, and the share of each service
that a managed account is assumed to deliver.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from modelx.evaluator.columns import FloatArray, as_floats
from modelx.evaluator.errors import BadSetting
from modelx.evaluator.utility import capped

STAGES = ("early_accumulation", "mid_accumulation", "transition", "early_retiree", "late_retiree")
LINEAR_ANCHORS = (40.0, 20.0, 5.0, -5.0, -20.0)
STEP_THRESHOLDS = (30.0, 10.0, 0.0, -10.0)
REALISATIONS = (0.0, 0.25, 0.5)


class StageRule(Enum):
    """Between stages: linear between anchor years to retirement, or steps at thresholds."""

    LINEAR = "linear"
    STEP = "step"


@dataclass(frozen=True, slots=True)
class PlanningSchedule:
    """``gross_bp`` (services, 5) by stage and ``realised`` (services,), each 0, 1/4 or 1/2."""

    services: tuple[str, ...]
    gross_bp: FloatArray
    realised: FloatArray
    rule: StageRule = StageRule.LINEAR
    cap_bp: float | None = 100.0

    def stage_values_bp(self) -> FloatArray:
        """(5,) what a managed account is assumed to add at each stage, before the cap."""
        return as_floats(self.realised @ self.gross_bp)


def planning_schedule(
    services: tuple[str, ...],
    gross_bp: ArrayLike,
    realised: ArrayLike,
    rule: StageRule = StageRule.LINEAR,
    cap_bp: float | None = 100.0,
) -> PlanningSchedule:
    """A checked schedule. Refuses negative values, another number of stages, and shares other than 0, 1/4 and 1/2."""
    gross, share = as_floats(gross_bp), as_floats(realised)
    if gross.shape != (len(services), len(STAGES)) or share.shape != (len(services),):
        raise BadSetting(f"The planning schedule needs {len(STAGES)} stages and one share for each service.")
    if not (gross >= 0).all() or not np.isin(share, REALISATIONS).all():
        raise BadSetting(f"Planning values must not be negative, and shares must be one of {REALISATIONS}.")
    return PlanningSchedule(services, gross, share, rule, cap_bp)


def planning_gain_bp(schedule: PlanningSchedule, years_to_retirement: ArrayLike) -> FloatArray:
    """(N,) capped gain at years to retirement (N,), negative after it; flat beyond the outermost anchors."""
    years, stages = as_floats(years_to_retirement), schedule.stage_values_bp()
    if schedule.rule is StageRule.STEP:
        gain = stages[(years[..., None] <= np.array(STEP_THRESHOLDS)).sum(axis=-1)]
    else:
        gain = np.interp(-years, [-anchor for anchor in LINEAR_ANCHORS], stages)
    return capped(as_floats(gain), schedule.cap_bp)
