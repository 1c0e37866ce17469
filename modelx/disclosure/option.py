"""One investment option of a plan as the notice sees it: its words, its figures, and what they were drawn from.

Words come from the book (profile), figures from this package's rules. Nothing here is computed or printed.
"""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from modelx.disclosure.benchmark import Benchmark
from modelx.disclosure.expenses import OperatingExpenses
from modelx.disclosure.performance import PeriodReturn
from modelx.disclosure.returns_shown import ReturnsShown
from modelx.disclosure.turnover import Turnover


class ReturnType(Enum):
    """Which of the two kinds of table an option belongs to."""

    VARIABLE = "variable"
    FIXED = "fixed"


class AssetKind(Enum):
    """What a slice of the allocation is, for the equity share that names a category."""

    EQUITY = "Stocks"
    FIXED = "Bonds"
    CASH = "Cash"


@dataclass(frozen=True, slots=True)
class ShareholderFee:
    """A fee charged straight to the participant's investment and not part of operating expenses.

    One of ``percent_bps`` and ``cents`` is given; ``when`` says in words when it is charged.
    """

    label: str
    when: str
    percent_bps: int | None = None
    cents: int | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """The words of an option. ``key`` is its DIA id or ticker; ``group`` the heading it stands under in the chart.

    ``shareholder_fees`` and ``restrictions`` are ``None`` until somebody stated them: an empty tuple prints "None".
    ``affiliates`` names everybody whose index would not count as independent. ``unitized`` is true of a model.
    """

    key: str
    name: str
    group: str
    category: str
    return_type: ReturnType
    issuer: str
    manager: str
    objective: str
    strategies: str
    risks: str
    web_address: str
    shareholder_fees: tuple[ShareholderFee, ...] | None
    restrictions: tuple[str, ...] | None
    affiliates: frozenset[str] = frozenset()
    closed_to_new_money: bool = False
    unitized: bool = False


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the target mix: its label, kind and weight in hundredths of a percent."""

    label: str
    kind: AssetKind
    weight_bps: int


@dataclass(frozen=True, slots=True)
class HeldFund:
    """A holding of plan assets, actual weight in hundredths of a percent of net assets and value in cents."""

    ticker: str
    name: str
    asset_class: str
    weight_bps: int
    value_cents: int


@dataclass(frozen=True, slots=True)
class Footnote:
    """Something that happened to the option on ``on`` and must be said beside its figures (R10, DIA-032)."""

    on: date
    text: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """One input that a document used, with the hash of the version used: a later version flags the document."""

    kind: str
    key: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Growth:
    """Growth of $10,000: the option's and its index's worth in cents at each date; the index may be ``None``."""

    dates: tuple[date, ...]
    option_cents: tuple[int, ...]
    index_cents: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """The benchmark of an option and what it returned over the option's own periods.

    ``blend`` is an optional second line that never replaces the primary; ``replaced`` is the index it took over from,
    shown once, with ``change_note`` saying when and why.
    """

    benchmark: Benchmark
    returns: ReturnsShown
    blend_name: str = ""
    blend_returns: ReturnsShown | None = None
    replaced: "Measured | None" = None
    change_note: str = ""


@dataclass(frozen=True, slots=True)
class FixedReturn:
    """What a fixed-return option owes instead: rate and term, and how it may change."""

    rate_bps: int
    term: str
    may_change: bool
    minimum_bps: int | None
    how_to_get_the_rate: str


@dataclass(frozen=True, slots=True)
class OptionFacts:
    """Everything a notice says about one option. A variable option has returns, benchmark and expenses; a fixed one
    has ``fixed`` and none of these. The last block is for the option's own page only."""

    profile: Profile
    inception: date
    returns: ReturnsShown | None = None
    measured: Measured | None = None
    expenses: OperatingExpenses | None = None
    fixed: FixedReturn | None = None
    footnotes: tuple[Footnote, ...] = ()
    lineage: tuple[Lineage, ...] = ()

    trailing: ReturnsShown | None = None
    trailing_index: ReturnsShown | None = None
    calendar: tuple[PeriodReturn, ...] = ()
    calendar_index: tuple[PeriodReturn | None, ...] = ()
    growth: Growth | None = None
    turnover: Turnover | None = None
    allocation: tuple[Slice, ...] = ()
    holdings: tuple[HeldFund, ...] = ()
    holdings_date: date | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """The plan administrator or designee whom a participant may ask."""

    name: str
    address: str
    phone: str


@dataclass(frozen=True, slots=True)
class AccountFee:
    """A fee charged to accounts outside the unit value, told in the plan section and never in operating expenses."""

    payee: str
    service: str
    amount: str


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A plan's notice: who, when, and every option."""

    plan: str
    name: str
    document_date: date
    as_of: date
    contact: Contact
    options: tuple[OptionFacts, ...]
    account_fees: tuple[AccountFee, ...] = ()
    pays_from_operating_expenses: bool = False
