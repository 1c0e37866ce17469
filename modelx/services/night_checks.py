"""The checks between strike and publication (spec 11): each compares what was posted with a figure got another way."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from modelx.domain.accrual import fees_borne
from modelx.domain.corporate_action import distribute, split_positions
from modelx.domain.joins import find_rows
from modelx.domain.money import Column, Rounding, format_decimal, group_sum, mul_div
from modelx.domain.nav_proof import (
    Dealings,
    SecurityReturns,
    model_moves,
    prove_net_assets,
    unit_value_moves,
)
from modelx.domain.price import Quotes
from modelx.domain.strike import without_a_price
from modelx.ledger.account import UNIT_CHARTS, USD, Chart, commodities_of, owners_of
from modelx.services.night import Feeds, Findings, Night
from modelx.services.night_effects import Effects
from modelx.store import night_records, price_records, target_records

RATE = 10**12
WORTHLESS = "C-UVZERO"  # cured by figures, never by a signature
CASH = 0  # the security id of cash in targets


def check_strike(night: Night, feeds: Feeds) -> Effects:
    """Run every check on tonight's strikes; a sleeve with a BLOCK or HOLD stays STRUCK, unpublished and unpriced.

    A sleeve struck again after its release is not proved against its opening: that proof was what was released.
    """
    findings = Findings(night.policy)
    _worth(night, findings)
    _trial_balance(night, findings)
    _units(night, findings)
    _ex_date_income(night, findings)
    _fees(night, findings)
    _net_assets_proof(night, feeds, findings)
    released = night_records.released_findings(feeds.connection, night.on, night.cycle.release_horizon)
    findings.forgive({finding for finding in released if finding[2] != WORTHLESS})
    stopped = findings.stopping()
    night.work.stopped = np.isin(night.sleeve, stopped)
    return Effects(findings=findings.columns())


def _worth(night: Night, findings: Findings) -> None:
    """C-UVZERO: units that are out have a value above zero; at none, no order could be priced."""
    assert night.work.struck is not None
    rows, value = without_a_price(night.work.struck), night.work.struck.unit_value
    _report(night, findings, WORTHLESS, rows, value, "units are out, and the unit value is")


def _trial_balance(night: Night, findings: Findings) -> None:
    """C-TB: every sleeve's dollar accounts add up to nothing."""
    balances = night.state.balances
    dollars = commodities_of(balances.account) == USD
    place, tonight = night.places(owners_of(balances.account))
    rows = dollars & tonight
    total = group_sum(balances.amount[rows], place[rows], len(night.sleeve))
    _report(night, findings, "C-TB", np.flatnonzero(total), total, "the trial balance is off by")


def _units(night: Night, findings: Findings) -> None:
    """C-UNITS: units held in the register equal units issued, and are what the value was struck on."""
    held, issued = (night.state.balances.by_owner(night.sleeve, chart) for chart in UNIT_CHARTS)
    assert night.work.struck is not None
    gap = np.where(held + issued != 0, held + issued, held - night.work.struck.units)
    _report(night, findings, "C-UNITS", np.flatnonzero(gap), gap, "the unit register is off by")


def _ex_date_income(night: Night, findings: Findings) -> None:
    """C-EXDIV: what tonight's ex-dates owe on the opening positions is what was booked as income."""
    plan, work = night.plan, night.work
    if len(plan.distributions.security_id) == 0:
        return
    opening = work.opening.where(~work.restruck[work.opening.sleeve])
    split, _ = split_positions(opening, plan.splits, work.terms, work.prices)
    _, owed = distribute(split, plan.distributions, work.terms, work.prices)
    expected = group_sum(owed.amount, owed.sleeve, len(night.sleeve))
    booked = sum(
        (_change(night, chart) for chart in (Chart.DIVIDEND_INCOME, Chart.GAINS_INCOME)),
        np.zeros(len(night.sleeve), np.int64),
    )
    gap = np.where(work.restruck, 0, expected + booked)
    _report(
        night, findings, "C-EXDIV", np.flatnonzero(gap), gap, "income owed at the ex-date differs from income booked by"
    )


def _fees(night: Night, findings: Findings) -> None:
    """C-FEE: fees posted are the fees computed. C-FEERATE: they come to more than any year's fees should."""
    work = night.work
    borne = _fees_borne(night)
    balances = night.state.balances
    posted = balances.total_by_owner(night.sleeve, Chart.FEE_EXPENSE)
    posted -= work.opening_balances.total_by_owner(night.sleeve, Chart.FEE_EXPENSE)
    gap = posted - borne
    _report(night, findings, "C-FEE", np.flatnonzero(gap), gap, "fees posted differ from fees computed by")
    days = night.last_day - work.first_day + 1
    largest = mul_div(work.fee_base, night.policy.fee_rate_max * days, 365 * RATE, Rounding.FLOOR) + 1
    fast = np.flatnonzero(borne > largest)
    _report(
        night, findings, "C-FEERATE", fast, borne, f"{days} days of fees are beyond the largest yearly rate allowed:"
    )


def _fees_borne(night: Night) -> Column:
    """What the fees computed tonight take from each sleeve."""
    work = night.work
    assert work.accruals is not None
    borne = np.zeros(len(night.sleeve), np.int64)
    borne[work.accruing] = fees_borne(work.accruals, int(work.accruing.sum()))
    return borne


def _net_assets_proof(night: Night, feeds: Feeds, findings: Findings) -> None:
    """C-NAVPROOF: net assets follow from the opening ones, returns, fees and the night's dealings (vector V19).

    The opening value of a line is what it was struck at: the last session's prices as known to the night that closed.
    C-UVMOVE compares the unit value's move with that of the model's target weights.
    """
    work, plan = night.work, night.plan
    assert work.struck is not None
    assert work.quotes is not None
    fees = _fees_borne(night)
    dealings = Dealings(
        plan.split_effects, plan.distribution_effects, plan.trades, plan.trade_effects, plan.exit_effects
    )
    known_to = work.known_to
    for horizon in np.unique(known_to).tolist():
        rows = (known_to == horizon) & ~work.restruck
        returns = _returns(night, feeds, work.quotes, horizon)
        opening = work.opening.where(rows[work.opening.sleeve])
        proof = prove_net_assets(work.struck, opening, work.closing, returns, dealings, fees)
        failed = proof.failed()
        failed = failed[rows[failed]]
        _report(night, findings, "C-NAVPROOF", failed, proof.difference, "net assets differ from those expected by")
        _unit_value_moves(night, feeds, findings, returns, rows)


def _unit_value_moves(
    night: Night, feeds: Feeds, findings: Findings, returns: SecurityReturns, rows: npt.NDArray[np.bool_]
) -> None:
    """C-UVMOVE: the unit value moves as the model's target weights say, within the policy's tolerance."""
    struck = night.work.struck
    assert struck is not None
    targets = target_records.targets_on(feeds.connection, night.on, night.cycle.load_horizon)
    feeds.seen("targets", {"row_id": targets.row_id})
    models, of_model = np.unique(night.of_tonight("model_id"), return_inverse=True)
    known = np.isin(targets.model_id, models) & (targets.security_id != CASH)
    place = np.searchsorted(models, targets.model_id[known])
    moves, judged = model_moves(place, targets.security_id[known], targets.weight[known], returns, len(models))
    prior = night.work.prior_unit_value
    judged &= np.isin(models, targets.model_id)
    invested = rows & (struck.units > 0) & judged[of_model] & (night.work.opening_net_assets > 0)
    own = unit_value_moves(np.where(invested, struck.unit_value, 1), np.where(invested, prior, 1))
    gap = np.where(invested, own - moves[of_model], 0)
    far = np.flatnonzero(np.abs(gap) > night.policy.unit_value_move)
    details = [
        f"the unit value moved {_percent(own[at])} %, the model's target weights {_percent(moves[of_model[at]])} %"
        for at in far
    ]
    findings.add_rows("C-UVMOVE", details, night.sleeve[far], np.zeros(len(far), np.int64))


def _percent(rate: np.int64) -> str:
    return format_decimal(int(mul_div(int(rate), 10**6, RATE)), 4)


def _returns(night: Night, feeds: Feeds, quotes: Quotes, horizon: int) -> SecurityReturns:
    previous = quotes.history[:, 0]
    if horizon != night.cycle.load_horizon:
        then = price_records.prices_on(feeds.connection, night.previous, horizon)
        at = find_rows(then.security_id, quotes.security_id)
        previous = np.where(at >= 0, then.price[at], 0) if len(then.price) else np.zeros(len(at), np.int64)
        feeds.seen("struck_at", {"price": previous})
    return SecurityReturns(
        quotes.security_id, previous, quotes.price, quotes.distribution, quotes.new_shares, quotes.old_shares
    )


def _change(night: Night, chart: Chart) -> Column:
    return night.state.balances.by_owner(night.sleeve, chart) - night.work.opening_balances.by_owner(
        night.sleeve, chart
    )


def _report(night: Night, findings: Findings, code: str, rows: Column, figure: Column, sentence: str) -> None:
    details = [f"{sentence} {format_decimal(int(value), 6)}" for value in figure[rows]]
    findings.add_rows(code, details, night.sleeve[rows], np.zeros(len(rows), np.int64))
