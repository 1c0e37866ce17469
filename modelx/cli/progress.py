"""Progress on stderr: a bar on a terminal, nothing elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def night_progress() -> Iterator[Callable[[str, int, str], None]]:
    """Yield an observer of a night's steps that moves a bar on a terminal's stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from modelx.domain.days import date_of
    from modelx.services.night_steps import NIGHT

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("opening the book", total=len(NIGHT))

        def observe(when: str, day: int, step: str) -> None:
            names = [known.__name__ for known in NIGHT]
            at = names.index(step) + (1 if when == "done" else 0)
            progress.update(task, completed=at, description=f"{date_of(day)}  {step.replace('_', ' ')}")

        yield observe


@contextmanager
def counting_progress(what: str) -> Iterator[Callable[[int, int, str], None]]:
    """Yield a callback (done, total, what) that moves a bar on a terminal's stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(what, total=None)

        def advance(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total, description=name)

        yield advance
