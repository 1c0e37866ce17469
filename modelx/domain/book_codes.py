"""The closed lists of words a book may use, and the whole number each is stored as.

A member's name is the word in the file (``design.md`` 4), its value the code in the columns and tables. Codes are
stored, so they are never renumbered; new words go at the end.
"""

from enum import IntEnum


class SecurityKind(IntEnum):
    """What a security is."""

    MF = 0
    ETF = 1
    MMF = 2
    CIT = 3
    STOCK = 4


class DistributionKind(IntEnum):
    """Dividend income, or a distributed capital gain."""

    INCOME = 0
    CAPGAIN = 1


class PlanType(IntEnum):
    """Plan types the custodian accepts. The words in the file are 401k and 401a."""

    K401 = 0
    A401 = 1


class RebalancePolicy(IntEnum):
    """When a sleeve is brought back to its targets."""

    NONE = 0
    BAND = 1
    MONTHLY = 2
    QUARTERLY = 3
    ANNUAL = 4


class PayeeKind(IntEnum):
    """What a fee's payee does for it."""

    PLATFORM = 0
    ADVISOR = 1
    MANAGER = 2
    OTHER = 3


class OverrideKind(IntEnum):
    """How a plan departs from its model."""

    SUBSTITUTE = 0
    EXCLUDE = 1
    SET_WEIGHT = 2
    NO_BUY = 3
    NO_SELL = 4
    CASH_BUFFER = 5


class ExcludeTo(IntEnum):
    """Where the weight of an excluded security goes."""

    CASH = 0
    PRORATA = 1


class OrderSide(IntEnum):
    """Subscription (money in) or redemption (money out)."""

    SUB = 0
    RED = 1


class QuantityType(IntEnum):
    """What an order's quantity counts: dollars, units, or all the units held."""

    AMT = 0
    UNITS = 1
    ALL = 2


class TradeSide(IntEnum):
    """Bought or sold."""

    BUY = 0
    SELL = 1


class SecurityEventKind(IntEnum):
    """What ends a security: it becomes another, or cash. CANCELLED takes an event back that was announced."""

    MERGER = 0
    CONVERSION = 1
    LIQUIDATION = 2
    CANCELLED = 3


class InKindKind(IntEnum):
    """How a plan's assets come or go without being sold, and what comes for it after it has left.

    OUT_ALL: the plan leaves; its securities go in kind, and the rest of what is its own in cash.
    """

    IN = 0
    OUT = 1
    OUT_ALL = 2
    LATE_INCOME = 3


class TradeDecisionKind(IntEnum):
    """What a person decides about a night's proposals, or asks of it."""

    APPROVE = 0  # the proposals of the night, as they were previewed
    WITHDRAW = 1  # a sleeve's trades, or one of them, are not to be
    DEPART = 2  # a sleeve gets other shares of a fill than its part
    REQUEST = 3  # a sleeve is to be rebalanced that night, whatever its policy


class BenchmarkKind(IntEnum):
    """A broad index, or a blend of several."""

    BROAD = 0
    BLEND = 1


class AssetClassKind(IntEnum):
    """Equity or fixed income: sets the price tolerance and the stale limit."""

    EQUITY = 0
    FIXED = 1


class ClosureCalendar(IntEnum):
    """Which calendar an unscheduled closure belongs to."""

    MARKET = 0
    BANK = 1


class LineUpKind(IntEnum):
    """An option of a plan that is no model: a stand-alone fund, or one with a fixed return."""

    FUND = 0
    FIXED_RETURN = 1


class LineUpChangeKind(IntEnum):
    """What changes in a plan's line-up; the names are those of the disclosure's ``ChangeKind``."""

    OPTION_ADDED = 0
    OPTION_REMOVED = 1
    OPTION_MAPPED = 2
    MANAGER_REPLACED = 3
    ADMINISTRATIVE_FEE = 4
    RESTRICTION = 5
    MODEL_TARGETS = 6
    FUND_SWAP = 7
    EXPENSE_RATIO = 8
    STRATEGY = 9


class NoticePaper(IntEnum):
    """A paper that was sent to participants."""

    ANNUAL = 0
    QUARTERLY = 1
    DEFAULT = 2


class DefaultKind(IntEnum):
    """What kind of default an option is; the names are those of the disclosure's ``DefaultKind``."""

    TARGET_DATE = 0
    BALANCED = 1
    MANAGED_ACCOUNT = 2
    CAPITAL_PRESERVATION = 3
    OLD_STABLE_VALUE = 4
    OTHER = 5


class ManagedBy(IntEnum):
    """Who answers for the mix of a default; the names are those of the disclosure's ``ManagedBy``."""

    INVESTMENT_MANAGER = 0
    TRUSTEE = 1
    NAMED_FIDUCIARY = 2
    REGISTERED_FUND = 3
    DIRECTED_TRUSTEE = 4


class BlendPart(IntEnum):
    """What an index within a blend stands for in the option's mix."""

    STOCKS = 0
    BONDS = 1


class ManagerKind(IntEnum):
    """Who keeps models: a plan's own advisor, or a third party with a fee of its own."""

    ADVISOR = 0
    THIRD_PARTY = 1


class SeriesKind(IntEnum):
    """What makes models a family: degrees of risk, target dates over a glide path, or only a name."""

    RISK = 0
    TARGET_DATE = 1
    OTHER = 2


class SeriesHolds(IntEnum):
    """What the models of a series may hold beside cash."""

    FUNDS = 0
    ETFS = 1
    MIXED = 2


class OrderResend(IntEnum):
    """What became of an order reference that was loaded before: the same content, or another."""

    DUPLICATE = 0
    ORRF = 1


CASH = "CASH"  # the reserved word for cash in targets and positions; its security id is 0
OPEN_START = -(2**31)  # the start day of a row that has always been in force
OPEN_END = 2**31 - 1  # the end day of a row that has none
