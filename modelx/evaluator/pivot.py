"""The pivot age of a hybrid default, the choice by participant, and the break-even fee (spec sections 6.3 and 6.4).

A hybrid keeps participants below the pivot age in one option (a target-date series) and moves those at or above it to
another (a managed account). Costs are net: fees and losses less alpha and gains, basis points a year per participant.
"""

from dataclasses import dataclass

import numpy as np

from modelx.evaluator.columns import FloatArray, as_floats
from modelx.evaluator.errors import BadParticipants

NEAR_BP = 5.0


@dataclass(frozen=True, slots=True)
class PivotCurve:
    """Mean cost (P,) at each pivot age (P,); the last age is infinite: nobody moves.

    ``best_age`` is the lowest age with the least cost; every pivot from ``near_from`` to ``near_to`` costs at most
    5 basis points more. ``all_older_bp`` is the cost when everyone holds the older option.
    """

    age: FloatArray
    cost_bp: FloatArray
    best_age: float
    best_cost_bp: float
    near_from: float
    near_to: float
    all_younger_bp: float
    all_older_bp: float


@dataclass(frozen=True, slots=True)
class OwnChoice:
    """Everyone in whichever of the two costs them less: the mean cost, and the share in the older option."""

    cost_bp: float
    share_older: float


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Highest fee at which each participant (n,) is no worse off, its weighted mean, and the share better off now."""

    fee_bp: FloatArray
    plan_fee_bp: float
    share_better_off: float


def pivot_curve(
    age: FloatArray, younger_cost: FloatArray, older_cost: FloatArray, weight: FloatArray | None = None
) -> PivotCurve:
    """Cost of every pivot age that separates the participants (n,), by running sums over ages in order."""
    if len(age) == 0:
        raise BadParticipants("A pivot age needs at least one participant.")
    share = np.ones(len(age)) if weight is None else weight
    order = np.lexsort((older_cost, younger_cost, age))
    ages, first = np.unique(age[order], return_index=True)
    part = share[order] / share.sum()
    below = np.concatenate([[0.0], np.cumsum(part * younger_cost[order])])
    above = np.concatenate([np.cumsum((part * older_cost[order])[::-1])[::-1], [0.0]])
    cut = np.append(first, len(age))
    cost = below[cut] + above[cut]
    pivots = np.append(ages, np.inf)
    best = int(cost.argmin())
    near = np.flatnonzero(cost <= cost[best] + NEAR_BP)
    breaks = np.flatnonzero(np.diff(near) > 1)
    runs = np.split(near, breaks + 1)
    run = next(one for one in runs if best in one)
    return PivotCurve(
        as_floats(pivots),
        as_floats(cost),
        float(pivots[best]),
        float(cost[best]),
        float(pivots[run[0]]),
        float(pivots[run[-1]]),
        float(cost[-1]),
        float(cost[0]),
    )


def own_choice(younger_cost: FloatArray, older_cost: FloatArray, weight: FloatArray | None = None) -> OwnChoice:
    """The rule by participant: the older option for those whom it costs less, whatever their age."""
    share = np.ones(len(younger_cost)) if weight is None else weight
    part = share / share.sum()
    older = older_cost < younger_cost
    return OwnChoice(float((part * np.where(older, older_cost, younger_cost)).sum()), float(part[older].sum()))


def break_even(
    other_cost: FloatArray, cost: FloatArray, fee: FloatArray, weight: FloatArray | None = None
) -> BreakEven:
    """Fees at which an option that costs ``cost`` (n,), ``fee`` of it the fee in question, equals another option."""
    share = np.ones(len(cost)) if weight is None else weight
    part = share / share.sum()
    highest = as_floats(other_cost - (cost - fee))
    return BreakEven(highest, float((part * highest).sum()), float(part[cost < other_cost].sum()))
