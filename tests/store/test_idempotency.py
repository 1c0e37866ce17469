"""One effect for each key, whoever sends it how often (``spec/ledger.md`` 3.4 and test 5)."""

import multiprocessing
import random
from collections import Counter

import pytest
from sqlalchemy import Engine

from modelx.domain.errors import Conflict
from modelx.services.database_check import check_database
from modelx.store.engine import open_engine
from modelx.store.unit_of_work import reading, writing
from tests.store.ledger_rows import HASH, deposit, open_ledger, post, post_once

PROCESSES, KEYS, TRIES = 8, 25, 2
STANDS_WITHOUT_NIGHTS = {"batches", "hash-chain", "journals", "transfers", "sums", "references", "accounts"}


def send_every_key(url: str, seed: int, count: "multiprocessing.Queue[int]") -> None:
    """Send every key, each more than once and in an order of our own; report how many took effect."""
    engine = open_engine(url)
    keys = [key for key in range(KEYS) for _ in range(TRIES)]
    random.Random(seed).shuffle(keys)
    count.put(sum(post_once(engine, deposit(key + 1), f"key {key}") for key in keys))
    engine.dispose()


def test_eight_processes_sending_the_same_keys_have_one_effect_for_each(engine: Engine, database_url: str) -> None:
    open_ledger(engine)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.ledger_rows"])
    counts: multiprocessing.Queue[int] = context.Queue()
    senders = [context.Process(target=send_every_key, args=(database_url, seed, counts)) for seed in range(PROCESSES)]
    for sender in senders:
        sender.start()
    effects = [counts.get(timeout=240) for _ in senders]
    for sender in senders:
        sender.join()
    assert sum(effects) == KEYS
    with reading(engine) as connection:
        amounts = Counter(row[0] for row in connection.exec_driver_sql("SELECT amount FROM transfer"))
    assert amounts == Counter(range(1, KEYS + 1))
    results = {result.name: result for result in check_database(engine)}
    assert [results[name] for name in STANDS_WITHOUT_NIGHTS if not results[name].holds] == []


@pytest.mark.parametrize("request_hash", [HASH, bytes(32)], ids=["the same request", "another request"])
def test_a_key_that_was_used_posts_nothing_again(engine: Engine, request_hash: bytes) -> None:
    open_ledger(engine)
    with writing(engine) as connection:
        post(connection, deposit(5), "key")
    with pytest.raises(Conflict), writing(engine) as connection:
        post(connection, deposit(7), "key", request_hash)
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT amount FROM transfer").all() == [(5,)]


def test_the_same_key_twice_in_one_transaction_keeps_nothing(engine: Engine) -> None:
    open_ledger(engine)
    with pytest.raises(Conflict), writing(engine) as connection:
        post(connection, deposit(5), "key")
        post(connection, deposit(5), "key")
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM transfer").scalar_one() == 0


def test_a_key_survives_the_connection_that_used_it(engine: Engine, database_url: str) -> None:
    open_ledger(engine)
    assert post_once(engine, deposit(5), "key")
    engine.dispose()
    again = open_engine(database_url)
    assert not post_once(again, deposit(5), "key")
    again.dispose()


def test_two_writers_at_one_head_cannot_both_go_on_from_it(engine: Engine) -> None:
    open_ledger(engine)
    with writing(engine) as connection:
        post(connection, deposit(5), "one")
    fork = (
        "INSERT INTO batch SELECT 7, prev_hash, request_hash, 2, 0, 2, 0, 0 FROM batch, idempotency WHERE batch_id = id"
    )
    with pytest.raises(Conflict), writing(engine) as connection:
        connection.exec_driver_sql(fork)
