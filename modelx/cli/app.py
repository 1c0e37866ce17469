"""`modelx <noun> <verb>`: the nouns, and where an error becomes an exit code.

Each noun is a module of its own, imported only when it is used, so that help and usage errors answer at once.
"""

import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from modelx import __version__
from modelx.cli.help_text import HelpText
from modelx.domain.errors import (
    AwaitingApproval,
    Blocked,
    Conflict,
    InvalidInput,
    InvariantBroken,
    ModelxError,
    NotFound,
    NotPermitted,
    Transient,
)

EXIT_CODES: tuple[tuple[type[ModelxError], int], ...] = (
    (InvalidInput, 3),
    (NotFound, 4),
    (NotPermitted, 5),
    (Conflict, 6),
    (Blocked, 7),
    (AwaitingApproval, 8),
    (InvariantBroken, 9),
    (Transient, 75),
)
BUG, USAGE, INTERRUPTED = 1, 2, 130

app = App(
    name="modelx",
    version=__version__,
    suppress_keyboard_interrupt=False,
    help_format="plaintext",  # markdown would load a parser and a highlighter to print a sentence
    help_formatter=HelpText(),
    help="Custody of model portfolios in 401(k) plans: load a book, run the nights, explain every unit value.",
    help_epilogue=(
        "Results go to stdout, progress to stderr. Every reader takes --json, every list --csv. Exit codes: 0 done, "
        "1 a bug, 2 usage, 3 invalid input, 4 not found, 5 not permitted, 6 conflict, 7 blocked by exceptions, "
        "8 awaiting approval, 9 an invariant is broken, 75 try again, 130 interrupted."
    ),
)
for noun, help_text in (
    ("db", "Create, check and back up the database."),
    ("book", "Load a folder of CSV files, or export the book as one."),
    ("cycle", "Run the nights, see their state, and replay them."),
    ("hold", "List what is held, and release it with two names."),
    ("unit-value", "List unit values, and explain one down to journals and prices."),
    ("ledger", "Trial balances and journals."),
    ("position", "What a sleeve holds on a date."),
    ("fee", "Accruals, collection and reconciliation of fees."),
    ("order", "What became of the record keepers' orders."),
    ("security", "The universe that models may hold, and what can no longer be bought."),
    ("model", "Models and their versions: draft, preview, approve, schedule, revert."),
    ("manager", "Who keeps the models: fees, track records, reviews."),
    ("series", "Families of models: what their rules decided, and the audit of it."),
    ("override", "How plans differ from their models: draft, preview, approve, end."),
    ("rebalance", "What the last night proposed to trade: preview, approve, withdraw, request."),
    ("block", "Orders by security, side and day: what was asked, filled and shared out."),
    ("disclosure", "Notices of plans: draft, review, publish, what is due, and the public site."),
    ("schedule", "Run each session's night at a set New York time."),
    ("simulate", "Try models, overrides, policies and fees over years, in memory or through a ledger."),
    ("qdia", "Which default fits a plan's participants, and what that rests on."),
):
    app.command(f"modelx.cli.{noun.replace('-', '_')}:app", name=noun, help=help_text)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; returns the exit code. A user's mistake is one clear message, never a stack trace."""
    try:
        result = app(arguments, exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:
        return USAGE
    except KeyboardInterrupt:
        _complain("interrupted: what was committed is kept, and the same command goes on from there")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output left; there is nobody to tell
        return 0
    except ModelxError as error:
        _complain(str(error))
        return next((code for kind, code in EXIT_CODES if isinstance(error, kind)), BUG)
    return result if isinstance(result, int) else 0


def _complain(message: str) -> None:
    sys.stderr.write(f"modelx: {message}\n")
