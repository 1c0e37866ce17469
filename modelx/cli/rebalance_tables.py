"""How proposals are shown: the night, the sleeves, and each sleeve's trades with weights before and after."""

from __future__ import annotations

import csv
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from modelx.cli.change_tables import dollars, percent
from modelx.cli.output import Output, grouped, print_remark, print_table, say, show_object
from modelx.domain.days import date_of
from modelx.domain.effective_target import explain
from modelx.domain.money import Column, format_decimal
from modelx.domain.proposal import TradeReason, UndoneReason
from modelx.domain.rebalance_trigger import Mode
from modelx.services.block_views import TradeState, side_word
from modelx.services.proposal_words import (
    LEFT_IN_CASH,
    MODES,
    OVER_COMMITTED,
    REASONS,
    STATES,
    UNDONE,
    notes_of,
    triggers_of,
)

if TYPE_CHECKING:
    from modelx.services.proposal_views import NightProposals, RunProposals

FEW, MANY = 3, 40
SLEEVE_COLUMNS = (
    "plan",
    "model",
    "why",
    "how",
    "trades",
    "bought",
    "sold",
    "cash_before",
    "cash_after",
    "state",
    "notes",
)
TRADE_COLUMNS = (
    *("date", "plan", "model", "ticker", "side", "shares", "amount", "fee", "reason"),
    *("weight_before", "target", "weight_after", "state"),
)
LINE_COLUMNS = ("ticker", "before", "target", "after", "side", "shares", "amount", "reason", "state", "why")
LINE_NUMBERS = frozenset({"before", "target", "after", "shares", "amount"})
UNDONE_COLUMNS = ("ticker", "side", "wanted", "why_not")


def show_proposals(
    shown: NightProposals, output: Output, *, plan: str | None, model: str | None, every: bool, manual: bool
) -> None:
    """Print a night's proposals; details of the sleeves chosen when they are few, or of all with ``every``."""
    chosen = [
        (part, row)
        for part in shown.runs
        for row in range(part.rows.sleeve_id.size)
        if plan in {None, part.plan[row]} and model in {None, part.model[row]}
    ]
    if output.json:
        show_object("proposals", _head(shown, manual) | {"sleeves": [_as_json(shown, *one) for one in chosen]})
        return
    if output.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(TRADE_COLUMNS)
        writer.writerows(row for one in chosen for row in _trade_rows(shown, *one))
        return
    night, session = date_of(shown.night), date_of(shown.session)
    print_remark(f"Proposals of {night}, to be executed on {session}")
    print_remark("")
    if not chosen:
        print_remark("Nothing: no trigger called for trades" + (" in the sleeves chosen." if plan or model else "."))
        return
    rows = [_sleeve_row(part, row) for part, row in chosen]
    traded = [row for row in rows if row[9]]  # a state: some trade was proposed
    listed = rows if every or len(rows) <= MANY else traded[:MANY]
    print_table(SLEEVE_COLUMNS, listed, numeric=frozenset({*SLEEVE_COLUMNS[4:9]}), totals=[_total(chosen)])
    if len(listed) < len(rows):
        say(f"{len(rows) - len(listed)} of {len(rows)} sleeves are not listed: --all, --plan, --model, --csv or --json")
    for part, row in chosen if every or plan or len(chosen) <= FEW else ():
        _print_sleeve(shown, part, row)
    print_remark("")
    print_remark("In every sleeve purchases, sales, redemption fees and the change of cash sum to zero.")
    _print_seal(shown, manual)


def _print_seal(shown: NightProposals, manual: bool) -> None:
    print_remark(f"sha256 {shown.sealed.hash}")
    print_remark(f"proposals_sha256 {shown.proposals_hash} (for an APPROVE row of trade_decisions.csv)")
    if not shown.approvable:
        print_remark("The next night has begun: these have been dealt with.")
    elif manual:
        print_remark(
            f"approve with: modelx rebalance approve --date {date_of(shown.night)} --sha256 {shown.sealed.hash[:12]} "
            "--by NAME --checker NAME --reason WHY"
        )
    else:
        print_remark("Approval is standing: they are executed unless they are withdrawn.")


def _print_sleeve(shown: NightProposals, part: RunProposals, row: int) -> None:
    print_remark("")
    print_remark(f"{part.plan[row]} {part.model[row]}: {'; '.join(_why(part, row)) or 'no trigger'}")
    print_remark(f"  net assets {dollars(int(part.value[row]))}, {MODES[Mode(int(part.rows.mode[row]))]}")
    print_remark(f"  cash {dollars(int(part.rows.cash_before[row]))} before, {dollars(_cash_after(part, row))} after")
    for note in _notes(part, row):
        print_remark(f"  note: {note}")
    print_table(LINE_COLUMNS, _line_rows(shown, part, row), numeric=LINE_NUMBERS)
    undone = _undone(shown, part, row)
    if undone:
        rows = [[one["ticker"], one["side"], dollars(one["wanted"]), one["why_not"]] for one in undone]
        print_table(UNDONE_COLUMNS, rows, title="Left undone", numeric=frozenset({"wanted"}))


def _head(shown: NightProposals, manual: bool) -> dict[str, Any]:
    return {
        "night": date_of(shown.night).isoformat(),
        "executes_on": date_of(shown.session).isoformat(),
        "approval": "MANUAL" if manual else "STANDING",
        "approvable": shown.approvable,
        "sha256": shown.sealed.hash,
        "proposals_sha256": shown.proposals_hash,
        "inputs": dict(shown.sealed.inputs),
    }


def _trades_of(part: RunProposals, row: int) -> range:
    return _of_sleeve(part.trades.sleeve, row)


def _of_sleeve(sleeve: Column, row: int) -> range:
    """The rows of one sleeve, in a column sorted by sleeve."""
    first, last = np.searchsorted(sleeve, [row, row + 1]).tolist()
    return range(first, last)


def _why(part: RunProposals, row: int) -> list[str]:
    return triggers_of(int(part.rows.triggers[row]))


def _notes(part: RunProposals, row: int) -> list[str]:
    profile = int(part.targets.profile_of_sleeve[row])
    found = notes_of(int(part.rows.notes[row]))
    if profile in part.targets.over_committed:
        found.append(OVER_COMMITTED)
    if profile in part.targets.left_in_cash:
        found.append(LEFT_IN_CASH)
    if part.run > 0:
        found.append("proposed when the sleeve caught up")
    return found


def _sums(part: RunProposals, row: int) -> tuple[int, int, int]:
    """How many trades still stand, what they buy and what they sell for: a withdrawn one moves nothing."""
    rows = [at for at in _trades_of(part, row) if part.state[at] != TradeState.WITHDRAWN]
    buys = [at for at in rows if part.trades.side[at] == 0]
    bought = sum(int(part.trades.amount[at]) for at in buys)
    sold = sum(int(part.trades.amount[at] - part.trades.fee[at]) for at in rows if at not in buys)
    return len(rows), bought, sold


def _cash_after(part: RunProposals, row: int) -> int:
    _, bought, sold = _sums(part, row)
    return int(part.rows.cash_before[row]) - bought + sold


def _state(part: RunProposals, row: int) -> str:
    """What has become of a sleeve's trades: one word, or how many of each; blank without trades."""
    states, counts = np.unique(part.state[_trades_of(part, row)], return_counts=True)
    words = [TradeState(state).name for state in states.tolist()]
    if len(words) < 2:
        return "".join(words)
    return ", ".join(f"{count} {word}" for word, count in zip(words, counts.tolist(), strict=True))


def _sleeve_row(part: RunProposals, row: int) -> list[str]:
    n, bought, sold = _sums(part, row)
    cash = (dollars(int(part.rows.cash_before[row])), dollars(_cash_after(part, row)))
    how = Mode(int(part.rows.mode[row])).name
    why, notes = "; ".join(_why(part, row)), "; ".join(_notes(part, row))
    name = [part.plan[row], part.model[row]]
    return [*name, why, how, str(n), dollars(bought), dollars(sold), *cash, _state(part, row), notes]


def _total(chosen: list[tuple[RunProposals, int]]) -> list[str]:
    sums = [_sums(*one) for one in chosen]
    n, bought, sold = (sum(one[i] for one in sums) for i in range(3))
    before = sum(int(part.rows.cash_before[row]) for part, row in chosen)
    after = sum(_cash_after(*one) for one in chosen)
    cash = (dollars(before), dollars(after))
    return [f"{len(chosen)} sleeves", "", "", "", str(n), dollars(bought), dollars(sold), *cash, "", ""]


def _line_rows(shown: NightProposals, part: RunProposals, row: int) -> list[list[str]]:
    reasons = explain(part.targets, row, shown.ticker)
    trade_of = {int(part.trades.security_id[at]): at for at in _trades_of(part, row)}
    rows = []
    for line in _of_sleeve(part.lines.sleeve, row):
        security = int(part.lines.security_id[line])
        at = trade_of.get(security)
        trade = [""] * 5 if at is None else _trade_cells(part, at)
        weights = (part.weights.before[line], part.lines.weight[line], part.weights.after[line])
        why = "; ".join(reasons.get(security, ["not in the targets"]))
        rows.append([shown.ticker[security], *(percent(int(one)) for one in weights), *trade, why])
    return rows


def _trade_cells(part: RunProposals, at: int) -> list[str]:
    trades = part.trades
    shares = grouped(format_decimal(int(trades.shares[at]), 6, at_least=0))
    amount = dollars(int(trades.amount[at]))
    known = trades.in_shares[at] or trades.entire[at]
    return [
        side_word(int(trades.side[at])),
        shares if known else f"~{shares}",
        f"~{amount}" if known else amount,
        REASONS[TradeReason(int(trades.reason[at]))],
        TradeState(int(part.state[at])).name,
    ]


def _undone(shown: NightProposals, part: RunProposals, row: int) -> list[dict[str, Any]]:
    return [
        {
            "ticker": shown.ticker[int(part.undone.security_id[at])],
            "side": side_word(int(part.undone.side[at])),
            "wanted": int(part.undone.amount[at]),
            "reason": UndoneReason(int(part.undone.reason[at])).name,
            "why_not": UNDONE[UndoneReason(int(part.undone.reason[at]))],
        }
        for at in _of_sleeve(part.undone_sleeve, row)
    ]


def _trade_rows(shown: NightProposals, part: RunProposals, row: int) -> list[list[str]]:
    line_of = {int(part.lines.security_id[line]): line for line in _of_sleeve(part.lines.sleeve, row)}
    rows = []
    for at in _trades_of(part, row):
        security = int(part.trades.security_id[at])
        line = line_of[security]
        weights = (part.weights.before[line], part.lines.weight[line], part.weights.after[line])
        rows.append(
            [
                date_of(shown.night).isoformat(),
                part.plan[row],
                part.model[row],
                shown.ticker[security],
                side_word(int(part.trades.side[at])),
                *(_plain(int(values[at])) for values in (part.trades.shares, part.trades.amount, part.trades.fee)),
                TradeReason(int(part.trades.reason[at])).name,
                *(format_decimal(int(weight), 12, at_least=6) for weight in weights),
                TradeState(int(part.state[at])).name,
            ]
        )
    return rows


def _as_json(shown: NightProposals, part: RunProposals, row: int) -> dict[str, Any]:
    trades = [dict(zip(TRADE_COLUMNS[3:], cells[3:], strict=True)) for cells in _trade_rows(shown, part, row)]
    for trade in trades:
        trade["what_became_of_it"] = STATES[TradeState[trade["state"]]]
    undone = [{**one, "wanted": _plain(one["wanted"])} for one in _undone(shown, part, row)]
    return {
        "plan": part.plan[row],
        "model": part.model[row],
        "triggers": _why(part, row),
        "mode": Mode(int(part.rows.mode[row])).name,
        "net_assets": _plain(int(part.value[row])),
        "cash_before": _plain(int(part.rows.cash_before[row])),
        "cash_after": _plain(_cash_after(part, row)),
        "state": _state(part, row),
        "notes": _notes(part, row),
        "trades": trades,
        "undone": undone,
    }


def _plain(millionths: int) -> str:
    return format_decimal(millionths, 6, at_least=2)
