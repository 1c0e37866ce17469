"""Slips to plant: wrappers that make a part of the night do something slightly wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from modelx.domain.days import day_of
from modelx.domain.fee_schedule import PaidFrom
from modelx.ledger.balance import Balances
from modelx.ledger.chain import GENESIS, chained
from modelx.ledger.journal import JournalKind
from tests.faults.fault_book import QUIET_NIGHT, RICH_NIGHT

CENT = 10_000
Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]


def of_kind(kind: JournalKind, change: Callable[[list[Any]], list[Any]]) -> Wrapper:
    """Change the legs of one kind of journal."""

    def wrapper(each: Callable[..., Any]) -> Callable[..., Any]:
        def planted(writer: Any, which: JournalKind, legs: list[Any], **other: Any) -> None:
            each(writer, which, change(legs) if which == kind else legs, **other)

        return planted

    return wrapper


def amounts_of_kind(kind: JournalKind, change: Callable[[Any], Any]) -> Wrapper:
    """Change the amounts of one kind of journal that is a single event over all sleeves."""

    def wrapper(one: Callable[..., Any]) -> Callable[..., Any]:
        def planted(writer: Any, which: JournalKind, debit: Any, credit: Any, amount: Any, **other: Any) -> None:
            one(writer, which, debit, credit, change(amount) if which == kind else amount, **other)

        return planted

    return wrapper


def with_arguments(change: Callable[..., tuple[tuple[Any, ...], dict[str, Any]]]) -> Wrapper:
    """Call the original with other arguments."""

    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        def planted(*given: Any, **named: Any) -> Any:
            changed, renamed = change(*given, **named)
            return original(*changed, **renamed)

        return planted

    return wrapper


def with_result(change: Callable[[Any], Any]) -> Wrapper:
    """Change what the original gives."""

    def wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *given, **named: change(original(*given, **named))

    return wrapper


def instead(result: Any = None) -> Wrapper:
    """Do nothing, and give this."""
    return lambda _: lambda *given, **named: result


def shifted(place: int, by: int) -> Wrapper:
    """One argument is off by so much."""
    return with_arguments(
        lambda *given, **named: ((*given[:place], given[place] + by, *given[place + 1 :]), named),
    )


def named(**changes: Callable[[Any], Any]) -> Wrapper:
    """Change some of the named arguments."""
    return with_arguments(
        lambda *given, **names: (given, names | {name: change(names[name]) for name, change in changes.items()})
    )


def settles_later(each: Callable[..., Any]) -> Callable[..., Any]:
    def planted(writer: Any, kind: JournalKind, legs: Any, *, source_id: Any, settles_on: Any) -> None:
        each(writer, kind, legs, source_id=source_id, settles_on=settles_on + (kind == JournalKind.SELL))

    return planted


def twice(each: Callable[..., Any]) -> Callable[..., Any]:
    def planted(writer: Any, kind: JournalKind, legs: Any, **other: Any) -> None:
        for _ in range(2 if kind == JournalKind.SELL else 1):
            each(writer, kind, legs, **other)

    return planted


def other_source(each: Callable[..., Any]) -> Callable[..., Any]:
    def planted(writer: Any, kind: JournalKind, legs: Any, *, source_id: Any, settles_on: Any) -> None:
        each(writer, kind, legs, source_id=source_id + (kind == JournalKind.SUBSCRIPTION), settles_on=settles_on)

    return planted


def a_day_late(writer: Any, business_date: int, parts: Any = None) -> None:
    writer.business_date, writer._parts = business_date + 1, [] if parts is None else parts


def yesterdays_prices(prices_on: Callable[..., Any]) -> Callable[..., Any]:
    def planted(connection: Any, day: int, horizon: int) -> Any:
        return prices_on(connection, day_of(QUIET_NIGHT) if day == day_of(RICH_NIGHT) else day, horizon)

    return planted


def base_beside(accrue: Callable[..., Any]) -> Callable[..., Any]:
    def planted(rows: Any, sleeves: Any, base: Any, first: int, last: int) -> Any:
        return accrue(rows, sleeves, np.roll(base, 1), first, last)

    return planted


def without_waivers(accruals: Any) -> Any:
    return replace(accruals, amount=np.where(accruals.waives > 0, 0, accruals.amount))


def all_from_unit_value(accruals: Any) -> Any:
    return replace(accruals, paid_from=np.full(len(accruals), int(PaidFrom.UNIT_VALUE)))


def upside_down(*given: Any, **other: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    positions, splits, *rest = given
    return (positions, replace(splits, new_shares=splits.old_shares, old_shares=splits.new_shares), *rest), other


def paid_out(*given: Any, **other: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    positions, distributions, *rest = given
    return (positions, replace(distributions, reinvest=distributions.reinvest & False), *rest), other


def at_the_first_unit_value(*given: Any, **other: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    orders, published, *rest = given
    return (orders, replace(published, unit_value=published.unit_value * 0 + 10 * 10**6), *rest), other


def none_cancelled(cancel: Callable[..., Any]) -> Callable[..., Any]:
    return lambda rk, ref, cancel_of, status, turn: (status, np.zeros(len(status), np.int64))


def settled_items_stay(after: Callable[..., Any]) -> Callable[..., Any]:
    return lambda pending, journals: pending._with_unsettled(journals)


def sales_never_settle(after: Callable[..., Any]) -> Callable[..., Any]:
    def planted(pending: Any, journals: Any) -> Any:
        index = journals.journal_index()
        if len(journals.amount) and (journals.kind[index] == JournalKind.SELL).any():
            return pending
        return after(pending, journals)

    return planted


def without_table(name: str) -> Wrapper:
    """Rows of one table are not written."""

    def wrapper(insert_columns: Callable[..., Any]) -> Callable[..., Any]:
        def planted(connection: Any, table: Any, columns: Any) -> Any:
            return 0 if table.name == name else insert_columns(connection, table, columns)

        return planted

    return wrapper


def unlinked(state_after: Callable[..., Any]) -> Callable[..., Any]:
    def planted(*given: Any, **other: Any) -> Any:
        after, row = state_after(*given, **other)
        return after, replace(row, prev_hash=GENESIS)

    return planted


def stale_balances(keep: Callable[..., Any]) -> Callable[..., Any]:
    """The closing kept is that of the night before, under tonight's numbers."""
    before: list[Balances] = []

    def planted(connection: Any, state: Any, business_date: int, run: int) -> None:
        kept = replace(state, balances=before[-1]) if before else state
        before.append(state.balances)
        keep(connection, kept, business_date, run)

    return planted


def no_warnings(insert: Callable[..., Any]) -> Callable[..., Any]:
    def planted(connection: Any, day: int, run: int, step: int, first: int, columns: Any) -> None:
        rows = [row for row, level in enumerate(columns["level"]) if level != "WARN"]
        insert(
            connection, day, run, step, first, {name: [values[row] for row in rows] for name, values in columns.items()}
        )

    return planted


def a_millionth_off(insert: Callable[..., Any]) -> Callable[..., Any]:
    def planted(connection: Any, day: int, run: int, columns: Any) -> None:
        insert(connection, day, run, {**columns, "unit_value": columns["unit_value"] + 1})

    return planted


def knows_the_future(prices_on: Callable[..., Any]) -> Callable[..., Any]:
    return lambda connection, day, horizon: prices_on(connection, day, 2**30)


def hash_of_nothing(batch_hash: Callable[..., Any]) -> Callable[..., Any]:
    return lambda head, *_: chained(head, [])
