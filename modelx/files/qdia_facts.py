"""Facts about options as defaults, for the checks of eligibility: who manages them, what leaving costs, what was sent.

qdia_facts.csv has one row an option:

    option, managed_by, largest_fund, largest_weight, funds, employer_securities, employer_exception, transfer_months,
    others_transfer_months, exit_fees, barriers_later, first_investment, first_notice, withdrawal_permitted,
    plan_year_start, yearly_notice, notice_items, materials_passed, chance_to_direct, broad_range,
    automatic_enrollment_law

Y or N; dates YYYY-MM-DD, blank for a notice never sent; lists with semicolons, notice_items of when, what, leave and
others; managed_by one of investment_manager, trustee, named_fiduciary, registered_fund, directed_trustee; months whole,
0 for daily; largest_weight a fraction. What the weights say of equity by age is computed, not read.
"""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from modelx.disclosure.default_option import NOTICE_ITEMS, DefaultFacts, DefaultKind, ManagedBy
from modelx.domain.errors import InvalidInput

COLUMNS = (
    "option", "managed_by", "largest_fund", "largest_weight", "funds", "employer_securities", "employer_exception",
    "transfer_months", "others_transfer_months", "exit_fees", "barriers_later", "first_investment", "first_notice",
    "withdrawal_permitted", "plan_year_start", "yearly_notice", "notice_items", "materials_passed", "chance_to_direct",
    "broad_range", "automatic_enrollment_law",
)  # fmt: skip


def read_facts(path: Path) -> dict[str, DefaultFacts]:
    """Facts by option. Raises :class:`InvalidInput` naming file, line, column and reason."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            rows = [(f"{path}:{reader.line_num}", dict(row)) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as cause:
        raise InvalidInput(f"{path} cannot be read: {cause}") from cause
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InvalidInput(f"{path}: the columns must be {', '.join(COLUMNS)}, in this order.")
    found: dict[str, DefaultFacts] = {}
    for where, row in rows:
        if None in row or None in row.values():
            raise InvalidInput(f"{where}: the line has not as many columns as the header.")
        if row["option"] in found:
            raise InvalidInput(f"{where}: option {row['option']!r} occurs twice.")
        found[row["option"]] = _facts(where, row)
    return found


def _facts(where: str, row: Mapping[str, str]) -> DefaultFacts:
    items = _listed(row["notice_items"])
    unknown = sorted(set(items) - set(NOTICE_ITEMS))
    if unknown:
        raise InvalidInput(f"{where}: notice_items: {unknown} are none of {', '.join(NOTICE_ITEMS)}.")
    return DefaultFacts(
        option=row["option"],
        kind=DefaultKind.OTHER,
        equity_by_age=(),
        largest_fund=(row["largest_fund"], round(10_000 * _number(where, "largest_weight", row, 1.0))),
        funds=int(_number(where, "funds", row, 10_000.0)),
        managed_by=_manager(where, row["managed_by"]),
        employer_securities=_flag(where, "employer_securities", row),
        employer_exception=row["employer_exception"],
        transfer_months=int(_number(where, "transfer_months", row, 120.0)),
        others_transfer_months=int(_number(where, "others_transfer_months", row, 120.0)),
        exit_fees=_listed(row["exit_fees"]),
        barriers_later=_listed(row["barriers_later"]),
        first_investment=_day(where, "first_investment", row),
        first_notice=_day(where, "first_notice", row) if row["first_notice"] else None,
        withdrawal_permitted=_flag(where, "withdrawal_permitted", row),
        plan_year_start=_day(where, "plan_year_start", row),
        yearly_notice=_day(where, "yearly_notice", row) if row["yearly_notice"] else None,
        notice_items=frozenset(items),
        materials_passed=_flag(where, "materials_passed", row),
        chance_to_direct=_flag(where, "chance_to_direct", row),
        broad_range=_flag(where, "broad_range", row),
        automatic_enrollment_law=_flag(where, "automatic_enrollment_law", row),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _flag(where: str, name: str, row: Mapping[str, str]) -> bool:
    if row[name] not in ("Y", "N"):
        raise InvalidInput(f"{where}: {name} must be Y or N, not {row[name]!r}.")
    return row[name] == "Y"


def _day(where: str, name: str, row: Mapping[str, str]) -> date:
    try:
        found = date.fromisoformat(row[name])
    except ValueError as cause:
        raise InvalidInput(f"{where}: {name} {row[name]!r} is not a date YYYY-MM-DD.") from cause
    return found


def _number(where: str, name: str, row: Mapping[str, str], most: float) -> float:
    try:
        value = float(row[name])
    except ValueError as cause:
        raise InvalidInput(f"{where}: {name} {row[name]!r} is not a number.") from cause
    if not 0 <= value <= most:
        raise InvalidInput(f"{where}: {name} {row[name]!r} is outside 0 and {most:g}.")
    return value


def _manager(where: str, text: str) -> ManagedBy:
    known = {one.name.lower(): one for one in ManagedBy}
    if text not in known:
        raise InvalidInput(f"{where}: managed_by {text!r} is none of {', '.join(known)}.")
    return known[text]
