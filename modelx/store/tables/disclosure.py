"""Notices: every draft as canonical JSON with its hash, what happened to it, what it was drawn from, what was found.

Nothing here is ever changed: a later draft or edition is a new row, and an event names the hash it is about. Events
are chained by hash (:mod:`modelx.store.disclosure_chain`).
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text, UniqueConstraint

from modelx.store.tables.metadata import append_only_table, whole

disclosure_document = append_only_table(
    "disclosure_document",
    whole("id", primary_key=True),
    Column("place", Text, nullable=False),
    whole("version"),
    Column("kind", Text, nullable=False),
    whole("plan_id", ForeignKey("plan.id")),
    Column("subject", Text, nullable=False),
    Column("title", Text, nullable=False),
    whole("document_date"),
    whole("as_of"),
    whole("quarter_end"),
    whole("load_horizon"),
    Column("base", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    whole("recorded_at"),
    UniqueConstraint("place", "version", "content_hash"),
    CheckConstraint("version > 0", name="version"),
    Index("ix_disclosure_document_plan_id", "plan_id"),
)

disclosure_event = append_only_table(
    "disclosure_event",
    whole("id", primary_key=True),
    whole("document_id", ForeignKey("disclosure_document.id")),
    Column("step", Text, nullable=False),
    Column("by", Text, nullable=False),
    whole("at"),
    Column("content_hash", Text, nullable=False),
    Column("attached_hash", Text, nullable=False),
    Column("prev_hash", Text, nullable=False, unique=True),
    Column("hash", Text, nullable=False, unique=True),
    CheckConstraint('length("by") > 0', name="named"),
    Index("ix_disclosure_event_document_id", "document_id"),
)

disclosure_source = append_only_table(
    "disclosure_source",
    whole("document_id", ForeignKey("disclosure_document.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("sha256", Text, nullable=False),
)

disclosure_finding = append_only_table(
    "disclosure_finding",
    whole("document_id", ForeignKey("disclosure_document.id"), primary_key=True),
    whole("number", primary_key=True),
    Column("code", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("message", Text, nullable=False),
)

disclosure_file = append_only_table(
    "disclosure_file",
    whole("document_id", ForeignKey("disclosure_document.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("sha256", Text, nullable=False),
)
