"""One run of one night while it happens: what the steps read, hand on to each other, and may not outlive.

The working columns live here because a resumed night computes its earlier steps again; only effects, and the state
after them, are kept. A sleeve is *in* the night while its id is in ``sleeve``; a hold takes it out before anything of
it is posted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from modelx.domain.accrual import FeeAccruals
from modelx.domain.allocation import NobodysShares
from modelx.domain.calendar import Calendar
from modelx.domain.cash_ladder import PendingItems
from modelx.domain.corporate_action import DistributionEffects, Distributions, SplitEffects, Splits
from modelx.domain.finding import Level
from modelx.domain.money import Column
from modelx.domain.night_policy import NightPolicy
from modelx.domain.position import Positions, Prices, SecurityTerms
from modelx.domain.price import Quotes
from modelx.domain.security_exit import ExitEffects, Exits
from modelx.domain.strike import UnitValues
from modelx.domain.trade import TradeEffects, Trades
from modelx.ledger.account import Chart, account_ids, owners_of, subjects_of
from modelx.ledger.balance import Balances
from modelx.ledger.chain import chained, digest_of_columns
from modelx.services.night_effects import Columns, Effects, StepRow, state_after
from modelx.services.night_state import BookState, Sleeves
from modelx.store.engine import Connection
from modelx.store.in_kind_records import Transfers
from modelx.store.night_records import CycleRun
from modelx.store.security_records import SecurityFacts

_NO_ROWS = np.empty(0, np.int64)


@dataclass(slots=True)
class Feeds:
    """The inputs a run may see: one connection, the run's horizons, and a digest of everything that was read."""

    connection: Connection
    cycle: CycleRun
    _digests: list[bytes] = field(default_factory=list)

    def seen(self, name: str, columns: Mapping[str, npt.NDArray[Any] | list[Any]]) -> None:
        """Note what was read, so that the step's row can prove it."""
        self._digests.append(chained(name.encode(), [digest_of_columns(columns)]))

    def digest(self) -> bytes:
        """The hash of all inputs read, in order."""
        horizons = np.array([self.cycle.load_horizon, self.cycle.release_horizon], "<i8").tobytes()
        return chained(horizons, [self.cycle.policy.encode(), *self._digests])


@dataclass(slots=True)
class Findings:
    """Findings of one step, collected as columns; each takes its level from the policy."""

    policy: NightPolicy
    _sleeve_id: list[int] = field(default_factory=list)
    _security_id: list[int] = field(default_factory=list)
    _code: list[str] = field(default_factory=list)
    _detail: list[str] = field(default_factory=list)

    def add(self, code: str, detail: str, *, sleeve_id: int = 0, security_id: int = 0) -> None:
        """Note one finding about a sleeve, a security, or both."""
        self.add_rows(code, [detail], np.array([sleeve_id]), np.array([security_id]))

    def add_rows(self, code: str, detail: Sequence[str], sleeve_id: Column, security_id: Column) -> None:
        """Note findings of one code, one per row."""
        self._code += [code] * len(detail)
        self._detail += detail
        self._sleeve_id += sleeve_id.tolist()
        self._security_id += security_id.tolist()

    def forgive(self, released: set[tuple[int, int, str]]) -> None:
        """Leave out findings that two people have released: (sleeve, security, code)."""
        about = zip(self._sleeve_id, self._security_id, self._code, strict=True)
        kept = [at for at, finding in enumerate(about) if finding not in released]
        self._sleeve_id = [self._sleeve_id[at] for at in kept]
        self._security_id = [self._security_id[at] for at in kept]
        self._code = [self._code[at] for at in kept]
        self._detail = [self._detail[at] for at in kept]

    def stopping(self) -> Column:
        """The sleeves whose night a HOLD or BLOCK among these findings stops, ascending."""
        stops = {code for code in set(self._code) if self.policy.level(code) in {Level.HOLD, Level.BLOCK}}
        at = np.array([code in stops for code in self._code], np.bool_)
        return np.unique(np.array(self._sleeve_id, np.int64)[at])

    def columns(self) -> Columns:
        """The findings as columns of the ``finding`` table; empty when there are none."""
        if not self._code:
            return {}
        return {
            "sleeve_id": self._sleeve_id,
            "security_id": self._security_id,
            "code": self._code,
            "level": [self.policy.level(code).value for code in self._code],
            "detail": self._detail,
        }


@dataclass(frozen=True, slots=True)
class NightPlan:
    """What tonight's corporate actions and trades will do to the positions, decided before anything is posted.

    Effects name a sleeve by its place in ``Night.sleeve``. ``..._row_id`` lead to the rows of the book; a
    ``trade_row_id`` below zero names a block of proposed trades. ``answered`` are the places of the sleeves whose
    proposals of the session before are dealt with; ``nobodys`` shares of fills go to the platform's error account.
    """

    splits: Splits
    split_row_id: Column
    split_effects: SplitEffects
    distributions: Distributions
    distribution_row_id: Column
    distribution_effects: DistributionEffects
    exits: Exits
    exit_row_id: Column
    exit_effects: ExitEffects
    trades: Trades
    trade_row_id: Column
    trade_settle_date: Column
    trade_effects: TradeEffects
    answered: Column
    nobodys: NobodysShares


@dataclass(slots=True)
class NightWork:
    """What one step of a night leaves for a later one; made again when a night is resumed."""

    plan: NightPlan | None = None

    facts: SecurityFacts | None = None
    transfers: Transfers | None = None
    prices: Prices = field(default_factory=lambda: Prices(_NO_ROWS, _NO_ROWS))
    quotes: Quotes | None = None
    terms: SecurityTerms = field(default_factory=lambda: SecurityTerms(_NO_ROWS, _NO_ROWS, _NO_ROWS.astype(np.bool_)))
    sleeve_at_open: Column = field(default_factory=lambda: _NO_ROWS)
    known_to: Column = field(default_factory=lambda: _NO_ROWS)
    opening_balances: Balances = field(default_factory=Balances.none)
    opening: Positions = field(default_factory=lambda: Positions(_NO_ROWS, _NO_ROWS, _NO_ROWS, _NO_ROWS))
    opening_net_assets: Column = field(default_factory=lambda: _NO_ROWS)
    prior_unit_value: Column = field(default_factory=lambda: _NO_ROWS)
    fee_base: Column = field(default_factory=lambda: _NO_ROWS)
    restruck: npt.NDArray[np.bool_] = field(default_factory=lambda: _NO_ROWS.astype(np.bool_))
    accruing: npt.NDArray[np.bool_] = field(default_factory=lambda: _NO_ROWS.astype(np.bool_))
    first_day: int = 0
    accruals: FeeAccruals | None = None
    closing: Positions = field(default_factory=lambda: Positions(_NO_ROWS, _NO_ROWS, _NO_ROWS, _NO_ROWS))
    struck: UnitValues | None = None
    proposed_cash: PendingItems = field(default_factory=lambda: PendingItems(_NO_ROWS, _NO_ROWS, _NO_ROWS))
    cash_floor: Column = field(default_factory=lambda: _NO_ROWS)
    stopped: npt.NDArray[np.bool_] = field(default_factory=lambda: _NO_ROWS.astype(np.bool_))


@dataclass(slots=True)
class Night:
    """The run's context. ``on`` and ``previous`` are days; ``last_day`` is the last day its fees accrue for;
    ``sleeve`` are the ids of the sleeves in the night, ascending; ``last_journal_before`` is the last of earlier runs.
    """

    cycle: CycleRun
    calendar: Calendar
    policy: NightPolicy
    state: BookState
    before: BookState
    on: int
    previous: int
    last_day: int
    last_journal_before: int
    sleeve: Column = field(default_factory=lambda: _NO_ROWS)
    work: NightWork = field(default_factory=NightWork)
    _positions: tuple[Balances, Column, Positions] | None = None

    @classmethod
    def begin(cls, cycle: CycleRun, state: BookState, calendar: Calendar) -> Night:
        """The night before its first step."""
        on = cycle.business_date
        previous = calendar.previous_session(on)
        policy = NightPolicy.from_text(cycle.policy)
        last_day = calendar.accrual_days_end(on)
        return cls(cycle, calendar, policy, state, state, on, previous, last_day, state.last_journal)

    def take(self, step: Callable[[Night, Feeds], Effects], index: int, feeds: Feeds) -> tuple[Effects, StepRow]:
        """Compute one step and move to the state after it. Deterministic; writes nothing."""
        effects = step(self, feeds)
        after, row = state_after(self.state, effects, self.on, self.cycle.run, index, step.__name__, feeds.digest())
        self.before, self.state = self.state, after
        return effects, row

    @property
    def plan(self) -> NightPlan:
        """What corporate actions and trades will do; the opening has decided it."""
        assert self.work.plan is not None
        return self.work.plan

    @property
    def row(self) -> Column:
        """The rows of tonight's sleeves in the state's sleeve columns."""
        return self.state.sleeves.rows_of(self.sleeve)

    def of_tonight(self, name: str) -> Column:
        """A sleeve column of the state, for tonight's sleeves."""
        column: Column = getattr(self.state.sleeves, name)
        return column[self.row]

    def sleeves_with(self, **changed: Column) -> Sleeves:
        """The state's sleeve columns with new values for tonight's sleeves."""
        rows, sleeves = self.row, self.state.sleeves
        columns = {f.name: getattr(sleeves, f.name) for f in fields(sleeves)}
        for name, values in changed.items():
            columns[name] = columns[name].copy()
            columns[name][rows] = values
        return Sleeves(**columns)

    def positions(self) -> Positions:
        """The positions now held by tonight's sleeves (shares not zero)."""
        balances = self.state.balances
        if self._positions is None or self._positions[0] is not balances or self._positions[1] is not self.sleeve:
            self._positions = (balances, self.sleeve, self._read_positions(balances))
        return self._positions[2]

    def _read_positions(self, balances: Balances) -> Positions:
        rows = balances.rows_of_chart(Chart.SHARES)
        accounts, shares = balances.account[rows], balances.amount[rows]
        place, known = self.places(owners_of(accounts))
        keep = known & (shares != 0)
        place, accounts, shares = place[keep], accounts[keep], shares[keep]
        security = subjects_of(accounts)
        cost = balances.of(account_ids(owners_of(accounts), int(Chart.COST), security))
        return Positions(place, security, shares, cost)

    def places(self, sleeve_ids: Column) -> tuple[Column, npt.NDArray[np.bool_]]:
        """For each sleeve id, its place in ``sleeve``, and whether it is there at all."""
        if len(self.sleeve) == 0:
            return np.zeros(len(sleeve_ids), np.int64), np.zeros(len(sleeve_ids), np.bool_)
        place = np.minimum(np.searchsorted(self.sleeve, sleeve_ids), len(self.sleeve) - 1)
        return place, np.asarray(self.sleeve[place] == sleeve_ids)
