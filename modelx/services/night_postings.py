"""The night's postings before the strike: settlements, fee payments, corporate actions, trades (design 3a.5)."""

from __future__ import annotations

import numpy as np

from modelx.domain.accrual import payable_to_pay
from modelx.domain.book_codes import DistributionKind, TradeSide
from modelx.domain.money import Column
from modelx.ledger.account import PLATFORM, Chart, account_ids, owners_of, subjects_of
from modelx.ledger.journal import JournalKind, JournalWriter
from modelx.services.fill_desk import block_id
from modelx.services.night import Feeds, Night, NightPlan
from modelx.services.night_effects import Effects
from modelx.services.night_state import Pending

Leg = tuple[Column, Column, Column]


def settle(night: Night, feeds: Feeds) -> Effects:
    """Move everything due on or before tonight through cash, if tonight is a session and a bank day (spec 4)."""
    if not night.calendar.is_settlement_day(night.on):
        return Effects()
    writer = JournalWriter(night.on)
    _settle_due(writer, night, night.state.pending)
    return Effects(journals=writer.journals())


def collect_fees(night: Night, feeds: Feeds) -> Effects:
    """On the first session of a month, pay each payee the whole cents owed; the rest stays payable (spec 8).

    Account fees are billed in the platform's book by the same rule.
    """
    if not night.calendar.first_session_of_month(night.on, night.previous):
        return Effects()
    writer = JournalWriter(night.on)
    for owed_chart, paid_chart, sign in (
        (Chart.FEES_PAYABLE, Chart.CASH, -1),
        (Chart.ACCOUNT_FEES_RECEIVABLE, Chart.ACCOUNT_FEES_BILLED, 1),
    ):
        balances = night.state.balances
        rows = balances.rows_of_chart(owed_chart)
        accounts = balances.account[rows]
        place, tonight = night.places(owners_of(accounts))
        due = np.flatnonzero(tonight)
        due = due[~night.work.restruck[place[due]]]  # what is only struck again has paid already
        accounts, owed = accounts[due], sign * balances.amount[rows][due]
        pay = payable_to_pay(np.maximum(owed, 0))
        subject = subjects_of(accounts) if paid_chart != Chart.CASH else 0
        other = account_ids(owners_of(accounts), int(paid_chart), subject)
        debit, credit = (accounts, other) if sign < 0 else (other, accounts)
        writer.one(JournalKind.FEE_PAYMENT, debit, credit, pay)
    return Effects(journals=writer.journals())


def apply_corporate_actions(night: Night, feeds: Feeds) -> Effects:
    """Book tonight's splits, then distributions on the shares after them (design 3a.5 and 3a.6, vector V09), then what
    merges, converts or is liquidated (spec 7).

    One journal per split, distribution, distribution's reinvested part, and security that goes, each over all sleeves.
    """
    plan, writer = night.plan, JournalWriter(night.on)
    settles_on = night.calendar.settle(night.on)
    for place in range(len(plan.splits.security_id)):
        _book_split(writer, night, plan, place, settles_on)
    for place in range(len(plan.distributions.security_id)):
        _book_distribution(writer, night, plan, place)
    for place in range(len(plan.exits.security_id)):
        _book_exit(writer, night, plan, place, settles_on)
    _settle_born_tonight(writer, night)
    return Effects(journals=writer.journals())


def book_trades(night: Night, feeds: Feeds) -> Effects:
    """Book tonight's trades: cost and shares against what settles (spec 7).

    One journal per confirm, and one per block of proposed trades, over all its sleeves.
    """
    plan, writer = night.plan, JournalWriter(night.on)
    rows, legs = np.flatnonzero(plan.trade_effects.booked), _trade_legs(night, plan)
    sides = plan.trades.side
    settles_on = np.maximum(plan.trade_settle_date, night.on)
    confirmed = rows[plan.trade_row_id[rows] > 0]
    for kind, side in ((JournalKind.BUY, TradeSide.BUY), (JournalKind.SELL, TradeSide.SELL)):
        mine = confirmed[sides[confirmed] == side]
        writer.each(
            kind,
            [(debit[mine], credit[mine], amount[mine]) for debit, credit, amount in legs[side]],
            source_id=plan.trade_row_id[mine],
            settles_on=settles_on[mine],
        )
    dealt = rows[plan.trade_row_id[rows] < 0]
    dealt = dealt[np.argsort(-plan.trade_row_id[dealt], kind="stable")]
    ends = np.flatnonzero(np.diff(plan.trade_row_id[dealt])) + 1
    for block in np.split(dealt, ends) if dealt.size else []:
        side = TradeSide(int(sides[block[0]]))
        writer.one(
            JournalKind.BUY if side is TradeSide.BUY else JournalKind.SELL,
            *_columns_of([(debit[block], credit[block], amount[block]) for debit, credit, amount in legs[side]]),
            source_id=int(plan.trade_row_id[block[0]]),
            settles_on=int(settles_on[block[0]]),
        )
    if night.cycle.run == 0:  # the fills are the night's: a sleeve that catches up adds none
        _book_errors(writer, plan)
    _settle_born_tonight(writer, night)
    if plan.answered.size == 0:
        return Effects(journals=writer.journals())
    due = night.of_tonight("rebalance_due")
    due[plan.answered] = 0
    return Effects(journals=writer.journals(), sleeves=night.sleeves_with(rebalance_due=due))


def _trade_legs(night: Night, plan: NightPlan) -> dict[TradeSide, list[Leg]]:
    """The transfers of each of tonight's trades, as a purchase and as a sale."""
    trades, relieved = plan.trades, plan.trade_effects.cost
    owner = night.sleeve[trades.sleeve]
    cost = account_ids(owner, int(Chart.COST), trades.security_id)
    shares = account_ids(owner, int(Chart.SHARES), trades.security_id)
    street = account_ids(PLATFORM, int(Chart.STREET_SHARES), trades.security_id)
    payable = account_ids(owner, int(Chart.SECURITIES_BOUGHT_PAYABLE))
    receivable = account_ids(owner, int(Chart.SECURITIES_SOLD_RECEIVABLE))
    gain = account_ids(owner, int(Chart.REALIZED_GAIN))
    return {
        TradeSide.BUY: [(cost, payable, trades.amount), (shares, street, trades.shares)],
        TradeSide.SELL: [
            *proceeds_legs(receivable, cost, gain, trades.amount, relieved),
            (street, shares, trades.shares),
        ],
    }


def _book_errors(writer: JournalWriter, plan: NightPlan) -> None:
    """Shares that a custodian dealt in and nobody asked for: the platform's error account has them, and owes for them.

    One that was sold too many is short of them, and the market owes it the proceeds.
    """
    nobodys = plan.nobodys
    for at in range(nobodys.security_id.size):
        security, line = nobodys.security_id[at : at + 1], slice(at, at + 1)
        cost = account_ids(PLATFORM, int(Chart.ERROR_ACCOUNT_COST), security)
        owed = account_ids(PLATFORM, int(Chart.ERROR_ACCOUNT_OWED)).reshape(1)
        shares = account_ids(PLATFORM, int(Chart.ERROR_ACCOUNT_SHARES), security)
        street = account_ids(PLATFORM, int(Chart.STREET_SHARES), security)
        legs = [(cost, owed, nobodys.amount[line]), (shares, street, nobodys.shares[line])]
        buying = TradeSide(int(nobodys.side[at])) is TradeSide.BUY
        if not buying:
            legs = [(credit, debit, amount) for debit, credit, amount in legs]
        kind = JournalKind.BUY if buying else JournalKind.SELL
        writer.one(kind, *_columns_of(legs), source_id=int(block_id(security, nobodys.side[line])[0]))


def _book_split(writer: JournalWriter, night: Night, plan: NightPlan, place: int, settles_on: int) -> None:
    effects = plan.split_effects
    rows = np.flatnonzero(effects.security_id == plan.splits.security_id[place])
    owner, security = night.sleeve[effects.sleeve[rows]], effects.security_id[rows]
    shares = account_ids(owner, int(Chart.SHARES), security)
    street = account_ids(PLATFORM, int(Chart.STREET_SHARES), security)
    cash_legs = proceeds_legs(
        account_ids(owner, int(Chart.DIVIDENDS_RECEIVABLE)),
        account_ids(owner, int(Chart.COST), security),
        account_ids(owner, int(Chart.REALIZED_GAIN)),
        effects.cash_in_lieu[rows],
        effects.cost_out[rows],
    )
    delta = effects.shares_after[rows] - effects.shares_before[rows]
    legs = [(shares, street, delta), *cash_legs]
    writer.one(JournalKind.SPLIT, *_columns_of(legs), source_id=int(plan.split_row_id[place]), settles_on=settles_on)


def _book_distribution(writer: JournalWriter, night: Night, plan: NightPlan, place: int) -> None:
    effects, source = plan.distribution_effects, int(plan.distribution_row_id[place])
    rows = np.flatnonzero(effects.distribution == place)
    owner, security = night.sleeve[effects.sleeve[rows]], effects.security_id[rows]
    gains = plan.distributions.kind[place] == DistributionKind.CAPGAIN
    receivable = account_ids(owner, int(Chart.GAINS_RECEIVABLE if gains else Chart.DIVIDENDS_RECEIVABLE))
    income = account_ids(owner, int(Chart.GAINS_INCOME if gains else Chart.DIVIDEND_INCOME))
    shares = account_ids(owner, int(Chart.SHARES), security)
    street = account_ids(PLATFORM, int(Chart.STREET_SHARES), security)
    cost = account_ids(owner, int(Chart.COST), security)
    bought = effects.cost_bought[rows]
    reinvested = [
        (receivable, income, bought),
        (cost, receivable, bought),
        (shares, street, effects.shares_bought[rows]),
    ]
    writer.one(JournalKind.REINVESTMENT, *_columns_of(reinvested), source_id=source)
    pay_day = max(int(plan.distributions.pay_day[place]), night.on)
    writer.one(
        JournalKind.DISTRIBUTION,
        receivable,
        income,
        effects.receivable[rows],
        source_id=source,
        settles_on=pay_day,
    )


def _book_exit(writer: JournalWriter, night: Night, plan: NightPlan, place: int, settles_on: int) -> None:
    """Shares out and in, the cost that goes on, and cash for the rest: a fraction's like a split's, or proceeds."""
    effects = plan.exit_effects
    rows = np.flatnonzero(effects.exit == place)
    owner, old, new = night.sleeve[effects.sleeve[rows]], effects.security_id[rows], effects.to_security_id[rows]
    paid_out = int(plan.exits.to_security_id[place]) == 0
    receivable = Chart.SECURITIES_SOLD_RECEIVABLE if paid_out else Chart.DIVIDENDS_RECEIVABLE
    cost_old, cost_new = (account_ids(owner, int(Chart.COST), security) for security in (old, new))
    street = int(Chart.STREET_SHARES)
    legs = [
        (account_ids(PLATFORM, street, old), account_ids(owner, int(Chart.SHARES), old), effects.shares_out[rows]),
        (account_ids(owner, int(Chart.SHARES), new), account_ids(PLATFORM, street, new), effects.shares_in[rows]),
        (cost_new, cost_old, effects.cost_in[rows]),
        *proceeds_legs(
            account_ids(owner, int(receivable)),
            cost_old,
            account_ids(owner, int(Chart.REALIZED_GAIN)),
            effects.cash[rows],
            effects.cost_out[rows] - effects.cost_in[rows],
        ),
    ]
    pay_day = int(plan.exits.pay_day[place])
    writer.one(
        JournalKind.LIQUIDATION if paid_out else JournalKind.EXCHANGE,
        *_columns_of(legs),
        source_id=int(plan.exit_row_id[place]),
        settles_on=max(pay_day, night.on) if pay_day else settles_on,
    )


def proceeds_legs(receivable: Column, cost: Column, gain: Column, proceeds: Column, cost_out: Column) -> list[Leg]:
    """The legs of a sale: proceeds against cost, and the gain or the loss between them."""
    made = proceeds >= cost_out
    return [
        (receivable, cost, np.minimum(proceeds, cost_out)),
        (np.where(made, receivable, gain), np.where(made, gain, cost), np.abs(proceeds - cost_out)),
    ]


def _columns_of(legs: list[Leg]) -> Leg:
    """The legs one after another for each row, as one column of debits, credits and amounts."""
    debit, credit, amount = (
        np.stack(np.broadcast_arrays(*(leg[i] for leg in legs)), axis=1).reshape(-1) for i in range(3)
    )
    return debit, credit, amount


def _settle_due(writer: JournalWriter, night: Night, pending: Pending) -> None:
    _, tonight = night.places(pending.sleeve_ids())
    due = pending.where((pending.due <= night.on) & tonight)
    writer.one(JournalKind.SETTLEMENT, due.debit, due.credit, due.amount)


def _settle_born_tonight(writer: JournalWriter, night: Night) -> None:
    """What a step booked and is due tonight settles tonight, if tonight is a settlement day."""
    if night.calendar.is_settlement_day(night.on):
        _settle_due(writer, night, Pending.none().after(writer.journals()))
