"""Checks of the closings kept: columns that can be rebuilt, and must equal what the ledger says at their moment."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from modelx.domain.days import date_of
from modelx.ledger.checks import UNREADABLE, Problem, StoredBatch, next_ids
from modelx.ledger.journal import Journals
from modelx.ledger.tally import Tally
from modelx.services.night_closing import close_night
from modelx.services.night_effects import output_hash_of
from modelx.services.night_state import NEVER, BookState, Pending
from modelx.services.strike_check import StrikeCheck
from modelx.store import check_records, night_records
from modelx.store.check_records import StoredStep
from modelx.store.engine import Connection


class ClosingCheck:
    """Each closing kept, compared with the tally, the pending items and the chains when its step had committed."""

    def __init__(self, connection: Connection, tally: Tally, strikes: StrikeCheck) -> None:
        self._connection, self._tally, self._strikes = connection, tally, strikes
        self._kept = {step: (day, run) for day, run, step in night_records.closings(connection)}
        self._last_finding = {step: last for step, _, last, _ in check_records.finding_spans(connection)}
        self._pending = Pending.none()
        self._last_night, self._finding = NEVER, 0
        self.compared = 0

    def at_batch(self, journals: Journals) -> None:
        """Carry the pending items over a batch."""
        self._pending = self._pending.after(journals)

    def at_step(self, step: StoredStep, batch: StoredBatch) -> Problem:
        """The first difference between a closing kept with this step and the ledger as it stands."""
        self._finding = max(self._finding, self._last_finding.get(step.id, 0))
        if step.name == close_night.__name__:
            self._last_night = max(self._last_night, step.business_date)
        if step.id not in self._kept:
            return None
        name = f"closing of {date_of(self._kept[step.id][0])} run {self._kept[step.id][1]}"
        try:
            state = BookState.from_bytes(night_records.closing(self._connection, step.id))
        except UNREADABLE as error:
            return f"{name} cannot be read: {error}"
        self.compared += 1
        difference = self._difference(state, step, batch)
        return None if difference is None else f"{name}: {difference}"

    def never_reached(self) -> Problem:
        """A closing kept for a step that is not there."""
        missing = len(self._kept) - self.compared
        return f"{missing} closings belong to no step" if missing else None

    def _difference(self, state: BookState, step: StoredStep, batch: StoredBatch) -> Problem:
        tally, sleeves = self._tally, state.sleeves
        used = np.flatnonzero(tally.used)
        kept = {f.name: getattr(sleeves, f.name) for f in fields(sleeves)}
        findings = check_records.findings_of_step(self._connection, step) if step.id in self._last_finding else {}
        unit_value, version = self._strikes.last_strikes(sleeves.sleeve_id)
        for same, what in (
            (self._kept[step.id] == (step.business_date, step.run), "it is filed under another night"),
            ((state.last_step, state.step_hash) == (step.id, step.hash), "its step is another"),
            ((state.last_batch, state.batch_hash) == (batch.id, batch.hash), "its head is not the ledger's"),
            ((state.last_journal + 1, state.last_transfer + 1) == next_ids(batch), "its last ids are not the ledger's"),
            (state.last_finding == self._finding, "its last finding is another"),
            (state.last_night == self._last_night, "its last night is another"),
            (np.array_equal(state.balances.account, tally.accounts.id[used]), "its accounts are not the ledger's"),
            (np.array_equal(state.balances.amount, tally.amount[used]), "its balances are not the ledger's sums"),
            (np.array_equal(state.commodity, np.unique(tally.accounts.commodity_id[used])), "its commodities differ"),
            (_same_pending(state.pending, self._pending), "what waits for settlement is not what the ledger left"),
            (
                output_hash_of(batch.hash, {}, findings, {}, {}, {}, {}, {}, kept) == step.output_hash,
                "its sleeves differ",
            ),
            (np.array_equal(sleeves.unit_value, unit_value), "its unit values are not the last struck"),
            (np.array_equal(sleeves.version, version), "its versions are not the last struck"),
        ):
            if not same:
                return what
        return None


def _same_pending(left: Pending, right: Pending) -> bool:
    return all(np.array_equal(getattr(left, f.name), getattr(right, f.name)) for f in fields(Pending))
