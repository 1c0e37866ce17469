"""What two people decide about proposals: approve, withdraw, request, depart. Each is a load with its own rows.

A decision about a night's proposals is refused once the next night has begun: by then it would change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from modelx.domain.approval import SealedPreview, are_two_people, moved_inputs
from modelx.domain.book import MISSING
from modelx.domain.book_codes import TradeDecisionKind
from modelx.domain.days import date_of
from modelx.domain.errors import Conflict, InvalidInput, NotFound, NotPermitted, StalePreview
from modelx.services import book
from modelx.services.block_views import owned_by
from modelx.services.book_entry import BookEntry, file_columns
from modelx.services.known_names import require_known
from modelx.services.proposal_views import ProposalSeal
from modelx.store import (
    load_records,
    name_records,
    night_records,
    rebalance_records,
    session_records,
    sleeve_records,
)
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import writing

FILE = "trade_decisions.csv"
HASH_LEAST = 12
_MEMORY = 30  # seals of past loads and nights that a stale hash is looked for among
_NIGHTS_BACK = 5


@dataclass(frozen=True, slots=True)
class Signed:
    """Who decides, who agrees, and why."""

    maker: str
    checker: str
    reason: str

    def check(self) -> None:
        """Raise :class:`NotPermitted` when one person is both, :class:`InvalidInput` when a word is missing."""
        if not (self.maker.strip() and self.checker.strip() and self.reason.strip()):
            raise InvalidInput("a decision about trades needs a reason and two names: --reason, --by and --checker")
        if not are_two_people(self.maker, self.checker):
            raise NotPermitted(f"{self.maker} cannot agree to their own decision: name a second person with --checker")


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was stored: its load, and whether the very same one had been stored before.

    ``day`` is the night it speaks of; ``n_trades`` the proposed trades it concerns (0 for a request).
    """

    load_id: int
    already: bool
    day: int
    n_trades: int


def approve_proposals(
    engine: Engine,
    day: int | None,
    sha256: str,
    signed: Signed,
    recorded_at: int,
    *,
    plan: str | None = None,
    model: str | None = None,
) -> Decided:
    """Approve the proposals of a night (default: the last), all of them or those of a plan or a model, by their seal.

    Raises :class:`StalePreview` for another hash than that of the preview made now, naming what moved;
    :class:`Conflict` once the next night has begun; :class:`NotFound` when nothing was proposed;
    :class:`NotPermitted` and :class:`InvalidInput` as :meth:`Signed.check`.
    """
    signed.check()
    if len(sha256.strip()) < HASH_LEAST:
        raise InvalidInput(f"give at least the first {HASH_LEAST} characters of the preview's hash")
    with writing(engine) as connection:
        load_records.lock_for_loading(connection)
        night = _open_night(connection, day)
        concerned = _concerned(connection, night, plan, model, None)
        sealing = ProposalSeal.of(connection, night)
        sealed = sealing.at(connection, load_records.latest_load(connection))
        if not sealed.hash.startswith(sha256.strip().lower()):
            raise StalePreview(_what_moved(connection, night, sha256.strip().lower(), sealed))
        row = _row(TradeDecisionKind.APPROVE, night, plan or "", model or "", signed)
        row["sha256"] = sealing.proposals_hash
        return _append(connection, [row], night, concerned, sealed.hash, recorded_at)


def withdraw_trades(
    engine: Engine, day: int | None, plan: str, model: str, ticker: str | None, signed: Signed, recorded_at: int
) -> Decided:
    """Withdraw a sleeve's proposed trades of a night (default: the last), or the one in a security.

    What a custodian has filled of it already goes to the others as far as they asked for more, the rest to the
    platform's error account. Raises as :func:`approve_proposals`.
    """
    signed.check()
    with writing(engine) as connection:
        load_records.lock_for_loading(connection)
        night = _open_night(connection, day)
        concerned = _concerned(connection, night, plan, model, ticker)
        row = _row(TradeDecisionKind.WITHDRAW, night, plan, model, signed, ticker=ticker or "")
        return _append(connection, [row], night, concerned, f"withdraw {night}", recorded_at)


def request_rebalance(engine: Engine, plan: str, model: str, signed: Signed, recorded_at: int) -> Decided:
    """Ask for a sleeve to be rebalanced tonight, whatever its policy; it is proposed on the next night to run.

    Raises :class:`NotFound` for a plan that does not offer the model, and as :meth:`Signed.check`.
    """
    signed.check()
    with writing(engine) as connection:
        load_records.lock_for_loading(connection)
        require_known(connection, plan=plan, model=model)
        latest = load_records.latest_load(connection)
        terms = sleeve_records.sleeve_terms(connection, latest)
        plans, models = name_records.ids(connection, "plan"), name_records.ids(connection, "model")
        tonight = _tonight(connection, latest)
        offered = (terms.plan_id == plans[plan]) & (terms.model_id == models[model]) & (terms.end_day >= tonight)
        if not offered.any():
            raise NotFound(f"plan {plan} does not offer model {model} on {date_of(tonight)}")
        row = _row(TradeDecisionKind.REQUEST, tonight, plan, model, signed)
        return _append(connection, [row], tonight, 0, f"request {tonight}", recorded_at)


def depart_from_pro_rata(
    engine: Engine,
    day: int | None,
    ticker: str,
    shares: Mapping[tuple[str, str], int],
    signed: Signed,
    recorded_at: int,
) -> Decided:
    """Give the sleeves named (plan, model) other shares (millionths) of a block's fills than their part.

    The shares of all sleeves must still sum to the fills: when they do not, the night books nothing of the block and
    says so, and `modelx block show` does before. Raises as :func:`approve_proposals`.
    """
    signed.check()
    with writing(engine) as connection:
        load_records.lock_for_loading(connection)
        night = _open_night(connection, day)
        rows, concerned = [], 0
        for (plan, model), count in shares.items():
            concerned += _concerned(connection, night, plan, model, ticker)
            row = _row(TradeDecisionKind.DEPART, night, plan, model, signed, ticker=ticker)
            rows.append({**row, "shares": count})
        return _append(connection, rows, night, concerned, f"depart {night}", recorded_at)


def _open_night(connection: Connection, day: int | None) -> int:
    """The last night, while decisions about its proposals still reach the next one."""
    begun = night_records.last_night_begun(connection)
    if begun is None:
        raise NotFound("no night has run yet: there are no proposals")
    night = begun if day is None else day
    if night < begun:
        raise Conflict(
            f"the night of {date_of(begun)} has begun: what {date_of(night)} proposed was dealt with by it. "
            "See `modelx rebalance preview` for what stands now"
        )
    if night > begun:
        raise NotFound(f"the night of {date_of(night)} has not run: see `modelx cycle status`")
    return night


def _tonight(connection: Connection, horizon: int) -> int:
    """The next night to run."""
    calendar = session_records.calendar(connection, horizon)
    return sleeve_records.night_after(connection, calendar, night_records.last_night_begun(connection), horizon)


def _concerned(connection: Connection, night: int, plan: str | None, model: str | None, ticker: str | None) -> int:
    """How many trades a night proposed of the plan, model and security given (None stands for any).

    Raises :class:`NotFound` when there is none.
    """
    require_known(connection, plan=plan, model=model)
    securities = name_records.ids(connection, "security")
    if ticker is not None and ticker not in securities:
        raise NotFound(f"no security {ticker} in the book")
    proposed = rebalance_records.proposed_trades(connection, night)
    owned = owned_by(connection, proposed)
    meant = np.ones(owned.plan_id.size, np.bool_)
    if plan is not None:
        meant &= owned.plan_id == name_records.ids(connection, "plan")[plan]
    if model is not None:
        meant &= owned.model_id == name_records.ids(connection, "model")[model]
    if ticker is not None:
        meant &= proposed.security_id == securities[ticker]
    if not meant.any():
        about = " ".join(one for one in (plan, model, ticker) if one)
        raise NotFound(f"the night of {date_of(night)} proposed no trade" + (f" for {about}" if about else ""))
    return int(meant.sum())


def _what_moved(connection: Connection, night: int, given: str, now: SealedPreview) -> str:
    """Which preview a stale hash was of, and what has moved since."""
    advice = "look at `modelx rebalance preview` again and approve its hash"
    before = _preview_of(connection, night, given)
    if before is None:
        return f"the hash is not that of a preview of {date_of(night)}: {advice}"
    moves = "; ".join(str(move) for move in moved_inputs(before.inputs, now.inputs))
    return f"inputs have moved since the preview: {moves or 'the proposals'}. {advice[0].upper()}{advice[1:]}"


def _preview_of(connection: Connection, night: int, given: str) -> SealedPreview | None:
    """The preview somebody saw under a hash: of this night or one of the last few, after any load since."""
    nights = sorted({run.business_date for run in night_records.cycle_runs(connection, night - 14, night)})
    latest = load_records.latest_load(connection)
    for day in reversed(nights[-_NIGHTS_BACK:]):
        sealing = ProposalSeal.of(connection, day)
        for load in range(latest, max(latest - _MEMORY, 0), -1):
            seen = sealing.at(connection, load)
            if seen.hash.startswith(given):
                return seen
    return None


def _row(
    kind: TradeDecisionKind, day: int, plan: str, model: str, signed: Signed, *, ticker: str = ""
) -> dict[str, int | str]:
    return {
        "date": day,
        "decision": int(kind),
        "plan": plan,
        "model": model,
        "ticker": ticker,
        "shares": MISSING,
        "sha256": "",
        "reason": signed.reason.strip(),
        "maker": signed.maker.strip(),
        "checker": signed.checker.strip(),
    }


def _append(
    connection: Connection,
    rows: Sequence[Mapping[str, int | str]],
    day: int,
    concerned: int,
    reference: str,
    recorded_at: int,
) -> Decided:
    """Append the rows as a load of the caller's transaction, judged as a folder with the same file would be."""
    files = {FILE: file_columns(FILE, rows)}
    entry = BookEntry("trade decision", reference, files)
    before = book.begin_load(connection, entry.content_hash)
    if before is not None:
        return Decided(before.id, True, day, concerned)
    calendar = session_records.calendar(connection, load_records.latest_load(connection))
    report = book.append_load(connection, entry, files, calendar, None, recorded_at)
    return Decided(report.load_id, False, day, concerned)
