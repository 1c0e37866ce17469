"""What a notice says that no other file of the book holds: profiles, blends, line-up, changes, wording, defaults.

Rows are versions like those of :mod:`modelx.store.tables.inputs`. Unit values struck before a sleeve came to the
platform (``unit_value_history``) and values of stand-alone options (``option_value``) are stored by date.
"""

from sqlalchemy import CheckConstraint, ForeignKey

from modelx.store.tables.inputs import load_key, loaded_from, words
from modelx.store.tables.metadata import append_only_table, whole

dia_profile = append_only_table(
    "dia_profile",
    whole("sleeve_id", ForeignKey("sleeve.id"), primary_key=True),
    load_key(),
    *(words(name) for name in ("name", "heading", "category", "issuer", "web_address")),
    *(words(name) for name in ("shareholder_fees", "restrictions", "affiliates")),
    whole("closed"),
    *(words(name) for name in ("benchmark", "benchmark_note", "widely_recognized", "secondary")),
    *loaded_from(),
    CheckConstraint("closed BETWEEN 0 AND 1", name="closed"),
)

blend_weight = append_only_table(
    "blend_weight",
    whole("benchmark_id", ForeignKey("benchmark.id"), primary_key=True),
    whole("since", primary_key=True),
    whole("component_id", ForeignKey("benchmark.id"), primary_key=True),
    load_key(),
    whole("weight"),
    whole("part", nullable=True),
    *loaded_from(),
    CheckConstraint("weight BETWEEN 1 AND 1000000000000", name="weight"),
    CheckConstraint("part BETWEEN 0 AND 1", name="part"),
)

dia_note = append_only_table(
    "dia_note",
    whole("sleeve_id", ForeignKey("sleeve.id"), primary_key=True),
    whole("noted_on", primary_key=True),
    load_key(),
    words("note"),
    *loaded_from(),
)

line_up = append_only_table(
    "line_up",
    whole("plan_id", ForeignKey("plan.id"), primary_key=True),
    words("option", primary_key=True),
    load_key(),
    whole("kind"),
    *(words(name) for name in ("name", "heading", "category", "issuer", "manager")),
    *(words(name) for name in ("objective", "strategy", "risks", "web_address")),
    *(words(name) for name in ("shareholder_fees", "restrictions", "affiliates")),
    *(words(name) for name in ("benchmark", "benchmark_note")),
    whole("inception", nullable=True),
    whole("expense_ratio", nullable=True),
    whole("expenses_through", nullable=True),
    whole("turnover", nullable=True),
    whole("rate", nullable=True),
    words("term"),
    whole("may_change"),
    whole("minimum", nullable=True),
    words("how_to_get_rate"),
    whole("start_date"),
    whole("end_date"),
    words("secondary"),
    *loaded_from(),
    CheckConstraint("kind BETWEEN 0 AND 1", name="kind"),
    CheckConstraint("start_date <= end_date", name="dates"),
)

option_value = append_only_table(
    "option_value",
    whole("business_date", primary_key=True),
    words("option", primary_key=True),
    load_key(),
    whole("value"),
    *loaded_from(),
    CheckConstraint("value > 0", name="value"),
)

unit_value_history = append_only_table(
    "unit_value_history",
    whole("business_date", primary_key=True),
    whole("sleeve_id", ForeignKey("sleeve.id"), primary_key=True),
    load_key(),
    whole("unit_value"),
    *loaded_from(),
    CheckConstraint("unit_value > 0", name="unit_value"),
)

plan_notice = append_only_table(
    "plan_notice",
    whole("plan_id", ForeignKey("plan.id"), primary_key=True),
    load_key(),
    *(words(name) for name in ("contact", "address", "phone", "default_option")),
    whole("plan_year_start"),
    *loaded_from(),
)

notice_sent = append_only_table(
    "notice_sent",
    whole("plan_id", ForeignKey("plan.id"), primary_key=True),
    whole("paper", primary_key=True),
    whole("sent_on", primary_key=True),
    load_key(),
    *loaded_from(),
    CheckConstraint("paper BETWEEN 0 AND 2", name="paper"),
)

line_up_change = append_only_table(
    "line_up_change",
    whole("plan_id", ForeignKey("plan.id"), primary_key=True),
    words("option", primary_key=True),
    whole("kind", primary_key=True),
    whole("effective", primary_key=True),
    load_key(),
    whole("sent_on", nullable=True),
    words("unforeseeable"),
    *loaded_from(),
    CheckConstraint("kind BETWEEN 0 AND 9", name="kind"),
)

participant_charge = append_only_table(
    "participant_charge",
    words("charge_ref", primary_key=True),
    load_key(),
    whole("business_date"),
    whole("plan_id", ForeignKey("plan.id")),
    *(words(name) for name in ("participant", "service", "payee")),
    whole("individual"),
    whole("amount"),
    *loaded_from(),
    CheckConstraint("individual BETWEEN 0 AND 1", name="individual"),
)

disclosure_wording = append_only_table(
    "disclosure_wording",
    words("statement", primary_key=True),
    load_key(),
    *(words(name) for name in ("wording", "sha256", "approved_by")),
    whole("approved_on", nullable=True),
    *loaded_from(),
)

default_option = append_only_table(
    "default_option",
    whole("plan_id", ForeignKey("plan.id"), primary_key=True),
    words("option", primary_key=True),
    load_key(),
    *(whole(name, nullable=True) for name in ("kind", "managed_by", "transfer_months", "others_transfer_months")),
    *(words(name) for name in ("employer_securities", "employer_exception", "exit_fees", "barriers_later")),
    whole("first_investment", nullable=True),
    whole("withdrawal_permitted"),
    *(
        whole(name, nullable=True)
        for name in ("materials_passed", "chance_to_direct", "broad_range", "automatic_enrollment")
    ),
    *(words(name) for name in ("applies_when", "how_to_leave", "options_address")),
    *loaded_from(),
    CheckConstraint("kind BETWEEN 0 AND 5", name="kind"),
    CheckConstraint("managed_by BETWEEN 0 AND 4", name="managed_by"),
    CheckConstraint("withdrawal_permitted BETWEEN 0 AND 1", name="withdrawal_permitted"),
)

default_signature = append_only_table(
    "default_signature",
    whole("plan_id", ForeignKey("plan.id"), primary_key=True),
    words("option", primary_key=True),
    whole("number", primary_key=True),
    load_key(),
    whole("signed_on"),
    *(words(name) for name in ("sha256", "signed_by", "note")),
    *loaded_from(),
    CheckConstraint("number BETWEEN 1 AND 13", name="number"),
)
