"""The scheduler's log on stderr: JSON lines for a machine, the same facts in words for a person at a terminal."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger


def open_log(stream: TextIO, now: Callable[[], datetime]) -> FilteringBoundLogger:
    """A log that writes one line for each event: its instant in UTC, level, event, and the event's own facts."""

    def stamp(_logger: WrappedLogger, level: str, event: EventDict) -> EventDict:
        at = now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"timestamp": at, "level": level, "event": event.pop("event"), **event}

    person = stream.isatty()
    renderer = structlog.dev.ConsoleRenderer(sort_keys=False) if person else structlog.processors.JSONRenderer()
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[stamp, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    return log


class AlarmClockLog(logging.Handler):
    """What the alarm clock's library has to complain of, as lines of this log."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one complaint."""
        self._log.log(record.levelno, "alarm_clock", reason=record.getMessage())
