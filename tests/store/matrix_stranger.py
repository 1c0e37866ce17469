"""What somebody with the file, or the tables' owner, tries openly: on rows, on guards, on the schema."""

from tests.store.attacks import POSTGRESQL, REFUSED, SQLITE, Attack
from tests.store.forged_rows import PLAN_A_CASH, PLAN_A_UNITS, PLAN_B_CASH, batch, transfer


def stranger(name: str, *statements: str, outcome: str, dialects: tuple[str, ...]) -> Attack:
    return Attack(f"a stranger: {name}", "as_stranger", statements, outcome, dialects)


WHAT_A_STRANGER_TRIES = (
    stranger("DELETE", "DELETE FROM transfer", outcome=REFUSED, dialects=SQLITE + POSTGRESQL),
    stranger("UPDATE", "UPDATE journal SET kind = 2", outcome=REFUSED, dialects=SQLITE + POSTGRESQL),
    stranger("TRUNCATE", "TRUNCATE transfer", outcome=REFUSED, dialects=POSTGRESQL),
    stranger("TRUNCATE of everything", "TRUNCATE batch CASCADE", outcome=REFUSED, dialects=POSTGRESQL),
    stranger(
        "a batch after none, foreign keys off",
        batch("{other hash}"),
        outcome="batches",
        dialects=SQLITE,
    ),
    stranger(
        "a transfer between accounts that do not exist",
        transfer("17", "18", "5"),
        outcome="references",
        dialects=SQLITE,
    ),
    stranger(
        "dollars for units, foreign keys off",
        transfer(PLAN_A_CASH, PLAN_A_UNITS, "5"),
        outcome="references",
        dialects=SQLITE,
    ),
    stranger(
        "a transfer of nothing, checks off",
        "PRAGMA ignore_check_constraints = ON",
        transfer(PLAN_A_CASH, PLAN_B_CASH, "0"),
        outcome="integrity",
        dialects=SQLITE,
    ),
    stranger("drops a trigger", "DROP TRIGGER transfer_no_update", outcome="append-only", dialects=SQLITE),
    stranger(
        "drops a trigger, edits",
        "DROP TRIGGER transfer_no_update",
        "UPDATE transfer SET amount = amount + 1 WHERE id = 5",
        outcome="hash-chain",
        dialects=SQLITE,
    ),
    stranger(
        "puts an idle trigger in its place",
        "DROP TRIGGER transfer_no_update",
        "CREATE TRIGGER transfer_no_update BEFORE UPDATE ON transfer WHEN 0 BEGIN SELECT 1; END",
        outcome="append-only",
        dialects=SQLITE,
    ),
    stranger(
        "adds a trigger of its own",
        "CREATE TRIGGER mine AFTER INSERT ON lease BEGIN DELETE FROM closing; END",
        outcome="append-only",
        dialects=SQLITE,
    ),
    stranger(
        "takes a check out of the schema",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'CONSTRAINT ck_transfer_amount CHECK (amount > 0),', '') "
        "WHERE name = 'transfer'",
        outcome="constraints",
        dialects=SQLITE,
    ),
    stranger(
        "makes a table take anything",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = replace(sql, 'STRICT', '') WHERE name = 'transfer'",
        outcome="constraints",
        dialects=SQLITE,
    ),
    stranger("drops a table", "DROP TABLE rk_unit", outcome="constraints", dialects=SQLITE + POSTGRESQL),
    stranger(
        "renames the schema",
        "UPDATE alembic_version SET version_num = '9999'",
        outcome="schema",
        dialects=SQLITE + POSTGRESQL,
    ),
    stranger("drops a trigger ", "DROP TRIGGER append_only ON transfer", outcome="append-only", dialects=POSTGRESQL),
    stranger(
        "switches a trigger off",
        "ALTER TABLE transfer DISABLE TRIGGER append_only",
        outcome="append-only",
        dialects=POSTGRESQL,
    ),
    stranger(
        "keeps it for replicas",
        "ALTER TABLE transfer ENABLE REPLICA TRIGGER append_only",
        outcome="append-only",
        dialects=POSTGRESQL,
    ),
    stranger(
        "switches every trigger off",
        "ALTER TABLE transfer DISABLE TRIGGER ALL",
        outcome="append-only",
        dialects=POSTGRESQL,
    ),
    stranger(
        "takes the function's teeth",
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        outcome="append-only",
        dialects=POSTGRESQL,
    ),
    stranger(
        "adds a trigger of its own ",
        "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER mine BEFORE INSERT ON transfer FOR EACH ROW EXECUTE FUNCTION mine()",
        outcome="append-only",
        dialects=POSTGRESQL,
    ),
    stranger(
        "drops a check",
        "ALTER TABLE transfer DROP CONSTRAINT ck_transfer_amount",
        outcome="constraints",
        dialects=POSTGRESQL,
    ),
    stranger(
        "drops a key",
        "ALTER TABLE transfer DROP CONSTRAINT fk_transfer_debit_id",
        outcome="constraints",
        dialects=POSTGRESQL,
    ),
    stranger("grants too much", "GRANT DELETE ON journal TO modelx_app", outcome="grants", dialects=POSTGRESQL),
    stranger(
        "grants one column to all", "GRANT UPDATE (amount) ON transfer TO PUBLIC", outcome="grants", dialects=POSTGRESQL
    ),
)
