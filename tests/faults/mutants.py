"""Bugs to plant in the night: each a small, plausible slip, and who must notice it first.

A mutant that nobody notices means that the tests would pass such a bug. Everything is planted from outside, by
wrapping what the night calls; nothing in the product knows of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from modelx.domain.calendar import Calendar
from modelx.ledger.journal import JournalKind, JournalWriter
from modelx.services import (
    closings,
    night,
    night_effects,
    night_opening,
    night_orders,
    night_postings,
    night_strike,
)
from modelx.services.night import Feeds, Findings
from modelx.services.night_state import Pending
from modelx.store import (
    event_records,
    fee_records,
    in_kind_records,
    ledger_records,
    night_records,
    price_records,
    trade_records,
)
from tests.faults.slips import (
    CENT,
    Wrapper,
    a_day_late,
    a_millionth_off,
    all_from_unit_value,
    amounts_of_kind,
    at_the_first_unit_value,
    base_beside,
    hash_of_nothing,
    instead,
    knows_the_future,
    named,
    no_warnings,
    none_cancelled,
    of_kind,
    other_source,
    paid_out,
    sales_never_settle,
    settled_items_stay,
    settles_later,
    shifted,
    stale_balances,
    twice,
    unlinked,
    upside_down,
    with_arguments,
    with_result,
    without_table,
    without_waivers,
    yesterdays_prices,
)

ITSELF = "the night stops"
ORACLE = "the oracle differs"
CHECK = "db check: "
REPLAY = "cycle verify"


@dataclass(frozen=True)
class Mutant:
    """A bug, where it is planted, and who must notice it first."""

    name: str
    owner: Any
    attribute: str
    wrapper: Wrapper
    noticed_by: str

    def plant(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(self.owner, self.attribute, self.wrapper(getattr(self.owner, self.attribute)))


EACH, ONE = (JournalWriter, "each"), (JournalWriter, "one")
APPEND_BATCH = (ledger_records, "append_batch")

MUTANTS = (
    Mutant("a sale forgets its shares", *EACH, of_kind(JournalKind.SELL, lambda legs: legs[:-1]), ORACLE),
    Mutant("a purchase forgets its money", *EACH, of_kind(JournalKind.BUY, lambda legs: legs[1:]), ORACLE),
    Mutant("a subscription issues no units", *EACH, of_kind(JournalKind.SUBSCRIPTION, lambda legs: legs[:1]), ORACLE),
    Mutant(
        "a redemption pays the wrong way",
        *EACH,
        of_kind(JournalKind.REDEMPTION, lambda legs: [(legs[0][1], legs[0][0], legs[0][2]), legs[1]]),
        ORACLE,
    ),
    Mutant(
        "a subscription is a cent too high",
        *EACH,
        of_kind(JournalKind.SUBSCRIPTION, lambda legs: [(*legs[0][:2], legs[0][2] + CENT), legs[1]]),
        ORACLE,
    ),
    Mutant("a sale is booked twice", *EACH, twice, ORACLE),
    Mutant("a sale settles a day late", *EACH, settles_later, ORACLE),
    Mutant("an order's journal names another order", *EACH, other_source, CHECK + "outcomes"),
    Mutant("a fee is a millionth too high", *ONE, amounts_of_kind(JournalKind.FEE_ACCRUAL, lambda a: a + 1), ORACLE),
    Mutant("a fee has the wrong sign", *ONE, amounts_of_kind(JournalKind.FEE_ACCRUAL, lambda a: -a), ORACLE),
    Mutant("dividends are a cent short", *ONE, amounts_of_kind(JournalKind.DISTRIBUTION, lambda a: a - CENT), ORACLE),
    Mutant("journals are dated a day late", JournalWriter, "__init__", lambda _: a_day_late, ITSELF),
    Mutant("what settled stays due", Pending, "after", settled_items_stay, ORACLE),
    Mutant("sales never settle", Pending, "after", sales_never_settle, ORACLE),
    Mutant("receivables are left out", night_strike, "strike", named(receivables=lambda a: a * 0), ORACLE),
    Mutant("accrued fees are added", night_strike, "strike", named(accrued_fees=lambda a: -a), ORACLE),
    Mutant("units are a tick off", night_strike, "strike", named(units=lambda a: a + 100), ORACLE),
    Mutant("a cent too much per sleeve", night_strike, "strike", named(market_value=lambda a: a + CENT), ORACLE),
    Mutant("yesterday's prices", price_records, "prices_on", yesterdays_prices, ORACLE),
    Mutant("fees on the neighbour's assets", night_strike, "accrue", base_beside, ORACLE),
    Mutant("fees a day too long", night_strike, "accrue", shifted(4, 1), ORACLE),
    Mutant("fee rows as first loaded", fee_records, "fees_live", shifted(3, -1), ORACLE),
    Mutant("waivers waive nothing", night_strike, "accrue", with_result(without_waivers), ORACLE),
    Mutant("account fees paid from the sleeve", night_strike, "accrue", with_result(all_from_unit_value), ORACLE),
    Mutant("fees paid a cent too high", night_postings, "payable_to_pay", with_result(lambda a: a + CENT), ORACLE),
    Mutant("no fees paid", Calendar, "first_session_of_month", instead(False), ORACLE),
    Mutant("a split upside down", night_opening, "split_positions", with_arguments(upside_down), ORACLE),
    Mutant("nothing is reinvested", night_opening, "distribute", with_arguments(paid_out), ORACLE),
    Mutant("orders priced at ten", night_orders, "price_in_sequence", with_arguments(at_the_first_unit_value), ORACLE),
    Mutant("cancellations cancel nothing", night_orders, "cancel_orders", none_cancelled, ORACLE),
    Mutant("dust stays", night_orders, "book_dust", instead(), ORACLE),
    Mutant("capital settles a day late", Calendar, "settle", with_result(lambda day: day + 1), ORACLE),
    Mutant("no price is doubted", night_opening, "check_prices", instead(()), ITSELF),
    Mutant("nothing stops a sleeve", Findings, "stopping", instead(np.empty(0, np.int64)), ITSELF),
    Mutant("nobody catches up", closings, "lagging", with_result(lambda lagging: lagging & False), ORACLE),
    Mutant("late trades are lost", trade_records, "trades_for_night", shifted(2, -400), ORACLE),
    Mutant("mergers are lost", event_records, "exits_ex", shifted(1, -400), ORACLE),
    Mutant("in-kind transfers are lost", in_kind_records, "transfers_for_night", shifted(1, -400), ORACLE),
    Mutant("outcomes are not kept", night_records, "insert_outcomes", instead(), ORACLE),
    Mutant("a unit value a millionth off", night_records, "insert_unit_values", a_millionth_off, ORACLE),
    Mutant("warnings are not kept", night_records, "insert_findings", no_warnings, CHECK + "closings"),
    Mutant(
        "the batch's hash skips its rows",
        night_effects,
        "batch_hash",
        hash_of_nothing,
        CHECK + "hash-chain",
    ),
    Mutant(
        "the output's hash skips its rows", night_effects, "digest_of_columns", instead(bytes(32)), CHECK + "closings"
    ),
    Mutant("steps are not linked", night, "state_after", unlinked, ITSELF),
    Mutant("inputs are not hashed", Feeds, "digest", instead(bytes(32)), REPLAY),
    Mutant("no idempotency key", ledger_records, "insert_columns", without_table("idempotency"), CHECK + "idempotency"),
    Mutant("a stale closing is kept", closings, "keep", stale_balances, ITSELF),
    Mutant(
        "the instant is read again",
        ledger_records,
        "append_batch",
        named(recorded_at=lambda at: at + 1),
        CHECK + "instants",
    ),
    Mutant("prices of tomorrow's load", price_records, "prices_on", knows_the_future, REPLAY),
)
