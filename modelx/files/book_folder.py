"""A folder of CSV files, to be read as a book or written as one. Nothing outside the folder is touched.

The content hash is SHA-256 over the name and bytes of every recognised file, in order of name: the same bytes are the
same book wherever they lie. Names that look like a misspelt file of the book are refused; other CSV files are listed
and left alone.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

from modelx.domain.book import FileColumns, FindingLog
from modelx.domain.errors import Conflict, InvalidInput
from modelx.domain.finding import Level, SourceRow
from modelx.files.book_files import BOOK, BY_NAME
from modelx.files.csv_columns import read_columns
from modelx.files.csv_write import csv_text

LOOKS_LIKE = 0.775  # how alike two names must be for one to be a slip of the pen (security, securities)

Progress = Callable[[int, int, str], None]


class BookFolder:
    """The files of a folder, hashed once and read as asked. A file that changes in between is noticed."""

    def __init__(self, folder: Path, files: dict[str, Path], log: FindingLog) -> None:
        self.folder_name = folder.name
        self.log = log
        self._paths = files
        self._sizes = {name: path.stat().st_size for name, path in files.items()}
        self._hashes = {name: _hash_of(path) for name, path in sorted(files.items())}
        whole = hashlib.sha256()
        for name, digest in self._hashes.items():
            whole.update(len(name).to_bytes(2, "little") + name.encode() + digest)
        self.content_hash = whole.digest()

    @property
    def files(self) -> tuple[str, ...]:
        """The recognised files, in the order in which a book is read."""
        return tuple(file.name for file in BOOK if file.name in self._paths)

    def file_hash(self, name: str) -> bytes:
        """SHA-256 of one file."""
        return self._hashes[name]

    def read(self, name: str, progress: Progress | None = None) -> FileColumns | None:
        """The rows of one file; None when it cannot be read at all. What is wrong goes to ``log``.

        ``progress`` is told bytes read and bytes in all. Raises :class:`Conflict` when the file is no longer the one
        that was hashed, :class:`InvalidInput` when it cannot be opened.
        """
        digest, seen = hashlib.sha256(), 0

        def on_bytes(data: bytes) -> None:
            nonlocal seen
            digest.update(data)
            seen += len(data)
            if progress is not None:
                progress(seen, max(seen, self._sizes[name]), f"reading {name}")

        try:
            with self._paths[name].open("rb") as stream:
                columns = read_columns(stream, BY_NAME[name], self.log, on_bytes)
        except OSError as error:
            raise InvalidInput(f"{name} cannot be read: {error.strerror}") from error
        if columns is not None and digest.digest() != self._hashes[name]:
            raise Conflict(f"{name} changed while it was read: load the folder again when nobody writes to it")
        return columns


def open_book(folder: Path) -> BookFolder:
    """Look through a folder for the files of the book, and hash them.

    Raises :class:`InvalidInput` for a folder that is not there or cannot be read, a file that leads out of it, a
    name that looks like a slip of the pen, or a folder with no file of the book. Other CSV files become findings.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise InvalidInput(f"{folder} {what}: name the folder that holds the CSV files of the book")
    root = folder.resolve()
    try:
        entries = sorted(root.iterdir())
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be read: {error.strerror}") from error
    log, files = FindingLog(), {}
    for entry in entries:
        if entry.suffix.lower() != ".csv":
            continue
        if entry.name in BY_NAME:
            files[entry.name] = _inside(entry, root)
        else:
            _judge_stranger(entry.name, log)
    if not files:
        raise InvalidInput(f"{folder} holds no file of the book: expected {', '.join(BY_NAME)}")
    try:
        return BookFolder(root, files, log)
    except OSError as error:
        raise InvalidInput(f"{error.filename} cannot be read: {error.strerror}") from error


def open_file(path: Path, name: str) -> BookFolder:
    """One file, whatever it is called, as a folder that holds it as ``name``, and hash it.

    Raises :class:`InvalidInput` for a file that is not there or cannot be read.
    """
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        raise InvalidInput(f"{path} {what}: name a CSV file with the columns of {name}")
    try:
        return BookFolder(Path(path.name), {name: path.resolve()}, FindingLog())
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error


def write_book(folder: Path, files: Iterable[FileColumns]) -> tuple[str, ...]:
    """Write files that have rows to a new or empty folder; returns their names. Each appears whole or not at all.

    Raises :class:`InvalidInput` for a folder that is read-only or holds anything.
    """
    _prepare(folder)
    written = []
    for columns in files:
        if len(columns) == 0:
            continue
        part = folder / f".{columns.file}.part"
        try:
            with part.open("xb") as stream:
                for data in csv_text(BY_NAME[columns.file], columns):
                    stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            part.rename(folder / columns.file)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise InvalidInput(f"{folder / columns.file} cannot be written: {error.strerror}") from error
        written.append(columns.file)
    _sync_folder(folder)
    return tuple(written)


def _prepare(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InvalidInput(f"{folder} is not a folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise InvalidInput(f"{folder} is not empty: export to a new or empty folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be made: {error.strerror}") from error
    writable = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
    if not folder.stat().st_mode & writable or not os.access(folder, os.W_OK | os.X_OK):
        raise InvalidInput(f"{folder} is read-only: export to a folder you may write to")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _inside(entry: Path, root: Path) -> Path:
    target = entry.resolve()
    if not target.is_relative_to(root):
        raise InvalidInput(f"{entry.name} leads outside the folder: put the file itself there, not a link")
    if not target.is_file():
        raise InvalidInput(f"{entry.name} is not a file that can be read")
    return target


def _judge_stranger(name: str, log: FindingLog) -> None:
    stems = [known.removesuffix(".csv") for known in BY_NAME]
    near = difflib.get_close_matches(Path(name).stem.lower(), stems, n=1, cutoff=LOOKS_LIKE)
    if near:
        message = f"{name} is not a file of the book: did you mean {near[0]}.csv? Rename it, or move it away"
        log.add("MISNAMED_FILE", Level.REFUSE, message, SourceRow(name, 0))
    else:
        log.add("FOREIGN_FILE", Level.WARN, f"{name} is not a file of the book and was left alone", SourceRow(name, 0))


def _hash_of(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
