"""Plans that join or leave in kind, at the unit value just published and before tonight's orders (spec 7 and 13.22)."""

from __future__ import annotations

import numpy as np

from modelx.domain.book_codes import InKindKind
from modelx.domain.days import date_of
from modelx.domain.in_kind import (
    InKind,
    InKindLines,
    Payments,
    PricedInKind,
    Refusal,
    pay_as_it_comes,
    price_in_kind,
)
from modelx.domain.money import Column, format_decimal
from modelx.ledger.account import PLATFORM, Chart, account_ids, charts_of
from modelx.ledger.journal import JournalKind, JournalWriter
from modelx.services.night import Feeds, Findings, Night
from modelx.services.night_effects import Columns, Effects
from modelx.services.night_orders import book_dust, published_tonight
from modelx.services.night_postings import Leg, proceeds_legs
from modelx.store.in_kind_records import Transfers


def transfer_in_kind(night: Night, feeds: Feeds) -> Effects:
    """Book tonight's in-kind transfers: securities at market value against units, or a plan's whole sleeve out.

    A plan that leaves whole takes no orders from the next night on, unless its sleeve's row comes again. What cannot
    be booked is told (C-TRANSFER) and stays undone; what is owed to a plan that has left is told as well (C-LEFT).
    """
    found = night.work.transfers
    assert found is not None
    place, tonight = night.places(found.sleeve_id)
    found, place = found.take(np.flatnonzero(tonight)), place[tonight]
    if len(found.kind) == 0:
        return Effects()
    published, ends_on = published_tonight(night), night.of_tonight("ends_on")
    transfers = InKind(place, found.kind, night.on > ends_on[place])
    lines = InKindLines(found.line_transfer, found.line_security_id, found.line_shares, found.line_amount)
    priced = price_in_kind(transfers, lines, night.positions(), published, night.work.prices, night.work.terms)
    payments = _payments(night, transfers, priced)
    writer = JournalWriter(night.on)
    _book(writer, night, transfers, found, priced, payments)
    book_dust(writer, night, place, priced.dust, published)
    leaves = place[(found.kind == InKindKind.OUT_ALL) & (priced.reason == Refusal.NONE)]
    ends_on[leaves] = np.minimum(ends_on[leaves], night.on)
    return Effects(
        journals=writer.journals(),
        findings=_told(night, found, priced, payments),
        sleeves=night.sleeves_with(net_assets=night.of_tonight("net_assets") + priced.capital, ends_on=ends_on),
    )


def _payments(night: Night, transfers: InKind, priced: PricedInKind) -> Payments:
    """When the cash of plans that go out is paid: see :func:`pay_as_it_comes`."""
    settles_on, pending = night.calendar.settle(night.on), night.state.pending
    out = (transfers.kind == InKindKind.OUT) | (transfers.kind == InKindKind.OUT_ALL)
    leaves = np.flatnonzero((transfers.kind == InKindKind.OUT_ALL) & (priced.reason == Refusal.NONE))
    of_place = np.full(len(night.sleeve), -1)
    of_place[transfers.sleeve[leaves]] = leaves
    place, tonight = night.places(pending.sleeve_ids())
    inflow = charts_of(pending.debit) == int(Chart.CASH)
    later = np.flatnonzero(tonight & inflow & (pending.due > settles_on))
    later = later[of_place[place[later]] >= 0]
    cash = np.where(out, priced.cash, 0)
    return pay_as_it_comes(cash, settles_on, of_place[place[later]], pending.due[later], pending.amount[later])


def _book(
    writer: JournalWriter,
    night: Night,
    transfers: InKind,
    found: Transfers,
    priced: PricedInKind,
    payments: Payments,
) -> None:
    """One journal per transfer, and one more for each later day on which cash is paid for it (spec 7)."""
    settles_on = night.calendar.settle(night.on)
    for kind, chosen, legs in (
        (JournalKind.TRANSFER_IN, (InKindKind.IN,), _legs_in(night, transfers, priced)),
        (JournalKind.TRANSFER_OUT, (InKindKind.OUT, InKindKind.OUT_ALL), _legs_out(night, transfers, priced)),
        (JournalKind.LATE_INCOME, (InKindKind.LATE_INCOME,), _late_income(night, transfers, priced)),
    ):
        rows = np.isin(transfers.kind, chosen)
        mine = [(event[rows[event]], *(column[rows[event]] for column in leg)) for event, leg in legs]
        if kind is JournalKind.TRANSFER_OUT:
            at = np.flatnonzero(payments.day == settles_on)
            mine.append((payments.transfer[at], *_payment(night, transfers, payments, at)))
        event, debit, credit, amount = (np.concatenate(column) for column in zip(*mine, strict=True))
        writer.grouped(kind, event, (debit, credit, amount), found.row_id, settles_on)
    for day in np.unique(payments.day[payments.day > settles_on]).tolist():
        at = np.flatnonzero(payments.day == day)
        legs_of_day = _payment(night, transfers, payments, at)
        writer.grouped(JournalKind.TRANSFER_OUT, payments.transfer[at], legs_of_day, found.row_id, day)


def _legs_in(night: Night, transfers: InKind, priced: PricedInKind) -> list[tuple[Column, Leg]]:
    """Securities at market value and cash to come against capital; shares delivered; units issued."""
    line, every = priced.line_transfer, np.arange(len(transfers.kind))
    owner, sleeve = night.sleeve[transfers.sleeve[line]], night.sleeve[transfers.sleeve]
    security, in_kind = priced.line_security_id, priced.line_shares > 0
    capital = int(Chart.UNITS_SUBSCRIBED)
    value = np.where(in_kind, priced.line_value, 0)
    shares, street = _share_accounts(owner, security)
    return [
        (line, (account_ids(owner, int(Chart.COST), security), account_ids(owner, capital), value)),
        (line, (shares, street, priced.line_shares)),
        (every, (account_ids(sleeve, int(Chart.UNITS_SOLD_RECEIVABLE)), account_ids(sleeve, capital), priced.cash)),
        (every, (*_unit_accounts(sleeve), priced.units)),
    ]


def _legs_out(night: Night, transfers: InKind, priced: PricedInKind) -> list[tuple[Column, Leg]]:
    """Capital against the cost of what goes and the gain on it; shares delivered; units redeemed."""
    line, every = priced.line_transfer, np.arange(len(transfers.kind))
    owner, sleeve = night.sleeve[transfers.sleeve[line]], night.sleeve[transfers.sleeve]
    in_kind = priced.line_shares > 0
    capital, gain = (account_ids(owner, int(chart)) for chart in (Chart.UNITS_REDEEMED, Chart.REALIZED_GAIN))
    cost = account_ids(owner, int(Chart.COST), priced.line_security_id)
    value, relieved = (np.where(in_kind, column, 0) for column in (priced.line_value, priced.line_cost))
    shares, street = _share_accounts(owner, priced.line_security_id)
    held, issued = _unit_accounts(sleeve)
    return [
        *((line, leg) for leg in proceeds_legs(capital, cost, gain, value, relieved)),
        (line, (street, shares, priced.line_shares)),
        (every, (issued, held, priced.units)),
    ]


def _late_income(night: Night, transfers: InKind, priced: PricedInKind) -> list[tuple[Column, Leg]]:
    """Cash received for a plan that has left, and owed to it: it settles as a payment."""
    sleeve = night.sleeve[transfers.sleeve]
    received, owed = (account_ids(sleeve, int(chart)) for chart in (Chart.CASH, Chart.OWED_TO_LEAVERS))
    return [(np.arange(len(transfers.kind)), (received, owed, priced.amount))]


def _payment(night: Night, transfers: InKind, payments: Payments, at: Column) -> Leg:
    owner = night.sleeve[transfers.sleeve[payments.transfer[at]]]
    redeemed, payable = (
        account_ids(owner, int(chart)) for chart in (Chart.UNITS_REDEEMED, Chart.UNITS_REDEEMED_PAYABLE)
    )
    return redeemed, payable, payments.amount[at]


def _share_accounts(owner: Column, security_id: Column) -> tuple[Column, Column]:
    return (
        account_ids(owner, int(Chart.SHARES), security_id),
        account_ids(PLATFORM, int(Chart.STREET_SHARES), security_id),
    )


def _unit_accounts(owner: Column) -> tuple[Column, Column]:
    return account_ids(owner, int(Chart.UNITS_HELD)), account_ids(owner, int(Chart.UNITS_ISSUED))


def _told(night: Night, found: Transfers, priced: PricedInKind, payments: Payments) -> Columns:
    """What was refused, and what is paid later to plans that left."""
    findings, settles_on = Findings(night.policy), night.calendar.settle(night.on)
    for row in np.flatnonzero(priced.reason != Refusal.NONE).tolist():
        detail = f"transfer {found.transfer_ref[row]} is not booked: {Refusal(int(priced.reason[row])).words}"
        findings.add("C-TRANSFER", detail, sleeve_id=int(found.sleeve_id[row]))
    for at in np.flatnonzero(payments.day > settles_on).tolist():
        row, amount = int(payments.transfer[at]), format_decimal(int(payments.amount[at]), 6, at_least=2)
        detail = f"transfer {found.transfer_ref[row]}: {amount} is paid when it comes, {date_of(int(payments.day[at]))}"
        findings.add("C-LEFT", detail, sleeve_id=int(found.sleeve_id[row]))
    late = (found.kind == InKindKind.LATE_INCOME) & (priced.reason == Refusal.NONE)
    for row in np.flatnonzero(late).tolist():
        amount = format_decimal(int(priced.amount[row]), 6, at_least=2)
        detail = f"transfer {found.transfer_ref[row]}: {amount} came after the plan had left, and is paid to it"
        findings.add("C-LEFT", f"{detail} on {date_of(settles_on)}", sleeve_id=int(found.sleeve_id[row]))
    return findings.columns()
