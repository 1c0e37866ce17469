"""The results of `modelx db check` for people: one line a check, what is broken in red, and what to do at the end."""

from collections.abc import Sequence

from modelx.ledger.checks import CheckResult


def show_checks(results: Sequence[CheckResult], head: str | None) -> None:
    """Print every check with its result and detail, a verdict, and the head to publish when everything holds."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("check", "result", "detail"):
        table.add_column(column, overflow="fold", no_wrap=column != "detail")
    for result in results:
        style = "" if result.holds else "bold red"
        mark = Text("ok", "green") if result.holds else Text("BROKEN", style)
        table.add_row(Text(result.name, style), mark, Text(result.detail, style))
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(console.width, 160))
    console.print(table)
    broken = sum(not result.holds for result in results)
    if broken:
        verdict = f"{broken} of {len(results)} checks are broken: run no night on it, and compare it with a backup."
        console.print(Text(verdict, "bold red"), soft_wrap=True)
    else:
        console.print(Text(f"All {len(results)} checks hold.", "green"), soft_wrap=True)
        if head is not None:
            console.print(f"Head: {head}", soft_wrap=True, highlight=False)
