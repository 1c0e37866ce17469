"""A change shown before it is made: the load it would be is appended, every sleeve resolved, and all of it rolled back.

So a preview is what the night will do, by construction. It is sealed with its hash and with every input that may move;
the approval makes it again and compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from modelx.domain.approval import SealedPreview
from modelx.domain.book import MISSING
from modelx.domain.book_codes import OverrideKind, RebalancePolicy
from modelx.domain.change import Change, ChangeState
from modelx.domain.days import date_of, day_of
from modelx.domain.effective_target import EffectiveTargets
from modelx.domain.errors import Conflict, InvalidInput, NotFound
from modelx.domain.finding import Finding
from modelx.domain.model_portfolio import CASH_TICKER
from modelx.domain.money import Column, format_decimal
from modelx.domain.override import in_force
from modelx.domain.preview import ChangePreview, Market, Names, WeightLine, preview_change, seal_change, weight_lines
from modelx.services.change_checks import model_desk, require_sound
from modelx.services.change_load import append_change, change_name
from modelx.services.change_standing import standing_inputs, versions_to_come
from modelx.services.night_replay import load_state
from modelx.services.night_state import BookState
from modelx.services.preview_market import preview_market
from modelx.services.sleeve_targets import FollowedModels, SleeveTargets, sleeve_targets
from modelx.store import change_records, name_records, night_records, override_records, sleeve_records
from modelx.store.change_records import ChangeRecord
from modelx.store.engine import Connection, Engine
from modelx.store.sleeve_records import SleeveTerms
from modelx.store.unit_of_work import trying, writing


@dataclass(frozen=True, slots=True)
class SleeveView:
    """One sleeve in a preview: who, whether it follows or how it deviates, and why a reader should look twice."""

    plan: str
    model: str
    deviations: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PreviewedChange:
    """A change with what it does to every sleeve concerned. ``lines`` of ``preview`` and ``sleeves`` go together.

    ``after`` is on the change's first day; ``last_night`` (None before the first) is the night whose positions were
    taken. ``unchanged`` counts the sleeves of the models concerned that the change leaves as they are. ``becomes``
    tells the number each target version would get if it were approved now.
    """

    record: ChangeRecord
    change: Change
    preview: ChangePreview
    sleeves: tuple[SleeveView, ...]
    before: EffectiveTargets
    after: EffectiveTargets
    names: Names
    market: Market
    sealed: SealedPreview
    warnings: tuple[Finding, ...]
    unchanged: tuple[SleeveView, ...]
    load_horizon: int
    last_night: int
    becomes: tuple[str, ...]

    def lines_of(self, row: int) -> list[WeightLine]:
        """The weights before and after of the sleeve in a row of the preview, each with its why."""
        return weight_lines(self.before, self.after, int(self.preview.sleeve[row]), self.names)


def preview_stored(engine: Engine, change_id: int, recorded_at: int) -> PreviewedChange:
    """Preview a drafted change and keep the seal, so that it can be approved.

    Raises :class:`NotFound`, :class:`InvalidInput` for a change that is approved or cancelled or no longer sound, and
    :class:`Blocked` when a price is missing.
    """
    state = load_state(engine)
    with trying(engine) as connection:
        shown = make_preview(connection, state, open_change(connection, change_id))
    before = shown.record.preview
    if before is None or before.sha256 != shown.sealed.hash:
        with writing(engine) as connection:
            change_records.lock_for_changes(connection)
            open_change(connection, change_id)
            row = {"change_id": change_id, "sha256": shown.sealed.hash, "inputs": dict(shown.sealed.inputs)}
            seen = {"load_horizon": shown.load_horizon, "last_night": shown.last_night, "recorded_at": recorded_at}
            change_records.insert_preview(connection, {**row, **seen})
    return shown


def open_change(connection: Connection, change_id: int) -> ChangeRecord:
    """A change that waits for its approval. Raises :class:`NotFound`, or :class:`InvalidInput` when it is done with."""
    found = change_records.changes(connection, change_id)
    if not found:
        raise NotFound(f"there is no change {change_id}; see `modelx model changes`")
    if found[0].state in {ChangeState.APPROVED, ChangeState.CANCELLED}:
        raise InvalidInput(f"change {change_id} is {found[0].state.value.lower()} already")
    return found[0]


def make_preview(
    connection: Connection, state: BookState, record: ChangeRecord, signed: str = "", recorded_at: int = 0
) -> PreviewedChange:
    """Append the change as a load and show what it does. The caller's transaction keeps that load, or rolls it back.

    ``signed`` (:func:`signed_reference`) tells who approved what, and becomes part of the load's content hash.
    """
    if night_records.finished_runs_after(connection, state.last_step):
        raise Conflict("a night closed just now: do it again, to see the book as it is")
    desk = model_desk(connection)
    change = Change.from_text(record.draft.content)
    warnings = require_sound(change, desk)
    day, horizon = day_of(change.first_day), desk.horizon
    terms = _concerned(connection, change, day, horizon)
    buffer = np.where(terms.cash_buffer == MISSING, 0, terms.cash_buffer)
    followed = FollowedModels(terms.plan_id, terms.model_id, buffer)
    before = sleeve_targets(connection, followed, day, horizon)
    report = append_change(connection, change, change_name(record.draft.id), signed, recorded_at)
    after = sleeve_targets(connection, followed, day, report.load_id)
    numbers = override_records.override_numbers(connection, report.load_id)
    old, new = renumbered(before.targets, numbers), renumbered(after.targets, numbers)
    targeted = np.concatenate([old.security, new.security])
    found = preview_market(connection, state, terms, targeted, horizon)
    names = Names(_sleeve_names(connection, terms), {**name_records.names(connection, "security"), 0: "CASH"})
    preview = preview_change(old, new, found.market, names)
    standing = standing_inputs(change, desk)
    sealed = seal_change(record.draft.content, preview, new, found.market, names, record.draft.maker, standing)
    views = _views(state, terms, after, numbers, names, found.stale, preview, desk.allowed)
    touched = set(preview.sleeve.tolist())
    return PreviewedChange(
        record, change, preview, tuple(views[row] for row in preview.sleeve.tolist()), old, new, names, found.market,
        sealed, tuple(warnings), tuple(view for row, view in enumerate(views) if row not in touched),
        horizon, state.last_night, versions_to_come(change, desk),
    )  # fmt: skip


def _concerned(connection: Connection, change: Change, day: int, horizon: int) -> SleeveTerms:
    """The sleeves that follow a model of the change, or that an override of it speaks of, and have not ended."""
    terms = sleeve_records.sleeve_terms(connection, horizon)
    plans, models = name_records.ids(connection, "plan"), name_records.ids(connection, "model")
    chosen = np.isin(terms.model_id, [models[version.model] for version in change.versions])
    for rule in change.rules:
        own = terms.plan_id == plans[rule.plan]
        chosen |= own & (terms.model_id == models[rule.model]) if rule.model else own
    rows = np.flatnonzero(chosen & (terms.end_day >= day))
    return SleeveTerms(*(getattr(terms, name)[rows] for name in SleeveTerms.__dataclass_fields__))


def renumbered(targets: EffectiveTargets, numbers: dict[int, int]) -> EffectiveTargets:
    """The same targets with overrides called by the numbers people know."""

    def told(ids: Column) -> Column:
        return np.array([numbers.get(one, one) for one in ids.tolist()], np.int64)

    why = replace(targets.why, override_id=told(targets.why.override_id))
    return replace(targets, why=why, dormant=np.unique(told(targets.dormant)))


def _sleeve_names(connection: Connection, terms: SleeveTerms) -> dict[int, str]:
    plans, models = name_records.names(connection, "plan"), name_records.names(connection, "model")
    pairs = zip(terms.plan_id.tolist(), terms.model_id.tolist(), strict=True)
    return {row: f"{plans[plan]}/{models[model]}" for row, (plan, model) in enumerate(pairs)}


def _views(
    state: BookState,
    terms: SleeveTerms,
    after: SleeveTargets,
    numbers: dict[int, int],
    names: Names,
    stale: dict[int, int],
    preview: ChangePreview,
    allowed: Mapping[str, frozenset[str]],
) -> list[SleeveView]:
    deviations = _deviations(after, numbers, names)
    warnings: dict[int, list[str]] = {row: [] for row in range(terms.sleeve_id.size)}
    for row, texts in zip(preview.sleeve.tolist(), preview.warnings, strict=True):
        warnings[row] += texts
    started = state.sleeves.started(terms.sleeve_id)
    closed = np.zeros(terms.sleeve_id.size, np.int64)
    closed[started] = state.sleeves.closed_through[state.sleeves.rows_of(terms.sleeve_id[started])]
    for row in np.flatnonzero(started & (closed < state.last_night)).tolist():
        warnings[row].append(f"HELD since {date_of(int(closed[row]))}")
    for row in np.flatnonzero(terms.rebalance == RebalancePolicy.NONE).tolist():
        warnings[row].append("POLICY_NONE")
    for row in np.flatnonzero(~started).tolist():
        warnings[row].append(f"STARTS {date_of(int(terms.start_day[row]))}")
    trades = preview.proposal.trades
    for row, security in zip(trades.sleeve.tolist(), trades.security_id.tolist(), strict=True):
        if security in stale:
            warnings[row].append(f"{names.security[security]}: PRICE OF {date_of(stale[security])}")
    dormant = set(after.targets.dormant.tolist())
    for at in np.flatnonzero(np.isin(after.overrides.override_id, list(dormant))).tolist():
        number = numbers.get(int(after.overrides.override_id[at]), 0)
        warnings[int(after.overrides.sleeve[at])].append(f"override {number} DORMANT")
    pairs = [names.sleeve[row].rsplit("/", 1) for row in range(terms.sleeve_id.size)]
    for row, (plan, _) in enumerate(pairs):
        if plan in allowed:
            held = {names.security[one] for one in after.targets.of_sleeve(row)} - {CASH_TICKER}
            warnings[row] += [f"{ticker}: NOT_ELIGIBLE" for ticker in sorted(held - allowed[plan])]
    return [
        SleeveView(plan, model, deviations.get(row, ()), tuple(sorted(set(warnings[row]))))
        for row, (plan, model) in enumerate(pairs)
    ]


def _deviations(after: SleeveTargets, numbers: dict[int, int], names: Names) -> dict[int, tuple[str, ...]]:
    """The overrides in force on the day, by sleeve, in words."""
    rules = after.overrides
    told: dict[int, list[tuple[int, str]]] = {}
    idle = set(after.targets.dormant.tolist())
    for at in np.flatnonzero(in_force(rules, after.day)).tolist():
        number = int(rules.override_id[at])
        if number in idle:
            continue
        words = override_words(
            OverrideKind(int(rules.kind[at])),
            names.security.get(int(rules.security[at]), ""),
            names.security.get(int(rules.to_security[at]), ""),
            int(rules.weight[at]),
        )
        shown = numbers.get(number, number)
        told.setdefault(int(rules.sleeve[at]), []).append((shown, f"{words} (override {shown})"))
    return {row: tuple(text for _, text in sorted(texts)) for row, texts in told.items()}


def override_words(kind: OverrideKind, ticker: str, to_ticker: str, weight: int) -> str:
    """What an override does, in a few words."""
    share = f"{format_decimal(weight, 10, at_least=2)} %"
    return {
        OverrideKind.SUBSTITUTE: f"{ticker}->{to_ticker}",
        OverrideKind.EXCLUDE: f"without {ticker}",
        OverrideKind.SET_WEIGHT: f"{ticker} at {share}",
        OverrideKind.NO_BUY: f"no purchases of {ticker}",
        OverrideKind.NO_SELL: f"no sales of {ticker}",
        OverrideKind.CASH_BUFFER: f"cash buffer {share}",
    }[kind]
