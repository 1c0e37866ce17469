"""Families of models as the book has them: series, paths, tactical rules; their managers; and plans' own lists."""

from sqlalchemy import CheckConstraint, ForeignKey

from modelx.store.tables.inputs import load_key, loaded_from, words
from modelx.store.tables.metadata import append_only_table, whole

series = append_only_table(
    "series",
    words("series", primary_key=True),
    load_key(),
    whole("kind"),
    whole("holds"),
    words("glide_path"),
    words("roll_months"),
    words("tactical_rule"),
    words("notes"),
    *loaded_from(),
    CheckConstraint("kind BETWEEN 0 AND 2 AND holds BETWEEN 0 AND 2", name="codes"),
)

glide_path = append_only_table(
    "glide_path",
    words("glide_path", primary_key=True),
    whole("months", primary_key=True),
    whole("security_id", primary_key=True),
    load_key(),
    whole("weight"),
    *loaded_from(),
)

tactical_rule = append_only_table(
    "tactical_rule",
    words("tactical_rule", primary_key=True),
    load_key(),
    whole("window_sessions"),
    whole("fall_max"),
    whole("rise_max"),
    whole("move_min"),
    words("defensive_path"),
    *loaded_from(),
)

tactical_equity = append_only_table(
    "tactical_equity",
    words("tactical_rule", primary_key=True),
    whole("security_id", ForeignKey("security.id"), primary_key=True),
    load_key(),
    *loaded_from(),
)

manager = append_only_table(
    "manager",
    words("manager", primary_key=True),
    load_key(),
    whole("kind"),
    *(words(name) for name in ("style", "payee", "reviewed_by", "notes")),
    whole("reviewed_on", nullable=True),
    whole("next_review", nullable=True),
    *loaded_from(),
    CheckConstraint("kind BETWEEN 0 AND 1", name="kind"),
)

eligibility = append_only_table(
    "eligibility",
    whole("plan_id", ForeignKey("plan.id"), primary_key=True),
    whole("security_id", ForeignKey("security.id"), primary_key=True),
    load_key(),
    whole("allowed"),
    *loaded_from(),
    CheckConstraint("allowed BETWEEN 0 AND 1", name="allowed"),
)
