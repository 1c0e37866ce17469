"""A CSV file cut into blocks of whole lines, each proven sound before anything is read from it.

Sound means: UTF-8; no control characters; lines end in LF or CRLF; quotes open and close a whole field on its line.
Only then does a fast parser see the same rows and fields as a person does, and line numbers stay true. A byte-order
mark at the start is accepted and dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

BLOCK_BYTES = 1 << 24
LINE_BYTES_MAX = 1 << 16
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_CONTROL = bytes([*range(0x0A), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
_NEWLINE, _RETURN, _QUOTE, _COMMA = 10, 13, 34, 44
_Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a file and the number of the first; ``empty`` numbers the lines with nothing on them."""

    data: bytes
    first_line: int
    n_lines: int
    empty: _Positions


class Fault(Exception):
    """What makes a file unreadable from a line on: told as a finding, it never leaves this package."""

    def __init__(self, code: str, line: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.line = line
        self.message = message


def sound_blocks(stream: BinaryIO, on_bytes: Callable[[bytes], None]) -> Iterator[Block]:
    """Yield the file's blocks in order; ``on_bytes`` is given every byte once.

    Raises :class:`Fault` at the first fault.
    """
    rest, line, offset = b"", 1, 0
    while chunk := stream.read(BLOCK_BYTES):
        on_bytes(chunk)
        data = rest + chunk
        if offset == 0 and data.startswith(BYTE_ORDER_MARK):
            data, offset = data[len(BYTE_ORDER_MARK) :], len(BYTE_ORDER_MARK)
        cut = data.rfind(b"\n") + 1
        whole, rest = data[:cut], data[cut:]
        if len(rest) > LINE_BYTES_MAX:
            raise Fault("LINE_TOO_LONG", line + whole.count(b"\n"), _too_long())
        if whole:
            yield _checked(whole, line, offset)
            line += whole.count(b"\n")
            offset += len(whole)
    if rest:
        yield _checked(rest, line, offset)


def _checked(data: bytes, first_line: int, offset: int) -> Block:
    def fault(code: str, at: int, message: str) -> Fault:
        return Fault(code, first_line + data.count(b"\n", 0, at), message)

    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise fault(
                "NOT_UTF8",
                error.start,
                f"byte 0x{data[error.start]:02X} at offset {offset + error.start} is not UTF-8: save the file as UTF-8",
            ) from None
    if len(data.translate(None, _CONTROL)) != len(data):
        at = int(np.flatnonzero(np.isin(_bytes(data), np.frombuffer(_CONTROL, np.uint8)))[0])
        message = f"control character 0x{data[at]:02X} at offset {offset + at}: remove it"
        raise fault("CONTROL_CHARACTER", at, message)
    if data.count(b"\r") != data.count(b"\r\n"):
        at = _lone_return(data)
        raise fault("LONE_CARRIAGE_RETURN", at, "a carriage return without a line feed: end lines with LF or CRLF")
    buffer = _bytes(data)
    ends = np.flatnonzero(buffer == _NEWLINE)
    if data[-1] != _NEWLINE:
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends - starts
    if int(lengths.max()) > LINE_BYTES_MAX:
        raise Fault("LINE_TOO_LONG", first_line + int(lengths.argmax()), _too_long())
    if b'"' in data:
        _check_quotes(buffer, starts, first_line)
    bare = (lengths == 0) | ((lengths == 1) & (buffer[np.minimum(starts, buffer.size - 1)] == _RETURN))
    return Block(data, first_line, ends.size, first_line + np.flatnonzero(bare))


def _check_quotes(buffer: npt.NDArray[np.uint8], starts: _Positions, first_line: int) -> None:
    """Raise the first fault of the quotes: one left open at a line's end, or one inside a field.

    Counting from the start of its line, an even quote opens and stands after a comma, a line's start or the quote it
    doubles; an odd one closes and stands before a comma, a line's end or the quote that doubles it.
    """
    quotes = np.flatnonzero(buffer == _QUOTE)
    line_of = np.searchsorted(starts, quotes, side="right") - 1
    first_of_line = np.searchsorted(quotes, starts)
    nth = np.arange(quotes.size) - first_of_line[line_of]
    opens = nth % 2 == 0
    padded = np.concatenate([[_NEWLINE], buffer, [_NEWLINE]]).astype(np.uint8)
    before, after = padded[quotes], padded[quotes + 2]
    well = np.where(
        opens,
        np.isin(before, (_COMMA, _NEWLINE, _QUOTE)),
        np.isin(after, (_COMMA, _NEWLINE, _RETURN, _QUOTE)),
    )
    count = np.diff(np.append(first_of_line, quotes.size))
    odd = np.flatnonzero(count % 2)
    bad = line_of[~well]
    open_line = int(odd[0]) if odd.size else -1
    if bad.size and (open_line < 0 or bad[0] < open_line):
        message = 'a quote inside an unquoted field, or text after a closing quote: quote the whole field, "..."'
        raise Fault("BAD_QUOTES", first_line + int(bad[0]), message)
    if open_line >= 0:
        message = "a quoted field does not end on its line: a field cannot contain a line break"
        raise Fault("BAD_QUOTES", first_line + open_line, message)


def _bytes(data: bytes) -> npt.NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)


def _lone_return(data: bytes) -> int:
    buffer = _bytes(data)
    returns = np.flatnonzero(buffer == _RETURN)
    following = np.append(buffer, 0)[returns + 1]
    return int(returns[following != _NEWLINE][0])


def _too_long() -> str:
    return f"the line is longer than {LINE_BYTES_MAX} bytes: is this a CSV file of the book?"
