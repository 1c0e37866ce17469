"""An evaluation's assumptions from a TOML file; what it leaves out keeps its default.

[total_wealth]    any setting of the total-wealth proxy by its name: phi, discount, salary_growth, kappa, ...
[decomposition]   sub_mix = "own", "plan_average" or "explicit" (then stock_sd, bond_sd, correlation);
                  matched = "keep_real_assets", "detail_map" or "pro_rata";
                  detail_aversion = "matched" or "participant"
[caps]            information_bp = 125, or "none"
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from modelx.domain.errors import InvalidInput
from modelx.evaluator.capital_markets import CapitalMarkets, two_asset_markets
from modelx.evaluator.decomposition import DetailAversion, MatchedRule, SubMixSource
from modelx.evaluator.errors import EvaluatorError
from modelx.evaluator.information import INFORMATION_CAP_BP
from modelx.evaluator.total_wealth import TotalWealthSettings

EXPLICIT = ("stock_sd", "bond_sd", "correlation")
TABLES = {
    "total_wealth": tuple(one.name for one in fields(TotalWealthSettings)),
    "decomposition": ("sub_mix", "matched", "detail_aversion", *EXPLICIT),
    "caps": ("information_bp",),
}
_Choice = TypeVar("_Choice", bound=Enum)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """The proxy's settings, the rules of the split (``two_assets`` for an explicit sub-mix), and the caps."""

    total_wealth: TotalWealthSettings = field(default_factory=TotalWealthSettings)
    sub_mix: SubMixSource = SubMixSource.OWN
    matched: MatchedRule = MatchedRule.KEEP_REAL_ASSETS
    detail_aversion: DetailAversion = DetailAversion.MATCHED
    two_assets: CapitalMarkets | None = None
    information_cap_bp: float | None = INFORMATION_CAP_BP


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    text: str

    def refusal(self, table: str, key: str, reason: str) -> InvalidInput:
        """The refusal of a key, at the line where it stands."""
        pattern = re.compile(rf"^\s*\[?{re.escape(key)}\b")
        found = [number for number, line in enumerate(self.text.splitlines(), 1) if pattern.match(line)]
        where = f"{self.path}:{found[0]}" if found else str(self.path)
        return InvalidInput(f"{where}: {f'[{table}] ' if table else ''}{key}: {reason}.")


def read_assumptions(path: Path) -> Assumptions:
    """The assumptions of a file. Raises :class:`InvalidInput` naming file, line, key, reason and what is known."""
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        raise InvalidInput(f"{path} cannot be read: {cause}. It must be TOML in UTF-8.") from cause
    source = _Source(path, text)
    for name, table in tables.items():
        if name not in TABLES or not isinstance(table, dict):
            raise source.refusal("", name, f"is no table of assumptions; known are {', '.join(TABLES)}")
        for key in table:
            if key not in TABLES[name]:
                raise source.refusal(name, key, f"is not known; known are {', '.join(TABLES[name])}")
    split = tables.get("decomposition", {})
    sub_mix = _chosen(source, split, "sub_mix", SubMixSource.OWN)
    return Assumptions(
        _total_wealth(source, tables.get("total_wealth", {})),
        sub_mix,
        _chosen(source, split, "matched", MatchedRule.KEEP_REAL_ASSETS),
        _chosen(source, split, "detail_aversion", DetailAversion.MATCHED),
        _two_assets(source, split) if sub_mix is SubMixSource.EXPLICIT else None,
        _cap(source, tables.get("caps", {})),
    )


def _total_wealth(source: _Source, given: Mapping[str, Any]) -> TotalWealthSettings:
    default = TotalWealthSettings()
    changed: dict[str, Any] = {}
    for key, value in given.items():
        usual = getattr(default, key)
        if not isinstance(usual, tuple):
            changed[key] = _number(source, "total_wealth", key, value)
            continue
        if not isinstance(value, list) or (len(value) != len(usual) and not key.startswith("kappa")):
            raise source.refusal("total_wealth", key, f"must be a list of {len(usual)} numbers")
        changed[key] = tuple(_number(source, "total_wealth", key, one) for one in value)
    found = replace(default, **changed)
    ages = found.kappa_ages
    if len(ages) != len(found.kappa) or list(ages) != sorted(set(ages)):
        raise source.refusal("total_wealth", "kappa", "needs one number for each of kappa_ages, which must ascend")
    for key in ("phi", "default_salary", *(name for name in changed if name.endswith(("discount", "growth")))):
        value = getattr(found, key)
        if not 0 <= value <= (1 if key != "default_salary" else 1e9):
            raise source.refusal(
                "total_wealth", key, f"{value:g} is outside its range; a rate is a fraction, 4 % is 0.04"
            )
    if not 0 <= found.least <= found.most <= 1:
        key = "least" if "least" in changed else "most"
        raise source.refusal("total_wealth", key, "must be fractions with 0 <= least <= most <= 1")
    return found


def _two_assets(source: _Source, split: Mapping[str, Any]) -> CapitalMarkets:
    missing = [key for key in EXPLICIT if key not in split]
    if missing:
        raise source.refusal("decomposition", "sub_mix", f'"explicit" needs {", ".join(missing)} beside it')
    stock_sd, bond_sd, correlation = (_number(source, "decomposition", key, split[key]) for key in EXPLICIT)
    try:
        return two_asset_markets(stock_sd, bond_sd, correlation)
    except EvaluatorError as cause:
        raise source.refusal("decomposition", EXPLICIT[0], str(cause).rstrip(".")) from cause


def _cap(source: _Source, caps: Mapping[str, Any]) -> float | None:
    given = caps.get("information_bp", INFORMATION_CAP_BP)
    if given == "none":
        return None
    value = _number(source, "caps", "information_bp", given)
    if value <= 0:
        raise source.refusal("caps", "information_bp", 'must be above zero, or "none"')
    return value


def _chosen(source: _Source, split: Mapping[str, Any], key: str, usual: _Choice) -> _Choice:
    known = {one.value: one for one in type(usual)}
    given = split.get(key, usual.value)
    if given not in known:
        raise source.refusal("decomposition", key, f"{given!r} is none of {', '.join(known)}")
    return known[given]


def _number(source: _Source, table: str, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise source.refusal(table, key, f"{value!r} is not a number")
    return float(value)
