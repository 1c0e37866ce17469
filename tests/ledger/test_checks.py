"""Each invariant, broken in one place: the check names that place, and says nothing of a sound ledger."""

from dataclasses import replace

import numpy as np
import pytest

from modelx.ledger import checks
from modelx.ledger.account import (
    UNIT_COMMODITY,
    USD,
    Chart,
    account_ids,
    charts_of,
    commodities_of,
    owners_of,
    subjects_of,
)
from modelx.ledger.chain import GENESIS
from modelx.ledger.checks import FirstProblems, StoredAccounts, StoredBatch, StoredJournals, StoredTransfers
from modelx.ledger.tally import Tally
from tests.ledger.books import DAY, account, column

CASH, OTHER_CASH, FEES = account(1, Chart.CASH), account(2, Chart.CASH), account(1, Chart.FEES_PAYABLE, 2)
HELD, ISSUED = account(1, Chart.UNITS_HELD), account(1, Chart.UNITS_ISSUED)
BATCH = StoredBatch(1, GENESIS, b"h", 1, 2, 1, 3, 0)
JOURNALS = StoredJournals(
    id=column(1, 2),
    batch_id=column(1, 1),
    kind=column(10, 9),
    business_date=column(DAY, DAY),
    settles_on=column(DAY + 1, DAY),
    source_id=column(5, 0),
    first_transfer=column(1, 3),
    n_transfer=column(2, 1),
)
TRANSFERS = StoredTransfers(
    id=column(1, 2, 3),
    journal_id=column(1, 1, 2),
    debit_id=column(CASH, HELD, CASH),
    credit_id=column(FEES, ISSUED, FEES),
    commodity_id=column(USD, UNIT_COMMODITY + 1, USD),
    amount=column(100, 10, 4),
)


def accounts(*ids: int) -> StoredAccounts:
    every = np.array(sorted(ids), np.int64)
    return StoredAccounts(
        every, owners_of(every), charts_of(every), subjects_of(every), commodities_of(every), np.full(len(every), DAY)
    )


ACCOUNTS = accounts(CASH, FEES, HELD, ISSUED)


def test_nothing_is_said_of_a_sound_batch() -> None:
    assert checks.journals_problem(BATCH, JOURNALS, TRANSFERS) is None
    assert checks.transfers_problem(TRANSFERS, ACCOUNTS) is None
    assert checks.accounts_problem(ACCOUNTS, column(USD, UNIT_COMMODITY + 1)) is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": column(1, 3)}, "journal 2 of batch 1 is missing"),
        ({"batch_id": column(1, 2)}, "journal 2 is not in batch 1"),
        ({"kind": column(10, 99)}, "journal 2 is of no known kind"),
        ({"settles_on": column(DAY - 1, DAY)}, "journal 1 settles before its own date"),
        ({"n_transfer": column(3, 0)}, "journal 2 has no transfer"),
        ({"n_transfer": column(1, 1)}, "journal 2 does not begin where the journal before ends"),
        ({"first_transfer": column(1, 2)}, "journal 2 does not begin where the journal before ends"),
        ({"n_transfer": column(2, 2)}, "the journals of batch 1 do not account for its 3 transfers"),
    ],
)
def test_a_journal_out_of_place_is_named(change: dict[str, np.ndarray], named: str) -> None:
    assert checks.journals_problem(BATCH, replace(JOURNALS, **change), TRANSFERS) == named


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": column(1, 3, 4)}, "transfer 2 of batch 1 is missing"),
        ({"journal_id": column(1, 2, 2)}, "transfer 2 is not in the journal whose transfers it stands among"),
    ],
)
def test_a_transfer_out_of_place_is_named(change: dict[str, np.ndarray], named: str) -> None:
    assert checks.journals_problem(BATCH, JOURNALS, replace(TRANSFERS, **change)) == named


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"amount": column(100, 0, 4)}, "transfer 2 does not move an amount above zero"),
        ({"credit_id": column(CASH, ISSUED, FEES)}, "transfer 1 moves from an account to itself"),
        ({"debit_id": column(CASH, HELD, OTHER_CASH)}, "transfer 3 debits an account that was never opened"),
        ({"credit_id": column(FEES, ISSUED, OTHER_CASH)}, "transfer 3 credits an account that was never opened"),
        ({"credit_id": column(HELD, ISSUED, FEES)}, "transfer 1 turns one commodity into another"),
        ({"commodity_id": column(USD, USD, USD)}, "transfer 2 names another commodity than its accounts hold"),
    ],
)
def test_a_transfer_that_moves_wrongly_is_named(change: dict[str, np.ndarray], named: str) -> None:
    assert checks.transfers_problem(replace(TRANSFERS, **change), ACCOUNTS) == named


def test_dollars_may_not_pass_from_one_sleeve_to_another() -> None:
    across = replace(TRANSFERS, credit_id=column(FEES, ISSUED, OTHER_CASH))
    known = accounts(CASH, FEES, HELD, ISSUED, OTHER_CASH)
    assert checks.transfers_problem(across, known) == "transfer 3 moves dollars or units from one owner to another"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"owner_id": column(1, 1, 1, 2)}, f"account {ISSUED} names another owner than its id"),
        ({"chart": column(1000, 2101, 6000, 6010)}, f"account {FEES} names another chart number than its id"),
        ({"subject_id": column(0, 0, 0, 0)}, f"account {FEES} names another subject than its id"),
        ({"commodity_id": column(USD, USD, USD, UNIT_COMMODITY + 1)}, f"account {HELD} holds another commodity"),
    ],
)
def test_an_account_that_lies_is_named(change: dict[str, np.ndarray], named: str) -> None:
    found = checks.accounts_problem(replace(ACCOUNTS, **change), column(USD, UNIT_COMMODITY + 1))
    assert found is not None
    assert found.startswith(named)


def test_an_account_outside_the_chart_is_named() -> None:
    strange = int(account_ids(1, 1234, 0))
    assert (
        checks.accounts_problem(accounts(strange), column(USD)) == f"account {strange} is not in the chart of accounts"
    )


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        (None, BATCH, "batch 1 stands first, where the empty batch 0 should"),
        (BATCH, replace(BATCH, id=3), "batch 2 is missing: batch 3 follows batch 1"),
        (BATCH, replace(BATCH, id=2), "batch 2 does not name the hash of batch 1"),
        (BATCH, replace(BATCH, id=2, prev_hash=b"h"), "batch 2 does not begin at journal 3 and transfer 4"),
        (BATCH, replace(BATCH, id=2, prev_hash=b"h", first_journal=3, first_transfer=4), None),
    ],
)
def test_a_batch_out_of_line_is_named(before: StoredBatch | None, after: StoredBatch, named: str | None) -> None:
    assert checks.batch_links_problem(before, after) == named


def test_the_tally_adds_up_what_streams_by() -> None:
    tally = Tally(ACCOUNTS)
    tally.add(checks.as_written(JOURNALS, TRANSFERS))
    assert tally.balances(column(CASH, FEES, HELD, ISSUED, OTHER_CASH)).tolist() == [104, -104, 10, -10, 0]
    assert (tally.sums_problem(), tally.opening_problem(), tally.register_problem(column(1, 2))) == (None, None, None)


def test_an_account_opened_late_early_or_for_nothing_is_named() -> None:
    late = Tally(replace(ACCOUNTS, opened_on=column(DAY, DAY + 1, DAY, DAY)))
    late.add(checks.as_written(JOURNALS, TRANSFERS))
    assert late.opening_problem() == f"account {FEES} was not opened on the date of its first transfer"
    assert Tally(ACCOUNTS).opening_problem() == f"account {CASH} was opened, and nothing was ever posted to it"


def test_sums_that_do_not_meet_are_named() -> None:
    tally = Tally(accounts(CASH, FEES, OTHER_CASH, account(0, Chart.STREET_SHARES, 4)))
    tally.amount[:] = [5, 0, -4, 0]
    assert tally.sums_problem() == f"the accounts of commodity {USD} do not add up to zero"
    tally.amount[:] = [0, 5, -3, -2]
    assert tally.sums_problem() == "owner 1: its accounts of commodity 1 do not add up to zero"


def test_a_register_that_is_not_issued_or_is_short_is_named() -> None:
    tally = Tally(ACCOUNTS)
    tally.amount[:] = [0, 0, 7, -6]
    assert tally.register_problem(column(1)) == "sleeve 1: units held are not units issued"
    tally.amount[:] = [0, 0, -7, 7]
    assert tally.register_problem(column(1)) == f"account {HELD} holds less than nothing"


def test_only_the_first_problem_of_a_check_is_kept() -> None:
    problems = FirstProblems()
    problems.note("sums", None)
    problems.note("sums", "first")
    problems.note("sums", "second")
    with problems.watching("units"):
        raise ValueError("a row that cannot be read")
    assert problems.result("sums", "fine").detail == "first"
    assert not problems.result("units", "fine").holds
    assert problems.result("journals", "fine") == checks.CheckResult("journals", True, "fine")
