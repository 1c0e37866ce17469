"""A made-up plan of any size: the reference population that engines are calibrated and judged on.

Nobody in it exists. Ages, salaries, balances and pensions are drawn from simple laws chosen to look like a plan; the
laws are stated below and are assumptions. The same seed and block always give the same people.
"""

from dataclasses import dataclass

import numpy as np

from modelx.evaluator.columns import FloatArray, ObjectArray, as_floats
from modelx.evaluator.errors import BadSetting
from modelx.evaluator.information import AGE_KNOTS, FULL_EQUITY
from modelx.evaluator.participants import Participants, participants

STATES = ("CA", "TX", "FL", "NY", "PA", "IL", "OH", "GA", "NC", "MI")
SALARY_AGES = (20.0, 30.0, 40.0, 50.0, 60.0, 70.0)
SALARY_MEDIANS = (38e3, 55e3, 68e3, 74e3, 72e3, 55e3)
SALARIES_SAVED = (0.1, 0.6, 1.6, 3.0, 4.6, 5.0)


@dataclass(frozen=True, slots=True)
class GlideReference:
    """Equity levels by age that the median participant should have (the path behind Exhibit 15's generator)."""

    age: FloatArray
    equity: FloatArray


def reference_glide() -> GlideReference:
    """The reference glide path of calibration."""
    return GlideReference(np.array(AGE_KNOTS), np.array(FULL_EQUITY))


def reference_population(count: int, seed: int, block: int = 0, with_gaps: bool = True) -> Participants:
    """``count`` participants of block ``block``; ids carry the block, so blocks can be laid end to end.

    Salaries are lognormal around a median by age, balances lognormal multiples of salary; one in eight has a pension,
    one in five outside savings, one in ten company stock. ``with_gaps`` leaves out some salaries, genders and Social
    Security estimates, as real files do.
    """
    if count < 1:
        raise BadSetting("A population needs at least one participant.")
    draws = np.random.default_rng([seed, block])
    age = np.clip(np.round(draws.normal(44.0, 12.0, count)), 18.0, 80.0)
    salary = np.interp(age, SALARY_AGES, SALARY_MEDIANS) * np.exp(draws.normal(0.0, 0.45, count))
    multiple = np.interp(age, SALARY_AGES, SALARIES_SAVED) * np.exp(draws.normal(0.0, 0.9, count))
    balance = salary * multiple
    pension = np.where(draws.random(count) < 1 / 8, 0.2 * salary, 0.0)
    outside = np.where(draws.random(count) < 1 / 5, balance * draws.uniform(0.1, 2.0, count), 0.0)
    stock = np.where(draws.random(count) < 1 / 10, draws.uniform(0.02, 0.5, count), 0.0)
    gender = np.where(draws.random(count) < 0.5, "F", "M").astype(object)
    gap = draws.random((3, count)) < (0.05 if with_gaps else 0.0)
    gender[gap[0]] = ""
    return participants(
        _ids(count, block),
        age,
        gender=gender,
        retirement_age=draws.choice([62.0, 65.0, 67.0], count, p=[0.15, 0.6, 0.25]),
        salary=np.where(gap[1], np.nan, np.round(salary)),
        balance=np.round(balance, 2),
        deferral_rate=np.round(draws.beta(2.0, 25.0, count), 3),
        employer_rate=draws.choice([0.0, 0.03, 0.05], count),
        pension_annual=np.round(pension),
        social_security_annual=np.where(gap[2], np.round(0.3 * salary), np.nan),
        outside_balance=np.round(outside, 2),
        outside_equity=np.where(outside > 0, np.round(draws.uniform(0.2, 0.9, count), 2), np.nan),
        company_stock=np.round(stock, 2),
        tenure_years=as_floats(np.floor(np.minimum(draws.exponential(7.0, count), np.maximum(age - 18, 0.0)))),
        state=np.array(STATES, dtype=object)[draws.integers(0, len(STATES), count)],
    )


def _ids(count: int, block: int) -> ObjectArray:
    return np.array([f"P{block:04d}-{number:06d}" for number in range(count)], dtype=object)
