"""When each paper is due: annual, quarterly, change, mapping and default-option dates (``spec/disclosure.md`` 8, T12).

Pure date arithmetic over the dated rules. What is due *now*, and to whom, is :mod:`modelx.disclosure.duties`.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from modelx.disclosure.periods import add_months, last_quarter_end
from modelx.disclosure.requirements import Rulebook


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which a paper may be sent, both included."""

    opens: date
    closes: date

    def holds(self, on: date) -> bool:
        """True when ``on`` lies in the window."""
        return self.opens <= on <= self.closes


@dataclass(frozen=True, slots=True)
class DefaultDates:
    """Dates around a person's first default investment (404c-5)."""

    notice_by: date
    fee_free_from: date
    fee_free_through: date
    hold_fees_to_be_safe: date
    preservation_ends: date


def annual_due(previous_sent: date, rules: Rulebook) -> date:
    """The last day for the next annual notice: 14 months after the last one, clipped to the month's end."""
    return add_months(previous_sent, rules.value("annual_months", previous_sent))


def annual_alert(previous_sent: date, rules: Rulebook) -> date:
    """From this day on the annual notice is called for."""
    return add_months(previous_sent, rules.value("annual_alert_months", previous_sent))


def quarterly_due(previous_sent: date, rules: Rulebook) -> date:
    """The last day for the next statement of dollars charged: three months after the last one."""
    return add_months(previous_sent, rules.value("quarterly_months", previous_sent))


def change_window(effective: date, rules: Rulebook) -> Window:
    """When to announce a change that takes effect on ``effective``: 90 to 30 days before."""
    return Window(
        effective - timedelta(days=rules.value("change_notice_earliest_days", effective)),
        effective - timedelta(days=rules.value("change_notice_latest_days", effective)),
    )


def mapping_window(effective: date, rules: Rulebook) -> Window:
    """When to announce a change that moves balances to another option: within both windows, 60 to 30 days before."""
    change = change_window(effective, rules)
    opens = effective - timedelta(days=rules.value("mapping_earliest_days", effective))
    closes = effective - timedelta(days=rules.value("mapping_latest_days", effective))
    return Window(max(opens, change.opens), min(closes, change.closes))


def default_notice_due(plan_year_start: date, rules: Rulebook) -> date:
    """The last day for the yearly notice of the default option: 30 days before the plan year."""
    return plan_year_start - timedelta(days=rules.value("qdia_notice_days", plan_year_start))


def default_dates(first_investment: date, rules: Rulebook) -> DefaultDates:
    """Notice, fee-free days and the preservation limit around a first default investment.

    The 90 fee-free days are counted with the first one; holding fees back one day longer is safe either way.
    """
    days = rules.value("qdia_fee_free_days", first_investment)
    through = first_investment + timedelta(days=days - 1)
    return DefaultDates(
        notice_by=first_investment - timedelta(days=rules.value("qdia_notice_days", first_investment)),
        fee_free_from=first_investment,
        fee_free_through=through,
        hold_fees_to_be_safe=through + timedelta(days=1),
        preservation_ends=first_investment + timedelta(days=rules.value("qdia_preservation_days", first_investment)),
    )


def web_as_of_due(on: date, rules: Rulebook) -> date:
    """The oldest quarter end that the web page's performance may be of on ``on``."""
    return last_quarter_end(on, rules.value("web_lag_days", on))


def web_refresh_due(quarter_end: date, rules: Rulebook) -> date:
    """The last day for showing ``quarter_end`` on the web page."""
    return quarter_end + timedelta(days=rules.value("web_lag_days", quarter_end))


def provider_change_due(known: date, rules: Rulebook) -> date:
    """The last day for telling the plan of a change in a service provider's pay (408(b)(2))."""
    return known + timedelta(days=rules.value("provider_change_days", known))
