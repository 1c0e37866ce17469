"""Scenario G1 in the ledger: its journal and its trial balances, account by account, as the vectors have them.

Transfers take the place of multi-leg postings, and market value (1250, 4200) is computed, not posted.
"""

import json
from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from modelx.domain.days import date_of, day_of
from modelx.services.ledger_views import journal_lines, trial_balance
from tests.conftest import FIXTURES
from tests.oracle.script import Load, RunThrough
from tests.product import play, with_sessions

G1 = json.loads((FIXTURES / "vectors" / "unitization.json").read_text())["G1"]
COMPUTED = ("1250", "4200")
SLEEVE = ("PLAN-A", "GRW60")
Sides = dict[tuple[str, str], list[Decimal]]


@pytest.fixture
def book(engine: Engine) -> Engine:
    """G1 loaded and run through 1 December."""
    play([Load(FIXTURES / "g1_book"), RunThrough(date(2026, 12, 1))], with_sessions(engine))
    return engine


def test_every_posting_of_the_journal_is_in_the_ledger(book: Engine) -> None:
    expected: Sides = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for entry in G1["journal"]:
        for account, amount in entry["lines"]:
            if not account.startswith(COMPUTED):
                _add(expected, entry["date"], account, Decimal(amount))
    booked: Sides = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for line in journal_lines(book, *SLEEVE, day_of(date(2026, 11, 1)), day_of(date(2026, 12, 1))):
        if line.commodity == "USD":
            amount = Decimal(line.amount).scaleb(-6)
            _add(booked, date_of(line.business_date).isoformat(), _named(line.debit), amount)
            _add(booked, date_of(line.business_date).isoformat(), _named(line.credit), -amount)
    assert dict(booked) == dict(expected)


@pytest.mark.parametrize("on", sorted(G1["days"]))
def test_trial_balance_at_the_close(book: Engine, on: str) -> None:
    expected = {
        account: Decimal(amount)
        for account, amount in G1["days"][on]["trial_balance_close"].items()
        if not account.startswith(COMPUTED)
    }
    lines = trial_balance(book, *SLEEVE, day_of(date.fromisoformat(on)))
    dollars = {_named(line.account): Decimal(line.amount).scaleb(-6) for line in lines if line.commodity == "USD"}
    assert dollars == expected
    assert sum(dollars.values()) == 0
    units = [Decimal(line.amount).scaleb(-6) for line in lines if line.account == "6000"]
    assert units == [Decimal(G1["days"][on]["units_close"])]


def test_shares_after_the_split_and_the_fund_replacement(book: Engine) -> None:
    lines = trial_balance(book, *SLEEVE, day_of(date(2026, 12, 1)))
    shares = {line.commodity: Decimal(line.amount).scaleb(-6) for line in lines if line.account.startswith("1210")}
    expected = {ticker: Decimal(held) for ticker, held in G1["days"]["2026-12-01"]["positions"].items()}
    assert shares == {ticker: held for ticker, held in expected.items() if held}


def _add(sides: Sides, on: str, account: str, amount: Decimal) -> None:
    """Debits and credits apart, so that a lost pair cannot hide in a net figure."""
    if amount:
        sides[on, account][0 if amount > 0 else 1] += abs(amount)


def _named(account: str) -> str:
    return account.replace("5000:", "50:")
