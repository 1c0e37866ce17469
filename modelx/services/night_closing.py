"""The night's end: reconcile with the custodian and the record keeper, and close (spec 5 step 14, spec 11)."""

from __future__ import annotations

import numpy as np

from modelx.domain.money import Column, format_decimal
from modelx.ledger.account import Chart, owners_of, subjects_of
from modelx.services.night import Feeds, Findings, Night
from modelx.services.night_effects import Effects
from modelx.store import reconciliation_records

CASH_SECURITY = 0


def reconcile(night: Night, feeds: Feeds) -> Effects:
    """Compare shares, cash and units with the custodian's and the record keeper's files; every break is a finding.

    A sleeve is compared when a file names it for tonight: then everything it holds must be there, and nothing else.
    """
    custodian = reconciliation_records.custodian_positions_on(feeds.connection, night.on, night.cycle.load_horizon)
    units = reconciliation_records.rk_units_on(feeds.connection, night.on, night.cycle.load_horizon)
    feeds.seen("custodian", {"sleeve": custodian.sleeve_id, "security": custodian.security_id, "n": custodian.shares})
    feeds.seen("rk_units", {"sleeve": units.sleeve_id, "units": units.units})
    findings = Findings(night.policy)
    if len(custodian.sleeve_id):
        _compare_positions(night, findings, custodian.sleeve_id, custodian.security_id, custodian.shares)
    _, tonight = night.places(units.sleeve_id)
    sleeve_id, theirs = units.sleeve_id[tonight], units.units[tonight]
    ours = night.state.balances.by_owner(sleeve_id, Chart.UNITS_HELD)
    for at in np.flatnonzero(ours != theirs):
        detail = f"units: ledger {_text(ours[at])}, record keeper {_text(theirs[at])}, {_text(ours[at] - theirs[at])}"
        findings.add("C-RKUNITS", detail, sleeve_id=int(sleeve_id[at]))
    return Effects(findings=findings.columns())


def close_night(night: Night, feeds: Feeds) -> Effects:
    """Close the night for the sleeves that were published; the run's closing columns are kept with this step."""
    n = len(night.sleeve)
    sleeves = night.sleeves_with(
        closed_through=np.full(n, night.on, np.int64),
        closed_horizon=np.full(n, night.cycle.load_horizon, np.int64),
    )
    return Effects(sleeves=sleeves, last_night=max(night.on, night.state.last_night))


def _compare_positions(
    night: Night, findings: Findings, sleeve_id: Column, security_id: Column, shares: Column
) -> None:
    _, tonight = night.places(sleeve_id)
    named = np.unique(sleeve_id[tonight])
    balances = night.state.balances
    held = balances.rows_of_chart(Chart.SHARES)
    held = held[np.isin(owners_of(balances.account[held]), named)]
    keys = np.concatenate(
        [_key(owners_of(balances.account[held]), subjects_of(balances.account[held])), _key(named, 0)]
    )
    ours = np.concatenate([balances.amount[held], balances.by_owner(named, Chart.CASH)])
    their_keys, theirs = _key(sleeve_id, security_id)[tonight], shares[tonight]
    every = np.union1d(keys, their_keys)
    left, right = np.zeros(len(every), np.int64), np.zeros(len(every), np.int64)
    left[np.searchsorted(every, keys)] = ours
    right[np.searchsorted(every, their_keys)] = theirs
    for at in np.flatnonzero(left != right):
        sleeve, security = int(every[at] >> 20), int(every[at] & ((1 << 20) - 1))
        code = "C-CASH" if security == CASH_SECURITY else "C-POS"
        detail = f"ledger {_text(left[at])}, custodian {_text(right[at])}, difference {_text(left[at] - right[at])}"
        findings.add(code, detail, sleeve_id=sleeve, security_id=security)


def _key(sleeve_id: Column, security_id: Column | int) -> Column:
    return np.asarray((sleeve_id << 20) | security_id)


def _text(value: np.int64) -> str:
    return format_decimal(int(value), 6)
