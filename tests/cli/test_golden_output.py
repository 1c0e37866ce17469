"""What people and scripts see of the golden book, kept as snapshots: the same bytes on every run.

Refresh with ``pytest tests/cli/test_golden_output.py --snapshot-update``, and read the difference.
"""

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine
from syrupy.assertion import SnapshotAssertion

from modelx.cli.app import run
from tests.cli.conftest import Command
from tests.services.played_books import url_of

SLEEVE = ("--plan", "PLAN-A", "--model", "GRW60")
TABLES: dict[str, tuple[str, ...]] = {
    "unit values": ("unit-value", "list"),
    "morning report": ("cycle", "report", "--date", "2026-12-01"),
    "explained": ("unit-value", "explain", *SLEEVE, "--date", "2026-11-25"),
    "explained, the split": ("unit-value", "explain", *SLEEVE, "--date", "2026-12-01"),
    "accruals": ("fee", "accruals", "--from", "2026-11-23", "--to", "2026-11-27"),
    "collected": ("fee", "collect", "--from", "2026-12-01"),
    "payments": ("fee", "collect", "--payee", "manager"),
    "reconciled": ("fee", "reconcile"),
    "orders": ("order", "list"),
    "trial balance": ("ledger", "trial-balance", *SLEEVE, "--date", "2026-11-27"),
    "journal": ("ledger", "journal", *SLEEVE, "--from", "2026-11-25", "--to", "2026-11-25"),
    "positions": ("position", "list", *SLEEVE, "--date", "2026-11-27"),
}
EXPLAINED = TABLES["explained"]


@pytest.mark.parametrize("what", TABLES)
def test_a_table_is_the_one_kept(golden: Engine, command: Command, snapshot: SnapshotAssertion, what: str) -> None:
    result = command(golden, *TABLES[what])
    assert (result.code, "Traceback" in result.err) == (0, False)
    assert _trimmed(result.out) == snapshot


@pytest.mark.parametrize("what", ["explained", "accruals", "reconciled", "orders"])
def test_a_narrow_terminal_breaks_no_figure(
    golden: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, what: str, command: Command
) -> None:
    """Eighty columns: every figure of the wide table stands whole in the narrow one, and no line is longer."""
    wide = command(golden, *TABLES[what]).out
    monkeypatch.setenv("FORCE_COLOR", "1")  # a terminal, and one that knows no colours and has eighty columns
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    assert run([*TABLES[what], "--database", url_of(golden)]) == 0
    narrow = capsys.readouterr().out
    assert max(map(len, narrow.splitlines())) <= 80
    figures = re.compile(r"-?[\d,]+\.\d{4,}")
    assert sorted(figures.findall(narrow)) == sorted(figures.findall(wide))


def test_the_explanation_of_a_night_as_json_is_the_one_kept(
    golden: Engine, command: Command, snapshot: SnapshotAssertion
) -> None:
    assert command(golden, *EXPLAINED, "--json").out == snapshot


def test_the_loads_are_named_below_the_explanation(golden: Engine, command: Command, tmp_path: Path) -> None:
    assert command(golden, *EXPLAINED).out.splitlines()[-1] == "L1 is load 1, folder g1_book"


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines())
