"""How a change is shown: who follows, who deviates and how, weights before and after, dollars, cost, and warnings."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

from modelx.cli.output import Output, grouped, print_remark, print_table, show_object
from modelx.domain.money import Rounding, format_decimal, round_to

if TYPE_CHECKING:
    from modelx.services.change_preview import PreviewedChange
    from modelx.store.change_records import ChangeRecord

SLEEVE_COLUMNS = ("plan", "model", "follows", "turnover", "cost_bp", "cash_after", "warnings")
WEIGHT_COLUMNS = ("ticker", "name", "before", "after", "change", "why")
WEIGHT_NUMBERS = frozenset({"before", "after", "change"})
FEW = 10
_BP_CENT = 10**6  # a hundredth of a basis point, in 10^-12


def percent(weight: int) -> str:
    """A weight of 10^-12 as a percentage."""
    return f"{format_decimal(weight, 10, at_least=2)} %"


def signed(weight: int) -> str:
    """A change of weight in percentage points."""
    return "" if weight == 0 else ("+" if weight > 0 else "") + format_decimal(weight, 10, at_least=2)


def dollars(millionths: int) -> str:
    """Money for people, in whole cents."""
    return grouped(format_decimal(millionths // 10_000, 2, at_least=2))


def show_preview(
    shown: PreviewedChange, output: Output, names: dict[str, str], *, plan: str | None, every: bool
) -> None:
    """Print a preview. ``names`` gives each security's name; ``plan`` shows that plan's weights; ``every`` all rows."""
    if output.json:
        show_object("change-preview", _as_json(shown))
        return
    rows = _sleeve_rows(shown)
    if output.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(SLEEVE_COLUMNS)
        writer.writerows(rows)
        return
    draft = shown.record.draft
    print_remark(f"Change {draft.id}: {draft.title}")
    for name, fact in _facts(shown):
        print_remark(f"  {name:<24}{fact}")
    chosen = _chosen(shown, plan)
    for row, title in chosen:
        print_remark("")
        print_table(
            WEIGHT_COLUMNS, _weight_rows(shown, row, names), title=title, numeric=frozenset(WEIGHT_COLUMNS[2:5])
        )
    _print_sleeves(shown, rows, plan, every)
    for finding in shown.warnings:
        print_remark(f"warning: {finding.message}")
    print_remark("")
    print_remark(f"sha256 {shown.sealed.hash}")
    noun = "override" if draft.kind.startswith("OVERRIDE") else "model"
    print_remark(f"approve with: modelx {noun} approve {draft.id} --hash {shown.sealed.hash[:12]} --by NAME")


def change_row(record: ChangeRecord) -> list[str]:
    """One line of the list of changes."""
    approval, cancelled = record.approval, record.cancellation
    checker = approval.checker if approval else cancelled.cancelled_by if cancelled else ""
    sha256 = approval.sha256 if approval else record.preview.sha256 if record.preview else ""
    note = approval.note if approval else cancelled.reason if cancelled else ""
    load = str(approval.load_id) if approval else ""
    draft = record.draft
    return [str(draft.id), record.state.value, draft.title, draft.maker, checker, sha256[:12], load, note or draft.memo]


def _facts(shown: PreviewedChange) -> list[tuple[str, str]]:
    from modelx.domain.days import date_of

    draft, preview = shown.record.draft, shown.preview
    follow = sum(not one.deviations for one in shown.sleeves)
    moved = int(preview.turnover.sum())
    costs = sorted((preview.cost_after - preview.cost_before).tolist())
    bp = [_rounded_bp(one) for one in costs]
    night = "none yet" if shown.last_night <= 0 else date_of(shown.last_night).isoformat()
    bought, sold = dollars(int(preview.purchases.sum())), dollars(int(preview.sales.sum()))
    who = f"{len(shown.sleeves)} change: {follow} follow, {len(shown.sleeves) - follow} deviate"
    cost = "none" if not bp else f"{bp[0]} bp a year" if bp[0] == bp[-1] else f"{bp[0]} to {bp[-1]} bp a year"
    facts = [
        ("drafted by", draft.maker + (f": {draft.memo}" if draft.memo else "")),
        ("positions and prices of", night),
        ("sleeves", f"{who}; {len(shown.unchanged)} stay as they are"),
        ("turnover", f"{dollars(moved)} dollars: {bought} bought, {sold} sold"),
        ("change of cost", cost),
    ]
    facts += [("becomes", told) for told in shown.becomes[:FEW]]
    if len(shown.becomes) > FEW:
        facts.append(("", f"and {len(shown.becomes) - FEW} more models' versions"))
    if preview.newly_dormant.size:
        facts.append(("left dormant", "override " + ", ".join(str(one) for one in preview.newly_dormant.tolist())))
    return facts


def _rounded_bp(rate: int) -> str:
    """A yearly rate of 10^-12 in basis points with two decimals, for people."""
    return format_decimal(int(round_to(rate, _BP_CENT, Rounding.HALF_UP)) // _BP_CENT, 2, at_least=2)


def _chosen(shown: PreviewedChange, plan: str | None) -> list[tuple[int, str]]:
    """The rows whose weights are shown: one follower of each model, or every sleeve of a plan."""
    if plan is not None:
        rows = [row for row, one in enumerate(shown.sleeves) if one.plan == plan]
        return [(row, f"{plan} {shown.sleeves[row].model}") for row in rows]
    first: dict[str, int] = {}
    for row, one in enumerate(shown.sleeves):
        if not one.deviations:
            first.setdefault(one.model, row)
    if not first and shown.sleeves:
        return [(0, f"{shown.sleeves[0].plan} {shown.sleeves[0].model}")]
    return [(row, f"{model}, for every plan that follows") for model, row in sorted(first.items())[:FEW]]


def _weight_rows(shown: PreviewedChange, row: int, names: dict[str, str]) -> list[list[str]]:
    found = []
    for line in shown.lines_of(row):
        ticker = shown.names.security[line.security]
        why = "; ".join(line.why)
        change = signed(line.after - line.before)
        before, after = (percent(one) if one else "" for one in (line.before, line.after))
        found.append([ticker, names.get(ticker, ""), before, after, change, why if why != "as the model" else ""])
    return found


def _print_sleeves(shown: PreviewedChange, rows: list[list[str]], plan: str | None, every: bool) -> None:
    """Exceptions in full, the rest counted: who deviates or is warned about, then the largest that follow."""
    watched = [at for at, one in enumerate(shown.sleeves) if one.deviations or one.warnings]
    watched.sort(key=lambda at: not shown.sleeves[at].warnings)  # what wants a look stands first
    quiet = [at for at, one in enumerate(shown.sleeves) if not (one.deviations or one.warnings)]
    quiet.sort(key=lambda at: -int(shown.preview.turnover[at]))
    listed = list(range(len(rows))) if every else watched + quiet[:FEW]
    if plan is not None:
        listed = [at for at in range(len(rows)) if rows[at][0] == plan]
    if listed:
        print_remark("")
        numeric = frozenset({"turnover", "cost_bp", "cash_after"})
        cost = (shown.preview.cost_after - shown.preview.cost_before).tolist()
        shortened = [_for_people(rows[at], shown.sleeves[at].warnings, cost[at]) for at in listed]
        print_table(SLEEVE_COLUMNS, shortened, title="Sleeves", numeric=numeric)
    left = len(rows) - len(listed)
    if left and plan is None:
        print_remark(f"and {left} more that follow without a warning: --all lists them, --plan shows one in full")
    idle = [one for one in shown.unchanged if one.deviations]
    if idle and plan is None:
        kept = Counter(text.partition(" (override")[0] for one in idle for text in one.deviations).most_common(3)
        told = "; ".join(f"{text}" + (f" in {n} sleeves" if n > 1 else "") for text, n in kept)
        print_remark(f"{len(idle)} sleeves stay as they are under an override of their own: {told}")


def _for_people(row: list[str], warnings: tuple[str, ...], cost: int) -> list[str]:
    """A row with money grouped, cost rounded, and the warnings in words, those of one kind together."""
    from modelx.services.proposal_words import LEFT_IN_CASH, NOTES, OVER_COMMITTED, UNDONE

    told = {code.name: text for code, text in (*UNDONE.items(), *NOTES.items())}
    told |= {"OVER_COMMITTED": OVER_COMMITTED, "LEFT_IN_CASH": LEFT_IN_CASH, "NOT_ELIGIBLE": "not on the plan's list"}
    told |= {"POLICY_NONE": "its policy trades on request only"}
    kinds: dict[str, list[str]] = {}
    for text in warnings:
        about, sign, kind = text.rpartition(": ")
        kinds.setdefault(kind, []).extend([about] if sign else [])
    words = "; ".join(
        told.get(kind, kind) + (f": {' '.join(about)}" if about else "") for kind, about in sorted(kinds.items())
    )
    return [*row[:3], grouped(row[3]), _rounded_bp(cost), grouped(row[5]), words]


def _sleeve_rows(shown: PreviewedChange) -> list[list[str]]:
    preview = shown.preview
    money = [
        [format_decimal(int(one) // 10_000, 2, at_least=2) for one in column]
        for column in (preview.turnover, preview.cash_after)
    ]
    return [
        [one.plan, one.model, "; ".join(one.deviations) or "follows", turnover, cost, cash, "; ".join(one.warnings)]
        for one, turnover, cash, cost in zip(shown.sleeves, *money, preview.cost_change_bp(), strict=True)
    ]


def _as_json(shown: PreviewedChange) -> dict[str, Any]:
    from modelx.domain.days import date_of

    draft = shown.record.draft
    weights = {}
    for row, _ in _chosen(shown, None):
        one = shown.sleeves[row]
        weights[f"{one.plan}/{one.model}" if one.deviations else one.model] = [
            {
                "ticker": shown.names.security[line.security],
                "before": format_decimal(line.before, 12, at_least=6),
                "after": format_decimal(line.after, 12, at_least=6),
                "why": list(line.why),
            }
            for line in shown.lines_of(row)
        ]
    return {
        "change": draft.id,
        "kind": draft.kind,
        "title": draft.title,
        "maker": draft.maker,
        "memo": draft.memo,
        "effective": shown.change.first_day.isoformat(),
        "as_of": None if shown.last_night <= 0 else date_of(shown.last_night).isoformat(),
        "sha256": shown.sealed.hash,
        "becomes": list(shown.becomes),
        "unchanged": len(shown.unchanged),
        "newly_dormant": shown.preview.newly_dormant.tolist(),
        "warnings": [finding.message for finding in shown.warnings],
        "weights": weights,
        "rows": [dict(zip(SLEEVE_COLUMNS, row, strict=True)) for row in _sleeve_rows(shown)],
        "inputs": dict(shown.sealed.inputs),
    }
