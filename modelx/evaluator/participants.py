"""The participants of a plan as columns, and why a row cannot be used (spec section 10).

A missing number is NaN, a missing text the empty string. Nobody is dropped silently: a row that cannot be evaluated
carries a reason, and reasons are counted.
"""

from dataclasses import dataclass, fields, replace
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from modelx.evaluator.asset_classes import CODES
from modelx.evaluator.columns import WEIGHT_SUM_TOLERANCE, BoolArray, FloatArray, IntArray, ObjectArray, as_floats
from modelx.evaluator.errors import BadParticipants

RETIREMENT_AGE = 65.0
AGE_LEAST, AGE_MOST = 14.0, 110.0


class Reason(IntEnum):
    """Why a participant was not evaluated; zero is evaluated. Stored as a byte a row."""

    EVALUATED = 0
    AGE_MISSING = 1
    AGE_OUT_OF_RANGE = 2
    RETIREMENT_AGE_OUT_OF_RANGE = 3
    IDEAL_EQUITY_MISSING = 4
    IDEAL_EQUITY_OUT_OF_RANGE = 5
    IDEAL_WEIGHTS_INVALID = 6
    IDEAL_HAS_NO_VARIANCE = 7


@dataclass(frozen=True, slots=True)
class Participants:
    """Columns (N,). Money in dollars (a year where it flows), rates and equity levels as fractions, ages in years.

    ``outside_equity`` is the equity level of ``outside_balance``; ``company_stock`` the share of the balance held in
    it. ``ideal_equity`` and ``ideal_weights`` (N, 19) are there when an outside engine supplied them.
    """

    id: ObjectArray
    age: FloatArray
    retirement_age: FloatArray
    gender: ObjectArray
    salary: FloatArray
    balance: FloatArray
    deferral_rate: FloatArray
    employer_rate: FloatArray
    pension_annual: FloatArray
    social_security_annual: FloatArray
    outside_balance: FloatArray
    outside_equity: FloatArray
    company_stock: FloatArray
    tenure_years: FloatArray
    state: ObjectArray
    current_option: ObjectArray
    ideal_equity: FloatArray
    ideal_weights: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.id)

    def take(self, rows: IntArray | BoolArray) -> "Participants":
        """The same columns for some rows, in the order given."""
        changed = {one.name: getattr(self, one.name)[rows] for one in fields(self) if one.name != "ideal_weights"}
        weights = None if self.ideal_weights is None else self.ideal_weights[rows]
        return replace(self, **changed, ideal_weights=weights)


TEXTS = ("gender", "state", "current_option")
NUMBERS = (
    "retirement_age",
    "salary",
    "balance",
    "deferral_rate",
    "employer_rate",
    "pension_annual",
    "social_security_annual",
    "outside_balance",
    "outside_equity",
    "company_stock",
    "tenure_years",
    "ideal_equity",
)


def participants(
    ids: ArrayLike, age: ArrayLike, *, ideal_weights: ArrayLike | None = None, **columns: ArrayLike
) -> Participants:
    """Participants from whatever columns there are; an absent column is missing throughout.

    The retirement age is 65 where it is missing. Raises :class:`BadParticipants` for columns of unequal length, for
    one nobody knows, and for ideal weights of another shape than (N, 19).
    """
    names = np.asarray(ids, dtype=object)
    count = len(names)
    unknown = sorted(set(columns) - set(NUMBERS) - set(TEXTS))
    if unknown:
        raise BadParticipants(f"Unknown participant columns {unknown}.")
    numbers = {name: as_floats(columns.get(name, np.full(count, np.nan))) for name in NUMBERS}
    texts = {name: np.asarray(columns.get(name, np.full(count, "")), dtype=object) for name in TEXTS}
    years = as_floats(age)
    weights = None if ideal_weights is None else as_floats(ideal_weights)
    lengths = {name: len(column) for name, column in {"age": years, **numbers, **texts}.items()}
    wrong = sorted(name for name, length in lengths.items() if length != count)
    if wrong:
        raise BadParticipants(f"The columns {wrong} do not have {count} rows like the ids.")
    if weights is not None and weights.shape != (count, len(CODES)):
        raise BadParticipants(f"The ideal weights are {weights.shape}, expected {(count, len(CODES))}.")
    given = numbers.pop("retirement_age")
    return Participants(
        id=names,
        age=years,
        retirement_age=np.where(np.isnan(given), RETIREMENT_AGE, given),
        ideal_weights=weights,
        **numbers,
        **texts,
    )


def age_reasons(people: Participants) -> NDArray[np.uint8]:
    """(N,) a :class:`Reason` a row, looking at the two ages alone."""
    reason = np.zeros(len(people), dtype=np.uint8)
    retires = people.retirement_age
    reason[~((retires >= 30) & (retires <= AGE_MOST))] = Reason.RETIREMENT_AGE_OUT_OF_RANGE
    reason[~((people.age >= AGE_LEAST) & (people.age <= AGE_MOST))] = Reason.AGE_OUT_OF_RANGE
    reason[np.isnan(people.age)] = Reason.AGE_MISSING
    return reason


def valid_weight_rows(weights: FloatArray) -> BoolArray:
    """(N,) rows (N, 19) that are complete, not negative, and sum to one within 5e-3."""
    complete = np.isfinite(weights).all(axis=1) & (weights >= 0).all(axis=1)
    return np.asarray(complete & (np.abs(weights.sum(axis=1) - 1) <= WEIGHT_SUM_TOLERANCE), dtype=np.bool_)


def reason_counts(reasons: NDArray[np.uint8]) -> dict[str, int]:
    """How many rows were not used, by reason; reasons that did not occur are left out."""
    counts = np.bincount(reasons, minlength=len(Reason))
    return {one.name: int(counts[one]) for one in Reason if one is not Reason.EVALUATED and counts[one]}
