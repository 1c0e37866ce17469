"""May this option be the plan's default? The thirteen checks of an option of the book, and who signed which answer.

A person's signature (``default_signatures.csv``) names the hash of the very answer it signs: when the figures in the
reason move, it no longer counts. Source: ``spec/disclosure.md`` 9.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from modelx.disclosure.default_duties import DefaultCalendar
from modelx.disclosure.default_option import Check, DefaultFacts, Outcome, eligibility
from modelx.disclosure.requirements import Rulebook
from modelx.disclosure.rulebook import HOUSE_RULES
from modelx.domain.book_codes import DefaultKind
from modelx.domain.days import day_of
from modelx.domain.errors import NotFound
from modelx.services.disclosure_book import NoticeBook, optional_day
from modelx.services.disclosure_default_facts import default_facts, default_notices_sent, default_row, plan_years
from modelx.services.known_names import require_known
from modelx.store.engine import Connection, Engine
from modelx.store.unit_of_work import reading

SHORTEST_HASH = 12


@dataclass(frozen=True, slots=True)
class Answer:
    """One check of an option: the answer, the hash a signature names, and who signed that very answer."""

    check: Check
    sha256: str
    signed_by: str


@dataclass(frozen=True, slots=True)
class DefaultStanding:
    """An option of a plan as its default: the facts, the answers in order, and whether the plan names it."""

    plan: str
    option: str
    is_default: bool
    facts: DefaultFacts
    answers: tuple[Answer, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks in order."""
        return tuple(one.check for one in self.answers)

    @property
    def signed(self) -> frozenset[int]:
        """The numbers of the checks whose very answer was signed."""
        return frozenset(one.check.number for one in self.answers if one.signed_by)

    @property
    def failed(self) -> tuple[int, ...]:
        """The numbers of the checks that failed."""
        return tuple(one.check.number for one in self.answers if one.check.outcome is Outcome.FAIL)

    @property
    def open(self) -> tuple[int, ...]:
        """The numbers of the checks that wait for a person."""
        return tuple(
            one.check.number for one in self.answers if one.check.outcome is Outcome.HUMAN and not one.signed_by
        )


def default_of(book: NoticeBook, plan: str) -> str:
    """The option that ``plan_notices.csv`` names as the default, a model or line-up code; empty for none."""
    named = str(book.contacts.get(plan, {}).get("default_option", ""))
    return named.removeprefix(f"{plan}/").partition("/")[0]


def signature_hash(option: str, check: Check) -> str:
    """What a signature of a HUMAN answer names: SHA-256 of the option, the check and its reason with its figures.

    When the figures move the reason does, and an old signature no longer counts.
    """
    return sha256(f"{option}\nQ{check.number}\n{check.reason}".encode()).hexdigest()


def default_standing(
    book: NoticeBook, plan: str, option: str, on: date, rules: Rulebook = HOUSE_RULES
) -> DefaultStanding:
    """Q1 to Q13 of an option of a plan as of a day. Raises :class:`NotFound` for an option the plan does not have."""
    facts = default_facts(book, plan, option, on, rules)
    signatures = [
        row for row in book.signatures.get(plan, ()) if row["option"] == option and row["signed"] <= day_of(on)
    ]
    answers = []
    for check in eligibility(facts, on, rules):
        digest = signature_hash(facts.option, check)
        names = [
            str(row["signed_by"])
            for row in signatures
            if row["check"] == check.number and len(row["sha256"]) >= SHORTEST_HASH
            and digest.startswith(row["sha256"].lower())
        ]  # fmt: skip
        answers.append(Answer(check, digest, names[-1] if names and check.outcome is Outcome.HUMAN else ""))
    return DefaultStanding(plan, option, default_of(book, plan) == option, facts, tuple(answers))


def eligibility_of_plan(
    engine: Engine, plan: str, on: date, option: str | None = None, rules: Rulebook = HOUSE_RULES
) -> DefaultStanding:
    """The checks of a plan's default, or of another of its options.

    Raises :class:`NotFound` for an unknown plan or option, or when the plan names no default and none is asked for.
    """
    with reading(engine) as connection:
        require_known(connection, plan=plan)
        book = NoticeBook.read(connection)
    asked = option or default_of(book, plan)
    if not asked:
        raise NotFound(f"{plan} names no default_option in plan_notices.csv: name one, or ask with --model")
    return default_standing(book, plan, asked, on, rules)


def stored_default_facts(engine: Engine, plan: str, on: date, rules: Rulebook = HOUSE_RULES) -> dict[str, DefaultFacts]:
    """The facts of every option of a plan that ``default_options.csv`` describes, for an evaluation of that plan.

    By the option's code; and by its model's series (underscores for blanks), which is judged by the vintage that fails
    most. Empty for a plan that describes none. Raises :class:`NotFound` for an option described that the plan has not.
    """
    with reading(engine) as connection:
        book = NoticeBook.read(connection)
    found: dict[str, DefaultFacts] = {}
    for owner, option in sorted(book.defaults):
        if owner != plan:
            continue
        facts = default_facts(book, plan, option, on, rules)
        found[option] = facts
        row = book.models.get(option)
        if row is not None and row["series"] and row["vintage"]:
            name = row["series"].replace(" ", "_")
            found[name] = max((found.get(name, facts), facts), key=lambda one: _failures(one, on, rules))
    return found


def default_calendars(
    connection: Connection, on: date, plan: str | None = None, rules: Rulebook = HOUSE_RULES
) -> list[DefaultCalendar]:
    """What each plan with a default option (or one plan) has sent of it and when it began, by plan."""
    book = NoticeBook.read(connection)
    notice_days = timedelta(days=rules.value("qdia_notice_days", on))
    found = []
    for one in sorted(book.plans) if plan is None else [plan]:
        option = default_of(book, one)
        if not option:
            continue
        row = default_row(book, one, option)
        found.append(
            DefaultCalendar(
                plan=one,
                option=f"{one}/{option}",
                plan_years=plan_years(book, one, on, notice_days),
                sent=default_notices_sent(book, one, on),
                first_investment=optional_day(row["first_investment"]),
                withdrawal_permitted=bool(row["withdrawal_permitted"]),
                preservation=row["kind"] == DefaultKind.CAPITAL_PRESERVATION,
            )
        )
    return found


def _failures(facts: DefaultFacts, on: date, rules: Rulebook) -> int:
    return sum(check.outcome is Outcome.FAIL for check in eligibility(facts, on, rules))
