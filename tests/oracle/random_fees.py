"""Random fee rows: every kind of row, overlapping, ending, waived, paid from an account, corrected.

Payees appear in alphabetical order in the file, so that "lowest id" has one meaning.
"""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

from tests.oracle.book_writer import Row

TIERS = ("0.0050@50000;0.0035@250000;0.0025", "0.02@10000;0.015@20000.5;0.001", "0.004@100000;0")
RATES = ("0.00035", "0.0025", "0.0040", "0.012345678901", "0.05", "0.000001", "0")


def draw_fees(rng: random.Random, sleeves: list[tuple[str, str]], nights: list[date]) -> list[Row]:
    rows: list[Row] = []
    payees = rng.sample(["advisor", "auditor", "custodian", "manager", "platform", "trustee"], rng.randint(1, 4))
    for payee in sorted(payees):
        rows += draw_payee(rng, payee, sleeves, nights)
    if rng.random() < 0.6:
        waived = rng.choice(sorted(payees))
        for payee in ("waiver-a", "waiver-b")[: rng.randint(1, 2)]:
            start, end = draw_span(rng, nights)
            plan, model = rng.choice([("", ""), (rng.choice(sleeves)[0], "")])
            row: Row = {
                "plan": plan,
                "model": model,
                "payee": payee,
                "kind": "OTHER",
                "rate": rng.choice(["0.0002", "0.0025", "0.05"]),
                "start": start,
                "end": end,
                "paid_from": "unit_value",
                "waives": waived,
            }
            rows.append(row)
    return rows


def draw_payee(rng: random.Random, payee: str, sleeves: list[tuple[str, str]], nights: list[date]) -> list[Row]:
    """One to four rows of a payee, with different scopes and spans; no key twice."""
    rows: dict[tuple[str, str, object], Row] = {}
    for _ in range(rng.randint(1, 4)):
        plan, model = rng.choice(sleeves)
        scope = rng.choice([("", ""), ("", ""), (plan, ""), ("", model), (plan, model)])
        start, end = draw_span(rng, nights)
        charge = (
            {"rate": rng.choice(RATES)}
            if rng.random() < 0.6
            else {
                "tiers": rng.choice(TIERS),
                "method": rng.choice(["GRADUATED", "CLIFF", ""]),
                "aggregate": rng.choice(["SLEEVE", "PLAN", "RELATIONSHIP", "RELATIONSHIP", ""]),
            }
        )
        rows[*scope, start] = {
            "plan": scope[0],
            "model": scope[1],
            "payee": payee,
            "kind": "OTHER",
            "start": start,
            "end": end,
            "paid_from": "account" if rng.random() < 0.15 else "unit_value",
            **charge,
        }
    return list(rows.values())


def draw_span(rng: random.Random, nights: list[date]) -> tuple[object, object]:
    """Blank, or dates in and around the nights (a weekend day too); the end not before the start."""
    first, last = nights[0].toordinal() - 5, nights[-1].toordinal() + 5
    start = rng.choice(["", date.fromordinal(rng.randint(first, last))])
    end = rng.choice(["", "", date.fromordinal(rng.randint(first, last))])
    if isinstance(start, date) and isinstance(end, date) and end < start:
        end = start
    return start, end


def corrected_fee(rng: random.Random, row: Row, known_on: date) -> Row:
    """The same key with another charge, or with an end."""
    if rng.random() < 0.3 and (not row["start"] or str(row["start"]) <= str(known_on)):
        return {**row, "end": known_on}
    rate = Decimal(rng.randrange(1, 900)) / 100_000
    return {**row, "rate": rate, "tiers": "", "method": "", "aggregate": ""}
