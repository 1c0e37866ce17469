"""Effective targets: what each sleeve is to hold once its plan's overrides are applied, and why.

Sleeves without overrides that share a model and a cash buffer share one *profile*; every overridden sleeve has its
own. Rules work on profiles, of which there are few, and are spread over the sleeves at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from modelx.domain.money import Column, format_decimal

Mask = npt.NDArray[np.bool_]

CASH = 0  # the security number of cash in target columns
SECURITY_BITS = 20


class WhyStep(IntEnum):
    """Which step of the resolution an entry speaks of."""

    SUBSTITUTED = 1  # one hop, ``source`` to ``target``, of the weight that ended in ``security``
    EXCLUDED_TO_CASH = 2  # ``weight`` of ``security`` went to cash
    EXCLUDED_PRORATA = 3  # ``weight`` of ``security`` went to the other names in proportion
    SET = 4  # ``security`` was given ``weight``; the names not set were scaled to fill
    BUFFER = 5  # all but cash was scaled because the cash buffer, ``weight``, is above the cash target


@dataclass(frozen=True, slots=True)
class Why:
    """Reasons as columns of one length; -1 where a column says nothing for the step. Weights are 10^-12."""

    profile: Column
    security: Column
    step: Column
    override_id: Column
    source: Column
    target: Column
    weight: Column


@dataclass(frozen=True, slots=True)
class EffectiveTargets:
    """Target weights (10^-12, whole steps of 10^-6) by profile and security, cash apart; with cash they sum to one.

    ``profile_of_sleeve`` names each sleeve's profile. Rows are sorted by profile, then security, and are above zero;
    those of profile p are ``first_row[p]`` to ``first_row[p + 1] - 1``. ``cash_weight`` is the larger of the CASH
    target and the buffer. A profile with ``has_targets`` False (no version in force) must not be traded.
    ``deviates`` is True where an override changes the weights, whatever its size. ``no_buy`` and ``no_sell`` are
    sorted keys sleeve << 20 | security. ``dormant`` lists the ids of overrides in force that find nothing to act on;
    ``over_committed`` the profiles whose explicit weights leave no room, ``left_in_cash`` those with nothing to take
    up a freed weight.
    """

    profile_of_sleeve: Column
    first_row: Column
    security: Column
    weight: Column
    cash_weight: Column
    has_targets: Mask
    deviates: Mask
    no_buy: Column
    no_sell: Column
    dormant: Column
    over_committed: Column
    left_in_cash: Column
    circular: Column
    circular_rules: Column
    why: Why

    def rows_of_sleeves(self) -> tuple[Column, Column]:
        """Return the columns (key, weight) of every sleeve's targets; key = sleeve << 20 | security, ascending."""
        start = self.first_row[self.profile_of_sleeve]
        count = self.first_row[self.profile_of_sleeve + 1] - start
        sleeve = np.repeat(np.arange(count.size), count)
        at = np.arange(sleeve.size) + np.repeat(start - (np.cumsum(count) - count), count)
        return (sleeve << SECURITY_BITS) | self.security[at], self.weight[at]

    def of_sleeve(self, sleeve: int) -> dict[int, int]:
        """Return one sleeve's weights by security, CASH included, zero weights left out."""
        profile = int(self.profile_of_sleeve[sleeve])
        rows = slice(int(self.first_row[profile]), int(self.first_row[profile + 1]))
        weights = dict(zip(self.security[rows].tolist(), self.weight[rows].tolist(), strict=True))
        cash = int(self.cash_weight[profile])
        return weights | ({CASH: cash} if cash else {})


def explain(targets: EffectiveTargets, sleeve: int, names: Mapping[int, str]) -> dict[int, list[str]]:
    """Return for each security of one sleeve, the ones removed included, why it has the weight it has.

    ``names`` gives the ticker of each security number. A line that nothing has changed says "as the model".
    """
    profile = int(targets.profile_of_sleeve[sleeve])
    held = targets.of_sleeve(sleeve)
    reasons: dict[int, list[str]] = {security: [] for security in held}
    scaled: list[str] = []
    fixed: set[int] = {CASH}
    for row in np.flatnonzero(targets.why.profile == profile).tolist():
        step, security, own, others = _sentence(targets.why, row, names)
        reasons.setdefault(security, []).append(own)
        if others:
            scaled.append(others)
        if step is WhyStep.SET:
            fixed.add(security)
    for security in held.keys() - fixed:
        reasons[security] += scaled
    return {security: own or ["as the model"] for security, own in sorted(reasons.items())}


def changed_sleeves(before: EffectiveTargets, after: EffectiveTargets) -> Mask:
    """Return which sleeves' weights, cash or permissions differ, of the same sleeves in the same order.

    Judged by pairs of profiles, which are few.
    """
    pairs, pair_of_sleeve = np.unique((before.profile_of_sleeve << 32) | after.profile_of_sleeve, return_inverse=True)
    differs = np.array([_differ(before, int(pair >> 32), after, int(pair & (2**32 - 1))) for pair in pairs], np.bool_)
    touched = differs[pair_of_sleeve] if pairs.size else np.zeros(0, np.bool_)
    for old, new in ((before.no_buy, after.no_buy), (before.no_sell, after.no_sell)):
        touched[np.setxor1d(old, new) >> SECURITY_BITS] = True
    return np.asarray(touched)


def _differ(before: EffectiveTargets, old: int, after: EffectiveTargets, new: int) -> bool:
    first = slice(int(before.first_row[old]), int(before.first_row[old + 1]))
    second = slice(int(after.first_row[new]), int(after.first_row[new + 1]))
    return not (
        before.cash_weight[old] == after.cash_weight[new]
        and before.has_targets[old] == after.has_targets[new]
        and np.array_equal(before.security[first], after.security[second])
        and np.array_equal(before.weight[first], after.weight[second])
    )


def _sentence(why: Why, row: int, names: Mapping[int, str]) -> tuple[WhyStep, int, str, str]:
    """The step, the security it belongs to, what it did to that line, and what it did to the lines not set."""
    step, security = WhyStep(int(why.step[row])), int(why.security[row])
    weight = f"{format_decimal(int(why.weight[row]), 10, at_least=2)} %"
    name, by = names.get(security, str(security)), f"override {int(why.override_id[row])}"
    if step is WhyStep.SUBSTITUTED:
        source, target = (names.get(int(one), str(one)) for one in (why.source[row], why.target[row]))
        return step, security, f"{source}->{target}, {by}", ""
    if step is WhyStep.EXCLUDED_TO_CASH:
        return step, security, f"excluded, {weight} to cash, {by}", ""
    if step is WhyStep.EXCLUDED_PRORATA:
        return step, security, f"excluded, {weight} to the others, {by}", f"scaled up, {name} excluded, {by}"
    if step is WhyStep.SET:
        return step, security, f"set to {weight}, {by}", f"scaled to fill, {name} set to {weight}, {by}"
    return step, security, f"cash buffer of {weight}", f"scaled down for the cash buffer of {weight}"
