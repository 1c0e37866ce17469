"""Hash chains: each batch of the ledger and each step of a night carries the hash of the one before.

Hashes are SHA-256 over little-endian 64-bit columns, so both databases, any machine and any locale give the same
chain. Wall-clock columns are left out. An edit, a lost row, a swap or a fork breaks the chain where it happened; a
cut tail shows against a published head.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from modelx.ledger.journal import Journals

GENESIS = bytes(32)


def digest_of_columns(columns: Mapping[str, npt.NDArray[Any] | Sequence[Any]]) -> bytes:
    """SHA-256 of named columns: whole numbers as little-endian int64, text as length-prefixed UTF-8."""
    digest = hashlib.sha256()
    for name, values in columns.items():
        _add_text(digest, name)
        if isinstance(values, np.ndarray) and values.dtype.kind in "iub":
            digest.update(b"i" + len(values).to_bytes(8, "little"))
            digest.update(np.ascontiguousarray(values, "<i8").tobytes())
        else:
            digest.update(b"t" + len(values).to_bytes(8, "little"))
            texts = [str(value).encode() for value in values]
            digest.update(b"".join(len(text).to_bytes(4, "little") + text for text in texts))
    return digest.digest()


def chained(previous: bytes, parts: Iterable[bytes]) -> bytes:
    """The next hash of a chain: SHA-256 of the previous hash and the parts, each length-prefixed."""
    digest = hashlib.sha256(previous)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.digest()


def batch_hash(previous: bytes, first_journal: int, first_transfer: int, journals: Journals) -> bytes:
    """The hash of a ledger batch: everything stored of its journals and transfers, wall clock left out."""
    header = np.array([first_journal, len(journals.kind), first_transfer, len(journals.amount)], "<i8").tobytes()
    body = digest_of_columns(
        {
            "kind": journals.kind,
            "business_date": journals.business_date,
            "settles_on": journals.settles_on,
            "source_id": journals.source_id,
            "n_transfer": journals.n_transfer,
            "debit": journals.debit,
            "credit": journals.credit,
            "amount": journals.amount,
        }
    )
    return chained(previous, (header, body))


def _add_text(digest: Any, text: str) -> None:
    data = text.encode()
    digest.update(len(data).to_bytes(4, "little") + data)
