"""The book: loads, the small dense ids given to its names, and the dated terms of what it describes.

Every row carries the load that brought it and the line of the file it stood on, so that a number can be led back to
its source. A row is never changed: a correction is the same key under a later load (``design.md`` 3a.3). Dated rows
of the market and of the record keepers are in :mod:`modelx.store.tables.dated_inputs`.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.sql.schema import SchemaItem

from modelx.store.tables.metadata import append_only_table, whole

MAX_SUBJECT = 2**20 - 1  # security and payee ids are parts of account ids: twenty bits


def words(name: str, *, primary_key: bool = False, unique: bool = False) -> Column[str]:
    """A text column that is never NULL: a blank field is the empty string."""
    return Column(name, Text, nullable=False, primary_key=primary_key, unique=unique or None)


def loaded_from() -> tuple[SchemaItem, ...]:
    """The line of the file a row stood on, and the load that brought the file."""
    return (whole("line"),)


def load_key() -> Column[int]:
    """The load of a row, last part of its key: the highest visible one is the version in force."""
    return whole("load_id", ForeignKey("load.id"), primary_key=True)


load = append_only_table(
    "load",
    whole("id", primary_key=True),
    Column("content_hash", LargeBinary, nullable=False, unique=True),
    words("folder_name"),
    whole("n_rows"),
    whole("recorded_at"),
    Column("prev_hash", LargeBinary, ForeignKey("load.hash"), unique=True),
    Column("hash", LargeBinary, nullable=False, unique=True),
    CheckConstraint("id > 0", name="id"),
    CheckConstraint("(id = 1) = (prev_hash IS NULL)", name="genesis"),
    CheckConstraint("length(hash) = 32 AND length(content_hash) = 32", name="hash_length"),
)

load_file = append_only_table(
    "load_file",
    whole("load_id", ForeignKey("load.id"), primary_key=True),
    words("file", primary_key=True),
    whole("n_rows"),
    whole("n_stored"),
    Column("content_hash", LargeBinary, nullable=False),
    CheckConstraint("n_stored BETWEEN 0 AND n_rows", name="n_stored"),
)


def _identity(name: str, code: str, id_max: int = 2**31 - 1) -> Table:
    return append_only_table(
        name,
        whole("id", primary_key=True),
        words(code, unique=True),
        whole("load_id", ForeignKey("load.id")),
        CheckConstraint(f"id BETWEEN 1 AND {id_max}", name="id"),
    )


security = _identity("security", "ticker", MAX_SUBJECT)
model = _identity("model", "ticker")
plan = _identity("plan", "code")
payee = _identity("payee", "code", MAX_SUBJECT)
recordkeeper = _identity("recordkeeper", "code")
benchmark = _identity("benchmark", "code")

sleeve = append_only_table(
    "sleeve",
    whole("id", primary_key=True),
    whole("plan_id", ForeignKey("plan.id")),
    whole("model_id", ForeignKey("model.id")),
    whole("load_id", ForeignKey("load.id")),
    UniqueConstraint("plan_id", "model_id"),
    CheckConstraint("id BETWEEN 1 AND 536870911", name="id"),
)

security_terms = append_only_table(
    "security_terms",
    whole("security_id", ForeignKey("security.id"), primary_key=True),
    load_key(),
    words("name"),
    whole("kind"),
    words("asset_class"),
    whole("expense_ratio", nullable=True),
    whole("share_dp"),
    whole("price_dp"),
    whole("whole_shares"),
    whole("settle_lag"),
    whole("turnover", nullable=True),
    words("status"),
    whole("redemption_fee", nullable=True),
    whole("holding_days", nullable=True),
    whole("fee_12b1", nullable=True),
    whole("sub_ta", nullable=True),
    *loaded_from(),
    CheckConstraint("kind BETWEEN 0 AND 4", name="kind"),
    CheckConstraint("share_dp BETWEEN 0 AND 6 AND price_dp BETWEEN 0 AND 8", name="places"),
    CheckConstraint("whole_shares BETWEEN 0 AND 1", name="whole_shares"),
)

model_terms = append_only_table(
    "model_terms",
    whole("model_id", ForeignKey("model.id"), primary_key=True),
    load_key(),
    *(words(name) for name in ("name", "manager", "series", "vintage", "style", "benchmark")),
    *(words(name) for name in ("objective", "strategy", "risks")),
    whole("inception", nullable=True),
    *loaded_from(),
)

target = append_only_table(
    "target",
    whole("model_id", ForeignKey("model.id"), primary_key=True),
    whole("effective_date", primary_key=True),
    load_key(),
    whole("security_id", primary_key=True),
    whole("weight"),
    *loaded_from(),
    CheckConstraint("weight BETWEEN 0 AND 1000000000000", name="weight"),
)

plan_terms = append_only_table(
    "plan_terms",
    whole("plan_id", ForeignKey("plan.id"), primary_key=True),
    load_key(),
    words("name"),
    words("sponsor"),
    whole("type"),
    whole("recordkeeper_id", ForeignKey("recordkeeper.id")),
    words("advisor"),
    whole("fiscal_year_end"),
    *loaded_from(),
    CheckConstraint("type BETWEEN 0 AND 1", name="type"),
)

sleeve_terms = append_only_table(
    "sleeve_terms",
    whole("sleeve_id", ForeignKey("sleeve.id"), primary_key=True),
    load_key(),
    whole("start_date"),
    whole("rebalance"),
    whole("band_points", nullable=True),
    whole("min_trade", nullable=True),
    whole("cash_buffer", nullable=True),
    whole("end_date"),
    whole("buffer_min", nullable=True),
    whole("buffer_max", nullable=True),
    *loaded_from(),
    CheckConstraint("start_date <= end_date", name="dates"),
)

fee = append_only_table(
    "fee",
    whole("plan_id", primary_key=True),
    whole("model_id", primary_key=True),
    whole("payee_id", ForeignKey("payee.id"), primary_key=True),
    whole("start_date", primary_key=True),
    load_key(),
    whole("kind"),
    whole("rate"),
    words("tiers"),
    whole("end_date"),
    whole("paid_from"),
    whole("method"),
    whole("aggregate"),
    whole("waives_payee_id"),
    *loaded_from(),
    CheckConstraint("rate >= 0 AND (rate = 0 OR tiers = '')", name="rate"),
    CheckConstraint("start_date <= end_date", name="dates"),
)

override = append_only_table(
    "override",
    whole("plan_id", ForeignKey("plan.id"), primary_key=True),
    whole("model_id", primary_key=True),
    whole("kind", primary_key=True),
    whole("security_id", primary_key=True),
    whole("start_date", primary_key=True),
    load_key(),
    whole("to_security_id"),
    whole("weight", nullable=True),
    whole("exclude_to", nullable=True),
    whole("end_date"),
    words("on_expiry"),
    words("reason"),
    *loaded_from(),
    CheckConstraint("kind BETWEEN 0 AND 5", name="kind"),
    CheckConstraint("start_date <= end_date + 1", name="dates"),
)

benchmark_terms = append_only_table(
    "benchmark_terms",
    whole("benchmark_id", ForeignKey("benchmark.id"), primary_key=True),
    load_key(),
    words("name"),
    words("administrator"),
    whole("kind"),
    words("components"),
    *loaded_from(),
)

asset_class = append_only_table(
    "asset_class",
    words("asset_class", primary_key=True),
    load_key(),
    whole("kind"),
    *loaded_from(),
    CheckConstraint("kind BETWEEN 0 AND 1", name="kind"),
)

exposure = append_only_table(
    "exposure",
    whole("security_id", ForeignKey("security.id"), primary_key=True),
    load_key(),
    words("asset_class", primary_key=True),
    whole("weight"),
    *loaded_from(),
)
