"""The versions that series make by their own rules, brought up to date before a new night begins.

A series without a tactical rule rolls down its glide path in its roll months. With one it is decided anew on the last
night of every month, and rolls down as it is. A version is decided from what was known on the last closed night, takes
effect on the night that comes, and enters the book as a load, with everything it was decided from beside it. A date
is decided once: doing it again does nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from modelx.domain.calendar import Calendar
from modelx.domain.change import Change, ChangeKind
from modelx.domain.days import date_of
from modelx.domain.glide_path import months_to_target
from modelx.domain.model_portfolio import TargetVersion, weights_from
from modelx.domain.tactical import Signal, TacticalDecision, decide, version_from
from modelx.services import book, model_book
from modelx.services.book_entry import BookEntry
from modelx.services.change_load import SERIES, change_files
from modelx.services.model_book import Standing
from modelx.services.series_book import DatedSeries, dated_series, known_history
from modelx.store import family_records, load_records, name_records, night_records, session_records
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading, writing


@dataclass(frozen=True, slots=True)
class Made:
    """A version a series made on the night ``decided_on``, and the decision behind it (None: the path alone)."""

    series: str
    decided_on: int
    version: TargetVersion
    decision: TacticalDecision | None


def bring_up_to_date(engine: Engine, day: int, recorded_at: int) -> bool:
    """Make the versions of all series that take effect on the night of ``day``; returns whether there were any.

    Call it when ``day`` is the next new night and has not begun: a night that has begun is left alone.
    """
    with reading(engine) as connection:
        if not _made_on(connection, day, load_records.latest_load(connection)):
            return False
    with writing(engine) as connection:
        load_records.lock_for_loading(connection)
        horizon = load_records.latest_load(connection)
        made = _made_on(connection, day, horizon)
        if made:
            _append(connection, made, day, horizon, recorded_at)
    return bool(made)


def made_as_known(
    connection: Connection, one: DatedSeries, calendar: Calendar, on: int, horizon: int
) -> dict[str, TacticalDecision | None]:
    """What a series' rule decides from what was known on the night ``on``, by model; None where it has no rule."""
    if one.rule is None:
        return dict.fromkeys(one.series.models.values())
    history, numbers = known_history(connection, calendar, one.rule, on, horizon)
    path = one.series.path
    return {
        model: decide(one.rule, path, model, vintage, history, numbers)
        for vintage, model in sorted(one.series.models.items())
    }


def _made_on(connection: Connection, day: int, horizon: int) -> list[Made]:
    series = dated_series(connection, horizon)
    begun = night_records.last_night_begun(connection)
    if not series or (begun is not None and begun >= day):
        return []
    done = {decision.model_id for decision in family_records.decisions(connection, day)}
    numbers = name_records.ids(connection, "model")
    own = {model for one in series for model in one.series.models.values()}
    versions = model_book.model_versions(connection, horizon, date_of(day), own)
    latest = {one.version.model: one.version for one in versions if one.standing is Standing.IN_FORCE}
    count = {one.version.model: one.version.number for one in versions}
    calendar = session_records.calendar(connection, horizon)
    found: list[Made] = []
    for one in series:
        due = _due(one, begun, day)
        waiting = {
            model
            for model in one.series.models.values()
            if numbers[model] not in done and (model not in latest or (due and latest[model].effective < date_of(day)))
        }
        if waiting:
            on = calendar.previous_session(day) if begun is None else begun
            found += _made_by(connection, one, waiting, latest, count, calendar, on, horizon, day)
    return found


def _due(one: DatedSeries, begun: int | None, day: int) -> bool:
    """Whether the series decides on every vintage: a roll month reached, or, with a rule, a month that has ended."""
    if begun is None:
        return False
    last, on = date_of(begun), date_of(day)
    if one.rule is not None:
        return (last.year, last.month) != (on.year, on.month)
    return one.series.roll_due(last, on)


def _made_by(
    connection: Connection,
    one: DatedSeries,
    waiting: set[str],
    latest: dict[str, TargetVersion],
    count: dict[str, int],
    calendar: Calendar,
    on: int,
    horizon: int,
    day: int,
) -> list[Made]:
    found = []
    decisions = made_as_known(connection, one, calendar, on, horizon)
    for vintage, model in sorted(one.series.models.items()):
        if model not in waiting:
            continue
        decision, before = decisions[model], latest.get(model)
        number = count.get(model, 0) + 1
        if one.rule is not None and decision is not None:
            version = version_from(decision, one.rule, before, date_of(day))
        else:
            version = _rolled(one, vintage, model, day, before)
        if version is not None:
            numbered = TargetVersion(model, number, version.effective, version.weights, memo=version.memo)
            found.append(Made(one.series.name, on, numbered, decision))
    return found


def _rolled(one: DatedSeries, vintage: int, model: str, day: int, before: TargetVersion | None) -> TargetVersion | None:
    months, weights = months_to_target(vintage, date_of(day)), rolled_weights(one, model, day)
    if before is not None and before.weights == weights:
        return None
    memo = f"{one.series.name} {vintage}: roll-down, {months} months to the target date"
    return TargetVersion(model, 0, date_of(day), weights, memo=memo)


def rolled_weights(one: DatedSeries, model: str, day: int) -> tuple[tuple[str, int], ...]:
    """The weights of a vintage on its glide path in the month of ``day``."""
    vintage = next(year for year, ticker in one.series.models.items() if ticker == model)
    return weights_from(one.series.path.weights_at(months_to_target(vintage, date_of(day))))


def _append(connection: Connection, made: list[Made], day: int, horizon: int, recorded_at: int) -> None:
    change = Change(ChangeKind.MODEL, f"series {date_of(day)}", date_of(day), tuple(one.version for one in made))
    files = change_files(change)
    entry = BookEntry(f"{SERIES}{date_of(day)}", f"series {date_of(day)} {horizon} {change.to_text()}", files)
    book.begin_load(connection, entry.content_hash)
    calendar = session_records.calendar(connection, horizon)
    report = book.append_load(connection, entry, files, calendar, None, recorded_at)
    numbers = name_records.ids(connection, "model")
    family_records.insert_decisions(
        connection,
        [
            {
                "effective": day,
                "model_id": numbers[one.version.model],
                "series": one.series,
                "decided_on": one.decided_on,
                "horizon": horizon,
                "content": decision_text(one),
                "cause": one.version.memo,
                "load_id": report.load_id,
                "recorded_at": recorded_at,
            }
            for one in made
        ],
    )


def decision_text(made: Made) -> str:
    """What a version was decided from, as canonical JSON: every signal of a rule, or the weights of the path."""
    content = {
        "model": made.version.model,
        "weights": [list(line) for line in made.version.weights],
        "decision": None if made.decision is None else asdict(made.decision),
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def decision_of(text: str) -> TacticalDecision | None:
    """The decision a stored text tells, None where the path alone decided."""
    content = json.loads(text)["decision"]
    if content is None:
        return None
    signals = tuple(Signal(**signal) for signal in content["signals"])
    weights = tuple((ticker, weight) for ticker, weight in content["weights"])
    return TacticalDecision(**{**content, "signals": signals, "weights": weights})
