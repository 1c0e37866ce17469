"""A plan's summary as named arrays and back, so that a run can be resumed from the blocks it has finished."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from modelx.evaluator.cohorts import Cohorts
from modelx.evaluator.columns import ObjectArray
from modelx.evaluator.distribution import Histogram
from modelx.evaluator.errors import BadParticipants
from modelx.evaluator.influence import Influential
from modelx.evaluator.summary import PlanSummary

LAYOUT = 2
COUNTS = ("not_used", "imputed", "origins")
ARRAYS = ("total", "dollars", "above", "best", "grid")


def to_arrays(summary: PlanSummary) -> dict[str, NDArray[Any]]:
    """Flat arrays by name; texts become unicode arrays, counts pairs of names and numbers."""
    flat: dict[str, NDArray[Any]] = {
        "layout": np.array([LAYOUT]),
        "options": _texts(summary.options),
        "people": np.array([summary.read, summary.evaluated]),
        "scale": np.array([summary.weight, summary.balance]),
        "sums.names": _texts(summary.sums),
        "sums.values": np.stack(list(summary.sums.values())),
        "spread.weight": summary.spread.weight,
        "spread.weighted": summary.spread.weighted,
        "cohorts": _texts(summary.cohorts),
        "influence.id": summary.influence.id.astype(str),
        "influence.age": summary.influence.age,
        "influence.total": summary.influence.total,
        "influence.weight": summary.influence.weight,
    }
    for name in ARRAYS:
        flat[name] = getattr(summary, name)
    for name in COUNTS:
        flat[f"{name}.names"] = _texts(getattr(summary, name))
        flat[f"{name}.values"] = np.array(list(getattr(summary, name).values()), dtype=np.int64)
    for dimension, cohorts in summary.cohorts.items():
        for one in fields(cohorts):
            value = getattr(cohorts, one.name)
            flat[f"cohort.{dimension}.{one.name}"] = _texts(value) if one.name == "labels" else value
    return flat


def from_arrays(flat: Mapping[str, NDArray[Any]]) -> PlanSummary:
    """The summary that :func:`to_arrays` flattened. Raises :class:`BadParticipants` for another layout."""
    if "layout" not in flat or int(flat["layout"][0]) != LAYOUT:
        raise BadParticipants("A stored summary has another layout; evaluate the plan again into a new folder.")
    counts = {
        name: dict(zip(_names(flat[f"{name}.names"]), flat[f"{name}.values"].tolist(), strict=True)) for name in COUNTS
    }
    cohorts = {}
    for dimension in _names(flat["cohorts"]):
        values = {one.name: flat[f"cohort.{dimension}.{one.name}"] for one in fields(Cohorts)}
        labels = tuple(_names(values.pop("labels")))
        cohorts[dimension] = Cohorts(labels=labels, **values)
    sums = dict(zip(_names(flat["sums.names"]), flat["sums.values"], strict=True))
    who: ObjectArray = flat["influence.id"].astype(object)
    return PlanSummary(
        options=tuple(_names(flat["options"])),
        read=int(flat["people"][0]),
        evaluated=int(flat["people"][1]),
        weight=float(flat["scale"][0]),
        balance=float(flat["scale"][1]),
        sums=sums,
        spread=Histogram(flat["spread.weight"], flat["spread.weighted"]),
        cohorts=cohorts,
        influence=Influential(who, flat["influence.age"], flat["influence.total"], flat["influence.weight"]),
        total=flat["total"],
        dollars=flat["dollars"],
        above=flat["above"],
        best=flat["best"],
        grid=flat["grid"],
        not_used=counts["not_used"],
        imputed=counts["imputed"],
        origins=counts["origins"],
    )


def _texts(values: Iterable[str]) -> NDArray[np.str_]:
    listed = list(values)
    return np.array(listed, dtype=str) if listed else np.zeros(0, dtype="<U1")


def _names(values: NDArray[Any]) -> list[str]:
    return [str(value) for value in values]
