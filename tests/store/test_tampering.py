"""Damage and forgery that no guard can stop: the check names where the ledger first differs.

Source: ``spec/ledger.md`` 3.4 and test 7.
"""

import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError

from modelx.domain.errors import ModelxError
from modelx.services.database_check import check_database
from modelx.store.tables import metadata
from tests.store.attacks import Target
from tests.store.conftest import MakeTarget

SEED = 20261201
COVERED = [  # every table whose rows are hashed or follow from hashed rows
    *("commodity", "account", "batch", "idempotency", "journal", "transfer", "step_run", "unit_value", "finding"),
    *("cycle_run", "order_outcome", "release"),
    *("security", "plan", "model", "sleeve", "price", "trade", "rk_order", "fee", "sleeve_terms", "security_terms"),
]


def test_the_first_bad_batch_is_named(make_target: MakeTarget) -> None:
    target = make_target("sqlite")
    rows = _rows(target, metadata.tables["transfer"])
    batch_of = {journal[0]: journal[1] for journal in _rows(target, metadata.tables["journal"])}
    dice = random.Random(SEED)
    edited = dice.sample(rows, 2)
    first = min(batch_of[row[1]] for row in edited)
    target.quietly(
        [f"UPDATE transfer SET amount = amount + {dice.randint(1, 9)} WHERE id = {row[0]}" for row in edited]
    )
    chain = next(result for result in check_database(target.engine) if result.name == "hash-chain")
    assert chain.detail == f"batch {first} is not what was hashed"


def test_an_amount_flipped_in_the_file_is_found_though_sqlite_finds_the_file_sound(make_target: MakeTarget) -> None:
    target = make_target("sqlite")
    sound = target.file.read_bytes()
    before = _rows(target, metadata.tables["transfer"])
    amount = max(row[5] for row in before)
    stored, found = amount.to_bytes(6, "big"), 0
    at = sound.find(stored)
    while at >= 0:
        _write(target, sound[: at + 5] + bytes([sound[at + 5] ^ 1]) + sound[at + 6 :])
        if _rows(target, metadata.tables["transfer"]) != before:
            broken = target.broken()
            assert "hash-chain" in broken
            assert "integrity" not in broken
            found += 1
        at = sound.find(stored, at + 1)
    assert found > 0


@pytest.mark.parametrize("part", range(4))
def test_a_flipped_bit_is_found_or_changes_nothing(make_target: MakeTarget, part: int) -> None:
    target = make_target("sqlite")
    sound = target.file.read_bytes()
    before = _content(target)
    dice = random.Random(SEED + part)
    for _ in range(15):
        at, bit = dice.randrange(len(sound)), dice.randrange(8)
        _write(target, sound[:at] + bytes([sound[at] ^ (1 << bit)]) + sound[at + 1 :])
        try:
            changed = _content(target) != before
        except (ModelxError, DBAPIError):
            changed = True
        assert _says(target) or not changed, f"bit {bit} of byte {at} changed a record, and every check holds"


@pytest.mark.parametrize("published", ["batch", "step_run"])
def test_a_cut_tail_is_seen_against_a_published_head(target: Target, published: str) -> None:
    head = bytes(target.value(f"SELECT hash FROM {published} ORDER BY id DESC LIMIT 1"))
    assert target.broken(head) == []
    target.quietly(_without_the_last_night())
    assert target.broken(head) == ["hash-chain"]


def test_a_cut_tail_is_not_seen_without_one(target: Target) -> None:
    target.quietly(_without_the_last_night())
    assert target.broken() == []


def test_a_head_published_earlier_stays_good_as_the_ledger_grows(target: Target) -> None:
    assert target.broken(bytes(target.value("SELECT hash FROM batch WHERE id = 3"))) == []


def _without_the_last_night() -> Sequence[str]:
    """Cut the last night off, as if it had never been: every row of it, everywhere."""
    last = "(SELECT max(business_date) FROM cycle_run)"
    return [
        f"DELETE FROM account WHERE opened_on = {last}",
        "DELETE FROM commodity WHERE id NOT IN (SELECT commodity_id FROM account)",
        f"DELETE FROM transfer WHERE journal_id IN (SELECT id FROM journal WHERE business_date = {last})",
        f"DELETE FROM idempotency WHERE batch_id IN (SELECT batch_id FROM journal WHERE business_date = {last})",
        f"DELETE FROM batch WHERE id IN (SELECT batch_id FROM journal WHERE business_date = {last})",
        f"DELETE FROM journal WHERE business_date = {last}",
        *(
            f"DELETE FROM {table} WHERE business_date = {last}"
            for table in (
                *("unit_value", "finding", "order_outcome", "closing", "proposal", "proposed_trade", "untraded"),
                *("step_run", "cycle_run"),
            )
        ),
    ]


def _says(target: Target) -> list[str]:
    """What the check finds; a file it cannot open at all is told as an error of the product's own."""
    try:
        return target.broken()
    except ModelxError as error:
        return [str(error)]


def _content(target: Target) -> dict[str, list[tuple[object, ...]]]:
    return {name: _rows(target, metadata.tables[name]) for name in COVERED}


def _rows(target: Target, table: Table) -> list[tuple[object, ...]]:
    key = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    with target.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{table.name}" ORDER BY {key}')]


def _write(target: Target, data: bytes) -> None:
    """Put other bytes in the place of the file, with no connection open and no log beside it."""
    target.engine.dispose()
    for suffix in ("-wal", "-shm"):
        Path(f"{target.file}{suffix}").unlink(missing_ok=True)
    target.file.write_bytes(data)
