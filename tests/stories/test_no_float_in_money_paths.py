"""No float in any money path: every expression that could make one is looked for, and each exception is named here.

Looked for: float and complex literals, true division, the float types and their names as text, and the functions of
numpy that answer in floats. The exceptions are estimates that choose an exact path or refuse an input, and numbers
that are no money.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2] / "modelx"
MONEY_PATHS = (
    "domain/*.py",
    "ledger/*.py",
    "store/**/*.py",
    "services/night*.py",
    "services/book*.py",
    "services/clos*.py",
    "services/*_check.py",
    *(
        f"services/{name}.py"
        for name in (
            "cycle_status",
            "cycle_verify",
            "daily_cycle",
            "holds",
            "ledger_views",
            "order_intake",
            "unit_value_explain",
            "unit_values",
            "model_market",
            "what_if",
            "what_if_book",
            "what_if_books",
            "what_if_cases",
            "what_if_families",
            "what_if_series",
        )
    ),
    "files/book_*.py",
    "files/csv_*.py",
    "files/field_values.py",
)
FLOAT_NAMES = {
    *("float", "float16", "float32", "float64", "double", "longdouble", "floating", "complex", "complex128"),
    *("inf", "nan", "mean", "nanmean", "median", "std", "var", "percentile", "quantile", "linspace", "interp"),
    *("divide", "true_divide", "float_power", "sqrt", "exp", "expm1", "log1p", "log2", "log10", "cbrt"),
}
FLOAT_CODES = {"f2", "f4", "f8", "<f4", "<f8", ">f8", "float", "float16", "float32", "float64", "double"}

Finding = tuple[str, str, str]  # module, function, expression

ALLOWED: dict[Finding, str] = {
    ("domain/money.py", "", "2.0"): "the two limits of the estimate, powers of two",
    ("domain/money.py", "_mul_div_chunk", "np.float64"): "the estimate of a quotient, corrected exactly: see mul_div",
    ("domain/money.py", "_mul_div_chunk", "estimate /= d"): "the same",
    ("domain/money.py", "_mul_div_chunk", "1.0 / int(d)"): "the same",
    ("domain/money.py", "_mul_div_chunk", "1.0"): "the same",
    ("domain/money.py", "_magnitude", "np.float64"): "the same: how large the estimates are",
    ("domain/money.py", "_magnitude", "float"): "the same",
    ("domain/money.py", "group_sum", "float"): "a bound: which of two exact sums is taken",
    ("domain/money.py", "group_sum", "np.float64"): "the same",
    (
        "domain/money.py",
        "_first_of_each_group",
        "rest[rows] / over[rows]",
    ): "places to sort by; equal ones are settled exactly",
    ("domain/money.py", "_first_of_each_group", "np.inf"): "the same",
    ("domain/amount.py", "add_amounts", "np.float64"): "a bound: sums past 2**62 are refused",
    ("domain/amount.py", "add_amounts", "float"): "the same",
    ("ledger/balance.py", "Balances.after", "np.float64"): "a bound: balances past 2**62 are refused",
    ("domain/explain.py", "_line", "dollars / units"): "fractions.Fraction by Fraction, exact",
    ("store/engine.py", "open_engine", "BUSY_TIMEOUT_MS / 1000"): "seconds to wait for a lock",
    ("store/schema.py", "", "Path(__file__).resolve().parents[2] / 'migrations'"): "a path",
    ("files/book_folder.py", "", "0.775"): "how alike two file names are",
    ("files/book_folder.py", "write_book", "folder / f'.{columns.file}.part'"): "a path",
    ("files/book_folder.py", "write_book", "folder / columns.file"): "a path",
    ("files/book_format.py", "_plain", "value / 10 ** scale"): "the limits of a column, in its description",
    ("files/field_values.py", "out_of_range", "float"): "words for a number that was refused already",
}


def test_only_the_expressions_named_here_could_make_a_float() -> None:
    found = {finding for path in paths() for finding in floats_in(path.relative_to(ROOT).as_posix(), path.read_text())}
    assert found - ALLOWED.keys() == set()


def test_every_exception_is_still_there() -> None:
    found = {finding for path in paths() for finding in floats_in(path.relative_to(ROOT).as_posix(), path.read_text())}
    assert ALLOWED.keys() - found == set()


def test_every_money_path_is_looked_at() -> None:
    seen = Counter(path.parent.relative_to(ROOT).as_posix() for path in paths())
    assert all(list(ROOT.glob(pattern)) for pattern in MONEY_PATHS)
    assert seen["domain"] == len(list((ROOT / "domain").glob("*.py")))
    assert seen["ledger"] == len(list((ROOT / "ledger").glob("*.py")))


def test_the_search_finds_each_way_to_a_float() -> None:
    ways = ("1.5", "a / b", "a /= b", "float(a)", "np.float64(a)", "a.astype('f8')", "np.mean(a)", "a.mean()", "1e3")
    for way in ways:
        assert floats_in("x.py", f"def f():\n    {way}\n"), way
    for exact in ("1", "a // b", "'1.5'", "a.astype(np.int64)", "Decimal('1.5')"):
        assert not floats_in("x.py", f"def f():\n    {exact}\n"), exact


def paths() -> list[Path]:
    return sorted({path for pattern in MONEY_PATHS for path in ROOT.glob(pattern)})


def floats_in(module: str, source: str) -> set[Finding]:
    found: set[Finding] = set()

    def visit(node: ast.AST, inside: tuple[str, ...]) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside = (*inside, node.name)
        if could_make_a_float(node):
            found.add((module, ".".join(inside), ast.unparse(node)))
        for child in ast.iter_child_nodes(node):
            visit(child, inside)

    visit(ast.parse(source), ())
    return found


def could_make_a_float(node: ast.AST) -> bool:
    match node:
        case ast.Constant(value=float() | complex()):
            return True
        case ast.Constant(value=str() as text):
            return text in FLOAT_CODES
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
            return name in FLOAT_NAMES
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return True
    return False
