"""Holds: what stops a sleeve, and its release by two people with a reason (design 3a.1-2)."""

from __future__ import annotations

from dataclasses import dataclass

from modelx.domain.approval import are_two_people
from modelx.domain.days import date_of
from modelx.domain.errors import InvalidInput, NotFound, NotPermitted
from modelx.store import load_records, night_records, price_records, unit_value_records
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading, writing
from modelx.store.unit_value_records import Selection, StoredFinding


@dataclass(frozen=True, slots=True)
class Release:
    """Who releases, who approves, and why."""

    reason: str
    maker: str
    checker: str

    def check(self) -> None:
        """Raise :class:`NotPermitted` when one person is both, :class:`InvalidInput` when a word is missing."""
        if not (self.reason.strip() and self.maker.strip() and self.checker.strip()):
            raise InvalidInput("a release needs a reason and two names: --reason, --by and --approved-by")
        if not are_two_people(self.maker, self.checker):
            raise NotPermitted(
                f"{self.maker} cannot approve their own release: name a second person with --approved-by"
            )


def open_holds(engine: Engine, selection: Selection, ticker: str | None = None) -> list[StoredFinding]:
    """The holds and blocks that no release covers, oldest first; ``ticker`` keeps those of one security."""
    with reading(engine) as connection:
        return _open(connection, selection, ticker)


def release_holds(
    engine: Engine, selection: Selection, ticker: str | None, release: Release, recorded_at: int
) -> list[StoredFinding]:
    """Record the release of every open hold selected; returns them. The nights missed are run by the next cycle.

    A missing price is cured by a price, a worthless or uncountable one and trades that oversell by corrected rows: the
    catch-up judges them again, whatever was signed. Raises :class:`NotFound` when nothing is open,
    :class:`InvalidInput` for a missing price that has still not been loaded.
    """
    release.check()
    with writing(engine) as connection:
        load_records.lock_for_loading(connection)  # of two people who release at once, one finds nothing open
        holds = _open(connection, selection, ticker)
        if not holds:
            raise NotFound("no open hold matches: see `modelx hold list`")
        _require_cures(connection, holds)
        night_records.insert_releases(
            connection, [hold.id for hold in holds], release.reason, release.maker, release.checker, recorded_at
        )
    return holds


def _open(connection: Connection, selection: Selection, ticker: str | None) -> list[StoredFinding]:
    return [hold for hold in unit_value_records.open_findings(connection, selection) if ticker in {None, hold.ticker}]


def _require_cures(connection: Connection, holds: list[StoredFinding]) -> None:
    loads, _ = night_records.horizons(connection)
    for day in {hold.business_date for hold in holds if hold.code == "PX-MISS"}:
        priced = set(price_records.prices_on(connection, day, loads).security_id.tolist())
        for hold in holds:
            if hold.code == "PX-MISS" and hold.business_date == day and hold.security_id not in priced:
                raise InvalidInput(
                    f"{hold.ticker} still has no price for {date_of(day)}: load one with `modelx book load` first"
                )
