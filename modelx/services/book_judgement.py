"""Is this folder sound, given what the database holds? Every reason against it is listed; nothing is written.

A name is known when the database or the folder itself introduces it. Codes of refused rows count as introduced, so
that one bad row does not make a cascade of unknown names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from modelx.domain.book import MISSING, FileColumns, FindingLog
from modelx.domain.book_checks import check_known, check_repeated, check_sessions, check_sleeves, pack, refuse
from modelx.domain.book_codes import ClosureCalendar
from modelx.domain.book_event_rules import KnownExit, check_event_chains
from modelx.domain.book_rules import RULES, SESSION_COLUMNS
from modelx.domain.calendar import CLOSING_MINUTE, OPENING_MINUTE, Calendar, Closure, make_calendar
from modelx.domain.days import date_of
from modelx.domain.finding import Level, SourceRow
from modelx.services import model_book
from modelx.services.model_book import NumberedRule
from modelx.services.override_judgement import judge_overrides
from modelx.store import book_records, closure_records, event_records, family_records, load_records, sleeve_records
from modelx.store.book_layout import BY_FILE, LAYOUTS
from modelx.store.book_records import BookNames
from modelx.store.engine import Connection
from modelx.store.name_records import NAME_KINDS

NEVER = MISSING  # the start of a sleeve that was not loaded before

_HOME = {kind: layout.file for layout in LAYOUTS for kind in layout.introduces}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the database holds that a folder is judged against."""

    horizon: int
    names: BookNames
    sleeve_start: Mapping[int, int]
    calendar: Calendar
    last_closed_night: int | None
    families: Mapping[str, frozenset[str]]  # the names of glide paths and of tactical rules, by the file's column
    rules: Sequence[NumberedRule]
    exits: Sequence[KnownExit]


@dataclass(frozen=True, slots=True)
class Introduced:
    """The names a folder brings: by kind, and its (plan, model) pairs."""

    names: Mapping[str, frozenset[str]]
    sleeves: frozenset[tuple[str, str]]


def standing(connection: Connection, calendar: Calendar, last_closed_night: int | None) -> Standing:
    """Read what folders are judged against. Call it with the writer's lock held."""
    horizon = load_records.latest_load(connection)
    terms = sleeve_records.sleeve_terms(connection, horizon)
    start = dict(zip(terms.sleeve_id.tolist(), terms.start_day.tolist(), strict=True))
    names, families = book_records.known_names(connection), family_records.known_families(connection)
    rules = model_book.numbered_rules(connection, horizon)
    exits = _known_exits(connection, horizon, names)
    return Standing(horizon, names, start, calendar, last_closed_night, families, rules, exits)


def _known_exits(connection: Connection, horizon: int, names: BookNames) -> list[KnownExit]:
    ticker = {number: name for name, number in names.ids["security"].items()}
    found = event_records.exits_known(connection, horizon)
    columns = (found.ex_day.tolist(), found.security_id.tolist(), found.to_security_id.tolist())
    return [KnownExit(day, ticker[one], ticker.get(other, "")) for day, one, other in zip(*columns, strict=True)]


def judge(files: Mapping[str, FileColumns], standing: Standing, log: FindingLog) -> None:
    """List every reason against the folder's rows."""
    introduced = introduced_names(files)
    known = {kind: introduced.names[kind] | standing.names.ids[kind].keys() for kind in NAME_KINDS}
    sleeves = introduced.sleeves | standing.names.sleeves.keys()
    sessions = calendar_with(standing.calendar, files.get("closures.csv")).sessions
    for name, rows in files.items():
        layout = BY_FILE[name]
        check_repeated(rows, layout.file_key, log)
        for named in layout.named:
            if layout.introducing(named.kind) != named.column:
                check_known(rows, named.column, known[named.kind], _remedy(named.kind), log, zero=named.zero)
        if layout.sleeve is not None:
            plan, model = layout.sleeve
            check_known(rows, plan, known["plan"], _remedy("plan"), log)
            check_known(rows, model, known["model"], _remedy("model"), log)
            check_sleeves(rows, layout.sleeve, sleeves, (known["plan"], known["model"]), log)
        if name in SESSION_COLUMNS:
            check_sessions(rows, SESSION_COLUMNS[name], sessions, log)
        if name in RULES:
            RULES[name](rows, log)
    _check_families(files, standing, log)
    if "closures.csv" in files:
        _check_closures(files["closures.csv"], standing, log)
    if "sleeves.csv" in files:
        _check_starts(files["sleeves.csv"], standing, log)
    if "in_kind_transfers.csv" in files:
        _check_transfers(files["in_kind_transfers.csv"], files.get("sleeves.csv"), standing, log)
    if "corporate_events.csv" in files:
        check_event_chains(files["corporate_events.csv"], standing.exits, log)
    if "models.csv" in files:
        _list_unknown_benchmarks(files["models.csv"], known["benchmark"], log)
    if not log.refusals:  # rules that are sound one by one are judged together
        _judge_overrides(files, standing, introduced, log)


def _judge_overrides(
    files: Mapping[str, FileColumns], standing: Standing, introduced: Introduced, log: FindingLog
) -> None:
    """Judge the folder's overrides, and those saved for plans of which it brings a sleeve."""
    rows, sleeves = files.get("overrides.csv"), files.get("sleeves.csv")
    ruled = {one.rule.plan for one in standing.rules} | (set(rows.texts("plan").values) if rows else set())
    if not ruled:
        return
    models_of: dict[str, list[str]] = {}
    for plan, model in sorted(pair for pair in introduced.sleeves | standing.names.sleeves.keys() if pair[0] in ruled):
        models_of.setdefault(plan, []).append(model)
    opened: dict[tuple[str, str], SourceRow] = {}
    if sleeves is not None:
        pairs = zip(sleeves.texts("plan").to_list(), sleeves.texts("model").to_list(), strict=True)
        for row, pair in enumerate(pairs):
            if pair[0] in ruled and pair not in standing.names.sleeves:
                opened.setdefault(pair, sleeves.source(row, "model"))
    closed = standing.last_closed_night
    since = date.min if closed is None else date_of(closed + 1)
    judge_overrides(rows, standing.rules, models_of, opened, since, log)


def introduced_names(files: Mapping[str, FileColumns]) -> Introduced:
    """The names a folder brings, known before or not."""
    names: dict[str, frozenset[str]] = dict.fromkeys(NAME_KINDS, frozenset())
    sleeves: frozenset[tuple[str, str]] = frozenset()
    for name, rows in files.items():
        layout = BY_FILE[name]
        for kind in NAME_KINDS:
            column = layout.introducing(kind)
            if column is not None:
                names[kind] = frozenset(rows.texts(column).values) - {""}
        if "sleeve" in layout.introduces and layout.sleeve is not None:
            plans, models = (rows.texts(column) for column in layout.sleeve)
            distinct = np.unique(pack(rows, layout.sleeve), return_index=True)[1]
            sleeves = frozenset((plans.at(row), models.at(row)) for row in distinct.tolist())
    return Introduced(names, sleeves)


def calendar_with(calendar: Calendar, closures: FileColumns | None) -> Calendar:
    """The calendar under the folder's own market closures: a day it closes takes no prices, trades or orders."""
    if closures is None:
        return calendar
    market = (closures.ints("calendar") == ClosureCalendar.MARKET) & ~closures.refused
    days, minutes = closures.ints("date")[market].tolist(), closures.ints("close_time")[market].tolist()
    added = [
        Closure(day, ClosureCalendar.MARKET, None if minute == MISSING else minute)
        for day, minute in zip(days, minutes, strict=True)
        if minute == MISSING or OPENING_MINUTE < minute <= CLOSING_MINUTE
    ]
    return make_calendar(calendar.sessions, calendar.close_minutes, added)


def _check_families(files: Mapping[str, FileColumns], standing: Standing, log: FindingLog) -> None:
    """Refuse a series that names a path or a rule, or a rule that names a path, which nobody has described."""
    for column, home in (("glide_path", "glide_paths.csv"), ("tactical_rule", "tactical_rules.csv")):
        own = frozenset(files[home].texts(column).values) if home in files else frozenset()
        known = standing.families[column] | own
        for file, named in _FAMILY_NAMES:
            if file in files and named[0] == column:
                check_known(files[file], named[1], known, f"add it to {home}, or correct it", log, zero="")


_FAMILY_NAMES = (
    ("series.csv", ("glide_path", "glide_path")),
    ("series.csv", ("tactical_rule", "tactical_rule")),
    ("tactical_rules.csv", ("glide_path", "defensive_path")),
    ("tactical_equity.csv", ("tactical_rule", "tactical_rule")),
)


def _remedy(kind: str) -> str:
    return f"add it to {_HOME[kind]}, or correct it"


def _check_closures(rows: FileColumns, standing: Standing, log: FindingLog) -> None:
    """Refuse to close the market on a day whose night has been run: its unit values are out, and the next night
    stands on it.
    """
    if standing.last_closed_night is None:
        return
    day = rows.ints("date")
    shuts = (rows.ints("calendar") == ClosureCalendar.MARKET) & (rows.ints("close_time") == MISSING)
    late = shuts & (day <= standing.last_closed_night) & np.isin(day, standing.calendar.sessions)
    message = f"the nights through {date_of(standing.last_closed_night)} have run: a closure is for a later day"
    refuse(rows, late & ~rows.refused, "CLOSURE_OF_CLOSED_NIGHT", "date", message, log)


def list_left_behind(connection: Connection, closures: FileColumns, log: FindingLog) -> None:
    """List stored rows whose day a closure takes away, a warning: no night will take them up (LEFT_BEHIND)."""
    day = closures.ints("date")
    shuts = (closures.ints("calendar") == ClosureCalendar.MARKET) & (closures.ints("close_time") == MISSING)
    dated = closure_records.rows_of_days(connection, day[shuts].tolist())

    def describe(row: int) -> tuple[str, SourceRow]:
        counted = ", ".join(f"{count} of {file}" for file, count in dated[int(day[row])].items())
        message = (
            f"rows are dated {date_of(int(day[row]))}, which has no night now ({counted}): send them again, redated"
        )
        return message, closures.source(row, "date")

    log.add_rows("LEFT_BEHIND", Level.WARN, np.flatnonzero(shuts & np.isin(day, list(dated))), describe)


def _check_starts(rows: FileColumns, standing: Standing, log: FindingLog) -> None:
    """Refuse a sleeve that would start in a closed night, and another start for one that has started."""
    closed = standing.last_closed_night
    if closed is None:
        return
    plans, models = rows.texts("plan"), rows.texts("model")
    sleeve = book_records.sleeve_ids(plans, models, standing.names.sleeves)
    before = np.array([standing.sleeve_start.get(i, NEVER) for i in sleeve.tolist()], np.int64)
    start = rows.ints("start_date")
    late = (start <= closed) & (start != before)
    message = f"the nights through {date_of(closed)} are closed: a sleeve starts on a later night"
    refuse(rows, late, "START_IN_CLOSED_NIGHT", "start_date", message, log)
    moved = (start > closed) & (before != NEVER) & (before <= closed)
    message = "the sleeve has started already: its start date cannot move"
    refuse(rows, moved, "START_IN_CLOSED_NIGHT", "start_date", message, log)


def _check_transfers(rows: FileColumns, sleeves: FileColumns | None, standing: Standing, log: FindingLog) -> None:
    """Refuse a transfer dated before its sleeve starts: no night would ever read it."""
    starts = {pair: standing.sleeve_start.get(sleeve, NEVER) for pair, sleeve in standing.names.sleeves.items()}
    if sleeves is not None:
        pairs = zip(sleeves.texts("plan").to_list(), sleeves.texts("model").to_list(), strict=True)
        starts |= dict(zip(pairs, sleeves.ints("start_date").tolist(), strict=True))
    moved = zip(rows.texts("plan").to_list(), rows.texts("model").to_list(), strict=True)
    start = np.array([starts.get(pair, NEVER) for pair in moved], np.int64)
    early = rows.ints("date") < start
    refuse(rows, early, "BEFORE_START", "date", lambda row: f"the sleeve starts on {date_of(int(start[row]))}", log)


def _list_unknown_benchmarks(rows: FileColumns, known: frozenset[str], log: FindingLog) -> None:
    texts = rows.texts("benchmark")
    strange = np.array([text not in known and text != "" for text in texts.values] or [False], np.bool_)
    log.add_rows(
        "UNKNOWN_BENCHMARK",
        Level.WARN,
        np.flatnonzero(strange[texts.codes] & ~rows.refused),
        lambda row: (
            f"no benchmark {texts.at(row)!r} is loaded: add it to benchmarks.csv",
            rows.source(row, "benchmark"),
        ),
    )
