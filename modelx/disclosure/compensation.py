"""Who was paid, from what, and how much: the figures behind 408(b)(2) notices and Form 5500 Schedule C.

The tag ``paid_from`` of each fee decides: taken from accounts is direct; taken inside a unit value or a fund is
indirect, *eligible* when it was disclosed in writing; paid by the sponsor is nobody's plan money. Source:
``spec/disclosure.md`` 10.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from modelx.disclosure.checks_expenses import PaidFrom
from modelx.disclosure.figures import to_bps, to_cents
from modelx.disclosure.requirements import Rulebook

MICROS = 10**6


@dataclass(frozen=True, slots=True)
class FeePaid:
    """One payee's fee for one option (or the plan, ``option`` empty) over the year. ``amount`` in millionths.

    ``disclosed`` is true when the plan holds a written disclosure of it. ``revenue_share`` marks 12b-1, sub-TA and
    similar payments out of a fund.
    """

    payee: str
    service: str
    option: str
    paid_from: PaidFrom
    amount: int
    disclosed: bool = False
    revenue_share: bool = False


@dataclass(frozen=True, slots=True)
class ProviderPay:
    """A payee's year in cents: direct, eligible indirect, other indirect; and what of it was revenue share."""

    payee: str
    services: tuple[str, ...]
    direct_cents: int
    eligible_indirect_cents: int
    other_indirect_cents: int
    revenue_share_cents: int

    @property
    def total_cents(self) -> int:
        """Everything the payee received out of plan assets, directly or not."""
        return self.direct_cents + self.eligible_indirect_cents + self.other_indirect_cents


@dataclass(frozen=True, slots=True)
class OptionPay:
    """A payee's fee within one option as a yearly percent of its average net assets (hundredths)."""

    option: str
    payee: str
    service: str
    paid_from: PaidFrom
    percent_bps: int


@dataclass(frozen=True, slots=True)
class PayLine:
    """What a payee got from one purse for one service, in cents: the line behind every total. ``option`` is empty for
    a fee of the plan as a whole."""

    payee: str
    paid_from: PaidFrom
    option: str
    service: str
    cents: int
    revenue_share: bool


def pay_lines(fees: Iterable[FeePaid]) -> tuple[PayLine, ...]:
    """The fees summed by payee, purse, option and service, in that order; what the sponsor paid is listed too."""
    micros: dict[tuple[str, str, str, str, bool], int] = {}
    for fee in fees:
        key = (fee.payee, fee.paid_from.value, fee.option, fee.service, fee.revenue_share)
        micros[key] = micros.get(key, 0) + fee.amount
    return tuple(
        PayLine(payee, PaidFrom(source), option, service, to_cents(Fraction(amount, MICROS)), share)
        for (payee, source, option, service, share), amount in sorted(micros.items())
    )


def provider_pay(fees: Iterable[FeePaid]) -> tuple[ProviderPay, ...]:
    """One row a payee, the largest total first, then by name. Sponsor-paid fees are left out."""
    micros: dict[str, dict[str, int]] = {}
    services: dict[str, set[str]] = {}
    for fee in fees:
        if fee.paid_from is PaidFrom.SPONSOR:
            continue
        row = micros.setdefault(fee.payee, {"direct": 0, "eligible": 0, "other": 0, "share": 0})
        services.setdefault(fee.payee, set()).add(fee.service)
        if fee.paid_from is PaidFrom.ACCOUNT:
            row["direct"] += fee.amount
        else:
            row["eligible" if fee.disclosed else "other"] += fee.amount
        row["share"] += fee.amount if fee.revenue_share else 0

    def cents(value: int) -> int:
        return to_cents(Fraction(value, MICROS))

    rows = [
        ProviderPay(
            payee,
            tuple(sorted(services[payee])),
            cents(row["direct"]),
            cents(row["eligible"]),
            cents(row["other"]),
            cents(row["share"]),
        )
        for payee, row in micros.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.total_cents, row.payee)))


def covered_providers(rows: Iterable[ProviderPay], rules: Rulebook, on: date) -> tuple[ProviderPay, ...]:
    """The payees that owe the plan a 408(b)(2) notice: $1,000 or more."""
    least = rules.value("provider_threshold_dollars", on) * 100
    return tuple(row for row in rows if row.total_cents >= least)


def schedule_c(rows: Iterable[ProviderPay], rules: Rulebook, on: date) -> tuple[ProviderPay, ...]:
    """The payees to be listed on Schedule C: $5,000 or more."""
    least = rules.value("schedule_c_threshold_dollars", on) * 100
    return tuple(row for row in rows if row.total_cents >= least)


def needs_the_short_form_only(row: ProviderPay) -> bool:
    """True when everything a payee got was eligible indirect compensation: name and source suffice."""
    return row.direct_cents == 0 and row.other_indirect_cents == 0


def option_pay(fees: Iterable[FeePaid], average_net_assets: Mapping[str, Fraction]) -> tuple[OptionPay, ...]:
    """Each fee of an option as a percent of the option's average net assets (millionths); plan-wide fees left out."""
    rows = [
        OptionPay(
            fee.option, fee.payee, fee.service, fee.paid_from, to_bps(fee.amount / average_net_assets[fee.option])
        )
        for fee in fees
        if fee.option in average_net_assets and fee.paid_from is not PaidFrom.SPONSOR
    ]
    return tuple(sorted(rows, key=lambda row: (row.option, row.payee, row.service)))
