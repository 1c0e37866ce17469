"""The book's dated rows: the market's, the record keepers', the custodian's, and the participants.

The tables that grow every night are stored in the order of their keys (``clustered``) and carry no foreign keys to
names: the load resolves every name itself, and a check per row would double its cost. ``modelx db check`` looks for
orphans instead.
"""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint

from modelx.store.tables.inputs import load_key, loaded_from, words
from modelx.store.tables.metadata import append_only_table, whole

price = append_only_table(
    "price",
    whole("business_date", primary_key=True),
    whole("security_id", primary_key=True),
    whole("load_id", primary_key=True),
    whole("price"),
    *loaded_from(),
    CheckConstraint("price > 0", name="price"),
    clustered=True,
)

second_price = append_only_table(
    "second_price",
    whole("business_date", primary_key=True),
    whole("security_id", primary_key=True),
    words("source", primary_key=True),
    whole("load_id", primary_key=True),
    whole("price"),
    *loaded_from(),
    CheckConstraint("price > 0", name="price"),
    clustered=True,
)

benchmark_level = append_only_table(
    "benchmark_level",
    whole("business_date", primary_key=True),
    whole("benchmark_id", primary_key=True),
    whole("load_id", primary_key=True),
    whole("level"),
    *loaded_from(),
    CheckConstraint("level > 0", name="level"),
    clustered=True,
)

distribution = append_only_table(
    "distribution",
    whole("ex_date", primary_key=True),
    whole("security_id", ForeignKey("security.id"), primary_key=True),
    whole("kind", primary_key=True),
    load_key(),
    whole("pay_date"),
    whole("rate"),
    whole("reinvest"),
    whole("reinvest_price", nullable=True),
    *loaded_from(),
    CheckConstraint("rate >= 0", name="rate"),
    CheckConstraint("pay_date >= ex_date", name="dates"),
)

split = append_only_table(
    "split",
    whole("ex_date", primary_key=True),
    whole("security_id", ForeignKey("security.id"), primary_key=True),
    load_key(),
    whole("new_shares"),
    whole("old_shares"),
    whole("cash_in_lieu_price", nullable=True),
    *loaded_from(),
    CheckConstraint("new_shares > 0 AND old_shares > 0", name="shares"),
)

rk_order = append_only_table(
    "rk_order",
    whole("id", primary_key=True),
    whole("rk_id", ForeignKey("recordkeeper.id")),
    words("order_ref"),
    words("file_id"),
    whole("sleeve_id", ForeignKey("sleeve.id")),
    whole("side"),
    whole("qty_type"),
    whole("qty"),
    whole("trade_date"),
    whole("received_at", nullable=True),
    whole("cutoff_attested"),
    words("cancel_of"),
    words("as_of_reason"),
    words("source_code"),
    words("client_ref"),
    whole("priced_on_earliest"),
    whole("load_id", ForeignKey("load.id")),
    *loaded_from(),
    UniqueConstraint("rk_id", "order_ref"),
    Index("ix_rk_order_priced_on_earliest", "priced_on_earliest"),
    Index("ix_rk_order_load_id", "load_id"),
    Index("ix_rk_order_file_id", "file_id"),
    CheckConstraint("side BETWEEN 0 AND 1 AND qty_type BETWEEN 0 AND 2", name="codes"),
)

order_resend = append_only_table(
    "order_resend",
    whole("load_id", ForeignKey("load.id"), primary_key=True),
    whole("line", primary_key=True),
    whole("order_id", ForeignKey("rk_order.id")),
    words("file_id"),
    whole("kind"),
    CheckConstraint("kind BETWEEN 0 AND 1", name="kind"),
)

trade = append_only_table(
    "trade",
    words("trade_ref", primary_key=True),
    load_key(),
    whole("trade_date"),
    whole("settle_date"),
    whole("sleeve_id", ForeignKey("sleeve.id")),
    whole("security_id", ForeignKey("security.id")),
    whole("side"),
    whole("shares"),
    whole("amount"),
    *loaded_from(),
    Index("ix_trade_trade_date", "trade_date"),
    CheckConstraint("side BETWEEN 0 AND 1", name="side"),
    CheckConstraint("shares >= 0 AND amount >= 0", name="amounts"),
    CheckConstraint("settle_date >= trade_date", name="dates"),
)

corporate_event = append_only_table(
    "corporate_event",
    whole("ex_date", primary_key=True),
    whole("security_id", ForeignKey("security.id"), primary_key=True),
    load_key(),
    whole("kind"),
    whole("to_security_id"),
    whole("ratio", nullable=True),
    whole("cash_rate", nullable=True),
    whole("cash_in_lieu_price", nullable=True),
    whole("pay_date", nullable=True),
    *loaded_from(),
    CheckConstraint("kind BETWEEN 0 AND 3", name="kind"),
    CheckConstraint("to_security_id <> security_id", name="other"),
    CheckConstraint("ratio > 0 AND cash_rate > 0 AND cash_in_lieu_price > 0", name="terms"),
    CheckConstraint("pay_date >= ex_date", name="dates"),
)

in_kind_transfer = append_only_table(
    "in_kind_transfer",
    words("transfer_ref", primary_key=True),
    whole("security_id", primary_key=True),
    load_key(),
    whole("transfer_date"),
    whole("sleeve_id", ForeignKey("sleeve.id")),
    whole("kind"),
    whole("shares", nullable=True),
    whole("amount", nullable=True),
    *loaded_from(),
    Index("ix_in_kind_transfer_transfer_date", "transfer_date"),
    CheckConstraint("kind BETWEEN 0 AND 3", name="kind"),
    CheckConstraint("shares >= 0 AND amount >= 0", name="quantities"),
)

custodian_position = append_only_table(
    "custodian_position",
    whole("business_date", primary_key=True),
    whole("sleeve_id", primary_key=True),
    whole("security_id", primary_key=True),
    whole("load_id", primary_key=True),
    whole("shares"),
    *loaded_from(),
    clustered=True,
)

rk_unit = append_only_table(
    "rk_unit",
    whole("business_date", primary_key=True),
    whole("sleeve_id", primary_key=True),
    whole("load_id", primary_key=True),
    whole("units"),
    *loaded_from(),
    clustered=True,
)

closure = append_only_table(
    "closure",
    whole("closed_on", primary_key=True),
    whole("calendar", primary_key=True),
    load_key(),
    whole("close_minute", nullable=True),
    words("reason"),
    *loaded_from(),
    CheckConstraint("calendar BETWEEN 0 AND 1", name="calendar"),
)

PARTICIPANT_MONEY = ("salary", "balance", "pension_annual", "social_security_annual", "outside_balance")
PARTICIPANT_RATES = ("deferral_rate", "employer_rate", "outside_equity", "company_stock", "ideal_equity")
IDEAL_WEIGHTS = (
    *("us_lg", "us_lv", "us_mg", "us_mv", "us_sg", "us_sv", "us_reit", "dm_xus", "em_eq"),
    *("us_st_core", "us_it_core", "us_lt_core", "us_hy", "glb_xus_gov", "em_sov"),
    *("comdty", "us_st_tips", "us_lt_tips", "cash"),
)

participant = append_only_table(
    "participant",
    whole("plan_id", ForeignKey("plan.id"), primary_key=True),
    words("participant", primary_key=True),
    load_key(),
    whole("birth_date", nullable=True),
    whole("age", nullable=True),
    words("gender"),
    whole("retirement_age", nullable=True),
    words("state"),
    words("current_option"),
    *(whole(name, nullable=True) for name in PARTICIPANT_MONEY + PARTICIPANT_RATES + IDEAL_WEIGHTS),
    *loaded_from(),
)
