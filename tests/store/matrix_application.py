"""What the application's own connection may not write: refused, or found."""

from tests.store.attacks import POSTGRESQL, REFUSED, SQLITE, Attack
from tests.store.forged_rows import (
    A_STRIKE,
    LAST_BATCH,
    LAST_STEP,
    NEXT_JOURNAL,
    PLAN_A_CASH,
    PLAN_A_UNITS,
    PLAN_B_CASH,
    PLAN_B_UNITS,
    batch,
    journal,
    release,
    transfer,
)


def inserts(name: str, *statements: str, outcome: str, dialects: tuple[str, ...] = SQLITE + POSTGRESQL) -> Attack:
    return Attack(f"the application: {name}", "as_application", statements, outcome, dialects)


WHAT_THE_APPLICATION_MAY_NOT_WRITE = (
    inserts("a transfer of nothing", transfer(PLAN_A_CASH, PLAN_B_CASH, "0"), outcome=REFUSED),
    inserts("a transfer of less than nothing", transfer(PLAN_A_CASH, PLAN_B_CASH, "-1"), outcome=REFUSED),
    inserts("a tenth of a millionth", transfer(PLAN_A_CASH, PLAN_B_CASH, "0.1"), outcome=REFUSED),
    inserts("a transfer to itself", transfer(PLAN_A_CASH, PLAN_A_CASH, "5"), outcome=REFUSED),
    inserts("dollars for units", transfer(PLAN_A_CASH, PLAN_A_UNITS, "5"), outcome=REFUSED),
    inserts("one sleeve's units for another's", transfer(PLAN_A_UNITS, PLAN_B_UNITS, "5"), outcome=REFUSED),
    inserts("a transfer of no journal", transfer(PLAN_A_CASH, PLAN_B_CASH, "5", journal="999999"), outcome=REFUSED),
    inserts("one transfer more in an old journal", transfer(PLAN_A_CASH, PLAN_B_CASH, "5"), outcome="journals"),
    inserts("a journal without a transfer", journal("0"), outcome=REFUSED),
    inserts("a journal whose transfers never come", journal(), outcome="journals"),
    inserts("a second reversal", journal(reverses="3"), journal(reverses="3", after=1), outcome=REFUSED),
    inserts("a reversal of what is to come", journal(reverses=f"{NEXT_JOURNAL} + 5"), outcome=REFUSED),
    inserts("a fork of the chain", batch("(SELECT hash FROM batch WHERE id = 5)"), outcome=REFUSED),
    inserts("a batch after one that does not exist", batch("{other hash}"), outcome=REFUSED),
    inserts("a batch after itself", batch("{hash}"), outcome="batches"),
    inserts("a second genesis", batch("NULL"), outcome=REFUSED),
    inserts("a batch of no step", batch(f"(SELECT hash FROM batch WHERE id = {LAST_BATCH})"), outcome="steps"),
    inserts(
        "a key used before",
        "INSERT INTO idempotency SELECT scope, key, {hash}, batch_id FROM idempotency WHERE batch_id = 3",
        outcome=REFUSED,
    ),
    inserts(
        "a second key for a batch",
        "INSERT INTO idempotency SELECT scope, 'again', request_hash, batch_id FROM idempotency WHERE batch_id = 3",
        outcome="idempotency",
    ),
    inserts(
        "an account that lies about its owner", "INSERT INTO account VALUES (17, 5, 1000, 0, 1, 20788)", outcome=REFUSED
    ),
    inserts(
        "an account that holds what it should not",
        "INSERT INTO account SELECT (1 << 34) + (1001 << 20), 1, 1001, 0, 1, 20788",
        outcome="accounts",
        dialects=SQLITE,
    ),
    inserts(
        "a dollar account of units",
        "INSERT INTO account SELECT id + 1, owner_id, chart, 1, (SELECT max(id) FROM commodity), opened_on "
        "FROM account WHERE owner_id = 1 AND chart = 3900 UNION ALL "
        "SELECT id + 1, owner_id, chart, 1, (SELECT max(id) FROM commodity), opened_on "
        "FROM account WHERE owner_id = 1 AND chart = 1000",
        outcome="accounts",
    ),
    inserts(
        "an account nobody uses",
        "INSERT INTO account SELECT id + 9, owner_id, chart, 9, 1, opened_on FROM account "
        "WHERE owner_id = 1 AND chart = 1000",
        outcome="accounts",
    ),
    inserts("a commodity nobody holds", "INSERT INTO commodity VALUES (1099511627777999, 1000, 1999)", outcome=REFUSED),
    inserts(
        "a security nobody holds",
        "INSERT INTO commodity SELECT id + 900, kind, subject_id + 900 FROM commodity "
        "WHERE kind = 1 AND subject_id = 1",
        outcome="accounts",
    ),
    inserts(
        "a step twice",
        "INSERT INTO step_run SELECT id + 1, business_date, run, step, name, NULL, input_hash, output_hash, hash, "
        f"{{hash}}, recorded_at FROM step_run WHERE id = {LAST_STEP}",
        outcome=REFUSED,
    ),
    inserts(
        "a step that never ran",
        "INSERT INTO step_run SELECT id + 1, business_date, run, step + 1, name, NULL, input_hash, output_hash, hash, "
        f"{{hash}}, recorded_at FROM step_run WHERE id = {LAST_STEP}",
        outcome="steps",
    ),
    inserts(
        "a run that never began", "INSERT INTO cycle_run VALUES (20789, 0, 2, 1, {hash}, '{}', 5)", outcome="orphans"
    ),
    inserts(
        "another version of a unit value",
        f"INSERT INTO unit_value SELECT business_date, sleeve_id, version + 1, run, unit_value + 1, net_assets, units, "
        f"market_value, cash, receivables, payables, accrued_fees, opening_net_assets FROM unit_value WHERE {A_STRIKE}",
        outcome="unit-values",
    ),
    inserts(
        "a unit value of no run",
        f"INSERT INTO unit_value SELECT business_date, sleeve_id, 2, 7, unit_value, net_assets, units, "
        f"market_value, cash, receivables, payables, accrued_fees, opening_net_assets FROM unit_value WHERE {A_STRIKE}",
        outcome="unit-values",
    ),
    inserts(
        "a finding of its own",
        "INSERT INTO finding SELECT max(id) + 1, 20788, 0, 1, 1, 1, 'PX-TOL', 'HOLD', 'invented' FROM finding",
        outcome="outputs",
    ),
    inserts("its own checker", release("HOLD", checker="Ana"), outcome=REFUSED),
    inserts("a second release", release("HOLD"), outcome=REFUSED),
    inserts("a release of a warning", release("WARN"), outcome="releases"),
    inserts(
        "an order priced without a journal",
        "INSERT INTO order_outcome SELECT order_id, 20788, 0, 'PRICED', '', 5, 5, 5, 20789 FROM order_outcome "
        "WHERE order_id = 6",
        outcome="outcomes",
    ),
    inserts(
        "an order rejected for the second time",
        "INSERT INTO order_outcome SELECT order_id, 20788, 0, 'REJECTED', 'SECU', 0, 0, 0, 0 FROM order_outcome "
        "WHERE order_id = 6",
        outcome="outputs",
    ),
    inserts(
        "a price of a security that does not exist", "INSERT INTO price VALUES (20788, 77, 1, 5, 9)", outcome="orphans"
    ),
    inserts(
        "a proposed trade of its own",
        "INSERT INTO proposed_trade SELECT business_date, run, 1, security_id, side, shares, amount, in_shares, "
        "entire, fee, reason FROM proposed_trade",
        outcome="outputs",
    ),
    inserts(
        "a proposal for a night to come",
        "INSERT INTO proposal VALUES (20789, 0, 1, 1, 2, 0, 0, 0)",
        outcome="orphans",
    ),
    inserts(
        "a decision of one person",
        "INSERT INTO trade_decision SELECT business_date, 0, 0, 0, 0, load_id, NULL, sha256, reason, maker, maker, 9 "
        "FROM trade_decision",
        outcome=REFUSED,
    ),
    inserts(
        "a decision under an old load",
        "INSERT INTO trade_decision SELECT business_date, 0, 0, 0, 0, 1, NULL, sha256, reason, maker, checker, 999 "
        "FROM trade_decision",
        outcome="loads",
    ),
    inserts(
        "an event that makes a security itself",
        "INSERT INTO corporate_event VALUES (20789, 1, 2, 0, 1, NULL, NULL, NULL, NULL, 999)",
        outcome=REFUSED,
    ),
    inserts(
        "an event under an old load",
        "INSERT INTO corporate_event VALUES (20789, 1, 1, 2, 0, NULL, 5, NULL, NULL, 999)",
        outcome="loads",
    ),
    inserts(
        "an in-kind transfer under an old load",
        "INSERT INTO in_kind_transfer VALUES ('IK2', 0, 1, 20789, 1, 0, NULL, 5, 999)",
        outcome="loads",
    ),
    inserts("a fill under an old load", "INSERT INTO fill VALUES ('F2', 1, 20789, 1, 0, 5, 5, 999)", outcome="loads"),
    inserts("a price under an old load", "INSERT INTO price VALUES (20789, 1, 1, 5, 999)", outcome="loads"),
    inserts("a price under a load to come", "INSERT INTO price VALUES (20789, 1, 9, 5, 2)", outcome="loads"),
)
