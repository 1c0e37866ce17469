"""Rows decided inside the platform, loaded like a folder: the night sees loads and nothing else.

An approved change of a model or an override is no file, but it enters the book as one would: judged by the same
checks, versioned by its load, and exported with the rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from modelx.domain.book import Field, FileColumns, FindingLog, Texts
from modelx.services.book import Progress


class BookEntry:
    """Files of the book given as columns; a :class:`modelx.services.book.BookSource`.

    ``reference`` tells entries with the same rows apart (the hash of the change that brought them): a model that goes
    back to old weights is a new load, not one that was seen before.
    """

    def __init__(self, name: str, reference: str, files: Mapping[str, FileColumns]) -> None:
        self.folder_name = name
        self.log = FindingLog()
        self._files = dict(files)
        self._hashes = {file: _hash_of(columns) for file, columns in sorted(self._files.items())}
        whole = hashlib.sha256(f"modelx entry {reference}".encode())
        for file, digest in self._hashes.items():
            whole.update(len(file).to_bytes(2, "little") + file.encode() + digest)
        self.content_hash = whole.digest()

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the book it brings."""
        return tuple(self._files)

    def file_hash(self, name: str) -> bytes:
        """SHA-256 of one file's columns."""
        return self._hashes[name]

    def read(self, name: str, progress: Progress | None = None) -> FileColumns | None:
        """The rows of one file."""
        return self._files[name]


def file_columns(file: str, rows: Sequence[Mapping[str, int | str]]) -> FileColumns:
    """Rows as the columns of a file: whole numbers stay numbers, texts become text columns. Lines count from 2.

    Every row names the same columns, all those of the file.
    """
    n = len(rows)
    columns: dict[str, Field] = {}
    for name, first in rows[0].items():
        if isinstance(first, str):
            columns[name] = Texts.of([str(row[name]) for row in rows])
        else:
            columns[name] = np.array([row[name] for row in rows], np.int64)
    return FileColumns(file, np.arange(2, n + 2, dtype=np.int64), columns, np.zeros(n, np.bool_))


def _hash_of(columns: FileColumns) -> bytes:
    summary = hashlib.sha256()
    for name in sorted(columns.columns):
        values = columns.columns[name]
        data = "\x1f".join(values.to_list()).encode() if isinstance(values, Texts) else values.astype("<i8").tobytes()
        summary.update(f"{name} {len(data)} ".encode() + data)
    return summary.digest()
