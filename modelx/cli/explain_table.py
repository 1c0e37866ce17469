"""How an explained unit value looks: what makes up the net assets, then what moved the value, line by line."""

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from modelx.cli.output import Output, grouped, show_object, show_rows
from modelx.domain.days import date_of
from modelx.domain.explain import LineKind
from modelx.domain.money import format_decimal, mul_div
from modelx.services.unit_value_explain import Explanation
from modelx.services.unit_value_sources import Source
from modelx.services.unit_value_statement import Statement, StatementLine, state

COLUMNS = ("line", "about", "what", "dollars", "per_unit", "journal", "source")
NUMERIC = frozenset({"dollars", "per_unit", "journal"})
LONGEST_NAME = 14  # a longer ticker, payee or order reference pushes its own line to the right
INDENT = 2
WIDE = 110  # columns of a terminal that has room for journal and source beside the figures
PIPED_WIDTH = 120
_SIGNS = (("market_value", 1), ("cash", 1), ("receivables", 1), ("payables", -1), ("accrued_fees", -1))


def show_explanation(explanation: Explanation, output: Output) -> None:
    """Print an explained unit value, as CSV of its lines, or as JSON with the exact figures."""
    statement = state(explanation)
    if output.json:
        show_object("unit-value-explanation", _content(explanation, statement))
    elif output.csv:
        rows = [
            [line.kind, line.about, line.what, line.figures.dollars, line.figures.per_unit, line.journal, _row(line)]
            for section in statement.sections
            for line in section.lines
        ]
        show_rows(output, "unit-value-explanation", COLUMNS, rows)
    else:
        console = Console(highlight=False)
        if not console.is_terminal:
            console = Console(highlight=False, width=max(console.width, PIPED_WIDTH))
        _print(console, explanation, statement)


def _print(console: Console, explanation: Explanation, statement: Statement) -> None:
    strike, prior = explanation.strike, explanation.prior
    console.print(Text(f"{explanation.plan} {explanation.model}, night of {date_of(strike.business_date)}", "bold"))
    status = f"{explanation.status}, version {strike.version}"
    console.print(
        f"Unit value {_unit_value(strike.unit_value)} ({status})" + (f": {_move(explanation)}" if prior else "")
    )
    console.print()
    console.print(_components(explanation))
    console.print()
    console.print(_lines(console.width >= WIDE, statement, explanation))
    console.print()
    console.print(_footing(statement))
    for load, folder in sorted(explanation.folders.items()):
        console.print(Text(f"L{load} is load {load}, folder {folder}", "dim"))


def _components(explanation: Explanation) -> Table:
    strike = explanation.strike
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("net assets")
    table.add_column("dollars", justify="right", no_wrap=True)
    for name, sign in _SIGNS:
        table.add_row(
            Text(("less " if sign < 0 else "") + name.replace("_", " ")), _dollars(sign * getattr(strike, name))
        )
    table.add_section()
    table.add_row("net assets", _dollars(strike.net_assets), style="bold")
    table.add_row("units, before tonight's orders", grouped(format_decimal(strike.units, 6, at_least=4)))
    note = "unit value" if strike.units else "unit value, kept: there are no units"
    table.add_row(note, _unit_value(strike.unit_value), style="bold")
    return table


def _lines(wide: bool, statement: Statement, explanation: Explanation) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    table.add_column("what happened", overflow="fold")
    table.add_column("dollars", justify="right", no_wrap=True)
    table.add_column("per unit", justify="right", no_wrap=True)
    if wide:
        table.add_column("journal", justify="right", no_wrap=True)
        table.add_column("source", no_wrap=True)
    names = [line.about for section in statement.sections for line in section.lines]
    longest = min(max(map(len, names), default=0), LONGEST_NAME)
    for section in statement.sections:
        lines = [line for line in section.lines if not _says_nothing(line)]
        if lines:
            table.add_row(Text(section.title, "bold"))
        for line in lines:
            table.add_row(*_cells(line, longest, wide))
        if len(lines) > 1:
            table.add_row("  together", grouped(section.subtotal.dollars), section.subtotal.per_unit, style="bold")
    table.add_section()
    value = f"Unit value of {date_of(explanation.strike.business_date)}"
    table.add_row(value, grouped(statement.total.dollars), statement.total.per_unit, style="bold")
    return table


def _says_nothing(line: StatementLine) -> bool:
    """Whether a line is a rounding that did not happen."""
    return line.kind == LineKind.PRIOR_ROUNDING.value and line.dollars_exact == "0.00"


def _cells(line: StatementLine, longest: int, wide: bool) -> Iterator[Any]:
    source, journal = _short(line.source), "" if line.journal is None else str(line.journal)
    figures = [grouped(line.figures.dollars), line.figures.per_unit]
    about = [f"  {line.about}"] if line.about else []
    told = Table.grid(padding=(0, 2, 0, 0))
    told.add_column(width=longest + INDENT if about else INDENT - 2, overflow="fold")
    told.add_column(overflow="fold")
    told.add_row(*(about or [""]), line.what)
    if wide:
        yield from (told, *figures, journal, source)
        return
    where = ", ".join(part for part in (f"journal {journal}" if journal else "", source) if part)
    if where:
        told.add_row("", Text(where, "dim"))
    yield from (told, *figures)


def _footing(statement: Statement) -> Text:
    left = statement.left_over
    told = f"Foots exactly: {left.dollars} dollars and {left.per_unit} per unit are left over."
    if not left.per_unit:
        told = f"Foots exactly: {left.dollars} dollars are left over; without units nothing falls to one."
    if statement.rounding_bound:
        told += f"\nThe rounding can be at most {statement.rounding_bound} dollars, half a millionth of each unit."
    return Text(told)


def _content(explanation: Explanation, statement: Statement) -> dict[str, Any]:
    strike, prior = explanation.strike, explanation.prior
    figures = ("net_assets", *(name for name, _ in _SIGNS), "opening_net_assets")
    return {
        "date": date_of(strike.business_date).isoformat(),
        "plan": explanation.plan,
        "model": explanation.model,
        "status": explanation.status,
        "version": strike.version,
        "unit_value": format_decimal(strike.unit_value, 6),
        "units": format_decimal(strike.units, 6, at_least=4),
        **{name: format_decimal(getattr(strike, name), 6) for name in figures},
        "prior": None
        if prior is None
        else {
            "date": date_of(prior.business_date).isoformat(),
            "unit_value": format_decimal(prior.unit_value, 6),
            "net_assets": format_decimal(prior.net_assets, 6),
            "units": format_decimal(prior.units, 6, at_least=4),
        },
        "sections": [
            {
                "title": section.title,
                "dollars": section.subtotal.dollars,
                "per_unit": section.subtotal.per_unit,
                "lines": [_line(line) for line in section.lines],
            }
            for section in statement.sections
        ],
        "total": {"dollars": statement.total.dollars, "per_unit": statement.total.per_unit},
        "left_over": {"dollars": statement.left_over.dollars, "per_unit": statement.left_over.per_unit},
        "rounding_bound": statement.rounding_bound,
        "folders": {str(load): folder for load, folder in sorted(explanation.folders.items())},
    }


def _line(line: StatementLine) -> dict[str, Any]:
    return {
        "line": line.kind,
        "about": line.about,
        "what": line.what,
        "dollars": line.figures.dollars,
        "per_unit": line.figures.per_unit,
        "dollars_exact": line.dollars_exact,
        "per_unit_exact": line.per_unit_exact,
        "journal": line.journal,
        "source": None
        if line.source is None
        else {"file": line.source.file, "line": line.source.line, "load": line.source.load},
    }


def _move(explanation: Explanation) -> str:
    assert explanation.prior is not None
    before, after = explanation.prior.unit_value, explanation.strike.unit_value
    percent = int(mul_div(after - before, 10**6, before))  # in 10^-4 per cent
    signs = ["+" if after > before else ""] * 2
    moved = f"{signs[0]}{_unit_value(after - before)}, {signs[1]}{format_decimal(percent, 4)} %"
    return f"{moved}, from {_unit_value(before)} on {date_of(explanation.prior.business_date)}"


def _short(source: Source | None) -> str:
    return "" if source is None else f"L{source.load} {source.file}:{source.line}"


def _row(line: StatementLine) -> str:
    return "" if line.source is None else f"{line.source.file}:{line.source.line}"


def _unit_value(value: int) -> str:
    return format_decimal(value, 6)


def _dollars(amount: int) -> str:
    return grouped(format_decimal(amount, 6))
