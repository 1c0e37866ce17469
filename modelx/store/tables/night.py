"""What the night writes beside the ledger: runs, steps, unit values, findings, releases, order outcomes, closings."""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text

from modelx.store.tables.metadata import append_only_table, disposable_table, whole

STOPPING = text("level IN ('HOLD', 'BLOCK')")  # few findings stop a sleeve, and each run looks for those

market_session = append_only_table(
    "market_session",
    whole("business_date", primary_key=True),
    whole("close_minute"),
    CheckConstraint("close_minute BETWEEN 1 AND 1439", name="close_minute"),
)

cycle_run = append_only_table(
    "cycle_run",
    whole("business_date", primary_key=True),
    whole("run", primary_key=True),
    whole("load_horizon"),
    whole("release_horizon"),
    Column("inputs_hash", LargeBinary, nullable=False),
    Column("policy", Text, nullable=False),
    whole("started_at"),
)

step_run = append_only_table(
    "step_run",
    whole("id", primary_key=True),
    whole("business_date"),
    whole("run"),
    whole("step"),
    Column("name", Text, nullable=False),
    whole("batch_id", ForeignKey("batch.id"), nullable=True),
    Column("input_hash", LargeBinary, nullable=False),
    Column("output_hash", LargeBinary, nullable=False),
    Column("prev_hash", LargeBinary, nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    whole("recorded_at"),
    UniqueConstraint("business_date", "run", "step"),
)

unit_value = append_only_table(
    "unit_value",
    whole("business_date", primary_key=True),
    whole("sleeve_id", primary_key=True),
    whole("version", primary_key=True),
    whole("run"),
    whole("unit_value"),
    whole("net_assets"),
    whole("units"),
    whole("market_value"),
    whole("cash"),
    whole("receivables"),
    whole("payables"),
    whole("accrued_fees"),
    whole("opening_net_assets"),
    CheckConstraint("version > 0", name="version"),
    clustered=True,
)

finding = append_only_table(
    "finding",
    whole("id", primary_key=True),
    whole("business_date"),
    whole("run"),
    whole("step"),
    whole("sleeve_id"),
    whole("security_id"),
    Column("code", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_finding_business_date", "business_date"),
    Index("ix_finding_stopping", "sleeve_id", sqlite_where=STOPPING, postgresql_where=STOPPING),
)

release = append_only_table(
    "release",
    whole("id", primary_key=True),
    whole("finding_id", ForeignKey("finding.id")),
    Column("reason", Text, nullable=False),
    Column("maker", Text, nullable=False),
    Column("checker", Text, nullable=False),
    whole("recorded_at"),
    UniqueConstraint("finding_id"),
    CheckConstraint("maker <> checker", name="four_eyes"),
    CheckConstraint("length(reason) > 0 AND length(maker) > 0 AND length(checker) > 0", name="named"),
)

order_outcome = append_only_table(
    "order_outcome",
    whole("order_id", primary_key=True),
    whole("business_date", primary_key=True),
    whole("run", primary_key=True),
    Column("status", Text, nullable=False),
    Column("reason_code", Text, nullable=False),
    whole("units"),
    whole("amount"),
    whole("unit_value"),
    whole("settles_on"),
    Index("ix_order_outcome_business_date", "business_date"),
)

closing = disposable_table(
    "closing",
    whole("business_date", primary_key=True),
    whole("run", primary_key=True),
    whole("step_run_id"),
    Column("columns", LargeBinary, nullable=False),
)

lease = disposable_table(
    "lease",
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    whole("token"),
    whole("heartbeat_at"),
)
