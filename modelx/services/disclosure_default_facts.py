"""What is known of an option as a plan's default: from the book's words, its target weights and the papers sent.

Computed here: equity by age along the series, the largest fund, employer securities held, the redemption fees of the
funds inside, and which notices were in time. Stated in ``default_options.csv``: who manages the mix, how often one may
leave, what leaving costs, what is passed on. What nobody stated is HUMAN. Source: ``spec/disclosure.md`` 9.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from modelx.disclosure.default_document import DefaultTerms, stated_items
from modelx.disclosure.default_option import DefaultFacts, DefaultKind, ManagedBy
from modelx.disclosure.figures import percent
from modelx.disclosure.option import AssetKind
from modelx.disclosure.option_words import shareholder_fee_phrase
from modelx.disclosure.periods import add_months
from modelx.disclosure.requirements import Rulebook
from modelx.domain import book_codes as codes
from modelx.domain.book import MISSING
from modelx.domain.book_codes import CASH
from modelx.domain.days import date_of, day_of
from modelx.domain.errors import NotFound
from modelx.services import disclosure_terms as terms
from modelx.services.disclosure_book import NoticeBook, Row, listed_words, optional_day, shareholder_fees

RETIREMENT_AGE = 65
RATE_OF_BPS = 10**8
LONGEST = 120  # months between transfers that the other options are taken to allow while nobody stated it
NUMBERS = (
    "kind", "managed_by", "transfer_months", "others_transfer_months", "first_investment", "materials_passed",
    "chance_to_direct", "broad_range", "automatic_enrollment",
)  # fmt: skip
LISTS = ("employer_securities", "exit_fees", "barriers_later")
WORDS = ("employer_exception", "applies_when", "how_to_leave", "options_address")
NOTHING_STATED: Row = {
    **dict.fromkeys(NUMBERS, MISSING),
    **dict.fromkeys((*LISTS, *WORDS), ""),
    "withdrawal_permitted": 0,
}


def default_facts(book: NoticeBook, plan: str, option: str, on: date, rules: Rulebook) -> DefaultFacts:
    """The facts of a model or line-up option of a plan. Raises :class:`NotFound` for an option the plan has not."""
    is_model = (plan, option) in book.sleeves
    row, words = default_row(book, plan, option), _words_of(book, plan, option)
    weights = terms.effective_weights(book, plan, option, on) if is_model else {}
    funds = {ticker: weight for ticker, weight in weights.items() if ticker != CASH}
    largest = max(sorted(funds), key=lambda ticker: funds[ticker], default="")
    kind = _kind(row, book.models[option] if is_model else None)
    first = optional_day(row["first_investment"])
    told = default_notices_sent(book, plan, on)
    notice_days = timedelta(days=rules.value("qdia_notice_days", first or on))
    permitted = bool(row["withdrawal_permitted"])
    first_due = (first or on) if permitted else (first or on) - notice_days
    year, _ = plan_years(book, plan, on, notice_days)
    fees = shareholder_fees(words["shareholder_fees"]) or ()
    return DefaultFacts(
        option=f"{plan}/{option}",
        kind=kind or DefaultKind.OTHER,
        equity_by_age=_equity_by_age(book, plan, option, on) if is_model else (),
        largest_fund=(largest, funds.get(largest, 0) // RATE_OF_BPS),
        funds=len(funds),
        managed_by=_managed_by(row["managed_by"]),
        employer_securities=bool(set(listed_words(row["employer_securities"]) or ()) & set(funds)),
        employer_exception=row["employer_exception"],
        transfer_months=_or(row["transfer_months"], 0),
        others_transfer_months=_or(row["others_transfer_months"], LONGEST),
        exit_fees=(*(listed_words(row["exit_fees"]) or ()), *_redemption_fees(book, funds)),
        barriers_later=listed_words(row["barriers_later"]) or (),
        first_investment=first or on,
        first_notice=_sent_for(told, first_due),
        withdrawal_permitted=permitted,
        plan_year_start=year,
        yearly_notice=_sent_for(told, year - notice_days),
        notice_items=stated_items(words["objective"], words["risks"], default_terms(row, "the chart")),
        materials_passed=row["materials_passed"] != 0,
        chance_to_direct=row["chance_to_direct"] != 0,
        broad_range=row["broad_range"] != 0,
        automatic_enrollment_law=row["automatic_enrollment"] == 1,
        unitized=is_model,
        told_fees=tuple(shareholder_fee_phrase(fee) for fee in fees),
        not_stated=_not_stated(row, kind),
    )


def default_row(book: NoticeBook, plan: str, option: str) -> Row:
    """The row of ``default_options.csv``, or one in which nothing is stated."""
    return book.defaults.get((plan, option), NOTHING_STATED)


def default_terms(row: Row, chart_address: str) -> DefaultTerms:
    """How the plan uses its default, as its notice says; the other options are on the chart unless said otherwise."""
    return DefaultTerms(row["applies_when"], row["how_to_leave"], row["options_address"] or chart_address)


def _words_of(book: NoticeBook, plan: str, option: str) -> Mapping[str, str]:
    if (plan, option) in book.sleeves:
        model, profile = book.models[option], book.profiles.get((plan, option), {})
        fees = profile.get("shareholder_fees", "")
        return {"objective": model["objective"], "risks": model["risks"], "shareholder_fees": fees}
    for row in book.line_up.get(plan, ()):
        if row["option"] == option:
            return row
    models = [model for owner, model in sorted(book.sleeves) if owner == plan]
    options = ", ".join([*models, *(row["option"] for row in book.line_up.get(plan, ()))])
    raise NotFound(f"{plan} has no option {option}; it has {options or 'none'} (sleeves.csv, line_up.csv)")


def _kind(row: Row, model: Row | None) -> DefaultKind | None:
    """The kind stated; of a model also by its vintage. None when it is not stated."""
    if row["kind"] != MISSING:
        return DefaultKind[codes.DefaultKind(row["kind"]).name]
    if model is None:
        return None
    return DefaultKind.TARGET_DATE if model["vintage"] else DefaultKind.BALANCED


def _not_stated(row: Row, kind: DefaultKind | None) -> frozenset[str]:
    lacks = {name for name in NUMBERS if row[name] == MISSING and name != "kind"}
    lacks |= {name for name in LISTS if listed_words(row[name]) is None}
    return frozenset(lacks | (set() if kind else {"kind"}))


def _managed_by(stated: int) -> ManagedBy:
    return ManagedBy.NAMED_FIDUCIARY if stated == MISSING else ManagedBy[codes.ManagedBy(stated).name]


def _or(stated: int, otherwise: int) -> int:
    return otherwise if stated == MISSING else stated


def _equity_by_age(book: NoticeBook, plan: str, option: str, on: date) -> tuple[tuple[int, int], ...]:
    """(age, hundredths of a percent in stocks) along the vintages of the model's series; one pair for another model.

    The age is that of somebody who retires at 65 in the vintage's year. A vintage that the plan offers stands with the
    plan's overrides, the others with the model's own targets.
    """
    model = book.models[option]
    if not model["vintage"]:
        return ((RETIREMENT_AGE, _stocks(book, terms.effective_weights(book, plan, option, on))),)
    found = []
    for name, row in book.models.items():
        if name != option and not (row["series"] and row["series"] == model["series"] and row["vintage"]):
            continue
        offered = (plan, name) in book.sleeves
        weights = terms.effective_weights(book, plan, name, on) if offered else _targets(book, name, on)
        if weights:
            found.append((on.year + RETIREMENT_AGE - int(row["vintage"]), _stocks(book, weights)))
    return tuple(sorted(found))


def _targets(book: NoticeBook, model: str, on: date) -> Mapping[str, int]:
    versions = terms.targets_by_date(book, model)
    live = [day for day in versions if day <= day_of(on)]
    return versions[max(live)] if live else {}


def _stocks(book: NoticeBook, weights: Mapping[str, int]) -> int:
    """The share of stocks; cash beside stocks alone is no mix, so they then count as the whole (Q2)."""
    kinds = {ticker: terms.asset_kind(book, ticker) for ticker in weights}
    stocks = sum(weight for ticker, weight in weights.items() if kinds[ticker] is AssetKind.EQUITY)
    if stocks and AssetKind.FIXED not in kinds.values():
        return 10_000
    return stocks // RATE_OF_BPS


def _redemption_fees(book: NoticeBook, funds: Iterable[str]) -> tuple[str, ...]:
    """The short-term fees of the funds inside: what they take of a sale reaches whoever leaves."""
    told = []
    for ticker in sorted(funds):
        row = book.securities[ticker]
        if row["redemption_fee_pct"] not in (0, MISSING):
            days = "" if row["holding_days"] == MISSING else f" on shares held under {row['holding_days']} days"
            told.append(f"{ticker} takes {percent(row['redemption_fee_pct'] // RATE_OF_BPS).text}{days}")
    return tuple(told)


def _sent_for(told: tuple[date, ...], due: date) -> date | None:
    """The notice that counts for a due date: the last one in time and not over a year old, else the first late one."""
    in_time = [day for day in told if day <= due]
    late = [day for day in told if day > due]
    if in_time and (in_time[-1] > add_months(due, -12) or not late):
        return in_time[-1]
    return late[0] if late else None


def plan_years(book: NoticeBook, plan: str, on: date, notice_days: timedelta) -> tuple[date, date]:
    """The start of the last plan year whose notice is due by ``on``, and the next one."""
    month, day = divmod(book.contacts.get(plan, {}).get("plan_year_start", 101), 100)
    starts = [date(year, month, min(day, monthrange(year, month)[1])) for year in range(on.year - 1, on.year + 3)]
    last = max(start for start in starts if start - notice_days <= on)
    return last, starts[starts.index(last) + 1]


def default_notices_sent(book: NoticeBook, plan: str, on: date) -> tuple[date, ...]:
    """The days up to ``on`` on which the plan sent a default notice, in order."""
    days = (date_of(one["sent"]) for one in book.sent.get(plan, ()) if one["paper"] == codes.NoticePaper.DEFAULT)
    return tuple(sorted(day for day in days if day <= on))
