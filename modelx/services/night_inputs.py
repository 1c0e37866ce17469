"""What tonight's steps read of the book: events, trades and quotes, as the pure rules want them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from modelx.domain.corporate_action import Distributions, Splits
from modelx.domain.joins import find_rows
from modelx.domain.money import Column
from modelx.domain.position import Positions, Prices, SecurityTerms
from modelx.domain.price import STALE_FIXED_FUND, PriceLimits, Quotes, SecondPrices
from modelx.domain.security_exit import Exits, prices_at_exit
from modelx.ledger.journal import JournalKind
from modelx.services.night import Feeds, Findings, Night
from modelx.services.night_execution import Approved, read_approved
from modelx.store import event_records, in_kind_records, price_records, security_records, trade_records
from modelx.store.in_kind_records import Transfers

ONE = 10**12
CASH = 0  # the security id of cash in transfers


@dataclass(frozen=True, slots=True)
class BookedTrades:
    """Tonight's trades as the book has them, by trade reference: sleeve ids, days, millionths."""

    trade_ref: list[str]
    sleeve_id: Column
    security_id: Column
    side: Column
    shares: Column
    amount: Column
    settle_date: Column
    late: npt.NDArray[np.bool_]
    row_id: Column


@dataclass(frozen=True, slots=True)
class Events:
    """Tonight's corporate actions and trades, with the rows of the book they come from."""

    splits: Splits
    split_row_id: Column
    distributions: Distributions
    distribution_row_id: Column
    exits: Exits
    exit_row_id: Column
    trades: BookedTrades
    approved: Approved
    transfers: Transfers
    terms: SecurityTerms
    facts: security_records.SecurityFacts

    def traded(self) -> tuple[Column, Column]:
        """The sleeve and the security of everything that trades tonight."""
        rows = self.approved.rows
        sleeve_id = np.concatenate([self.trades.sleeve_id, rows.sleeve_id])
        return sleeve_id, np.concatenate([self.trades.security_id, rows.security_id])

    def dealt_in(self) -> tuple[Column, Column]:
        """The sleeve and the security of everything that trades or moves in kind tonight."""
        sleeve_id, security_id = self.traded()
        lines = self.transfers
        moves = np.flatnonzero((lines.line_security_id != CASH) & (lines.line_shares > 0))
        mover = lines.sleeve_id[lines.line_transfer[moves]]
        return np.concatenate([sleeve_id, mover]), np.concatenate([security_id, lines.line_security_id[moves]])

    def successors(self, security_id: Column) -> Column:
        """For each security, the one it becomes tonight; 0 where it stays what it is, or becomes cash."""
        at = find_rows(self.exits.security_id, security_id)
        return np.where(at >= 0, _taken(self.exits.to_security_id, at), 0)


def limits(night: Night) -> PriceLimits:
    """The price checks' limits under tonight's policy."""
    policy = night.policy
    return PriceLimits(policy.price_tolerance, policy.stale_sessions, policy.source_tolerance)


def read_events(night: Night, feeds: Feeds, sleeve_ids: Column) -> tuple[Events, Findings]:
    """Splits and distributions that go ex tonight, and the trades of the sleeves named, not booked before.

    The findings are about fills and approvals of what was proposed on the session before.
    """
    connection, horizon = feeds.connection, night.cycle.load_horizon
    splits = event_records.splits_ex(connection, night.on, horizon)
    gone = event_records.exits_ex(connection, night.on, horizon)
    paid = event_records.distributions_ex(connection, night.on, horizon)
    facts = _facts(night, feeds)
    trades = _trades(night, feeds, sleeve_ids)
    feeds.seen("events", {"split": splits.row_id, "distribution": paid.row_id, "trade": trades.row_id})
    feeds.seen("securities", {"row_id": facts.row_id})
    terms = Splits(splits.security_id, splits.new_shares, splits.old_shares, splits.cash_in_lieu_price)
    on_paper = np.setdiff1d(sleeve_ids, trades.sleeve_id)  # a custodian's confirms replace what was proposed
    approved, findings = read_approved(night, feeds, on_paper, terms, facts)
    approved = _still_there(night, approved, gone.security_id, findings)
    transfers = _transfers(night, feeds)
    feeds.seen("exits", {"row_id": gone.row_id})
    events = Events(
        splits=terms,
        split_row_id=splits.row_id,
        distributions=Distributions(
            security_id=paid.security_id,
            kind=paid.kind,
            rate=paid.rate,
            pay_day=paid.pay_day,
            reinvest=paid.reinvest != 0,
            reinvest_price=paid.reinvest_price,
        ),
        distribution_row_id=paid.row_id,
        exits=Exits(
            gone.security_id, gone.to_security_id, gone.ratio, gone.cash_rate, gone.cash_in_lieu_price, gone.pay_day
        ),
        exit_row_id=gone.row_id,
        trades=trades,
        approved=approved,
        transfers=transfers,
        terms=SecurityTerms(facts.security_id, facts.share_dp, facts.whole_shares != 0),
        facts=facts,
    )
    return events, findings


def read_quotes(night: Night, feeds: Feeds, positions: Positions, events: Events) -> tuple[Quotes, SecondPrices]:
    """Prices, their history, and tonight's adjustments, for every security held or dealt in, or received for one.

    The price of a security that goes tonight is what a share of it brings, where that was given.
    The longer history is read only where tonight's price equals the last one: only those can be stale.
    """
    connection, horizon = feeds.connection, night.cycle.load_horizon
    owned = np.concatenate([positions.security_id, events.dealt_in()[1]])
    owned = np.flatnonzero(np.bincount(owned))
    received = events.successors(owned)
    needed = np.union1d(owned, received[received > 0])
    tonight = price_records.prices_on(connection, night.on, horizon)
    quoted = Prices(needed, _looked_up(tonight.security_id, tonight.price, needed))
    price = prices_at_exit(events.exits, quoted).price
    depth = max(STALE_FIXED_FUND, night.policy.stale_sessions or 0)
    history = np.zeros((len(needed), depth), np.int64)
    last = price_records.prices_on(connection, night.previous, horizon)
    history[:, 0] = _looked_up(last.security_id, last.price, needed)
    unchanged = np.flatnonzero((price > 0) & (price == history[:, 0]))
    if len(unchanged):
        days = _sessions_before(night, depth)
        read = price_records.price_history(connection, needed[unchanged], days, horizon)
        history[unchanged, : len(days)] = read.T
    second = price_records.second_prices_on(connection, night.on, horizon)
    feeds.seen("prices", {"security": needed, "price": price, "history": history.reshape(-1)})
    feeds.seen("second", {"security": second.security_id, "price": second.price})
    fact = find_rows(events.facts.security_id, needed)
    split = find_rows(events.splits.security_id, needed)
    rate = np.zeros(len(needed), np.int64)
    paid = find_rows(needed, events.distributions.security_id)
    np.add.at(rate, paid[paid >= 0], events.distributions.rate[paid >= 0])
    quotes = Quotes(
        security_id=needed,
        kind=events.facts.kind[fact],
        fixed_income=events.facts.fixed_income[fact] != 0,
        price=price,
        history=history,
        distribution=rate,
        new_shares=np.where(split >= 0, _taken(events.splits.new_shares, split), ONE),
        old_shares=np.where(split >= 0, _taken(events.splits.old_shares, split), ONE),
    )
    return quotes, SecondPrices(second.security_id, second.price)


def _facts(night: Night, feeds: Feeds) -> security_records.SecurityFacts:
    """The facts of securities; one that has gone by tonight is not bought, whatever its status still says."""
    facts = security_records.security_facts(feeds.connection, night.cycle.load_horizon)
    gone = event_records.gone_by(feeds.connection, night.on, night.cycle.load_horizon)
    feeds.seen("gone", {"security": gone.security_id})
    return replace(facts, can_buy=np.where(np.isin(facts.security_id, gone.security_id), 0, facts.can_buy))


def _still_there(night: Night, approved: Approved, gone: Column, findings: Findings) -> Approved:
    """What was proposed, without trades in a security that goes tonight: their sleeves are proposed again."""
    rows = approved.rows
    undone = np.isin(rows.security_id, gone)
    if not undone.any():
        return approved
    detail = "it goes tonight: what was proposed in it is not traded, and its sleeves are proposed again"
    for security_id in np.unique(rows.security_id[undone]).tolist():
        findings.add("C-UNDONE", detail, security_id=security_id)
    kept = np.flatnonzero(~undone)
    complete = approved.complete & ~np.isin(rows.sleeve_id, rows.sleeve_id[undone])
    shares, amount = approved.filled_shares[kept], approved.filled_amount[kept]
    return Approved(rows.take(kept), shares, amount, complete[kept], approved.nobodys)


def _transfers(night: Night, feeds: Feeds) -> Transfers:
    """Tonight's in-kind transfers of tonight's sleeves."""
    found = in_kind_records.transfers_for_night(feeds.connection, night.on, night.cycle.load_horizon)
    found = found.take(np.flatnonzero(np.isin(found.sleeve_id, night.sleeve)))
    lines = {"transfer": found.line_transfer, "security": found.line_security_id}
    feeds.seen("transfers", {"row_id": found.row_id, "kind": found.kind})
    feeds.seen("transfer_lines", lines | {"shares": found.line_shares, "amount": found.line_amount})
    return found


def _trades(night: Night, feeds: Feeds, sleeve_ids: Column) -> BookedTrades:
    closed = night.of_tonight("posted_horizon")
    earliest = int(closed.min()) if len(closed) else night.cycle.load_horizon
    found = trade_records.trades_for_night(
        feeds.connection, night.on, night.previous, night.cycle.load_horizon, earliest
    )
    place, _ = night.places(found.sleeve_id)
    arrived_late = (found.row_id >> 32) > closed[place] if len(closed) else np.zeros(len(place), np.bool_)
    keep = np.isin(found.sleeve_id, sleeve_ids) & ((found.late == 0) | arrived_late)
    doubtful = found.row_id[keep & (found.has_earlier_version != 0)]
    if len(doubtful):
        kinds = (JournalKind.BUY, JournalKind.SELL)
        booked = trade_records.booked_refs(feeds.connection, doubtful, kinds, night.on)
        keep &= ~np.array([ref in booked for ref in found.trade_ref], np.bool_)
    rows = np.flatnonzero(keep)
    rows = rows[np.argsort(np.array([found.trade_ref[row] for row in rows], np.str_), kind="stable")]
    return BookedTrades(
        trade_ref=[found.trade_ref[row] for row in rows],
        sleeve_id=found.sleeve_id[rows],
        security_id=found.security_id[rows],
        side=found.side[rows],
        shares=found.shares[rows],
        amount=found.amount[rows],
        settle_date=found.settle_date[rows],
        late=found.late[rows] != 0,
        row_id=found.row_id[rows],
    )


def _sessions_before(night: Night, count: int) -> Column:
    sessions = night.calendar.sessions
    at = int(np.searchsorted(sessions, night.on))
    return sessions[max(at - count, 0) : at][::-1]


def _looked_up(known: Column, values: Column, wanted: Column) -> Column:
    at = find_rows(known, wanted)
    return np.where(at >= 0, _taken(values, at), 0)


def _taken(values: Column, at: Column) -> Column:
    """Values at rows; anything where the row is -1 (the caller masks it)."""
    return values[at] if len(values) else np.zeros(len(at), np.int64)
