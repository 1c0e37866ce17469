"""The chain's hash covers every stored figure, its order and its place, and nothing of the machine it is made on."""

import hashlib
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.ledger.account import Chart
from modelx.ledger.chain import GENESIS, batch_hash, chained, digest_of_columns
from modelx.ledger.journal import JournalKind, Journals, JournalWriter
from tests.ledger.books import DAY, account, column

CASH, COST, FEES = account(1, Chart.CASH), account(1, Chart.COST, 4), account(1, Chart.FEES_PAYABLE, 2)


def two_journals() -> Journals:
    writer = JournalWriter(DAY)
    writer.one(JournalKind.BUY, column(COST, CASH), column(CASH, FEES), column(50, 7), source_id=3, settles_on=DAY + 1)
    writer.one(JournalKind.FEE_PAYMENT, column(FEES), column(CASH), column(7))
    return writer.journals()


@pytest.mark.parametrize("name", [field.name for field in fields(Journals)])
def test_one_more_in_any_row_of_any_column_is_another_hash(name: str) -> None:
    sound = two_journals()
    head = batch_hash(GENESIS, 1, 1, sound)
    for row in range(len(getattr(sound, name))):
        changed = getattr(sound, name).copy()
        changed[row] += 1
        assert batch_hash(GENESIS, 1, 1, replace(sound, **{name: changed})) != head


def test_the_place_in_the_chain_and_the_ids_are_covered() -> None:
    sound = two_journals()
    heads = {
        batch_hash(GENESIS, 1, 1, sound),
        batch_hash(bytes([1]) + bytes(31), 1, 1, sound),
        batch_hash(GENESIS, 2, 1, sound),
        batch_hash(GENESIS, 1, 2, sound),
    }
    assert len(heads) == 4


def test_the_order_of_the_transfers_is_covered() -> None:
    sound = two_journals()
    swapped = replace(sound, **{name: getattr(sound, name)[[1, 0, 2]] for name in ("debit", "credit", "amount")})
    assert batch_hash(GENESIS, 1, 1, swapped) != batch_hash(GENESIS, 1, 1, sound)


def test_the_same_batch_has_the_same_hash_whatever_holds_it() -> None:
    sound = two_journals()
    strided = replace(sound, amount=np.repeat(sound.amount, 2)[::2], kind=sound.kind.astype(">i8"))
    assert batch_hash(GENESIS, 1, 1, strided) == batch_hash(GENESIS, 1, 1, sound)


def test_columns_hash_as_written_down() -> None:
    """Computed from the description alone: name, then a mark, the count and the values, text with its length."""
    parts = [
        *(b"\x01\x00\x00\x00a", b"i", (2).to_bytes(8, "little"), (5).to_bytes(8, "little"), b"\xff" * 8),
        *(b"\x01\x00\x00\x00b", b"t", (1).to_bytes(8, "little"), b"\x03\x00\x00\x00", "né".encode()),
    ]
    assert digest_of_columns({"a": column(5, -1), "b": ["né"]}) == hashlib.sha256(b"".join(parts)).digest()
    assert chained(GENESIS, [b"xy"]) == hashlib.sha256(GENESIS + (2).to_bytes(8, "little") + b"xy").digest()


@given(st.lists(st.lists(st.text(max_size=3), max_size=3), min_size=2, max_size=2))
def test_text_cannot_move_from_one_value_to_the_next(columns: list[list[str]]) -> None:
    left, right = columns
    same = digest_of_columns({"a": left}) == digest_of_columns({"a": right})
    assert same == (left == right)


@given(st.lists(st.binary(max_size=4), max_size=3), st.lists(st.binary(max_size=4), max_size=3))
def test_parts_cannot_move_from_one_to_the_next(left: list[bytes], right: list[bytes]) -> None:
    assert (chained(GENESIS, left) == chained(GENESIS, right)) == (left == right)
