"""Where the three books are asked the same questions, and must give the same answers."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine

from modelx.domain.days import date_of, day_of
from modelx.domain.errors import NotFound
from modelx.services.cycle_status import cycle_status
from modelx.services.database_check import check_database
from modelx.services.unit_value_explain import explain_unit_value
from modelx.store.unit_of_work import reading
from modelx.store.unit_value_records import Selection, StoredOutcome, findings
from tests.oracle.book import SleeveKey
from tests.oracle.night import Oracle
from tests.oracle.orders import OrderKey
from tests.stateful import answers, expected
from tests.stateful.expected import UnitValueRow
from tests.stateful.three_books import ThreeBooks

EVERYTHING = Selection()


def require_agreement(three: ThreeBooks) -> None:
    """After a night: unit values and components, holds, orders, and tonight's accounts and positions."""
    oracle = three.oracle
    for engine in three.engines:
        require_same_rows(answers.unit_value_rows(engine, EVERYTHING), expected.unit_value_rows(oracle))
        assert answers.open_holds(engine, EVERYTHING) == expected.open_holds(oracle)
        require_order_outcomes(engine, oracle)
        assert oracle.last_night is not None
        for key in sorted(oracle.sleeves):
            require_accounts(engine, oracle, key, oracle.last_night)
    first, second = (everything_stored(engine) for engine in three.engines)
    assert first == second


def require_same_rows(ours: list[UnitValueRow], theirs: list[UnitValueRow]) -> None:
    """The same list; where it is not, the rows that are on one side only."""
    if ours != theirs:
        only_ours = [f"the product alone lists {row}" for row in ours if row not in theirs]
        only_theirs = [f"the oracle alone lists {row}" for row in theirs if row not in ours]
        raise AssertionError("\n".join(only_ours + only_theirs) or "the same rows in another order")


def everything_stored(engine: Engine) -> tuple[Any, ...]:
    """Runs, findings and order outcomes, word for word."""
    with reading(engine) as connection:
        found = findings(connection, EVERYTHING)
    runs = cycle_status(engine, EVERYTHING.first_day, EVERYTHING.last_day)
    return runs, found, answers.order_outcomes(engine, EVERYTHING)


def require_accounts(engine: Engine, oracle: Oracle, key: SleeveKey, day: date) -> None:
    assert answers.accounts_at(engine, key, day) == expected.accounts_at(oracle, key, day), (key, day)
    assert answers.position_rows(engine, key, day) == expected.position_rows(oracle, key, day), (key, day)


def require_order_outcomes(engine: Engine, oracle: Oracle) -> None:
    """Every order's fate. Orders of a held sleeve may still be undecided, and so may those of a sleeve not begun."""
    decided = {(o.recordkeeper, o.order_ref): o for o in answers.order_outcomes(engine, EVERYTHING)}
    for key, confirm in oracle.desk.confirms.items():
        outcome, books = decided.get(key), oracle.sleeves[confirm.order.sleeve]
        waits = bool(books.missed) or books.last_night is None
        if outcome is None:
            assert waits or confirm.status == "ACCEPTED", (key, confirm)
        elif not (waits and outcome.status == "AS_OF_PENDING"):
            assert fate(outcome) == expected_fate(oracle, key), key


def fate(outcome: StoredOutcome) -> tuple[object, ...]:
    if outcome.status != "PRICED":
        return outcome.status, outcome.reason_code
    figures = (answers.money(value) for value in (outcome.units, outcome.amount, outcome.unit_value))
    return "PRICED", date_of(outcome.business_date), *figures, date_of(outcome.settles_on)


def expected_fate(oracle: Oracle, key: OrderKey) -> tuple[object, ...]:
    confirm = oracle.desk.confirms[key]
    if confirm.status != "PRICED":
        return confirm.status, confirm.reason
    return "PRICED", confirm.night, confirm.units, confirm.amount, confirm.unit_value, confirm.settle_date


def ask_at_random(three: ThreeBooks, rng: random.Random) -> None:
    """One selection of sleeves and days; every list filtered by it, and a sleeve's accounts, journal and value."""
    oracle = three.oracle
    first, last = draw_range(rng, oracle)
    plan = rng.choice([None, "PLAN-A", "PLAN-B", "PLAN-C", "PLAN-Z"])
    model = rng.choice([None, "MOD1", "MOD2", "MOD9"])
    chosen = Selection(plan, model, day_of(first), day_of(last))
    for engine in three.engines:
        require_filtered_lists(engine, oracle, chosen)
    key = rng.choice(sorted(oracle.sleeves))
    for engine in three.engines:
        assert answers.movements(engine, key, first, last) == expected.movements(oracle, key, first, last)
        if last < min(night for night, _ in oracle.rows):
            require_nothing_before_the_first_night(engine, key, last)
        else:
            require_accounts(engine, oracle, key, last)
    struck = expected.struck_nights(oracle, key)
    if struck:
        day = day_of(rng.choice(struck))
        first_told, second_told = (explain_unit_value(engine, *key, day) for engine in three.engines)
        assert first_told == second_told


def draw_range(rng: random.Random, oracle: Oracle) -> tuple[date, date]:
    """Two days in and around the nights run, weekends included, in order."""
    nights = sorted({night for night, _ in oracle.rows})
    span = (nights[-1] - nights[0]).days
    days = sorted(nights[0] + timedelta(days=rng.randint(-2, span + 2)) for _ in range(2))
    return days[0], days[1]


def require_nothing_before_the_first_night(engine: Engine, key: SleeveKey, day: date) -> None:
    try:
        answers.accounts_at(engine, key, day)
    except NotFound:
        return
    raise AssertionError(f"{key} has accounts on {day}, before any night")


def require_filtered_lists(engine: Engine, oracle: Oracle, chosen: Selection) -> None:
    """A filtered list is the whole list without the rows that do not fit: all filters at once."""

    def fits(day: int, plan: str, model: str) -> bool:
        in_days = chosen.first_day <= day <= chosen.last_day
        return in_days and chosen.plan in {None, plan} and chosen.model in {None, model}

    rows = [row for row in expected.unit_value_rows(oracle) if fits(day_of(row[0]), row[1], row[2])]
    require_same_rows(answers.unit_value_rows(engine, chosen), rows)
    holds = {hold for hold in expected.open_holds(oracle) if fits(day_of(hold[0]), *hold[1])}
    assert answers.open_holds(engine, chosen) == holds
    every = answers.order_outcomes(engine, EVERYTHING)
    assert answers.order_outcomes(engine, chosen) == [
        outcome for outcome in every if fits(outcome.business_date, outcome.plan, outcome.model)
    ]
    with reading(engine) as connection:
        found, listed = findings(connection, EVERYTHING), findings(connection, chosen)
    assert listed == [finding for finding in found if fits(finding.business_date, finding.plan, finding.model)]


def require_sound_databases(three: ThreeBooks) -> None:
    """Every invariant of `modelx db check` holds on both."""
    for engine in three.engines:
        assert [(result.name, result.detail) for result in check_database(engine) if not result.holds] == []


def what_happened(oracle: Oracle) -> list[str]:
    """What a history had in it, each thing once."""
    fates = {f"orders {confirm.status} {confirm.reason}".rstrip() for confirm in oracle.desk.confirms.values()}
    entries = {f"entries {entry.kind}" for books in oracle.sleeves.values() for entry in books.journal}
    held = {f"holds {code}" for _, _, findings_then in oracle.holds for code, _ in findings_then}
    caught_up = {"catch-ups" for night, key, _ in oracle.holds if oracle.rows[night, key].status != "HELD"}
    fees = {
        f"fees {line.paid_from}" + (" waived" if line.waives else "")
        for lines in oracle.fee_lines.values()
        for line in lines
    }
    return sorted(fates | entries | held | caught_up | fees)


def is_sound(oracle: Oracle) -> bool:
    """Whether every unit value still makes sense: a sleeve emptied while it held securities may end anywhere."""
    assert oracle.last_night is not None
    rows = (oracle.rows.get((oracle.last_night, key)) for key in oracle.sleeves)
    values = [row.unit_value for row in rows if row is not None and row.unit_value is not None]
    return all(Decimal("0.5") < value < Decimal(1000) for value in values)
