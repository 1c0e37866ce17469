"""Runs in processes of their own, forked so that they start at once, and killed without a chance to clean up."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from modelx import bootstrap
from modelx.services.daily_cycle import Runner
from tests.faults.stages import (
    INSTANT,
)


@dataclass
class Child:
    """A process that was forked."""

    pid: int
    _gone: bool = False

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def wait_until_stopped(self) -> None:
        """Until it has stopped itself (SIGSTOP)."""
        assert os.WIFSTOPPED(os.waitpid(self.pid, os.WUNTRACED)[1])

    def wait(self) -> int:
        """Its exit code; the negative number of the signal that killed it."""
        status = os.waitpid(self.pid, 0)[1]
        self._gone = True
        return os.waitstatus_to_exitcode(status)

    def end(self) -> None:
        """Leave nothing behind, whatever has become of the test."""
        if not self._gone:
            self.signal(signal.SIGKILL)
            self.wait()


def forked(work: Callable[[], Any]) -> Child:
    """Do ``work`` in a child: it exits with 0 when that returns, with 1 when it raises. It cleans up nothing.

    No connection may be open here: the child would have it too.
    """
    pid = os.fork()
    if pid:
        return Child(pid)
    code = 1
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001  (whatever it was, the parent's test shows it)
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def kill_myself() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("a killed process goes on")


def process_runner(observe: Callable[[str, int, str], None] = lambda when, day, step: None) -> Runner:
    """This process as a runner, as the product names it; only the clock stands still, so no lease grows stale."""
    return replace(bootstrap.runner(observe), now=lambda: INSTANT)
