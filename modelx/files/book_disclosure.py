"""The files of the book that only notices need: profiles, line-up, contacts, what was sent, wording, charges.

``shareholder_fees`` is ``None``, or entries ``label|when|1.00%`` (or ``$25.00``) separated by ``;``. ``restrictions``
and ``affiliates`` are separated by ``;``, and ``None`` says that there are none. A blank is *not stated* (DIA-030).
The same holds of a default option's facts: what is left blank is a question for a person (HUMAN), never a PASS.
Source: ``spec/disclosure.md`` 3, 4 (C8), 6, 8 and 9.
"""

from modelx.domain import book_codes as codes
from modelx.domain.book import MISSING
from modelx.files.book_format import (
    ONE,
    ColumnFormat,
    FileFormat,
    Kind,
    amount,
    choice,
    code,
    day,
    flag,
    percent,
    price,
    rate,
    reference,
    text,
    whole_number,
)

DEFAULT_PROMISES = ("materials_passed", "chance_to_direct", "broad_range", "automatic_enrollment")
_WORDS = ("shareholder_fees", "restrictions", "affiliates")

DISCLOSURE_FILES = (
    FileFormat(
        "dia_profiles.csv",
        (
            code("plan"),
            code("model"),
            *(text(name) for name in ("name", "heading", "category", "issuer", "web_address", *_WORDS)),
            flag("closed", blank=0),
            *(text(name, absent=True) for name in ("benchmark", "benchmark_note", "widely_recognized", "secondary")),
        ),
    ),
    FileFormat(
        "blend_weights.csv",
        (
            code("benchmark"),
            day("since"),
            code("component"),
            rate("weight", low=1, high=ONE),
            choice("part", codes.BlendPart, blank=MISSING),
        ),
    ),
    FileFormat("dia_notes.csv", (code("plan"), code("model"), day("date"), text("note", optional=False))),
    FileFormat(
        "line_up.csv",
        (
            code("plan"),
            code("option"),
            choice("kind", codes.LineUpKind),
            *(text(name) for name in ("name", "heading", "category", "issuer", "manager")),
            *(text(name) for name in ("objective", "strategy", "risks", "web_address", *_WORDS)),
            *(text(name) for name in ("benchmark", "benchmark_note")),
            day("inception", blank=MISSING),
            percent("expense_ratio_pct", high=ONE),
            day("expenses_through", blank=MISSING),
            percent("turnover_pct"),
            percent("rate_pct", high=ONE),
            text("term"),
            flag("may_change", blank=0),
            percent("minimum_pct", high=ONE),
            text("how_to_get_rate"),
            day("start", blank=codes.OPEN_START),
            day("end", blank=codes.OPEN_END),
            text("secondary", absent=True),
        ),
    ),
    FileFormat("option_values.csv", (day("date"), code("option"), price("value"))),
    FileFormat(
        "unit_value_history.csv",
        (day("date"), code("plan"), code("model"), amount("unit_value", 6, at_least=6, low=1)),
    ),
    FileFormat(
        "plan_notices.csv",
        (
            code("plan"),
            *(text(name) for name in ("contact", "address", "phone", "default_option")),
            ColumnFormat("plan_year_start", Kind.MONTH_DAY, blank=101),
        ),
    ),
    FileFormat("notices_sent.csv", (code("plan"), choice("paper", codes.NoticePaper), day("sent"))),
    FileFormat(
        "line_up_changes.csv",
        (
            code("plan"),
            code("option"),
            choice("kind", codes.LineUpChangeKind),
            day("effective"),
            day("sent", blank=MISSING),
            text("unforeseeable"),
        ),
    ),
    FileFormat(
        "participant_charges.csv",
        (
            reference("charge_ref"),
            day("date"),
            code("plan"),
            reference("participant"),
            text("service", optional=False),
            text("payee", optional=False),
            flag("individual", blank=0),
            amount("amount", 2),
        ),
    ),
    FileFormat(
        "disclosure_wording.csv",
        (
            code("statement"),
            text("wording", optional=False),
            *(text(name) for name in ("sha256", "approved_by")),
            day("approved_on", blank=MISSING),
        ),
    ),
    FileFormat(
        "default_options.csv",
        (
            code("plan"),
            code("option"),
            choice("kind", codes.DefaultKind, blank=MISSING),
            choice("managed_by", codes.ManagedBy, blank=MISSING),
            *(text(name) for name in ("employer_securities", "employer_exception")),
            *(whole_number(name, 120, blank=MISSING) for name in ("transfer_months", "others_transfer_months")),
            *(text(name) for name in ("exit_fees", "barriers_later")),
            day("first_investment", blank=MISSING),
            flag("withdrawal_permitted", blank=0),
            *(flag(name, blank=MISSING) for name in DEFAULT_PROMISES),
            *(text(name) for name in ("applies_when", "how_to_leave", "options_address")),
        ),
    ),
    FileFormat(
        "default_signatures.csv",
        (
            code("plan"),
            code("option"),
            whole_number("check", 13, low=1),
            reference("sha256"),
            text("signed_by", optional=False),
            day("signed"),
            text("note"),
        ),
    ),
)
