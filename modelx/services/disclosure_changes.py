"""What changed, or will, in a plan's options: new targets, fund swaps, fee rows and overrides, from the book itself.

Most of it needs no notice to participants ahead of time, and is listed with the reason. A fee charged to accounts does
need one: a row of the book that nobody announced shows up as a notice not sent. Source: ``spec/disclosure.md`` 5a, 8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from modelx.disclosure.duties import Change, ChangeKind
from modelx.disclosure.unit_class import HOLDINGS_OVERRIDES
from modelx.domain.book_codes import CASH, OPEN_END, LineUpChangeKind, OverrideKind
from modelx.domain.days import date_of
from modelx.domain.fee_schedule import PaidFrom, describe_terms
from modelx.domain.money import format_decimal
from modelx.services.disclosure_book import Row, optional_day, rows_of
from modelx.store import book_records, fee_records, name_records
from modelx.store.engine import Connection
from modelx.store.fee_records import FeeRecords

FAR = 2**31 - 1
PERCENT_PLACES = 10  # a weight of 10^-12 as a percent


@dataclass(frozen=True, slots=True)
class ChangeBook:
    """The rows of the book that change options, read once for all plans."""

    targets: Mapping[str, Mapping[int, Mapping[str, int]]]
    overrides: tuple[Row, ...]
    announced: tuple[Row, ...]
    fees: FeeRecords
    ids: Mapping[str, Mapping[str, int]]
    names: Mapping[str, Mapping[int, str]]

    @classmethod
    def read(cls, connection: Connection, horizon: int) -> ChangeBook:
        """The rows in force at a load."""
        targets: dict[str, dict[int, dict[str, int]]] = {}
        for row in rows_of(connection, "targets.csv", horizon):
            targets.setdefault(row["model"], {}).setdefault(row["effective_date"], {})[row["ticker"]] = row["weight"]
        return cls(
            targets=targets,
            overrides=tuple(rows_of(connection, "overrides.csv", horizon)),
            announced=tuple(rows_of(connection, "line_up_changes.csv", horizon)),
            fees=fee_records.fees_live(connection, -FAR, FAR, horizon),
            ids=book_records.known_names(connection).ids,
            names={kind: name_records.names(connection, kind) for kind in ("payee", "model")},
        )


def changes_of(book: ChangeBook, plan: str, begun: Mapping[str, int], since: date) -> tuple[Change, ...]:
    """Every change of a plan's options effective after ``since``: those announced, then those the rows show, by day.

    ``begun`` gives the first day of each model that the plan offers: what was so from the start is no change.
    """
    announced = tuple(_announced(book, plan))
    told = {(one.kind, one.effective) for one in announced}
    found = [*_targets(book, plan, begun), *_fees(book, plan, begun), *_overrides(book, plan, begun)]
    own = {one for one in found if one.effective > since and (one.kind, one.effective) not in told}
    return (
        *(one for one in announced if one.effective > since),
        *sorted(own, key=lambda one: (one.effective, one.option, one.kind.value, one.detail)),
    )


def _announced(book: ChangeBook, plan: str) -> Iterator[Change]:
    for row in book.announced:
        if row["plan"] == plan:
            kind = ChangeKind[LineUpChangeKind(row["kind"]).name]
            sent = optional_day(row["sent"])
            yield Change(kind, row["option"], date_of(row["effective"]), sent, row["unforeseeable"])


def _targets(book: ChangeBook, plan: str, begun: Mapping[str, int]) -> Iterator[Change]:
    """A version of a model's targets that brings in or drops a fund is a swap; any other only moves weights."""
    for model, start in sorted(begun.items()):
        versions = sorted(book.targets.get(model, {}).items())
        for (_, before), (day, after) in pairwise(versions):
            if day <= start:
                continue
            funds = [
                f"{ticker} {word}"
                for word, tickers in (("out", before.keys() - after.keys()), ("in", after.keys() - before.keys()))
                for ticker in sorted(tickers - {CASH})
            ]
            if funds:
                yield Change(ChangeKind.FUND_SWAP, f"{plan}/{model}", date_of(day), detail=", ".join(funds))
                continue
            moved = {ticker: after.get(ticker, 0) - before.get(ticker, 0) for ticker in {**before, **after}}
            ticker, move = max(moved.items(), key=lambda item: (abs(item[1]), item[0]))
            points = format_decimal(move, PERCENT_PLACES, at_least=2)
            detail = f"most in {ticker}, by {points} points" if move else "the same weights again"
            yield Change(ChangeKind.MODEL_TARGETS, f"{plan}/{model}", date_of(day), detail=detail)


def _fees(book: ChangeBook, plan: str, begun: Mapping[str, int]) -> Iterator[Change]:
    """Fee rows that begin, or end without one that follows, while the plan offers a model they reach."""
    rows, payees, models = book.fees.rows, book.names["payee"], book.names["model"]
    own = [row for row in range(len(rows.payee_id)) if rows.plan_id[row] in (0, book.ids["plan"][plan])]
    keys = {row: (int(rows.plan_id[row]), int(rows.model_id[row]), int(rows.payee_id[row])) for row in own}
    starts = {(keys[row], int(rows.start[row])) for row in own}
    for row in own:
        model = models.get(int(rows.model_id[row]), "")
        reached = [start for name, start in begun.items() if model in ("", name)]
        if not reached:
            continue
        inside = rows.paid_from[row] == PaidFrom.UNIT_VALUE
        kind = ChangeKind.EXPENSE_RATIO if inside else ChangeKind.ADMINISTRATIVE_FEE
        about = f"{plan}/{model}" if model else plan
        waived = payees[int(rows.waives[row])] if rows.waives[row] else ""
        name = f"waiver for {waived}" if waived else payees[int(rows.payee_id[row])]
        first, last = int(rows.start[row]), int(rows.end[row])
        if first > min(reached):
            yield Change(kind, about, date_of(first), detail=f"{name} {describe_terms(rows, row)}")
        if min(reached) <= last < OPEN_END and (keys[row], last + 1) not in starts:
            yield Change(kind, about, date_of(last + 1), detail=f"{name} {describe_terms(rows, row)} ends")


def _overrides(book: ChangeBook, plan: str, begun: Mapping[str, int]) -> Iterator[Change]:
    for row in book.overrides:
        kind = OverrideKind(row["kind"]).name
        if row["plan"] != plan or kind not in HOLDINGS_OVERRIDES:
            continue
        words = " ".join(part for part in (kind, row["ticker"], row["to_ticker"]) if part)
        for model, start in sorted(begun.items()):
            if row["model"] not in ("", model):
                continue
            if row["start"] > start:
                yield Change(ChangeKind.PLAN_CLASS, f"{plan}/{model}", date_of(row["start"]), detail=words)
            if start <= row["end"] < OPEN_END:
                effective = date_of(row["end"] + 1)
                yield Change(ChangeKind.PLAN_CLASS, f"{plan}/{model}", effective, detail=f"{words} ends")
