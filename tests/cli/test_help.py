"""Help: every command explains itself and its options, and the README names only commands that exist."""

import re

import pytest
from cyclopts import App

from modelx.cli.app import app
from tests.cli.conftest import ROOT, Command, in_a_process

BUILT_IN = {"--help", "-h", "--version"}


def verbs() -> dict[tuple[str, str], App]:
    """Every command, by noun and verb."""
    return {
        (noun, verb): app[noun][verb]
        for noun in app
        if noun not in BUILT_IN
        for verb in app[noun]
        if verb not in BUILT_IN
    }


NAMES = sorted(verbs())


def test_every_noun_of_the_design_is_there() -> None:
    nouns = {noun for noun, _ in NAMES}
    designed = {"db", "book", "cycle", "unit-value", "ledger", "position", "fee", "order", "hold", "schedule"}
    assert designed <= nouns
    scripted = {
        *(("db", verb) for verb in ("migrate", "check", "backup")),
        *(("book", verb) for verb in ("load", "export")),
        *(("cycle", verb) for verb in ("run", "status", "verify")),
        *(("unit-value", verb) for verb in ("list", "explain")),
        *(("ledger", verb) for verb in ("trial-balance", "journal")),
        *(("fee", verb) for verb in ("accruals", "collect", "reconcile")),
        ("position", "list"),
    }
    assert scripted <= set(NAMES)


@pytest.mark.parametrize("name", NAMES, ids=" ".join)
def test_a_command_explains_itself_and_every_option(name: tuple[str, str], command: Command) -> None:
    result = command(None, *name, "--help")
    assert (result.code, result.err) == (0, "")
    usage, _, rest = result.out.partition("\n\n")
    assert usage.startswith(f"Usage: modelx {name[0]} {name[1]}")
    summary = rest.split("╭")[0].strip()
    assert len(summary) > 20
    assert summary.endswith((".", ")"))
    options = verbs()[name].assemble_argument_collection(parse_docstring=True)
    assert [option.name for option in options if not option.children and not option.parameter.help] == []


@pytest.mark.parametrize("noun", sorted({noun for noun, _ in NAMES}))
def test_a_noun_lists_its_verbs_with_a_sentence_each(noun: str, command: Command) -> None:
    result = command(None, noun, "--help")
    assert result.code == 0
    listed = {line.split()[1] for line in result.out.splitlines() if re.match(r"│ [a-z]", line)}
    assert {verb for known, verb in NAMES if known == noun} <= listed


def told_in_the_readme() -> set[tuple[str, str]]:
    """The commands of its table: in the first cell of each row a noun and its verbs apart by bars, or several such."""
    cells = re.findall(r"^\| (`.+?`) \|", (ROOT / "README.md").read_text().replace("\\|", "/"), re.MULTILINE)
    spans = [span.partition(" ") for cell in cells for span in re.findall(r"`([a-z-]+ [^`]+)`", cell)]
    return {(noun, verb.split()[0]) for noun, _, verbs in spans for verb in verbs.split("/")}


def test_the_readmes_table_names_every_command_and_no_other() -> None:
    assert sorted(told_in_the_readme() ^ set(NAMES)) == []


def test_the_readmes_text_names_only_commands_that_exist() -> None:
    text = (ROOT / "README.md").read_text()
    told = set(re.findall(r"\bmodelx ([a-z]+(?:-[a-z]+)?) ([a-z]+(?:-[a-z]+)?)\b", text)) - {("schedule", "db")}
    nouns = {noun for noun, _ in NAMES}
    assert {(noun, verb) for noun, verb in told if noun in nouns} <= set(NAMES)
    assert len(told & set(NAMES)) > 5


def test_help_of_a_narrow_terminal_fills_it_and_stays_within_it() -> None:
    lines = in_a_process("fee", "reconcile", "--help", COLUMNS="80").out.splitlines()
    assert max(map(len, lines)) <= 80
    paragraph = lines[lines.index("") + 1 :][3:7]
    assert all(len(line) > 60 for line in paragraph[:-1])
