"""What a sleeve's terms are on a date: its fees and their rates, its effective targets, and its unit classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from modelx.disclosure.checks_expenses import FeeTold
from modelx.disclosure.checks_expenses import PaidFrom as ToldPaidFrom
from modelx.disclosure.expenses import ContractFee, FeeGroup
from modelx.disclosure.option import AccountFee, AssetKind, Footnote
from modelx.disclosure.requirements import Rulebook
from modelx.disclosure.unit_class import ClassTerms, UnitClass, unit_classes
from modelx.domain.accrual import RATE_ONE, accrue
from modelx.domain.book import MISSING
from modelx.domain.book_codes import OPEN_END, OPEN_START, AssetClassKind, OverrideKind, PayeeKind, SecurityKind
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import InvalidInput
from modelx.domain.fee_schedule import FeeRows, PaidFrom, SleeveScope, describe_terms, resolve
from modelx.domain.money import Column, big_mul_div
from modelx.domain.override import OnExpiry, Overrides
from modelx.domain.override_resolution import ModelTargets
from modelx.domain.override_resolution import resolve as resolve_targets
from modelx.services.disclosure_book import NoticeBook, Row

SERVICES = {
    PayeeKind.PLATFORM: "Custody and unit accounting",
    PayeeKind.ADVISOR: "Plan adviser",
    PayeeKind.MANAGER: "Investment manager",
    PayeeKind.OTHER: "Other services",
}
COMMON_YEAR = (day_of(date(2023, 1, 1)), day_of(date(2023, 12, 31)))
DOLLAR = 10**6


@dataclass(frozen=True, slots=True)
class LiveFee:
    """A fee row in force for a sleeve: who, for what, from whose money, at which yearly rate (10^-12), and its row."""

    payee: str
    kind: PayeeKind
    inside: bool
    waives: str
    rate: int
    terms: str
    row_id: int
    ends: date | None

    @property
    def label(self) -> str:
        """The line's name in an expense table."""
        return f"{SERVICES[self.kind]} ({self.payee})"

    @property
    def group(self) -> FeeGroup:
        """Which part of operating expenses it is."""
        return FeeGroup.MANAGEMENT if self.kind is PayeeKind.MANAGER else FeeGroup.OTHER


def live_fees(book: NoticeBook, plan: str, model: str, on: date, assets: Mapping[str, int]) -> tuple[LiveFee, ...]:
    """The fees in force for a sleeve on a date, waivers included, by payee id.

    ``assets`` are the net assets (millionths) of each of the plan's models: tiers are held against them.
    """
    rows = book.fees.rows
    models = sorted({*assets, model})
    plan_id = book.ids["plan"][plan]
    scope = SleeveScope(
        np.full(len(models), plan_id, np.int64), np.array([book.ids["model"][one] for one in models], np.int64)
    )
    found = resolve(rows, scope, day_of(on))
    mine = found.row[found.sleeve == models.index(model)]
    base = np.array([max(assets.get(one, 0), DOLLAR) for one in models], np.int64)
    rates = _yearly_rates(rows, scope, base, day_of(on), models.index(model))
    payees = book.names["payee"]
    return tuple(
        LiveFee(
            payees[int(rows.payee_id[row])],
            PayeeKind(int(book.fees.kind[row])),
            int(rows.paid_from[row]) == PaidFrom.UNIT_VALUE,
            payees[int(rows.waives[row])] if rows.waives[row] else "",
            rates.get(int(rows.payee_id[row]), 0) if rows.tiers[row] else int(rows.rate[row]),
            describe_terms(rows, int(row)),
            int(book.fees.row_id[row]),
            None if int(rows.end[row]) >= OPEN_END else date_of(int(rows.end[row])),
        )
        for row in mine.tolist()
    )


def _yearly_rates(rows: FeeRows, scope: SleeveScope, base: Column, day: int, sleeve: int) -> dict[int, int]:
    """The yearly rate of each payee's winning row by accruing a whole common year of the rows live on a day."""
    live = np.flatnonzero((rows.start <= day) & (day <= rows.end))
    columns = {name: getattr(rows, name)[live] for name in FeeRows.__dataclass_fields__ if name != "tiers"}
    columns |= {"start": np.full(len(live), OPEN_START), "end": np.full(len(live), OPEN_END)}
    forever = FeeRows(**columns, tiers=tuple(rows.tiers[row] for row in live.tolist()))
    accruals = accrue(forever, scope, base, *COMMON_YEAR)
    mine = accruals.sleeve == sleeve
    return {
        payee: int(big_mul_div(amount, RATE_ONE, int(base[sleeve])).item())
        for payee, amount in zip(accruals.payee_id[mine].tolist(), accruals.amount[mine].tolist(), strict=True)
    }


def contract_fees(fees: tuple[LiveFee, ...]) -> tuple[ContractFee, ...]:
    """The fees inside the unit value at their contract rates, before waivers."""
    return tuple(
        ContractFee(fee.payee, fee.label, fee.group, fee.rate) for fee in fees if fee.inside and not fee.waives
    )


def account_fees(fees: tuple[LiveFee, ...]) -> tuple[AccountFee, ...]:
    """The fees charged to accounts, as the plan's section lists them."""
    return tuple(AccountFee(fee.payee, SERVICES[fee.kind], f"{fee.terms} a year") for fee in fees if not fee.inside)


def fees_told(fees: tuple[LiveFee, ...]) -> tuple[FeeTold, ...]:
    """Each live fee and where this product tells it: inside operating expenses or in the account list."""
    return tuple(
        FeeTold(
            fee.payee,
            fee.kind.name,
            ToldPaidFrom.UNIT_VALUE if fee.inside else ToldPaidFrom.ACCOUNT,
            in_operating_expenses=fee.inside,
            in_account_list=not fee.inside,
        )
        for fee in fees
        if not fee.waives
    )


def classes_of(book: NoticeBook, plan: str, model: str, start: date, through: date) -> tuple[UnitClass, ...]:
    """The unit classes of a sleeve up to a date: a new one where what it holds or who is paid inside it changes."""
    overrides = [row for row in book.overrides if row["plan"] == plan and row["model"] in ("", model)]
    rows = book.fees.rows
    cuts = {day_of(start)}
    for row in overrides:
        cuts |= {row["start"], row["end"] + 1}
    concerned = np.isin(rows.plan_id, [0, book.ids["plan"][plan]]) & np.isin(
        rows.model_id, [0, book.ids["model"][model]]
    )
    cuts |= {*rows.start[concerned].tolist(), *(rows.end[concerned] + 1).tolist()}
    days = sorted(day for day in cuts if day_of(start) <= day <= day_of(through))
    return unit_classes(plan, model, [_terms_on(book, plan, model, overrides, date_of(day)) for day in days])


def _terms_on(book: NoticeBook, plan: str, model: str, overrides: list[Row], on: date) -> ClassTerms:
    day = day_of(on)
    live = frozenset(
        (OverrideKind(row["kind"]).name, row["ticker"])
        for row in overrides
        if row["start"] <= day and (day <= row["end"] or row["on_expiry"] == OnExpiry.KEEP.name)
    )
    rows, payees = book.fees.rows, book.names["payee"]
    ids = (np.array([book.ids["plan"][plan]], np.int64), np.array([book.ids["model"][model]], np.int64))
    paid = frozenset(
        (payees[int(rows.payee_id[row])], PayeeKind(int(book.fees.kind[row])).name)
        for row in resolve(rows, SleeveScope(*ids), day).row.tolist()
        if rows.paid_from[row] == PaidFrom.UNIT_VALUE and not rows.waives[row]
    )
    return ClassTerms(on, live, paid)


def effective_weights(book: NoticeBook, plan: str, model: str, on: date) -> dict[str, int]:
    """A sleeve's target weights (10^-12) by ticker on a date, overrides applied, cash under ``CASH``; none before the
    model's first version."""
    versions = targets_by_date(book, model)
    live = [day for day in versions if day <= day_of(on)]
    if not live:
        return {}
    rows = versions[max(live)]
    ids = book.ids["security"]
    security = np.array([ids.get(ticker, 0) for ticker in rows], np.int64)
    weight = np.array(list(rows.values()), np.int64)
    targets = ModelTargets(1, np.zeros(len(rows), np.int64), security, weight)
    buffer = book.sleeves[plan, model]["cash_buffer"]
    found = resolve_targets(
        targets,
        np.zeros(1, np.int64),
        np.array([0 if buffer == MISSING else buffer], np.int64),
        _overrides(book, plan, model, set(security.tolist())),
        day_of(on),
    )
    if found.circular.size:
        raise InvalidInput(f"the substitutions of {plan}/{model} go round in a circle; end one of them")
    names = {0: "CASH"} | dict(book.names["security"])
    return {names[number]: weight for number, weight in found.of_sleeve(0).items()}


def _overrides(book: NoticeBook, plan: str, model: str, in_model: set[int]) -> Overrides:
    rows = [row for row in book.overrides if row["plan"] == plan and row["model"] in ("", model)]
    ids = book.ids["security"]

    def column(values: list[int]) -> Column:
        return np.array([0 if value == MISSING else value for value in values], np.int64)

    securities = [ids.get(row["ticker"], 0) for row in rows]
    return Overrides(
        override_id=np.arange(len(rows)),
        sleeve=np.zeros(len(rows), np.int64),
        kind=column([row["kind"] for row in rows]),
        security=column(securities),
        to_security=column([ids.get(row["to_ticker"], 0) for row in rows]),
        weight=column([row["weight"] for row in rows]),
        exclude_to=column([row["exclude_to"] for row in rows]),
        start=column([row["start"] for row in rows]),
        end=column([row["end"] for row in rows]),
        on_expiry=column([_on_expiry(row["on_expiry"]) for row in rows]),
        was_in_model=np.array([number in in_model for number in securities], np.bool_),
    )


def _on_expiry(word: str) -> int:
    return int(OnExpiry[word]) if word in OnExpiry.__members__ else int(OnExpiry.REVERT)


def targets_by_date(book: NoticeBook, model: str) -> dict[int, dict[str, int]]:
    """The target versions of a model by effective day: weight (10^-12) by ticker."""
    versions: dict[int, dict[str, int]] = {}
    for row in book.targets.get(model, ()):
        versions.setdefault(row["effective_date"], {})[row["ticker"]] = row["weight"]
    return versions


def asset_kind(book: NoticeBook, ticker: str) -> AssetKind:
    """Whether a security counts as stocks, bonds or cash."""
    row = book.securities.get(ticker)
    if row is None or row["kind"] == SecurityKind.MMF:
        return AssetKind.CASH
    fixed = book.asset_kind.get(row["asset_class"]) == AssetClassKind.FIXED
    return AssetKind.FIXED if fixed else AssetKind.EQUITY


def mix_changes(book: NoticeBook, model: str, since: date, through: date, rules: Rulebook) -> tuple[Footnote, ...]:
    """A footnote for each change of the model's own target that moved its share of stocks by the rule's tolerance."""
    least = rules.value("blend_mix_tolerance_bps", through)
    notes: list[Footnote] = []
    before: int | None = None
    for day, weights in sorted(targets_by_date(book, model).items()):
        stocks = sum(weight for ticker, weight in weights.items() if asset_kind(book, ticker) is AssetKind.EQUITY)
        share = stocks // 10**8
        if before is not None and abs(share - before) >= least and day_of(since) < day <= day_of(through):
            text = f"The target share of stocks changed from {before / 100:.0f}% to {share / 100:.0f}%."
            notes.append(Footnote(date_of(day), text))
        before = share
    return tuple(notes)


def group_of(fee: LiveFee | None) -> FeeGroup:
    """The part of operating expenses a fee belongs to; a payee no longer live counts as other."""
    return FeeGroup.OTHER if fee is None else fee.group
