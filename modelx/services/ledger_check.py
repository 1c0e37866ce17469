"""One pass over the ledger: its batches stream by once, in order, and every check that stands on them looks on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from modelx.ledger import checks
from modelx.ledger.chain import GENESIS, batch_hash
from modelx.ledger.checks import CheckResult, FirstProblems, Problem, StoredBatch
from modelx.ledger.journal import Journals
from modelx.ledger.tally import Tally
from modelx.services.closing_check import ClosingCheck
from modelx.services.step_check import positions
from modelx.services.strike_check import StrikeCheck
from modelx.store import check_records
from modelx.store.check_records import StoredStep
from modelx.store.engine import Connection

GENESIS_BATCH = StoredBatch(0, None, GENESIS, 0, 0, 0, 0, 0)


def check_ledger(
    connection: Connection, expected_head: bytes | None, progress: Callable[[int, int, str], None]
) -> list[CheckResult]:
    """The checks of accounts, batches, chain, journals, transfers, sums, units, strikes, orders and closings.

    ``expected_head`` is a head published earlier, of the ledger or of the nights: it must still be in its chain.
    ``progress`` is told (done, total, what) for every batch.
    """
    problems = FirstProblems()
    batches, steps = check_records.batches(connection), check_records.steps(connection)
    tally = Tally(check_records.accounts(connection))
    n_commodities = _check_accounts(connection, tally, problems)
    strikes = StrikeCheck(connection, tally, problems, check_records.runs(connection))
    closings = ClosingCheck(connection, tally, strikes)
    watch = _Watch(connection, tally, strikes, closings, problems)
    steps_at: dict[int, list[StoredStep]] = {}
    for step, last_batch in zip(steps, positions(steps), strict=True):
        steps_at.setdefault(last_batch, []).append(step)
    before: StoredBatch | None = None
    for at, batch in enumerate(batches or [GENESIS_BATCH]):
        progress(at, len(batches), "ledger")
        problems.note("batches", checks.batch_links_problem(before, batch))
        watch.over(batch, steps_at.get(batch.id, []))
        before = batch
    last = before or GENESIS_BATCH
    problems.note("journals", check_records.rows_outside_batches(connection, last))
    mirrorless = check_records.reversal_without_mirror(connection)
    problems.note("journals", None if mirrorless is None else f"journal {mirrorless} does not mirror what it reverses")
    problems.note("accounts", tally.opening_problem())
    problems.note("sums", tally.sums_problem())
    problems.note("units", tally.register_problem(check_records.sleeve_ids(connection)))
    problems.note("hash-chain", _head_problem(batches, steps, expected_head))
    n_struck, n_orders = strikes.finish()
    problems.note("closings", closings.never_reached())
    n_journal, n_transfer = (max(first - 1, 0) for first in checks.next_ids(last))
    return [
        problems.result("accounts", f"{len(tally.accounts.id):,} accounts, {n_commodities:,} commodities"),
        problems.result("batches", f"{len(batches):,} batches, each linked to the one before"),
        problems.result("hash-chain", "every batch hashed again from its rows"),
        problems.result("journals", f"{n_journal:,} journals, none missing"),
        problems.result("transfers", f"{n_transfer:,} transfers, each above zero and of one commodity"),
        problems.result("sums", "every commodity, and every owner's dollars and units, add up to zero"),
        problems.result("units", "units held are units issued; nothing is held short"),
        problems.result("unit-values", f"strikes of {n_struck:,} runs, computed again from ledger and prices"),
        problems.result("outcomes", f"{n_orders:,} priced orders, each booked as priced"),
        problems.result("closings", f"{closings.compared:,} kept, equal to the ledger"),
    ]


@dataclass(frozen=True, slots=True)
class _Watch:
    """What looks on while the batches stream by."""

    connection: Connection
    tally: Tally
    strikes: StrikeCheck
    closings: ClosingCheck
    problems: FirstProblems

    def over(self, batch: StoredBatch, steps: list[StoredStep]) -> None:
        """Check one batch, then the steps that committed with it or after it."""
        journals = self._journals(batch)
        writer = next((step for step in steps if step.batch_id == batch.id), None)
        if journals is not None and len(journals.kind):
            self.tally.add(journals)
            with self.problems.watching("closings"):
                self.closings.at_batch(journals)
            if writer is not None:
                self.problems.note("journals", _date_problem(writer, batch, journals))
                with self.problems.watching("outcomes"):
                    self.strikes.at_batch(writer, journals)
        for step in steps:
            with self.problems.watching("unit-values"):
                self.strikes.at_step(step)
            with self.problems.watching("closings"):
                self.problems.note("closings", self.closings.at_step(step, batch))

    def _journals(self, batch: StoredBatch) -> Journals | None:
        """The batch's journals, hashed and checked; None when they are not whole."""
        with self.problems.watching("journals"):
            stored, transfers = check_records.rows_of_batch(self.connection, batch)
            journals = checks.as_written(stored, transfers)
            if batch.hash != _hash_of(batch, journals):
                self.problems.note("hash-chain", f"batch {batch.id} is not what was hashed")
            self.problems.note("transfers", checks.transfers_problem(transfers, self.tally.accounts))
            broken = checks.journals_problem(batch, stored, transfers)
            self.problems.note("journals", broken)
            return journals if broken is None else None
        return None


def _check_accounts(connection: Connection, tally: Tally, problems: FirstProblems) -> int:
    commodities = check_records.commodities(connection)
    ids, kinds, subjects = (commodities[name] for name in ("id", "kind", "subject_id"))
    problems.note("accounts", checks.commodities_problem(ids, kinds, subjects, tally.accounts))
    problems.note("accounts", checks.accounts_problem(tally.accounts, ids))
    return len(ids)


def _hash_of(batch: StoredBatch, journals: Journals) -> bytes:
    if batch.prev_hash is None:
        return GENESIS
    return batch_hash(batch.prev_hash, batch.first_journal, batch.first_transfer, journals)


def _date_problem(writer: StoredStep, batch: StoredBatch, journals: Journals) -> Problem:
    dated = bool((journals.business_date == writer.business_date).all())
    return None if dated else f"a journal of batch {batch.id} is not dated the night that wrote it"


def _head_problem(batches: list[StoredBatch], steps: list[StoredStep], expected_head: bytes | None) -> Problem:
    if expected_head is None:
        return None
    known = {batch.hash for batch in batches} | {step.hash for step in steps}
    if expected_head in known:
        return None
    return f"the published head {expected_head.hex()} is in no chain: the end was cut, or history was written anew"
