"""What the night proposes to trade, and what people and custodians answer: decisions and fills.

Proposals are written by the night; fills and decisions are rows of the book, with the load that brought them.
"""

from sqlalchemy import CheckConstraint, ForeignKey, Index

from modelx.store.tables.inputs import load_key, loaded_from, words
from modelx.store.tables.metadata import append_only_table, whole

proposal = append_only_table(
    "proposal",
    whole("business_date", primary_key=True),
    whole("run", primary_key=True),
    whole("sleeve_id", primary_key=True),
    whole("triggers"),
    whole("mode"),
    whole("cash_before"),
    whole("cash_after"),
    whole("notes"),
    CheckConstraint("mode BETWEEN 0 AND 2", name="mode"),
    clustered=True,
)

proposed_trade = append_only_table(
    "proposed_trade",
    whole("business_date", primary_key=True),
    whole("run", primary_key=True),
    whole("sleeve_id", primary_key=True),
    whole("security_id", primary_key=True),
    whole("side"),
    whole("shares"),
    whole("amount"),
    whole("in_shares"),
    whole("entire"),
    whole("fee"),
    whole("reason"),
    CheckConstraint("side BETWEEN 0 AND 1 AND in_shares BETWEEN 0 AND 1 AND entire BETWEEN 0 AND 1", name="codes"),
    CheckConstraint("shares > 0 AND amount >= 0 AND fee >= 0", name="amounts"),
    clustered=True,
)

untraded = append_only_table(
    "untraded",
    whole("business_date", primary_key=True),
    whole("run", primary_key=True),
    whole("sleeve_id", primary_key=True),
    whole("security_id", primary_key=True),
    whole("side"),
    whole("amount"),
    whole("reason"),
    CheckConstraint("side BETWEEN 0 AND 1", name="side"),
    clustered=True,
)

fill = append_only_table(
    "fill",
    words("fill_ref", primary_key=True),
    load_key(),
    whole("business_date"),
    whole("security_id", ForeignKey("security.id")),
    whole("side"),
    whole("shares"),
    whole("price"),
    *loaded_from(),
    Index("ix_fill_business_date", "business_date"),
    CheckConstraint("side BETWEEN 0 AND 1", name="side"),
    CheckConstraint("shares >= 0 AND price > 0", name="amounts"),
)

trade_decision = append_only_table(
    "trade_decision",
    whole("business_date", primary_key=True),
    whole("decision", primary_key=True),
    whole("plan_id", primary_key=True),
    whole("model_id", primary_key=True),
    whole("security_id", primary_key=True),
    load_key(),
    whole("shares", nullable=True),
    words("sha256"),
    words("reason"),
    words("maker"),
    words("checker"),
    *loaded_from(),
    CheckConstraint("decision BETWEEN 0 AND 3", name="decision"),
    CheckConstraint("length(maker) > 0 AND length(checker) > 0 AND maker <> checker", name="four_eyes"),
)
