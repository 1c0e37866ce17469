"""Changes of models and overrides on their way to the book: drafts, previews, approvals and cancellations.

No night reads these. An approved change is a load, which its approval names; everything else about it (who proposed
it, what the preview showed, who approved it and why) stays here. Versions that a series makes by its own rule are
loads too, and ``series_decision`` holds what they were decided from. Nothing is ever changed: each step is a new row.
"""

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text

from modelx.store.tables.inputs import words
from modelx.store.tables.metadata import append_only_table, whole

change_draft = append_only_table(
    "change_draft",
    whole("id", primary_key=True),
    words("kind"),
    words("title"),
    words("content"),
    words("content_hash"),
    words("memo"),
    words("maker"),
    whole("recorded_at"),
    CheckConstraint("id > 0", name="id"),
    CheckConstraint("length(maker) > 0 AND length(content) > 0", name="named"),
)

change_preview = append_only_table(
    "change_preview",
    whole("id", primary_key=True),
    whole("change_id", ForeignKey("change_draft.id")),
    words("sha256"),
    Column("inputs", Text, nullable=False),
    whole("load_horizon"),
    whole("last_night"),
    whole("recorded_at"),
    Index("ix_change_preview_change_id", "change_id"),
)

change_approval = append_only_table(
    "change_approval",
    whole("change_id", ForeignKey("change_draft.id"), primary_key=True),
    whole("preview_id", ForeignKey("change_preview.id")),
    words("sha256"),
    words("maker"),
    words("checker"),
    words("note"),
    whole("load_id", ForeignKey("load.id")),
    whole("recorded_at"),
    CheckConstraint("lower(maker) <> lower(checker)", name="four_eyes"),
    CheckConstraint("length(maker) > 0 AND length(checker) > 0", name="named"),
)

change_cancellation = append_only_table(
    "change_cancellation",
    whole("change_id", ForeignKey("change_draft.id"), primary_key=True),
    words("cancelled_by"),
    words("reason"),
    whole("recorded_at"),
    CheckConstraint("length(cancelled_by) > 0 AND length(reason) > 0", name="named"),
)

series_decision = append_only_table(
    "series_decision",
    whole("effective", primary_key=True),
    whole("model_id", ForeignKey("model.id"), primary_key=True),
    words("series"),
    whole("decided_on"),
    whole("horizon"),
    Column("content", Text, nullable=False),
    words("cause"),
    whole("load_id", ForeignKey("load.id")),
    whole("recorded_at"),
)
