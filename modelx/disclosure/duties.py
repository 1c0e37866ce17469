"""What is due, to whom, by when, and what is late: every paper a plan owes, from its dated facts.

Changes inside a model that need no notice to participants are listed too, with the reason: that saving is why models
exist. Nothing here reads a clock; ``on`` is the day that asks. Source: ``spec/disclosure.md`` 8, DIA-042, 050-052.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from modelx.disclosure import timing
from modelx.disclosure.codes import finding
from modelx.disclosure.figures import long_date
from modelx.disclosure.periods import next_quarter_end
from modelx.disclosure.requirements import Rulebook
from modelx.domain.finding import Finding, Level


class ChangeKind(Enum):
    """What changed. The value says it in words."""

    OPTION_ADDED = "an option is added"
    OPTION_REMOVED = "an option is removed"
    OPTION_MAPPED = "an option is replaced and balances move"
    MANAGER_REPLACED = "a designated investment manager is replaced"
    ADMINISTRATIVE_FEE = "a fee charged to accounts changes"
    RESTRICTION = "a restriction or shareholder-type fee changes"
    MODEL_TARGETS = "a model's target weights change"
    FUND_SWAP = "a model swaps one fund for another"
    EXPENSE_RATIO = "operating expenses of a kept option change"
    STRATEGY = "the strategy of a kept option changes"
    PLAN_CLASS = "an override changes what this plan's class of a model holds"


class State(Enum):
    """Where a duty stands on the day that asks."""

    NOT_NEEDED = "no notice needed"
    DONE = "done"
    AHEAD = "ahead"
    OPEN = "due"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Change:
    """A dated change of a plan's line-up. ``sent`` is when participants were told; ``unforeseeable`` is the reason why
    the window could not be kept, empty otherwise. ``detail`` says what exactly changes, empty when the kind says all.
    """

    kind: ChangeKind
    option: str
    effective: date
    sent: date | None = None
    unforeseeable: str = ""
    detail: str = ""

    @property
    def words(self) -> str:
        """The change in words, with its day."""
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.kind.value}{detail}, effective {long_date(self.effective)}"


@dataclass(frozen=True, slots=True)
class PlanCalendar:
    """What a plan has sent so far and what is coming. A date that never was is ``None``.

    ``web_as_of`` names each option's page and the quarter end of its performance; ``pages_missing`` each option that
    is offered without a published page, and since when. ``begins`` is the first day that anybody can direct
    investments, where it is known. ``annual_before`` and ``quarterly_before`` are the sendings before the last ones.
    """

    plan: str
    annual_sent: date | None
    quarterly_sent: date | None
    web_as_of: tuple[tuple[str, date], ...] = ()
    changes: tuple[Change, ...] = ()
    begins: date | None = None
    annual_before: date | None = None
    quarterly_before: date | None = None
    pages_missing: tuple[tuple[str, date], ...] = ()


@dataclass(frozen=True, slots=True)
class Duty:
    """One paper: what, about what, to whom, when it may and must be sent, where it stands, and why."""

    plan: str
    paper: str
    about: str
    to: str
    opens: date | None
    due: date | None
    state: State
    why: str


NOTIFIED_AHEAD = frozenset({
    ChangeKind.OPTION_ADDED, ChangeKind.OPTION_REMOVED, ChangeKind.OPTION_MAPPED, ChangeKind.MANAGER_REPLACED,
    ChangeKind.ADMINISTRATIVE_FEE, ChangeKind.RESTRICTION,
})  # fmt: skip
NO_NOTICE_WHY = {
    ChangeKind.MODEL_TARGETS: "the option participants chose is the model; its mix is told on its page and yearly",
    ChangeKind.FUND_SWAP: "the fund inside is not itself an option of the plan; holdings are told on the model's page",
    ChangeKind.EXPENSE_RATIO: "told on the option's page within the quarter and in the next annual notice",
    ChangeKind.STRATEGY: "told on the option's page within the quarter and in the next annual notice",
    ChangeKind.PLAN_CLASS: "the option is kept; its new class has its own page and stands in the next annual notice",
}
EVERYBODY = "every participant and eligible employee"
HOLDERS = "every participant; those who hold the option above all"
VISITORS = "visitors of the option's page"


def duties(calendar: PlanCalendar, on: date, rules: Rulebook) -> tuple[Duty, ...]:
    """Every duty of a plan as it stands on ``on``: the earliest due first, those without a due date last."""
    found = [_annual(calendar, on, rules), _quarterly(calendar, on, rules)]
    found += [_web(calendar.plan, option, as_of, on, rules) for option, as_of in calendar.web_as_of]
    found += [_no_page(calendar.plan, option, since, on) for option, since in calendar.pages_missing]
    for change in calendar.changes:
        found.append(_change(calendar.plan, change, on, rules))
    return tuple(sorted(found, key=lambda duty: (duty.due or date.max, duty.paper, duty.about)))


def _state(opens: date, due: date, on: date) -> State:
    if on > due:
        return State.LATE
    return State.OPEN if on >= opens else State.AHEAD


def _annual(calendar: PlanCalendar, on: date, rules: Rulebook) -> Duty:
    if calendar.annual_sent is None:
        why = "no notice was ever sent: it is owed on or before the first day anybody can direct investments"
        due = calendar.begins or on
        opens = min(due, on)
        state = _state(opens, due, on)
        return Duty(calendar.plan, "annual notice", "comparative chart", EVERYBODY, opens, due, state, why)
    opens, due = timing.annual_alert(calendar.annual_sent, rules), timing.annual_due(calendar.annual_sent, rules)
    rule = rules.on("annual_months", calendar.annual_sent)
    why = f"once in any {rule.value}-month period; last sent {long_date(calendar.annual_sent)}"
    return Duty(calendar.plan, "annual notice", "comparative chart", EVERYBODY, opens, due, _state(opens, due, on), why)


def _quarterly(calendar: PlanCalendar, on: date, rules: Rulebook) -> Duty:
    paper, about, to = "quarterly statement", "dollars charged to accounts", "every participant with an account"
    if calendar.quarterly_sent is None:
        opens = min(calendar.begins or on, on)
        due = on if calendar.begins is None else timing.quarterly_due(calendar.begins, rules)
        return Duty(calendar.plan, paper, about, to, opens, due, _state(opens, due, on), "no statement was ever sent")
    opens, due = calendar.quarterly_sent + timedelta(days=1), timing.quarterly_due(calendar.quarterly_sent, rules)
    why = f"at least once in any three-month period; last sent {long_date(calendar.quarterly_sent)}"
    return Duty(calendar.plan, paper, about, to, opens, due, _state(opens, due, on), why)


def _web(plan: str, option: str, as_of: date, on: date, rules: Rulebook) -> Duty:
    needed = timing.web_as_of_due(on, rules)
    why = f"the page shows {long_date(as_of)}; on {long_date(on)} it must show {long_date(needed)} or later"
    coming = next_quarter_end(as_of)
    opens, due = coming + timedelta(days=1), timing.web_refresh_due(coming, rules)
    return Duty(plan, "web refresh", option, VISITORS, opens, due, _state(opens, due, on), why)


def _no_page(plan: str, option: str, since: date, on: date) -> Duty:
    why = f"no page of it was ever published; it is offered since {long_date(since)}"
    return Duty(plan, "web refresh", option, VISITORS, since, since, _state(since, since, on), why)


def _change(plan: str, change: Change, on: date, rules: Rulebook) -> Duty:
    words = change.words
    if change.kind not in NOTIFIED_AHEAD:
        why = f"{words}: {NO_NOTICE_WHY[change.kind]}"
        return Duty(plan, "no participant notice", change.option, "nobody", None, None, State.NOT_NEEDED, why)
    window = _window(change, rules)
    if change.sent is not None:
        why = f"{words}; sent {long_date(change.sent)}"
        return Duty(plan, "change notice", change.option, HOLDERS, window.opens, window.closes, State.DONE, why)
    state = _state(window.opens, window.closes, on)
    why = (
        f"{words}; unforeseeable: {change.unforeseeable}, so as soon as practicable" if change.unforeseeable else words
    )
    return Duty(plan, "change notice", change.option, HOLDERS, window.opens, window.closes, state, why)


def _window(change: Change, rules: Rulebook) -> timing.Window:
    mapped = change.kind is ChangeKind.OPTION_MAPPED
    return (timing.mapping_window if mapped else timing.change_window)(change.effective, rules)


def check_duties(calendar: PlanCalendar, on: date, rules: Rulebook) -> tuple[Finding, ...]:
    """DIA-042 and DIA-050 to DIA-052 as of ``on``; the annual notice is a warning from its twelfth month."""
    found: list[Finding] = []
    for duty in duties(calendar, on, rules):
        if duty.paper == "annual notice" and duty.state in (State.OPEN, State.LATE):
            level = Level.BLOCK if duty.state is State.LATE else Level.WARN
            found.append(finding("DIA-050", duty.plan, f"{duty.why}; due by {duty.due}", level))
        elif duty.paper == "quarterly statement" and duty.state is State.LATE:
            found.append(finding("DIA-052", duty.plan, f"{duty.why}; it was due by {duty.due}"))
        elif duty.paper == "web refresh" and duty.state is State.LATE:
            found.append(finding("DIA-042", duty.about, duty.why))
    found += _sent_late(calendar, rules)
    found += check_change_notices(calendar.plan, calendar.changes, on, rules)
    return tuple(found)


def _sent_late(calendar: PlanCalendar, rules: Rulebook) -> Iterator[Finding]:
    """DIA-050 and DIA-052 of the last papers themselves: sent, but too long after the ones before them."""
    for code, before, sent, due_after in (
        ("DIA-050", calendar.annual_before, calendar.annual_sent, timing.annual_due),
        ("DIA-052", calendar.quarterly_before, calendar.quarterly_sent, timing.quarterly_due),
    ):
        if before is not None and sent is not None and sent > (due := due_after(before, rules)):
            yield finding(code, calendar.plan, f"it was sent {sent}, due by {due} after the one of {before}")


def check_change_notices(plan: str, changes: Iterable[Change], on: date, rules: Rulebook) -> tuple[Finding, ...]:
    """DIA-051: a notice sent outside its window, or not sent when the window has closed, without a stated reason."""
    found: list[Finding] = []
    for change in changes:
        if change.kind not in NOTIFIED_AHEAD or change.unforeseeable:
            continue
        window = _window(change, rules)
        if change.sent is not None and not window.holds(change.sent):
            detail = f"{change.option}: sent {change.sent}, the window is {window.opens} to {window.closes}"
            found.append(finding("DIA-051", plan, detail))
        elif change.sent is None and on > window.closes:
            detail = f"{change.option}: not sent, the window closed on {window.closes}"
            found.append(finding("DIA-051", plan, detail))
    return tuple(found)
