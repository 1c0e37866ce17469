"""Models for people: the list, one model with its versions, and what one plan's sleeve is to hold and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from modelx.domain.book import MISSING
from modelx.domain.days import day_of
from modelx.domain.effective_target import explain
from modelx.domain.errors import InvalidInput, NotFound
from modelx.domain.model_portfolio import TargetVersion, WeightChange, diff
from modelx.domain.universe import Listing
from modelx.services import model_book
from modelx.services.change_checks import model_desk
from modelx.services.change_preview import override_words, renumbered
from modelx.services.known_names import require_known
from modelx.services.model_book import ModelVersion, NumberedRule, Standing
from modelx.services.night_replay import load_state
from modelx.services.sleeve_targets import FollowedModels, sleeve_targets
from modelx.store import (
    change_records,
    load_records,
    model_records,
    name_records,
    override_records,
    sleeve_records,
)
from modelx.store.engine import Connection, Engine
from modelx.store.model_records import StoredModel
from modelx.store.sleeve_records import SleeveTerms
from modelx.store.unit_of_work import reading


@dataclass(frozen=True, slots=True)
class ListedModel:
    """One line of `model list`: terms, the version in force and the next to come, and the sleeves that follow.

    ``net_assets`` (millionths) are those of the last night; ``cannot_buy`` names what it holds and cannot buy.
    """

    terms: StoredModel
    in_force: TargetVersion | None
    scheduled: TargetVersion | None
    sleeves: int
    net_assets: int
    cannot_buy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SleeveWeight:
    """One security of a sleeve: the model's weight, the sleeve's own (10^-12), and why."""

    ticker: str
    of_model: int
    effective: int
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownModel:
    """A model with every version, the universe for its securities, and the overrides of the plans that follow it."""

    terms: StoredModel
    versions: tuple[ModelVersion, ...]
    on: date
    universe: Mapping[str, Listing]
    rules: tuple[NumberedRule, ...]

    def in_force(self) -> TargetVersion | None:
        """The version in force on the day."""
        return model_book.in_force(list(self.versions), self.terms.ticker)


def list_models(engine: Engine) -> list[ListedModel]:
    """Every model, by ticker, as it stands on the next session."""
    state = load_state(engine)
    with reading(engine) as connection:
        desk = model_desk(connection)
        terms = sleeve_records.sleeve_terms(connection, desk.horizon)
        models = model_records.models_known(connection, desk.horizon)
    worth = dict(zip(state.sleeves.sleeve_id.tolist(), state.sleeves.net_assets.tolist(), strict=True))
    found = []
    for model in models:
        live = terms.sleeve_id[(terms.model_id == model.model_id) & (terms.end_day >= day_of(desk.next_night))]
        now = desk.in_force_on(model.ticker, desk.next_night)
        coming = desk.scheduled_after(model.ticker, desk.next_night)
        found.append(
            ListedModel(
                model,
                now,
                coming[0] if coming else None,
                live.size,
                sum(worth.get(sleeve, 0) for sleeve in live.tolist()),
                _cannot_buy([now, *coming], desk.universe),
            )
        )
    return found


def show_model(engine: Engine, model: str, on: date | None) -> ShownModel:
    """One model as it stands on a day (default: the next session). Raises :class:`NotFound`."""
    with reading(engine) as connection:
        require_known(connection, model=model)
        desk = model_desk(connection)
        day = on or desk.next_night
        versions = tuple(model_book.model_versions(connection, desk.horizon, day, {model}))
        terms = next(one for one in model_records.models_known(connection, desk.horizon) if one.ticker == model)
        rules = tuple(one for one in desk.rules if one.rule.model in {"", model} and not one.withdrawn)
        return ShownModel(terms, versions, day, desk.universe, rules)


def compare_versions(
    shown: ShownModel, first: int | None, second: int | None
) -> tuple[TargetVersion | None, TargetVersion, list[WeightChange]]:
    """Two versions of a model and what changes between them; by default the newest against the one before it.

    Raises :class:`NotFound` for a number the model does not have.
    """
    own = {one.version.number: one.version for one in shown.versions if one.standing is not Standing.CANCELS}
    if not own:
        raise NotFound(f"model {shown.terms.ticker} has no version yet; draft one with `modelx model draft`")
    for number in (first, second):
        if number is not None and number not in own:
            raise NotFound(f"model {shown.terms.ticker} has no version {number}; it has {sorted(own)}")
    after = own[second if second is not None else max(own)]
    earlier = [number for number in own if number < after.number]
    before = own[first] if first is not None else own[max(earlier)] if earlier else None
    return before, after, diff(before, after)


def sleeve_weights(engine: Engine, plan: str, model: str, on: date | None) -> list[SleeveWeight]:
    """What one plan's sleeve is to hold on a day (default: the next session), beside its model, each with its why.

    Raises :class:`NotFound` when the plan has no sleeve of the model.
    """
    with reading(engine) as connection:
        require_known(connection, plan=plan, model=model)
        desk = model_desk(connection)
        if (plan, model) not in desk.sleeves:
            raise NotFound(f"plan {plan} has no sleeve of model {model}: see `modelx model show {model}`")
        day = on or desk.next_night
        terms = _terms_of(connection, desk.horizon, plan, model)
        buffer = np.where(terms.cash_buffer == MISSING, 0, terms.cash_buffer)
        followed = FollowedModels(terms.plan_id, terms.model_id, buffer)
        found = sleeve_targets(connection, followed, day_of(day), desk.horizon)
        if found.targets.circular.size:
            raise InvalidInput(f"the substitutions of {plan}/{model} go round in a circle; end one of them")
        targets = renumbered(found.targets, override_records.override_numbers(connection, desk.horizon))
        names = {**name_records.names(connection, "security"), 0: "CASH"}
    own = dict((desk.in_force_on(model, day) or TargetVersion(model, 0, day, ())).weights)
    held = {names[security]: weight for security, weight in targets.of_sleeve(0).items()}
    why = {names[security]: tuple(texts) for security, texts in explain(targets, 0, names).items()}
    tickers = sorted(own.keys() | held.keys() | why.keys())
    return [SleeveWeight(one, own.get(one, 0), held.get(one, 0), why.get(one, ())) for one in tickers]


def rule_words(rule: NumberedRule) -> str:
    """What an override does, in a few words."""
    one = rule.rule
    return override_words(one.kind, one.ticker, one.to_ticker, one.weight)


def _terms_of(connection: Connection, horizon: int, plan: str, model: str) -> SleeveTerms:
    terms = sleeve_records.sleeve_terms(connection, horizon)
    plans, models = name_records.ids(connection, "plan"), name_records.ids(connection, "model")
    rows = np.flatnonzero((terms.plan_id == plans[plan]) & (terms.model_id == models[model]))
    return SleeveTerms(*(getattr(terms, name)[rows] for name in SleeveTerms.__dataclass_fields__))


def _cannot_buy(versions: list[TargetVersion | None], universe: Mapping[str, Listing]) -> tuple[str, ...]:
    held = {ticker for one in versions if one is not None for ticker, weight in one.weights if weight}
    return tuple(sorted(t for t in held if t in universe and universe[t].status.value != "OPEN"))


def security_names(engine: Engine) -> dict[str, str]:
    """The name of every security by ticker."""
    with reading(engine) as connection:
        known = model_book.universe(connection, load_records.latest_load(connection))
    return {ticker: listing.name for ticker, listing in known.items()}


def scheduled_versions(engine: Engine, model: str | None) -> list[tuple[ModelVersion, str]]:
    """The versions approved and not yet in effect, by date and model, each with the memo of the change behind it."""
    with reading(engine) as connection:
        require_known(connection, model=model)
        desk = model_desk(connection)
        memos = {
            record.approval.load_id: record.draft.memo or record.draft.title
            for record in change_records.changes(connection)
            if record.approval is not None
        }
    due = desk.last_night or date.min
    coming = [
        one
        for one in desk.versions
        if one.version.effective > due
        and one.standing in {Standing.SCHEDULED, Standing.IN_FORCE}
        and model in {None, one.version.model}
    ]
    coming.sort(key=lambda one: (one.version.effective, one.version.model))
    return [(one, memos.get(one.load_id, "")) for one in coming]
