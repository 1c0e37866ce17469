"""The ledger: commodities, accounts, hash-chained batches, journals and transfers (``spec/ledger.md`` 3).

A transfer moves a whole amount above zero of one commodity from a credit account to a debit account. Both composite
foreign keys carry the commodity, so a journal that does not balance, or that mixes commodities, cannot be written.
Transfer ids of a journal are contiguous from ``first_transfer``: no index per journal or account is needed.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, LargeBinary, Text, UniqueConstraint

from modelx.store.tables.metadata import append_only_table, whole

commodity = append_only_table(
    "commodity",
    whole("id", primary_key=True),
    whole("kind"),
    whole("subject_id"),
    CheckConstraint("kind BETWEEN 0 AND 2", name="kind"),
    CheckConstraint("id = (kind << 40) + subject_id", name="id"),
)

account = append_only_table(
    "account",
    whole("id", primary_key=True),
    whole("owner_id"),
    whole("chart"),
    whole("subject_id"),
    whole("commodity_id", ForeignKey("commodity.id")),
    whole("opened_on"),
    UniqueConstraint("id", "commodity_id"),
    CheckConstraint("id = (owner_id << 34) + (chart << 20) + subject_id", name="id"),
    CheckConstraint("owner_id >= 0 AND chart BETWEEN 1000 AND 9999 AND subject_id BETWEEN 0 AND 1048575", name="parts"),
)

batch = append_only_table(
    "batch",
    whole("id", primary_key=True),
    Column("prev_hash", LargeBinary, ForeignKey("batch.hash"), unique=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    whole("first_journal"),
    whole("n_journal"),
    whole("first_transfer"),
    whole("n_transfer"),
    whole("recorded_at"),
    CheckConstraint("(id = 0) = (prev_hash IS NULL)", name="genesis"),
    CheckConstraint("length(hash) = 32", name="hash_length"),
)

idempotency = append_only_table(
    "idempotency",
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False),
    whole("batch_id", ForeignKey("batch.id")),
    CheckConstraint("length(key) <= 256", name="key_length"),
    CheckConstraint("length(request_hash) = 32", name="hash_length"),
)

journal = append_only_table(
    "journal",
    whole("id", primary_key=True),
    whole("batch_id", ForeignKey("batch.id")),
    whole("kind"),
    whole("business_date"),
    whole("settles_on"),
    whole("source_id"),
    whole("first_transfer"),
    whole("n_transfer"),
    whole("reverses_id", ForeignKey("journal.id"), nullable=True),
    UniqueConstraint("reverses_id"),
    CheckConstraint("n_transfer > 0", name="not_empty"),
    CheckConstraint("settles_on >= business_date", name="settles"),
    CheckConstraint("reverses_id IS NULL OR reverses_id < id", name="reverses"),
)

transfer = append_only_table(
    "transfer",
    whole("id", primary_key=True),
    whole("journal_id", ForeignKey("journal.id")),
    whole("debit_id"),
    whole("credit_id"),
    whole("commodity_id"),
    whole("amount"),
    CheckConstraint("amount > 0", name="amount"),
    CheckConstraint("debit_id <> credit_id", name="two_accounts"),
    ForeignKeyConstraint(["debit_id", "commodity_id"], ["account.id", "account.commodity_id"]),
    ForeignKeyConstraint(
        ["credit_id", "commodity_id"], ["account.id", "account.commodity_id"], name="fk_transfer_credit_id"
    ),
)

POSTING_VIEW = """
CREATE VIEW posting AS
SELECT t.id * 2 AS id, t.journal_id, t.debit_id AS account_id, t.commodity_id, t.amount, j.business_date
  FROM transfer t JOIN journal j ON j.id = t.journal_id
UNION ALL
SELECT t.id * 2 + 1, t.journal_id, t.credit_id, t.commodity_id, -t.amount, j.business_date
  FROM transfer t JOIN journal j ON j.id = t.journal_id
"""
