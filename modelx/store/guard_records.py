"""The guards of the stored rows, read from each database's own catalogue: triggers, constraints, grants, references.

A guard that is gone, altered or switched off is named. What the guards let pass while they were off is for the other
checks to find.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Connection, ForeignKeyConstraint, Table, UniqueConstraint, inspect

from modelx.store.append_only import APPEND_ONLY_FUNCTION, append_only_statements
from modelx.store.tables import metadata

APPEND_ONLY = tuple(table for table in metadata.sorted_tables if table.info["append_only"])

_BEFORE_UPDATE_DELETE_TRUNCATE = 2 + 16 + 8 + 32  # pg_trigger.tgtype of a statement trigger

# Columns that name a row of another table and carry no foreign key: (table, column, table named, whether 0 is nobody).
_NAMES_WITHOUT_KEYS = (
    ("price", "security_id", "security", False),
    ("second_price", "security_id", "security", False),
    ("benchmark_level", "benchmark_id", "benchmark", False),
    ("custodian_position", "sleeve_id", "sleeve", False),
    ("custodian_position", "security_id", "security", True),
    ("rk_unit", "sleeve_id", "sleeve", False),
    ("target", "security_id", "security", True),
    ("glide_path", "security_id", "security", True),
    ("fee", "plan_id", "plan", True),
    ("fee", "model_id", "model", True),
    ("fee", "waives_payee_id", "payee", True),
    ("override", "model_id", "model", True),
    ("override", "security_id", "security", True),
    ("override", "to_security_id", "security", True),
    ("account", "owner_id", "sleeve", True),
    ("unit_value", "sleeve_id", "sleeve", False),
    ("finding", "sleeve_id", "sleeve", True),
    ("finding", "security_id", "security", True),
    ("order_outcome", "order_id", "rk_order", False),
    ("closing", "step_run_id", "step_run", False),
    *((table, "sleeve_id", "sleeve", False) for table in ("proposal", "proposed_trade", "untraded")),
    *((table, "security_id", "security", False) for table in ("proposed_trade", "untraded")),
    ("corporate_event", "to_security_id", "security", True),
    ("in_kind_transfer", "security_id", "security", True),
    ("trade_decision", "plan_id", "plan", True),
    ("trade_decision", "model_id", "model", True),
    ("trade_decision", "security_id", "security", True),
)

# Rows that belong to a run or a step by its key, which is no single column.
_BELONGING_WITHOUT_KEYS = (
    ("unit_value", "cycle_run", ("business_date", "run")),
    ("order_outcome", "cycle_run", ("business_date", "run")),
    ("proposal", "cycle_run", ("business_date", "run")),
    ("proposed_trade", "cycle_run", ("business_date", "run")),
    ("untraded", "cycle_run", ("business_date", "run")),
    ("finding", "step_run", ("business_date", "run", "step")),
    ("step_run", "cycle_run", ("business_date", "run")),
    ("cycle_run", "step_run", ("business_date", "run")),
)


def stored_revision(connection: Connection) -> str | None:
    """The revision of the schema that the database says it has."""
    revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    return revision


def unguarded_table(connection: Connection) -> str | None:
    """The first append-only table whose triggers are not exactly those of the migration, and why; else None."""
    return (
        _unguarded_postgresql(connection) if connection.dialect.name == "postgresql" else _unguarded_sqlite(connection)
    )


def missing_constraint(connection: Connection) -> str | None:
    """The first declared table or constraint that the database does not have; else None."""
    catalogue = inspect(connection)
    stored: dict[str, set[str | None]] = {name: set() for name in catalogue.get_table_names()}
    for constraints in (
        catalogue.get_multi_check_constraints(),
        catalogue.get_multi_unique_constraints(),
        catalogue.get_multi_foreign_keys(),
    ):
        for (_, name), found in constraints.items():
            stored[name] |= {constraint["name"] for constraint in found}
    for table in metadata.sorted_tables:
        if table.name not in stored:
            return f"the table {table.name} is missing"
        for constraint in table.constraints:
            declared = isinstance(constraint, CheckConstraint | UniqueConstraint | ForeignKeyConstraint)
            if declared and str(constraint.name) not in stored[table.name]:
                return f"the constraint {constraint.name} of {table.name} is missing"
    return _loose_types(connection)


def unwanted_grant(connection: Connection) -> str | None:
    """PostgreSQL: the first right to change stored rows that somebody beside the owner has; else None."""
    names = [table.name for table in APPEND_ONLY] + ["alembic_version"]
    row = connection.exec_driver_sql(
        "SELECT g.grantee, g.privilege, g.relname FROM ("
        "SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END AS grantee, "
        "a.privilege_type AS privilege, c.relname FROM pg_class c, aclexplode(c.relacl) a "
        "WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%(names)s) "
        "AND a.grantee <> c.relowner AND a.privilege_type NOT IN ('SELECT', 'INSERT') "
        "UNION ALL SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, "
        "a.privilege_type || ' of ' || t.attname, c.relname "
        "FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a "
        "WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%(names)s) "
        "AND a.grantee <> c.relowner AND a.privilege_type NOT IN ('SELECT', 'INSERT')"
        ") g ORDER BY 3, 1, 2 LIMIT 1",
        {"names": names},
    ).first()
    if row is not None:
        return f"{row[0]} may {row[1]} on {row[2]}"
    skipped = connection.exec_driver_sql(
        "SELECT coalesce(r.rolname, 'everybody') FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole, "
        "unnest(s.setconfig) c WHERE c LIKE 'session_replication_role=%%' AND c <> 'session_replication_role=origin' "
        "LIMIT 1"
    ).scalar()
    return None if skipped is None else f"{skipped} is set to skip triggers (session_replication_role)"


def checked_as(connection: Connection) -> str:
    """PostgreSQL: who checks, and whether that role could switch the guards off."""
    role, powerful = connection.exec_driver_sql(
        "SELECT current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) OR "
        "pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'batch'::regclass), 'USAGE')"
    ).one()
    return f"role {role}" + (": owns the tables, so run the nights under another" if powerful else "")


def damaged_page(connection: Connection) -> str | None:
    """SQLite: the first complaint of its own integrity check; else None. PostgreSQL keeps checksums itself."""
    if connection.dialect.name != "sqlite":
        return None
    complaint = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one())
    return None if complaint == "ok" else complaint


def broken_reference(connection: Connection) -> str | None:
    """The first row whose foreign key names a row that is not there; else None."""
    if connection.dialect.name == "sqlite":
        row = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        return None if row is None else f"{row[0]} row {row[1]} names a row of {row[2]} that does not exist"
    for table in metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            columns = [column.name for column in key.columns]
            parents = [element.column.name for element in key.elements]
            problem = _first_orphan(connection, table, columns, key.referred_table.name, parents)
            if problem is not None:
                return problem
    return None


def orphan(connection: Connection) -> str | None:
    """The first row of a table without foreign keys that names something unknown; else None."""
    for name, column, parent, zero_is_nobody in _NAMES_WITHOUT_KEYS:
        condition = f'c."{column}" <> 0' if zero_is_nobody else ""
        problem = _first_orphan(connection, metadata.tables[name], [column], parent, ["id"], condition)
        if problem is not None:
            return problem
    for name, parent, columns in _BELONGING_WITHOUT_KEYS:
        problem = _first_orphan(connection, metadata.tables[name], list(columns), parent, list(columns))
        if problem is not None:
            return problem
    return None


def _first_orphan(
    connection: Connection, table: Table, columns: list[str], parent: str, parents: list[str], condition: str = ""
) -> str | None:
    key = [column.name for column in table.primary_key.columns]
    named = " AND ".join(f'p."{there}" = c."{here}"' for here, there in zip(columns, parents, strict=True))
    conditions = [f'c."{column}" IS NOT NULL' for column in columns] + ([condition] if condition else [])
    row = connection.exec_driver_sql(
        f"SELECT {', '.join(f'c.{_quoted(name)}' for name in key + columns)} FROM {_quoted(table.name)} c "
        f"WHERE {' AND '.join(conditions)} AND NOT EXISTS (SELECT 1 FROM {_quoted(parent)} p WHERE {named}) "
        f"ORDER BY {', '.join(f'c.{_quoted(name)}' for name in key)} LIMIT 1"
    ).first()
    if row is None:
        return None
    where = ", ".join(f"{name} {value}" for name, value in zip(key, row, strict=False))
    missing = ", ".join(f"{name} {_shown(value)}" for name, value in zip(columns, row[len(key) :], strict=True))
    return f"{table.name} ({where}): no {parent} has its {missing}"


def _unguarded_sqlite(connection: Connection) -> str | None:
    stored = {
        name: " ".join(sql.split())
        for name, sql in connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    }
    for table in APPEND_ONLY:
        for statement in append_only_statements(table, "sqlite"):
            name = statement.split()[2]
            if name not in stored:
                return f"{table.name}: the trigger {name} is missing"
            if stored.pop(name) != " ".join(statement.split()):
                return f"{table.name}: the trigger {name} is not the migration's"
    return next((f"a trigger of nobody's: {name}" for name in sorted(stored)), None)


def _unguarded_postgresql(connection: Connection) -> str | None:
    body = APPEND_ONLY_FUNCTION.split("$$")[1]
    stored = connection.exec_driver_sql(
        "SELECT c.relname, t.tgname, t.tgisinternal, t.tgenabled = 'O', t.tgtype, t.tgqual IS NULL, "
        "p.proname, p.prosrc FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
        "WHERE c.relnamespace = current_schema()::regnamespace ORDER BY 1, 2"
    ).all()
    guarded = set()
    for table, name, internal, enabled, kind, always, function, source in stored:
        if not enabled:
            return f"{table}: the trigger {name} is switched off"
        if internal:
            continue
        if (name, function) != ("append_only", "append_only"):
            return f"{table}: a trigger of nobody's: {name}"
        if kind != _BEFORE_UPDATE_DELETE_TRUNCATE or not always or source != body:
            return f"{table}: the trigger {name} is not the migration's"
        guarded.add(table)
    missing = [table.name for table in APPEND_ONLY if table.name not in guarded]
    return f"{missing[0]}: the trigger append_only is missing" if missing else None


def _loose_types(connection: Connection) -> str | None:
    """SQLite: the first table that would take 0.1 for a whole number."""
    if connection.dialect.name != "sqlite":
        return None
    strict = {row[1]: row[5] for row in connection.exec_driver_sql("PRAGMA table_list")}
    loose = [table.name for table in metadata.sorted_tables if not strict[table.name]]
    return f"{loose[0]} is not STRICT" if loose else None


def _quoted(name: str) -> str:
    return f'"{name}"'


def _shown(value: object) -> str:
    return value.hex()[:16] if isinstance(value, bytes) else str(value)
