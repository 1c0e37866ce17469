"""The chart of accounts, and account ids that are computed instead of looked up.

An account belongs to an owner (a sleeve, or the platform as owner 0), has a chart number (``spec/unitization.md`` 6)
and a subject (a security, a payee, or none). Its id packs the three, so a column of sleeves becomes a column of
accounts by arithmetic; the database checks the packing. Each account holds one commodity, which follows from its id.
"""

from enum import IntEnum

import numpy as np

from modelx.domain.errors import OutOfRange
from modelx.domain.money import Column

PLATFORM = 0
OWNER_SHIFT = 34
CHART_SHIFT = 20
SUBJECT_LIMIT = 1 << CHART_SHIFT
OWNER_LIMIT = 1 << 29
_CHART_MASK = (1 << (OWNER_SHIFT - CHART_SHIFT)) - 1

USD = 1
SECURITY_COMMODITY = 1 << 40
UNIT_COMMODITY = 2 << 40


class Chart(IntEnum):
    """Account numbers. 1xxx assets, 2xxx liabilities, 3xxx capital, 4xxx income, 5xxx expense, 6xxx units.

    8xxx are the platform's own. 1210, 8320 and 9210 count shares and 6000 and 6010 count units; every other account
    holds US dollars. Market value is not an account: it is computed from shares and prices.
    """

    CASH = 1000
    SECURITIES_SOLD_RECEIVABLE = 1100
    UNITS_SOLD_RECEIVABLE = 1110
    DIVIDENDS_RECEIVABLE = 1120
    GAINS_RECEIVABLE = 1130
    COST = 1200
    SHARES = 1210
    SECURITIES_BOUGHT_PAYABLE = 2000
    UNITS_REDEEMED_PAYABLE = 2010
    FEES_PAYABLE = 2100
    OWED_TO_LEAVERS = 2900
    UNITS_SUBSCRIBED = 3000
    UNITS_REDEEMED = 3010
    ROUNDING = 3900
    DIVIDEND_INCOME = 4000
    GAINS_INCOME = 4010
    REALIZED_GAIN = 4100
    FEE_EXPENSE = 5000
    UNITS_HELD = 6000
    UNITS_ISSUED = 6010
    ACCOUNT_FEES_RECEIVABLE = 8100
    ACCOUNT_FEES_BILLED = 8110
    ACCOUNT_FEES_EARNED = 8200
    ERROR_ACCOUNT_COST = 8300
    ERROR_ACCOUNT_OWED = 8310
    ERROR_ACCOUNT_SHARES = 8320
    STREET_SHARES = 9210


RECEIVABLES = (
    Chart.SECURITIES_SOLD_RECEIVABLE,
    Chart.UNITS_SOLD_RECEIVABLE,
    Chart.DIVIDENDS_RECEIVABLE,
    Chart.GAINS_RECEIVABLE,
)
PAYABLES = (Chart.SECURITIES_BOUGHT_PAYABLE, Chart.UNITS_REDEEMED_PAYABLE, Chart.OWED_TO_LEAVERS)
SHARE_CHARTS = (Chart.SHARES, Chart.ERROR_ACCOUNT_SHARES, Chart.STREET_SHARES)
UNIT_CHARTS = (Chart.UNITS_HELD, Chart.UNITS_ISSUED)
TITLES = {
    Chart.CASH: "Cash",
    Chart.SECURITIES_SOLD_RECEIVABLE: "Receivable: securities sold",
    Chart.UNITS_SOLD_RECEIVABLE: "Receivable: units sold",
    Chart.DIVIDENDS_RECEIVABLE: "Receivable: dividends",
    Chart.GAINS_RECEIVABLE: "Receivable: capital gains",
    Chart.COST: "Investments at cost",
    Chart.SHARES: "Shares held",
    Chart.SECURITIES_BOUGHT_PAYABLE: "Payable: securities bought",
    Chart.UNITS_REDEEMED_PAYABLE: "Payable: units redeemed",
    Chart.FEES_PAYABLE: "Accrued fees",
    Chart.OWED_TO_LEAVERS: "Payable: late income of a plan that has left",
    Chart.UNITS_SUBSCRIBED: "Units subscribed",
    Chart.UNITS_REDEEMED: "Units redeemed",
    Chart.ROUNDING: "Rounding",
    Chart.DIVIDEND_INCOME: "Dividends",
    Chart.GAINS_INCOME: "Capital gain distributions",
    Chart.REALIZED_GAIN: "Realized gain or loss",
    Chart.FEE_EXPENSE: "Fees",
    Chart.UNITS_HELD: "Units held",
    Chart.UNITS_ISSUED: "Units issued",
    Chart.ACCOUNT_FEES_RECEIVABLE: "Account fees receivable (platform's book)",
    Chart.ACCOUNT_FEES_BILLED: "Account fees billed (platform's book)",
    Chart.ACCOUNT_FEES_EARNED: "Account fees earned (platform's book)",
    Chart.ERROR_ACCOUNT_COST: "Error account: securities at cost (platform's book)",
    Chart.ERROR_ACCOUNT_OWED: "Error account: owed to the market (platform's book)",
    Chart.ERROR_ACCOUNT_SHARES: "Error account: shares (platform's book)",
    Chart.STREET_SHARES: "Shares delivered by the market",
}


def account_ids(owner: Column | int, chart: Column | int, subject: Column | int = 0) -> Column:
    """Account ids for columns of owners, chart numbers and subjects (which broadcast).

    Raises :class:`OutOfRange` for an owner of 2**29 or more, or a subject of 2**20 or more: the packing would overlap.
    """
    owners, charts, subjects = (np.asarray(part, np.int64) for part in (owner, chart, subject))
    if owners.size and not (0 <= int(owners.min()) and int(owners.max()) < OWNER_LIMIT):
        raise OutOfRange("an account owner lies outside 0 to 2**29 - 1")
    if subjects.size and not (0 <= int(subjects.min()) and int(subjects.max()) < SUBJECT_LIMIT):
        raise OutOfRange("an account subject lies outside 0 to 2**20 - 1")
    return np.asarray((owners << OWNER_SHIFT) | (charts << CHART_SHIFT) | subjects)


def owners_of(accounts: Column) -> Column:
    """The owner (sleeve id, or 0 for the platform) of each account."""
    return accounts >> OWNER_SHIFT


def charts_of(accounts: Column) -> Column:
    """The chart number of each account."""
    return (accounts >> CHART_SHIFT) & _CHART_MASK


def subjects_of(accounts: Column) -> Column:
    """The subject (security id or payee id, or 0) of each account."""
    return accounts & (SUBJECT_LIMIT - 1)


def commodities_of(accounts: Column) -> Column:
    """The commodity each account holds: US dollars, a security's shares, or a sleeve's units."""
    charts = charts_of(accounts)
    commodities = np.full(accounts.shape, USD, np.int64)
    shares = (charts == Chart.SHARES) | (charts == Chart.STREET_SHARES) | (charts == Chart.ERROR_ACCOUNT_SHARES)
    units = (charts == Chart.UNITS_HELD) | (charts == Chart.UNITS_ISSUED)
    commodities[shares] = SECURITY_COMMODITY | subjects_of(accounts[shares])
    commodities[units] = UNIT_COMMODITY | owners_of(accounts[units])
    return commodities
