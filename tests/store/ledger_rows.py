"""A ledger of batches only, written with the record functions: for tests of the ledger without a book or a night."""

import hashlib

from sqlalchemy import Connection, Engine, text

from modelx.domain.errors import Conflict, Transient
from modelx.ledger.account import Chart, commodities_of
from modelx.ledger.balance import Balances
from modelx.ledger.chain import batch_hash
from modelx.ledger.journal import Journals
from modelx.store import ledger_records
from modelx.store.unit_of_work import reading, writing
from tests.ledger.books import DAY, account, column, journals

CASH, EQUITY = account(1, Chart.CASH), account(1, Chart.UNITS_SUBSCRIBED)
HASH = hashlib.sha256(b"request").digest()


def deposit(amount: int) -> Journals:
    """One journal: an amount paid in."""
    return journals((CASH, EQUITY, amount))


def open_ledger(engine: Engine) -> None:
    """The genesis batch, and the two accounts that :func:`deposit` moves between."""
    with writing(engine) as connection:
        ledger_records.open_ledger(connection, 0)
        accounts = Balances.none().opened_by(deposit(1))
        ledger_records.open_accounts(connection, column(*set(commodities_of(accounts).tolist())), accounts, DAY)


def post(connection: Connection, batch: Journals, key: str, request_hash: bytes = HASH) -> None:
    """Append a batch at the head that the connection sees."""
    last = connection.exec_driver_sql(
        "SELECT id, hash, first_journal + n_journal, first_transfer + n_transfer FROM batch ORDER BY id DESC LIMIT 1"
    ).one()
    first_journal, first_transfer, previous = max(last[2], 1), max(last[3], 1), bytes(last[1])
    ledger_records.append_batch(
        connection,
        batch,
        batch_id=last[0] + 1,
        first_journal=first_journal,
        first_transfer=first_transfer,
        prev_hash=previous,
        batch_hash=batch_hash(previous, first_journal, first_transfer, batch),
        idempotency_key=key,
        request_hash=request_hash,
        recorded_at=0,
    )


def post_once(engine: Engine, batch: Journals, key: str) -> bool:
    """Post under a key until it is posted, by us (True) or by somebody else (False); others may move the head."""
    while True:
        try:
            with writing(engine) as connection:
                post(connection, batch, key)
        except (Conflict, Transient):
            with reading(engine) as connection:
                taken = connection.execute(text("SELECT 1 FROM idempotency WHERE key = :key"), {"key": key}).first()
            if taken is not None:
                return False
        else:
            return True
