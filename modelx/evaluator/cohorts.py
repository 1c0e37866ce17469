"""Losses by cohort: age band, income, tenure, gender, state, vintage; a mergeable table (spec 2.10 and section 6.6)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modelx.evaluator.columns import BASIS_POINTS, FloatArray, IntArray, ObjectArray, as_floats
from modelx.evaluator.distribution import CELLS, Histogram, cell_numbers
from modelx.evaluator.evaluation import BlockResult
from modelx.evaluator.participants import Participants

AGE_BANDS = ((30.0, 40.0, 50.0, 60.0), ("under 30", "30 to 39", "40 to 49", "50 to 59", "60 and over"))
INCOME_BANDS = ((40e3, 70e3, 110e3, 175e3), ("under 40k", "40k to 70k", "70k to 110k", "110k to 175k", "175k and over"))
TENURE_BANDS = ((2.0, 5.0, 10.0, 20.0), ("under 2 years", "2 to 5", "5 to 10", "10 to 20", "20 and over"))
BALANCE_BANDS = (
    (10e3, 50e3, 150e3, 500e3),
    ("under 10k", "10k to 50k", "50k to 150k", "150k to 500k", "500k and over"),
)
NOT_KNOWN = "not known"
LARGE_LOSS_BP = 100.0
CROSSED = "age, salary, tenure"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A dimension of a block: the label of each code, and the code (n,) of each participant."""

    labels: tuple[str, ...]
    codes: IntArray


@dataclass(frozen=True, slots=True)
class Cohorts:
    """Sums of one dimension by label (L,), and by option and label (K, L).

    ``total`` and ``equity`` are weighted basis points, ``dollars`` a year, ``large`` the weight above 100 basis points,
    ``cells`` (K, L, cells) the histogram of total losses; the crossed dimension keeps none (K, L, 0), so no median.
    """

    labels: tuple[str, ...]
    count: IntArray
    weight: FloatArray
    balance: FloatArray
    total: FloatArray
    equity: FloatArray
    dollars: FloatArray
    large: FloatArray
    cells: FloatArray

    def plus(self, other: "Cohorts") -> "Cohorts":
        """Both together; labels that only one has are kept, in the order of the first and then of the second."""
        labels = (*self.labels, *(one for one in other.labels if one not in self.labels))
        left, right = _spread_to(self, labels), _spread_to(other, labels)
        return Cohorts(
            labels,
            left.count + right.count,
            left.weight + right.weight,
            left.balance + right.balance,
            left.total + right.total,
            left.equity + right.equity,
            left.dollars + right.dollars,
            left.large + right.large,
            left.cells + right.cells,
        )

    def mean_total(self) -> FloatArray:
        """(K, L) weighted mean loss; NaN for a label nobody has."""
        return as_floats(np.where(self.weight > 0, self.total, np.nan) / np.where(self.weight > 0, self.weight, 1.0))

    def mean_equity(self) -> FloatArray:
        """(K, L) weighted mean of the equity part."""
        return as_floats(np.where(self.weight > 0, self.equity, np.nan) / np.where(self.weight > 0, self.weight, 1.0))

    def median_total(self) -> FloatArray:
        """(K, L) median loss, to 0.35 % of itself."""
        options, labels = self.total.shape
        flat = self.cells.reshape(options * labels, -1)
        return Histogram(flat, np.zeros_like(flat)).approximate(0.5).reshape(options, labels)


def banded(values: FloatArray, bands: tuple[tuple[float, ...], tuple[str, ...]]) -> Labelled:
    """Band of each value; a band begins at its lower edge. Missing values are "not known"."""
    edges, labels = bands
    place = np.where(np.isnan(values), len(labels), np.searchsorted(np.array(edges), values, side="right"))
    return Labelled((*labels, NOT_KNOWN), place.astype(np.int64))


def crossed(parts: Sequence[Labelled]) -> Labelled:
    """Every combination of labels, the first dimension slowest."""
    labels, codes = list(parts[0].labels), parts[0].codes
    for part in parts[1:]:
        labels = [f"{one}; {other}" for one in labels for other in part.labels]
        codes = codes * len(part.labels) + part.codes
    return Labelled(tuple(labels), codes)


def texts(column: ObjectArray) -> Labelled:
    """Each different text is a label, in alphabetical order; an empty text is "not known" and comes last."""
    values = column.tolist()
    labels = sorted(set(values), key=lambda label: (label == "", label))
    number = {label: place for place, label in enumerate(labels)}
    codes = np.fromiter((number[value] for value in values), dtype=np.int64, count=len(values))
    return Labelled(tuple(label or NOT_KNOWN for label in labels), codes)


def dimensions(people: Participants) -> dict[str, Labelled]:
    """The standard dimensions of participants (n,)."""
    age, income = banded(people.age, AGE_BANDS), banded(people.salary, INCOME_BANDS)
    tenure = banded(people.tenure_years, TENURE_BANDS)
    return {
        "age": age,
        "income": income,
        "tenure": tenure,
        CROSSED: crossed((age, income, tenure)),
        "balance": banded(people.balance, BALANCE_BANDS),
        "gender": texts(people.gender),
        "state": texts(people.state),
    }


def cohorts_of(result: BlockResult, labelled: dict[str, Labelled]) -> dict[str, Cohorts]:
    """Sums of one block by dimension; the codes are those of the rows that were evaluated."""
    cells = cell_numbers(result.total)
    return {name: _dimension(result, one, None if name == CROSSED else cells) for name, one in labelled.items()}


def _dimension(result: BlockResult, labelled: Labelled, cells: IntArray | None) -> Cohorts:
    codes, size, weight = labelled.codes, len(labelled.labels), result.weight

    def by_label(values: FloatArray) -> FloatArray:
        return np.stack([np.bincount(codes, weights=row, minlength=size) for row in values])

    return Cohorts(
        labelled.labels,
        np.bincount(codes, minlength=size).astype(np.int64),
        as_floats(np.bincount(codes, weights=weight, minlength=size)),
        as_floats(np.bincount(codes, weights=result.balance, minlength=size)),
        by_label(result.total * weight),
        by_label(result.stack.equity_loss * weight),
        by_label(result.total * result.balance / BASIS_POINTS),
        by_label((result.total > LARGE_LOSS_BP) * weight),
        np.zeros((len(result.options), size, 0)) if cells is None else _histograms(codes * CELLS + cells, weight, size),
    )


def _histograms(places: IntArray, weight: FloatArray, size: int) -> FloatArray:
    rows = [np.bincount(row, weights=weight, minlength=size * CELLS).reshape(size, CELLS) for row in places]
    return as_floats(np.stack(rows))


def _spread_to(cohorts: Cohorts, labels: tuple[str, ...]) -> Cohorts:
    if cohorts.labels == labels:
        return cohorts
    place = [labels.index(one) for one in cohorts.labels]

    def widened(values: FloatArray, axis: int) -> FloatArray:
        shape = list(values.shape)
        shape[axis] = len(labels)
        wide = np.zeros(shape, dtype=values.dtype)
        wide[(slice(None),) * axis + (place,)] = values
        return wide

    return Cohorts(
        labels,
        widened(as_floats(cohorts.count), 0).astype(np.int64),
        widened(cohorts.weight, 0),
        widened(cohorts.balance, 0),
        widened(cohorts.total, 1),
        widened(cohorts.equity, 1),
        widened(cohorts.dollars, 1),
        widened(cohorts.large, 1),
        widened(cohorts.cells, 1),
    )
