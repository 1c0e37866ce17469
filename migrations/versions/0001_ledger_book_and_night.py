"""The ledger, the book's inputs and the night: the schema that everything else stands on.

Each append-only table gets its triggers in the same transaction that creates it, so there is no moment in which a row
could be changed.

Revision ID: 0001
Revises:
"""

from alembic import op
from sqlalchemy import text

from modelx.store.append_only import APPEND_ONLY_FUNCTION, append_only_statements
from modelx.store.tables import metadata
from modelx.store.tables.ledger import POSTING_VIEW

revision = "0001"
down_revision = None


def upgrade() -> None:
    connection = op.get_bind()
    dialect = connection.dialect.name
    metadata.create_all(connection)
    connection.exec_driver_sql(POSTING_VIEW)
    if dialect == "postgresql":
        connection.execute(text(APPEND_ONLY_FUNCTION))
    for table in metadata.sorted_tables:
        if table.info["append_only"]:
            for statement in append_only_statements(table, dialect):
                connection.exec_driver_sql(statement)


def downgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql("DROP VIEW posting")
    metadata.drop_all(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION append_only()")
