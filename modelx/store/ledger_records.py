"""Writing and reading the ledger: accounts, batches, journals and transfers, as columns."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection, text

from modelx.domain.money import Column
from modelx.ledger.account import (
    charts_of,
    commodities_of,
    owners_of,
    subjects_of,
)
from modelx.ledger.chain import GENESIS
from modelx.ledger.journal import Journals
from modelx.store.bulk import fetch_columns, insert_columns
from modelx.store.tables import ledger as tables

_KIND_SHIFT = 40


def open_ledger(connection: Connection, recorded_at: int) -> None:
    """Write the genesis batch, if it is not there yet."""
    if connection.exec_driver_sql("SELECT count(*) FROM batch").scalar_one() == 0:
        insert_columns(
            connection,
            tables.batch,
            {
                "id": [0],
                "hash": [GENESIS],
                "first_journal": [0],
                "n_journal": [0],
                "first_transfer": [0],
                "n_transfer": [0],
                "recorded_at": [recorded_at],
            },
        )


def open_accounts(connection: Connection, commodities: Column, accounts: Column, opened_on: int) -> None:
    """Write new commodities and accounts. Their parts are unpacked from their ids; the database checks the packing."""
    insert_columns(
        connection,
        tables.commodity,
        {
            "id": commodities,
            "kind": commodities >> _KIND_SHIFT,
            "subject_id": commodities & ((1 << _KIND_SHIFT) - 1),
        },
    )
    insert_columns(
        connection,
        tables.account,
        {
            "id": accounts,
            "owner_id": owners_of(accounts),
            "chart": charts_of(accounts),
            "subject_id": subjects_of(accounts),
            "commodity_id": commodities_of(accounts),
            "opened_on": np.full(len(accounts), opened_on, np.int64),
        },
    )


def append_batch(
    connection: Connection,
    journals: Journals,
    *,
    batch_id: int,
    first_journal: int,
    first_transfer: int,
    prev_hash: bytes,
    batch_hash: bytes,
    idempotency_key: str,
    request_hash: bytes,
    recorded_at: int,
) -> None:
    """Write one batch: its idempotency key, its journals and their transfers, with ids contiguous from the firsts.

    Runs inside the caller's transaction. The key's row comes first, so a batch sent twice fails before it posts.
    """
    n_journal, n_transfer = len(journals.kind), len(journals.amount)
    insert_columns(
        connection,
        tables.batch,
        {
            "id": [batch_id],
            "prev_hash": [prev_hash],
            "hash": [batch_hash],
            "first_journal": [first_journal],
            "n_journal": [n_journal],
            "first_transfer": [first_transfer],
            "n_transfer": [n_transfer],
            "recorded_at": [recorded_at],
        },
    )
    insert_columns(
        connection,
        tables.idempotency,
        {"scope": ["night"], "key": [idempotency_key], "request_hash": [request_hash], "batch_id": [batch_id]},
    )
    journal_ids = np.arange(first_journal, first_journal + n_journal, dtype=np.int64)
    ends = np.cumsum(journals.n_transfer)
    insert_columns(
        connection,
        tables.journal,
        {
            "id": journal_ids,
            "batch_id": np.full(n_journal, batch_id, np.int64),
            "kind": journals.kind,
            "business_date": journals.business_date,
            "settles_on": journals.settles_on,
            "source_id": journals.source_id,
            "first_transfer": first_transfer + ends - journals.n_transfer,
            "n_transfer": journals.n_transfer,
        },
    )
    insert_columns(
        connection,
        tables.transfer,
        {
            "id": np.arange(first_transfer, first_transfer + n_transfer, dtype=np.int64),
            "journal_id": np.repeat(journal_ids, journals.n_transfer),
            "debit_id": journals.debit,
            "credit_id": journals.credit,
            "commodity_id": commodities_of(journals.debit),
            "amount": journals.amount,
        },
    )


def transfers_of_owner(
    connection: Connection, owner: int, *, first_day: int = -(2**31), through_day: int, after_journal: int = 0
) -> dict[str, Column]:
    """One owner's transfers dated in a range of days, both included, in journals after ``after_journal``, in order.

    Columns: journal, kind, business_date, settles_on, source_id, debit, credit, amount. A scan by journal range: the
    night's write path carries no per-account index (``design.md`` 3a.11).
    """
    return fetch_columns(
        connection,
        "SELECT t.journal_id, j.kind, j.business_date, j.settles_on, j.source_id, t.debit_id, t.credit_id, t.amount "
        "FROM journal j JOIN transfer t ON t.journal_id = j.id AND t.id >= j.first_transfer "
        "AND t.id < j.first_transfer + j.n_transfer "
        "WHERE j.id > :after AND j.business_date BETWEEN :first AND :through "
        "AND (t.debit_id BETWEEN :low AND :high OR t.credit_id BETWEEN :low AND :high) ORDER BY t.id",
        {
            "after": after_journal,
            "first": first_day,
            "through": through_day,
            "low": owner << 34,
            "high": ((owner + 1) << 34) - 1,
        },
        ["journal", "kind", "business_date", "settles_on", "source_id", "debit", "credit", "amount"],
    )


def totals_by_payee(connection: Connection, kind: int, day: int) -> list[tuple[str, int]]:
    """(payee, total) of the transfers of one kind of journal on a day, debits to the payees' accounts, by payee."""
    rows = connection.execute(
        text(
            "SELECT p.code, CAST(sum(t.amount) AS BIGINT) FROM journal j JOIN transfer t ON t.journal_id = j.id "
            "AND t.id >= j.first_transfer AND t.id < j.first_transfer + j.n_transfer "
            "JOIN account a ON a.id = t.debit_id JOIN payee p ON p.id = a.subject_id "
            "WHERE j.business_date = :day AND j.kind = :kind GROUP BY p.code ORDER BY p.code"
        ),
        {"day": day, "kind": kind},
    )
    return [(payee, int(total)) for payee, total in rows]
