"""What the rows of the families' files must satisfy among themselves (see :mod:`modelx.domain.book_rules`)."""

from __future__ import annotations

import re

import numpy as np

from modelx.domain.book import FileColumns, FindingLog
from modelx.domain.book_checks import check_weights, refuse
from modelx.domain.book_codes import SeriesKind

_MONTHS = re.compile(r"(|(0?[1-9]|1[0-2])(;(0?[1-9]|1[0-2]))*)")


def check_series(rows: FileColumns, log: FindingLog) -> None:
    """A target-date series names its glide path; only such a one may roll down or follow a tactical rule."""
    dated = rows.ints("kind") == SeriesKind.TARGET_DATE
    blank = {name: np.array([text == "" for text in rows.texts(name).to_list()], np.bool_) for name in _DATED_ONLY}
    refuse(rows, dated & blank["glide_path"], "BLANK", "glide_path", "a target-date series names its glide_path", log)
    for name, empty in blank.items():
        refuse(rows, ~dated & ~empty, "NOT_DATED", name, f"only a TARGET_DATE series has a {name}", log)
    bad = np.array([_MONTHS.fullmatch(text) is None for text in rows.texts("roll_months").to_list()], np.bool_)
    refuse(rows, bad, "BAD_MONTHS", "roll_months", "months are numbers from 1 to 12, such as 1 or 1;7", log)


def check_glide_paths(rows: FileColumns, log: FindingLog) -> None:
    """The weights of each point of a path sum to exactly one."""
    check_weights(rows, ("glide_path", "months"), log)


_DATED_ONLY = ("glide_path", "roll_months", "tactical_rule")
