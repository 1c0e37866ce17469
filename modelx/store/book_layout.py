"""How the columns of each file are stored: which table, which column, and which names become ids.

One entry for each file; what is not listed as a name or under another column is stored under its own name. The
loader, the exporter and ``modelx db check`` all follow these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelx.store.tables.dated_inputs import IDEAL_WEIGHTS

if TYPE_CHECKING:
    from modelx.store.name_records import NameKind


@dataclass(frozen=True, slots=True)
class Named:
    """A column of names stored as ids. ``zero`` is the text that stands for id 0, None where every row needs a name."""

    column: str
    kind: NameKind
    stored: str
    zero: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """One file's table. ``key`` and ``group`` are table columns: see :func:`modelx.store.versions.in_force`.

    ``sleeve`` names the file's columns of plan and model where the two become a sleeve id. ``introduces`` are the
    kinds of name whose first appearance in this file makes them known.
    """

    file: str
    table: str
    key: tuple[str, ...]
    named: tuple[Named, ...] = ()
    sleeve: tuple[str, str] | None = None
    renamed: tuple[tuple[str, str], ...] = ()  # (file column, table column)
    introduces: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    day: str = ""  # the table's column that a reader can be limited by

    def stored_name(self, column: str) -> str:
        """The table column of a file column that is neither a name nor part of a sleeve."""
        return dict(self.renamed).get(column, column)

    def file_name(self, stored: str) -> str:
        """The file column of such a table column."""
        return {table: column for column, table in self.renamed}.get(stored, stored)

    @property
    def file_key(self) -> tuple[str, ...]:
        """The file's columns that identify a row, in the order of the table's key."""
        names: dict[str, tuple[str, ...]] = {named.stored: (named.column,) for named in self.named}
        names["sleeve_id"] = self.sleeve or ()
        return tuple(column for key in self.key for column in names.get(key, (self.file_name(key),)))

    def introducing(self, kind: str) -> str | None:
        """The column in which this file introduces names of a kind, None when it introduces none."""
        columns = [named.column for named in self.named if named.kind == kind and kind in self.introduces]
        return columns[0] if columns else None


_DATE = (("date", "business_date"),)
_SENT = (("sent", "sent_on"),)
_PLAN_MODEL = ("plan", "model")


def _ticker(zero: str | None = None) -> Named:
    return Named("ticker", "security", "security_id", zero)


def _plan(zero: str | None = None) -> Named:
    return Named("plan", "plan", "plan_id", zero)


def _model(zero: str | None = None) -> Named:
    return Named("model", "model", "model_id", zero)


LAYOUTS = (
    Layout(
        "securities.csv",
        "security_terms",
        ("security_id",),
        (_ticker(),),
        renamed=(
            ("expense_ratio_pct", "expense_ratio"),
            ("turnover_pct", "turnover"),
            ("redemption_fee_pct", "redemption_fee"),
            ("fee_12b1_pct", "fee_12b1"),
            ("sub_ta_pct", "sub_ta"),
        ),
        introduces=("security",),
    ),
    Layout("prices.csv", "price", ("business_date", "security_id"), (_ticker(),), renamed=_DATE, day="business_date"),
    Layout("distributions.csv", "distribution", ("ex_date", "security_id", "kind"), (_ticker(),), day="ex_date"),
    Layout("splits.csv", "split", ("ex_date", "security_id"), (_ticker(),), day="ex_date"),
    Layout("models.csv", "model_terms", ("model_id",), (_model(),), introduces=("model",)),
    Layout(
        "targets.csv",
        "target",
        ("model_id", "effective_date", "security_id"),
        (_model(), _ticker("CASH")),
        group=("model_id", "effective_date"),
    ),
    Layout(
        "plans.csv",
        "plan_terms",
        ("plan_id",),
        (_plan(), Named("recordkeeper", "recordkeeper", "recordkeeper_id")),
        introduces=("plan", "recordkeeper"),
    ),
    Layout("sleeves.csv", "sleeve_terms", ("sleeve_id",), sleeve=_PLAN_MODEL, introduces=("sleeve",)),
    Layout(
        "fees.csv",
        "fee",
        ("plan_id", "model_id", "payee_id", "start_date"),
        (
            _plan(""),
            _model(""),
            Named("payee", "payee", "payee_id"),
            Named("waives", "payee", "waives_payee_id", ""),
        ),
        renamed=(("start", "start_date"), ("end", "end_date")),
        introduces=("payee",),
    ),
    Layout(
        "overrides.csv",
        "override",
        ("plan_id", "model_id", "kind", "security_id", "start_date"),
        (_plan(), _model(""), _ticker(""), Named("to_ticker", "security", "to_security_id", "")),
        renamed=(("start", "start_date"), ("end", "end_date")),
    ),
    Layout(
        "orders.csv",
        "rk_order",
        ("rk_id", "order_ref"),
        (Named("rk_id", "recordkeeper", "rk_id"),),
        sleeve=("plan_id", "ticker"),
        renamed=(("rk_received_at", "received_at"),),
    ),
    Layout("trades.csv", "trade", ("trade_ref",), (_ticker(),), sleeve=_PLAN_MODEL),
    Layout("fills.csv", "fill", ("fill_ref",), (_ticker(),), renamed=_DATE, day="business_date"),
    Layout(
        "trade_decisions.csv",
        "trade_decision",
        ("business_date", "decision", "plan_id", "model_id", "security_id"),
        (_plan(""), _model(""), _ticker("")),
        renamed=_DATE,
        day="business_date",
    ),
    Layout(
        "benchmarks.csv",
        "benchmark_terms",
        ("benchmark_id",),
        (Named("benchmark", "benchmark", "benchmark_id"),),
        introduces=("benchmark",),
    ),
    Layout(
        "benchmark_levels.csv",
        "benchmark_level",
        ("business_date", "benchmark_id"),
        (Named("benchmark", "benchmark", "benchmark_id"),),
        renamed=_DATE,
        day="business_date",
    ),
    Layout("asset_classes.csv", "asset_class", ("asset_class",)),
    Layout("exposures.csv", "exposure", ("security_id", "asset_class"), (_ticker(),), group=("security_id",)),
    Layout(
        "custodian_positions.csv",
        "custodian_position",
        ("business_date", "sleeve_id", "security_id"),
        (_ticker("CASH"),),
        sleeve=_PLAN_MODEL,
        renamed=_DATE,
        day="business_date",
    ),
    Layout(
        "rk_units.csv",
        "rk_unit",
        ("business_date", "sleeve_id"),
        sleeve=_PLAN_MODEL,
        renamed=_DATE,
        day="business_date",
    ),
    Layout(
        "second_prices.csv",
        "second_price",
        ("business_date", "security_id", "source"),
        (_ticker(),),
        renamed=_DATE,
        day="business_date",
    ),
    Layout(
        "closures.csv",
        "closure",
        ("closed_on", "calendar"),
        renamed=(("date", "closed_on"), ("close_time", "close_minute")),
    ),
    Layout(
        "participants.csv",
        "participant",
        ("plan_id", "participant"),
        (_plan(),),
        renamed=tuple((name.upper(), name) for name in IDEAL_WEIGHTS),
    ),
    Layout("dia_profiles.csv", "dia_profile", ("sleeve_id",), sleeve=_PLAN_MODEL),
    Layout(
        "blend_weights.csv",
        "blend_weight",
        ("benchmark_id", "since", "component_id"),
        (
            Named("benchmark", "benchmark", "benchmark_id"),
            Named("component", "benchmark", "component_id"),
        ),
        group=("benchmark_id", "since"),
    ),
    Layout("dia_notes.csv", "dia_note", ("sleeve_id", "noted_on"), sleeve=_PLAN_MODEL, renamed=(("date", "noted_on"),)),
    Layout(
        "line_up.csv",
        "line_up",
        ("plan_id", "option"),
        (_plan(),),
        renamed=(
            ("expense_ratio_pct", "expense_ratio"),
            ("turnover_pct", "turnover"),
            ("rate_pct", "rate"),
            ("minimum_pct", "minimum"),
            ("start", "start_date"),
            ("end", "end_date"),
        ),
    ),
    Layout("option_values.csv", "option_value", ("business_date", "option"), renamed=_DATE, day="business_date"),
    Layout(
        "unit_value_history.csv",
        "unit_value_history",
        ("business_date", "sleeve_id"),
        sleeve=_PLAN_MODEL,
        renamed=_DATE,
        day="business_date",
    ),
    Layout("plan_notices.csv", "plan_notice", ("plan_id",), (_plan(),)),
    Layout("notices_sent.csv", "notice_sent", ("plan_id", "paper", "sent_on"), (_plan(),), renamed=_SENT),
    Layout(
        "line_up_changes.csv",
        "line_up_change",
        ("plan_id", "option", "kind", "effective"),
        (_plan(),),
        renamed=_SENT,
    ),
    Layout("participant_charges.csv", "participant_charge", ("charge_ref",), (_plan(),), renamed=_DATE),
    Layout("disclosure_wording.csv", "disclosure_wording", ("statement",)),
    Layout("default_options.csv", "default_option", ("plan_id", "option"), (_plan(),)),
    Layout(
        "default_signatures.csv",
        "default_signature",
        ("plan_id", "option", "number"),
        (_plan(),),
        renamed=(("check", "number"), ("signed", "signed_on")),
    ),
    Layout(
        "corporate_events.csv",
        "corporate_event",
        ("ex_date", "security_id"),
        (_ticker(), Named("to_ticker", "security", "to_security_id", "")),
        day="ex_date",
    ),
    Layout(
        "in_kind_transfers.csv",
        "in_kind_transfer",
        ("transfer_ref", "security_id"),
        (_ticker("CASH"),),
        sleeve=_PLAN_MODEL,
        renamed=(("date", "transfer_date"),),
        group=("transfer_ref",),
    ),
    Layout("series.csv", "series", ("series",)),
    Layout(
        "glide_paths.csv",
        "glide_path",
        ("glide_path", "months", "security_id"),
        (_ticker("CASH"),),
        group=("glide_path",),
    ),
    Layout("tactical_rules.csv", "tactical_rule", ("tactical_rule",)),
    Layout(
        "tactical_equity.csv",
        "tactical_equity",
        ("tactical_rule", "security_id"),
        (_ticker(),),
        group=("tactical_rule",),
    ),
    Layout("managers.csv", "manager", ("manager",)),
    Layout("eligibility.csv", "eligibility", ("plan_id", "security_id"), (_plan(), _ticker())),
)

BY_FILE = {layout.file: layout for layout in LAYOUTS}
