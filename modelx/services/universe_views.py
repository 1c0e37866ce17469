"""The universe of securities for people: search, what a plan allows, and what models and overrides hold and cannot buy.

Nothing that closes, merges or is liquidated leaves a model in silence: a prompt names every model and every override
that holds it, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from modelx.domain.override_check import OverrideRule
from modelx.domain.universe import Listing, SecurityStatus, Universe, purchase_refusal, search
from modelx.services.change_checks import ModelDesk, model_desk
from modelx.services.known_names import require_known
from modelx.services.model_book import Standing
from modelx.store import eligibility_records
from modelx.store.engine import Engine
from modelx.store.unit_of_work import reading


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: words of ticker and name, class, yearly expense at most (10^-12), status (None: any)."""

    text: str = ""
    asset_class: str | None = None
    expense_max: int | None = None
    status: SecurityStatus | None = SecurityStatus.OPEN
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class ListedSecurity:
    """A security found, and the models whose version in force or to come holds it."""

    listing: Listing
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A security that can no longer be bought, where it is held, by which version or override, and the remedy."""

    ticker: str
    status: str
    where: str
    plan: str
    model: str
    remedy: str


def search_universe(engine: Engine, wanted: Wanted) -> list[ListedSecurity]:
    """The securities that match, an exact ticker first, then the cheapest; with a plan, those it allows."""
    with reading(engine) as connection:
        require_known(connection, plan=wanted.plan)
        desk = model_desk(connection)
        allowed = eligibility_records.allowed_by_plan(connection, desk.horizon)
    holders = _holders(desk)
    found = search(
        desk.universe,
        text=wanted.text,
        asset_class=wanted.asset_class,
        expense_max=wanted.expense_max,
        status=wanted.status,
    )
    listed = allowed.get(wanted.plan or "")
    return [ListedSecurity(one, holders.get(one.ticker, ())) for one in found if listed is None or one.ticker in listed]


def prompts(engine: Engine) -> list[Prompt]:
    """Every model version and override, in force or to come, that holds what cannot be bought, by ticker."""
    with reading(engine) as connection:
        desk = model_desk(connection)
    found = []
    for one in desk.versions:
        if one.standing in {Standing.IN_FORCE, Standing.SCHEDULED}:
            version = one.version
            for ticker, weight in version.weights:
                if weight and purchase_refusal(ticker, desk.universe) is not None:
                    where = f"version {version.number} from {version.effective}"
                    found.append(_prompt(ticker, desk.universe, where, "", version.model))
    for rule in _live(desk):
        for ticker in sorted({rule[1].ticker, rule[1].to_ticker} - {""}):
            if ticker in desk.universe and purchase_refusal(ticker, desk.universe) is not None:
                found.append(_prompt(ticker, desk.universe, f"override {rule[0]}", rule[1].plan, rule[1].model))
    return sorted(found, key=lambda one: (one.ticker, one.plan, one.model, one.where))


def _live(desk: ModelDesk) -> Iterable[tuple[int, OverrideRule]]:
    """The overrides that act on the next session or later, by number."""
    return (
        (one.number, one.rule) for one in desk.rules if not one.withdrawn and one.rule.last_day() >= desk.next_night
    )


def _prompt(ticker: str, universe: Universe, where: str, plan: str, model: str) -> Prompt:
    listing = universe.get(ticker)
    status = listing.status.value if listing is not None else "UNKNOWN"
    successor = listing.successor if listing is not None else None
    new = successor or "ANOTHER"
    remedy = f"modelx model replace {ticker} {new}"
    return Prompt(ticker, status, where, plan, model, remedy)


def _holders(desk: ModelDesk) -> dict[str, tuple[str, ...]]:
    held: dict[str, set[str]] = {}
    for one in desk.versions:
        if one.standing in {Standing.IN_FORCE, Standing.SCHEDULED}:
            for ticker, weight in one.version.weights:
                if weight:
                    held.setdefault(ticker, set()).add(one.version.model)
    return {ticker: tuple(sorted(models)) for ticker, models in held.items()}
