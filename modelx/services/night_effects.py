"""What one step of a night adds, and the state after it. Nothing here reads or writes a database.

The same function makes the state whether a step is run, resumed or verified: that is why a killed night ends
bit-identical, and why a replay can be compared hash by hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from modelx.domain.money import Column
from modelx.ledger.account import commodities_of
from modelx.ledger.balance import Balances
from modelx.ledger.chain import batch_hash, chained, digest_of_columns
from modelx.ledger.journal import Journals, JournalWriter
from modelx.services.night_state import BookState, Sleeves

Columns = dict[str, npt.NDArray[Any] | list[Any]]

PROPOSAL_TABLES = ("proposal", "proposed_trade", "untraded")


@dataclass(frozen=True, slots=True)
class Effects:
    """What a step adds: journals, rows for the night's own tables, and the sleeves' columns after it.

    ``unit_values``, ``findings`` and ``outcomes`` are columns named as in their tables, without the columns that the
    writer knows (date, run, step, ids), in the order of their keys: they are hashed, and ``db check`` reads them back.
    ``proposals`` are such columns by table. ``run`` is the row of the run itself, set by its first step.
    ``last_night`` is set by the step that closes a night.
    """

    journals: Journals = field(default_factory=lambda: JournalWriter(0).journals())
    unit_values: Columns = field(default_factory=dict)
    findings: Columns = field(default_factory=dict)
    outcomes: Columns = field(default_factory=dict)
    proposals: dict[str, Columns] = field(default_factory=dict)
    run: Mapping[str, list[Any]] = field(default_factory=dict)
    sleeves: Sleeves | None = None
    last_night: int | None = None


@dataclass(frozen=True, slots=True)
class StepRow:
    """The row that proves a step ran: its inputs' and outputs' hashes, chained to the step before."""

    id: int
    business_date: int
    run: int
    step: int
    name: str
    batch_id: int | None
    input_hash: bytes
    output_hash: bytes
    prev_hash: bytes
    hash: bytes


def state_after(
    before: BookState, effects: Effects, business_date: int, run: int, step: int, name: str, input_hash: bytes
) -> tuple[BookState, StepRow]:
    """The book after a step's effects, and the step's row. Deterministic: no clock, no database."""
    journals = effects.journals
    n_journal, n_finding = len(journals.kind), len(effects.findings.get("code", ()))
    head = before.batch_hash
    if n_journal:
        head = batch_hash(head, before.last_journal + 1, before.last_transfer + 1, journals)
    sleeves = before.sleeves if effects.sleeves is None else effects.sleeves
    closes = effects.last_night is not None
    kept = {f.name: getattr(sleeves, f.name) for f in fields(sleeves)} if closes else {}  # what the closing keeps
    proposed = (effects.proposals.get(table, {}) for table in PROPOSAL_TABLES)
    output_hash = output_hash_of(
        head, effects.unit_values, effects.findings, effects.outcomes, *proposed, effects.run, kept
    )
    key = np.array([business_date, run, step], "<i8").tobytes() + name.encode()
    row = StepRow(
        id=before.last_step + 1,
        business_date=business_date,
        run=run,
        step=step,
        name=name,
        batch_id=before.last_batch + 1 if n_journal else None,
        input_hash=input_hash,
        output_hash=output_hash,
        prev_hash=before.step_hash,
        hash=chained(before.step_hash, (key, input_hash, output_hash)),
    )
    balances = before.balances.after(journals)
    after = replace(
        before,
        balances=balances,
        pending=before.pending.after(journals),
        commodity=_commodities_after(before, balances, journals),
        sleeves=sleeves,
        last_night=before.last_night if effects.last_night is None else effects.last_night,
        last_batch=before.last_batch + (1 if n_journal else 0),
        last_journal=before.last_journal + n_journal,
        last_transfer=before.last_transfer + len(journals.amount),
        last_finding=before.last_finding + n_finding,
        last_step=row.id,
        batch_hash=head,
        step_hash=row.hash,
    )
    return after, row


def output_hash_of(head: bytes, *written: Mapping[str, npt.NDArray[Any] | list[Any]]) -> bytes:
    """The hash of what a step wrote: the ledger's head after it, then unit values, findings, outcomes, proposals (three
    tables), the run's row (first step) and the sleeves' columns (last step); what it did not write is no columns.
    """
    return chained(head, [digest_of_columns(columns) for columns in written])


def _commodities_after(before: BookState, balances: Balances, journals: Journals) -> Column:
    if len(balances.account) == len(before.balances.account):
        return before.commodity
    return np.union1d(before.commodity, commodities_of(before.balances.opened_by(journals)))
