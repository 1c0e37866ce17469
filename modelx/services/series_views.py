"""Series for people: what families there are, the vintages of one with what their rules decided, and their audit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from modelx.domain.book_codes import SeriesHolds, SeriesKind
from modelx.domain.days import date_of
from modelx.domain.errors import NotFound
from modelx.domain.finding import Finding, Level
from modelx.domain.model_portfolio import TargetVersion
from modelx.domain.tactical import TacticalDecision, audit
from modelx.services import model_book
from modelx.services.series_book import DatedSeries, dated_series
from modelx.services.series_versions import decision_of, made_as_known, rolled_weights
from modelx.store import family_records, load_records, model_records, name_records, session_records
from modelx.store.engine import Connection, Engine
from modelx.store.family_records import StoredDecision
from modelx.store.model_records import StoredModel
from modelx.store.unit_of_work import reading


@dataclass(frozen=True, slots=True)
class ListedSeries:
    """A series with its members, in the order of vintages; those of models.csv alone have kind OTHER."""

    series: str
    kind: str
    holds: str
    glide_path: str
    roll_months: str
    tactical_rule: str
    members: tuple[StoredModel, ...]
    decisions: int


@dataclass(frozen=True, slots=True)
class Vintage:
    """A model of a series, its weights on the day, and the newest decision of the series' own rule on it."""

    model: StoredModel
    in_force: TargetVersion | None
    decided: StoredDecision | None


def list_series(engine: Engine) -> list[ListedSeries]:
    """Every series that series.csv describes or models.csv names, by name."""
    with reading(engine) as connection:
        horizon = load_records.latest_load(connection)
        stored = {one.series: one for one in family_records.series_known(connection, horizon)}
        models = model_records.models_known(connection, horizon)
        made = [one.series for one in family_records.decisions(connection)]
    names = sorted(stored.keys() | {model.series for model in models if model.series})
    found = []
    for name in names:
        members = tuple(sorted((m for m in models if m.series == name), key=lambda m: (m.vintage, m.ticker)))
        one = stored.get(name)
        words = ("OTHER", "MIXED", "", "", "")
        if one is not None:
            kind, holds = SeriesKind(one.kind).name, SeriesHolds(one.holds).name
            words = (kind, holds, one.glide_path, one.roll_months, one.tactical_rule)
        found.append(ListedSeries(name, *words, members, made.count(name)))
    return found


def show_series(engine: Engine, series: str, on: date | None) -> list[Vintage]:
    """The models of a series as they stand on a day (default: the last load's newest). Raises :class:`NotFound`."""
    with reading(engine) as connection:
        horizon = load_records.latest_load(connection)
        members = [one for one in model_records.models_known(connection, horizon) if one.series == series]
        if not members:
            raise NotFound(f"no model belongs to series {series!r}; see `modelx series list`")
        day = on or date.max
        tickers = {one.ticker for one in members}
        versions = model_book.model_versions(connection, horizon, day, tickers)
        made = {one.model_id: one for one in family_records.decisions(connection) if date_of(one.effective) <= day}
    members.sort(key=lambda one: (one.vintage, one.ticker))
    return [Vintage(one, model_book.in_force(versions, one.ticker), made.get(one.model_id)) for one in members]


def audit_series(engine: Engine) -> list[Finding]:
    """Decide every version of every series again from what was known on its night; what differs is LOOK_AHEAD.

    A version whose stored weights are not those of its decision, or of the path on that date, is found as well.
    """
    with reading(engine) as connection:
        return audit_known(connection)


def audit_known(connection: Connection) -> list[Finding]:
    """The same, on a snapshot that the caller holds."""
    models = name_records.names(connection, "model")
    findings: list[Finding] = []
    for stored in family_records.decisions(connection):
        findings += _audit_one(connection, stored, models[stored.model_id])
    return findings


def _audit_one(connection: Connection, stored: StoredDecision, model: str) -> list[Finding]:
    calendar = session_records.calendar(connection, stored.horizon)
    known = {one.series.name: one for one in dated_series(connection, stored.horizon)}
    if stored.series not in known:
        return [_finding(stored, model, f"series {stored.series} was not known at load {stored.horizon}")]
    one = known[stored.series]
    again = made_as_known(connection, one, calendar, stored.decided_on, stored.horizon)
    decision, recomputed = decision_of(stored.content), again.get(model)
    if decision is not None and recomputed is not None:
        findings = audit(decision, recomputed)
    elif decision is not recomputed:
        findings = [_finding(stored, model, "it was decided by a rule that the series did not have")]
    else:
        findings = []
    return findings + _audit_weights(connection, stored, one, model, recomputed)


def _audit_weights(
    connection: Connection, stored: StoredDecision, one: DatedSeries, model: str, decision: TacticalDecision | None
) -> list[Finding]:
    versions = model_book.model_versions(connection, stored.load_id, date_of(stored.effective), {model})
    found = next((v.version for v in versions if v.load_id == stored.load_id), None)
    wanted = decision.weights if decision is not None else rolled_weights(one, model, stored.effective)
    if found is None or found.weights != wanted:
        return [_finding(stored, model, "the stored weights are not those that follow from what was known")]
    return []


def _finding(stored: StoredDecision, model: str, what: str) -> Finding:
    return Finding("LOOK_AHEAD", Level.BLOCK, f"model {model}, {date_of(stored.effective)}: {what}")


def signals_of(decided: StoredDecision | None) -> Mapping[str, int]:
    """The votes of a stored decision by ticker; empty where no rule decided."""
    decision = None if decided is None else decision_of(decided.content)
    return {} if decision is None else {signal.ticker: signal.vote for signal in decision.signals}
