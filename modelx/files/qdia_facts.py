"""Facts about options as defaults, for the checks of eligibility: who manages them, what leaving costs, what was sent.

qdia_facts.csv has one row an option:

    option, managed_by, largest_fund, largest_weight, funds, employer_securities, employer_exception, transfer_months,
    others_transfer_months, exit_fees, barriers_later, first_investment, first_notice, withdrawal_permitted,
    plan_year_start, yearly_notice, notice_items, materials_passed, chance_to_direct, broad_range,
    automatic_enrollment_law, unitized (may be absent: Y, a model that is no registered fund itself)

Y or N; dates YYYY-MM-DD, blank for a notice never sent; lists with semicolons, notice_items of when, what, leave and
others; managed_by one of investment_manager, trustee, named_fiduciary, registered_fund, directed_trustee; months whole,
0 for daily; largest_weight a fraction. What the weights say of equity by age is computed, not read.
"""

from datetime import date
from pathlib import Path

from modelx.disclosure.default_option import NOTICE_ITEMS, DefaultFacts, DefaultKind, ManagedBy
from modelx.files.qdia_rows import Row, read_rows

COLUMNS = (
    "option", "managed_by", "largest_fund", "largest_weight", "funds", "employer_securities", "employer_exception",
    "transfer_months", "others_transfer_months", "exit_fees", "barriers_later", "first_investment", "first_notice",
    "withdrawal_permitted", "plan_year_start", "yearly_notice", "notice_items", "materials_passed", "chance_to_direct",
    "broad_range", "automatic_enrollment_law", "unitized",
)  # fmt: skip


def read_facts(path: Path) -> dict[str, DefaultFacts]:
    """Facts by option. Raises :class:`InvalidInput` naming file, line, column and reason."""
    found: dict[str, DefaultFacts] = {}
    for row in read_rows(path, COLUMNS, in_order=True, optional=1):
        option = row.text("option")
        if option in found:
            raise row.refusal("option", f"{option!r} occurs twice; keep one of the two")
        found[option] = _facts(row)
    return found


def _facts(row: Row) -> DefaultFacts:
    items = _listed(row.text("notice_items"))
    unknown = sorted(set(items) - set(NOTICE_ITEMS))
    if unknown:
        raise row.refusal("notice_items", f"{unknown} are none of {', '.join(NOTICE_ITEMS)}")
    return DefaultFacts(
        option=row.text("option"),
        kind=DefaultKind.OTHER,
        equity_by_age=(),
        largest_fund=(row.text("largest_fund"), round(10_000 * _number(row, "largest_weight", 1.0))),
        funds=int(_number(row, "funds", 10_000.0)),
        managed_by=_manager(row),
        employer_securities=_flag(row, "employer_securities"),
        employer_exception=row.text("employer_exception"),
        transfer_months=int(_number(row, "transfer_months", 120.0)),
        others_transfer_months=int(_number(row, "others_transfer_months", 120.0)),
        exit_fees=_listed(row.text("exit_fees")),
        barriers_later=_listed(row.text("barriers_later")),
        first_investment=_day(row, "first_investment"),
        first_notice=_day(row, "first_notice") if row.text("first_notice") else None,
        withdrawal_permitted=_flag(row, "withdrawal_permitted"),
        plan_year_start=_day(row, "plan_year_start"),
        yearly_notice=_day(row, "yearly_notice") if row.text("yearly_notice") else None,
        notice_items=frozenset(items),
        materials_passed=_flag(row, "materials_passed"),
        chance_to_direct=_flag(row, "chance_to_direct"),
        broad_range=_flag(row, "broad_range"),
        automatic_enrollment_law=_flag(row, "automatic_enrollment_law"),
        unitized="unitized" not in row.cells or _flag(row, "unitized"),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _flag(row: Row, name: str) -> bool:
    if row.text(name) not in ("Y", "N"):
        raise row.refusal(name, f"must be Y or N, not {row.text(name)!r}")
    return row.text(name) == "Y"


def _day(row: Row, name: str) -> date:
    try:
        found = date.fromisoformat(row.text(name))
    except ValueError as cause:
        raise row.refusal(name, f"{row.text(name)!r} is not a date YYYY-MM-DD") from cause
    return found


def _number(row: Row, name: str, most: float) -> float:
    value = row.number(name)
    if not 0 <= value <= most:
        raise row.refusal(name, f"{row.text(name)!r} is outside 0 and {most:g}")
    return value


def _manager(row: Row) -> ManagedBy:
    known = {one.name.lower(): one for one in ManagedBy}
    text = row.text("managed_by")
    if text not in known:
        raise row.refusal("managed_by", f"{text!r} is none of {', '.join(known)}")
    return known[text]
