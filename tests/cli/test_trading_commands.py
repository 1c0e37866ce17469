"""`modelx rebalance` and `modelx block`: from a night's proposals to the fills of the next, as people and scripts."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest

from modelx.domain.night_policy import NightPolicy
from tests.cli.conftest import Command
from tests.product import fresh_sqlite
from tests.services.trading_books import SESSIONS, Desk, order, override, trading_tables

MON, TUE, WED = SESSIONS[:3]
SIGNED = ("--by", "Ana Maker", "--checker", "Carl Checker", "--reason", "as previewed")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Monday's money of two plans, 100,000.00 and 50,000.00; proposals wait for approval."""
    monkeypatch.setenv("MODELX_TRADE_APPROVAL", "MANUAL")
    desk = Desk(fresh_sqlite(tmp_path), tmp_path, NightPolicy(stale_sessions=0, manual_trading=True))
    tables = trading_tables()
    tables["orders"] = [order("o1", "P1", "100000.00"), order("o2", "P2", "50000.00")]
    desk.load(**tables, overrides=[override("P2", "NO_BUY", "BBB")])
    desk.run(MON)
    return desk


def previewed(desk: Desk, command: Command, *chosen: str) -> dict[str, object]:
    return json.loads(command(desk.engine, "rebalance", "preview", "--json", *chosen).out)


def test_a_preview_is_read_by_people(desk: Desk, command: Command) -> None:
    out = command(desk.engine, "rebalance", "preview").out
    assert "Proposals of 2026-11-02, to be executed on 2026-11-03" in out
    assert "P1 MDL001: a weight is outside its band; cash is above its range" in out
    assert "cash 100,000.00 before, 2,000.00 after" in out
    assert "below its target" in out
    assert "an override forbids the purchase" in out
    assert "purchases, sales, redemption fees and the change of cash sum to zero" in out
    assert f"sha256 {previewed(desk, command)['sha256']}" in out
    assert f"proposals_sha256 {previewed(desk, command)['proposals_sha256']}" in out
    assert "approve with: modelx rebalance approve --date 2026-11-02 --sha256" in out


def test_a_preview_is_read_by_scripts(desk: Desk, command: Command) -> None:
    told = previewed(desk, command)
    assert (told["what"], told["night"], told["executes_on"]) == ("proposals", "2026-11-02", "2026-11-03")
    assert (told["approval"], told["approvable"]) == ("MANUAL", True)
    first, second = told["sleeves"]
    assert (first["plan"], first["cash_before"], first["cash_after"]) == ("P1", "100000.00", "2000.00")
    spent = sum(Decimal(trade["amount"]) for trade in first["trades"])
    assert spent == Decimal(first["cash_before"]) - Decimal(first["cash_after"])
    assert [(one["ticker"], one["reason"]) for one in second["undone"]] == [("BBB", "NO_BUY")]
    rows = list(csv.DictReader(io.StringIO(command(desk.engine, "rebalance", "preview", "--csv").out)))
    assert [(row["plan"], row["ticker"], row["state"]) for row in rows] == [
        ("P1", "AAA", "PROPOSED"),
        ("P1", "BBB", "PROPOSED"),
        ("P2", "AAA", "PROPOSED"),
    ]
    assert [row["weight_after"] for row in rows] == ["0.600000", "0.380000", "0.600000"]
    assert len(previewed(desk, command, "--plan", "P2")["sleeves"]) == 1


def test_from_approval_to_allocation(desk: Desk, command: Command, tmp_path: Path) -> None:
    seal = str(previewed(desk, command)["sha256"])
    done = command(desk.engine, "rebalance", "approve", "--sha256", seal[:12], *SIGNED)
    assert (done.code, done.out) == (0, "3 proposed trades are approved: night of 2026-11-02, load 2\n")
    fills = tmp_path / "from_the_custodian.csv"
    fills.write_text("fill_ref,date,ticker,side,shares,price\nX1,2026-11-03,BBB,BUY,400,50.10\n")
    assert command(desk.engine, "block", "fill", str(fills)).out == "load 3: 1 fills stored\n"
    desk.run(TUE)
    rows = list(csv.DictReader(io.StringIO(command(desk.engine, "block", "list", "--date", "2026-11-02", "--csv").out)))
    assert [(row["ticker"], row["sleeves"], row["filled_shares"], row["status"]) for row in rows] == [
        ("AAA", "2", "4500", "EXECUTED"),
        ("BBB", "1", "400", "PARTIAL"),
    ]
    told = json.loads(command(desk.engine, "block", "show", "BBB", "--date", "2026-11-02", "--json").out)
    assert (told["foots"], told["block"]["average_price"], told["rows"][0]["cash"]) == (True, "50.10", "20040.00")
    shown = command(desk.engine, "block", "show", "BBB", "--date", "2026-11-02")
    assert "= 400.00 filled; cash 20040.00 + 0.00 = 20040.00: it foots." in shown.out
    assert "400.000000 of 760.000000 shares were filled" in shown.err


def test_refusals_have_their_codes_and_name_the_remedy(desk: Desk, command: Command) -> None:
    seal = str(previewed(desk, command)["sha256"])
    alone = ("--by", "Ana", "--checker", "ana", "--reason", "x")
    refused = command(desk.engine, "rebalance", "approve", "--sha256", seal, *alone)
    assert (refused.code, "name a second person with --checker" in refused.err) == (5, True)
    stale = command(desk.engine, "rebalance", "approve", "--sha256", "0" * 64, *SIGNED)
    assert stale.code != 0
    assert "look at `modelx rebalance preview` again" in stale.err
    desk.run(TUE)
    late = command(desk.engine, "rebalance", "approve", "--date", "2026-11-02", "--sha256", seal, *SIGNED)
    assert (late.code, "the night of 2026-11-03 has begun" in late.err) == (6, True)
    nothing = command(desk.engine, "block", "show", "ZZZ")
    assert (nothing.code, "see `modelx block list`" in nothing.err) == (4, True)
    misspelt = command(desk.engine, "block", "depart", "BBB", "--shares", "P1=5", *SIGNED)
    assert (misspelt.code, "PLAN/MODEL=SHARES" in misspelt.err) == (3, True)
    for count, why in (
        ("abc", "not a plain decimal number"),
        ("-5", "give at least 0"),
        ("1.1234567", "more than 6 decimals"),
    ):
        unread = command(desk.engine, "block", "depart", "BBB", "--shares", f"P1/MDL001={count}", *SIGNED)
        assert (unread.code, f"--shares P1/MDL001 {count}: {why}" in unread.err) == (3, True)


def test_withdraw_request_and_depart_are_told(desk: Desk, command: Command, tmp_path: Path) -> None:
    sleeve = ("--plan", "P1", "--model", "MDL001")
    out = command(desk.engine, "rebalance", "withdraw", *sleeve, "--ticker", "AAA", *SIGNED).out
    assert out == "1 proposed trades are withdrawn: night of 2026-11-02, load 2\n"
    out = command(desk.engine, "rebalance", "request", *sleeve, *SIGNED).out
    assert out == "P1 MDL001 is to be rebalanced: night of 2026-11-03, load 3\n"
    again = json.loads(command(desk.engine, "rebalance", "request", *sleeve, *SIGNED, "--json").out)
    assert (again["already"], again["night"]) == (True, "2026-11-03")
    given = ("--shares", "P1/MDL001=10")
    out = command(desk.engine, "block", "depart", "BBB", *given, *SIGNED).out
    assert out == "1 sleeves depart from pro rata in BBB: load 4\n"
    states = {row["state"] for one in previewed(desk, command)["sleeves"] for row in one["trades"]}
    assert states == {"WITHDRAWN", "PROPOSED"}


def test_a_preview_tells_what_was_approved_and_leaves_out_what_was_withdrawn(desk: Desk, command: Command) -> None:
    """P1's 38,000.00 of BBB stay in cash; P2's 30,000.00 of AAA are withdrawn, which was all it traded."""
    first, second = (("--plan", plan, "--model", "MDL001") for plan in ("P1", "P2"))
    assert command(desk.engine, "rebalance", "withdraw", *first, "--ticker", "BBB", *SIGNED).code == 0
    assert command(desk.engine, "rebalance", "withdraw", *second, *SIGNED).code == 0
    seal = str(previewed(desk, command)["sha256"])
    assert command(desk.engine, "rebalance", "approve", "--hash", seal, *SIGNED).code == 0
    told = previewed(desk, command)["sleeves"]
    assert [(one["state"], one["cash_after"]) for one in told] == [
        ("1 APPROVED, 1 WITHDRAWN", "40000.00"),
        ("WITHDRAWN", "50000.00"),
    ]
    out = command(desk.engine, "rebalance", "preview").out
    total = next(line for line in out.splitlines() if "2 sleeves" in line)
    assert total.split()[-5:] == ["1", "60,000.00", "0.00", "150,000.00", "90,000.00"]
    blocks = csv.DictReader(io.StringIO(command(desk.engine, "block", "list", "--csv").out))
    asked = [(row["ticker"], row["sleeves"], row["requested_shares"], row["requested_amount"]) for row in blocks]
    assert asked == [("AAA", "1", "3000", "60000.00"), ("BBB", "0", "0", "0.00")]
    assert "the totals of requests leave it out" in command(desk.engine, "block", "show", "AAA").out


@pytest.mark.parametrize("option", ["--hash", "--sha256"])
def test_a_hash_is_given_by_either_name_everywhere(desk: Desk, command: Command, option: str) -> None:
    """No command stops at the option's name: each goes on to look for what the hash is of."""
    unknown = (option, "f" * 64, "--by", "otto")
    for words in (("model", "approve", "9"), ("override", "approve", "9")):
        assert command(desk.engine, *words, *unknown).code == 4
    assert command(desk.engine, "rebalance", "approve", *(option, "f" * 64), *SIGNED).err.count("look at") == 1
    for step in ("review", "publish"):
        refused = command(desk.engine, "disclosure", step, "--plan", "P1", *unknown)
        assert "Unknown option" not in refused.err
        assert "required" not in refused.err
