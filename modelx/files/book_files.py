"""The files of the book, in the order in which they are read (``design.md`` 3a and 4).

Orders: ``spec/unitization.md`` 12.4. Participants: ``spec/qdia.md`` 10. Columns after the required ones may be absent.
"""

from modelx.domain import book_codes as codes
from modelx.domain.book import MISSING
from modelx.domain.fee_schedule import FeeAggregate, FeeMethod
from modelx.files.book_disclosure import DISCLOSURE_FILES
from modelx.files.book_events import EVENT_FILES
from modelx.files.book_families import FAMILY_FILES
from modelx.files.book_format import (
    LARGEST,
    ONE,
    ColumnFormat,
    FileFormat,
    Kind,
    amount,
    choice,
    code,
    day,
    flag,
    percent,
    price,
    rate,
    reference,
    text,
    weight,
    whole_number,
    word,
)

_403B = (
    "403(b) plans are refused: a unit of a model may be an unregistered security there "
    "(spec/unitization.md 0.10); only 401k and 401a plans can be loaded"
)
PLAN_TYPE = ColumnFormat(
    "type",
    Kind.CHOICE,
    choices=(("401k", int(codes.PlanType.K401)), ("401a", int(codes.PlanType.A401))),
    refusals=(("403b", _403B), ("403(b)", _403B), ("403B", _403B), ("403(B)", _403B)),
)
PAID_FROM = ColumnFormat("paid_from", Kind.CHOICE, choices=(("unit_value", 0), ("account", 1)), blank=0)
FISCAL_YEAR_END = ColumnFormat("fiscal_year_end", Kind.MONTH_DAY, blank=1231)

IDEAL_WEIGHTS = (
    *("US_LG", "US_LV", "US_MG", "US_MV", "US_SG", "US_SV", "US_REIT", "DM_XUS", "EM_EQ"),
    *("US_ST_CORE", "US_IT_CORE", "US_LT_CORE", "US_HY", "GLB_XUS_GOV", "EM_SOV"),
    *("COMDTY", "US_ST_TIPS", "US_LT_TIPS", "CASH"),
)


def _participant_money(name: str) -> ColumnFormat:
    return amount(name, 2, blank=MISSING, absent=True)


def _participant_rate(name: str) -> ColumnFormat:
    return rate(name, high=ONE, blank=MISSING, absent=True)


PARTICIPANT_COLUMNS = (
    code("plan"),
    reference("participant"),
    day("birth_date", blank=MISSING, absent=True),
    ColumnFormat("age", Kind.DECIMAL, places=6, scale=6, high=130_000_000, blank=MISSING, absent=True),
    text("gender", absent=True),
    _participant_money("salary"),
    _participant_money("balance"),
    _participant_rate("deferral_rate"),
    _participant_rate("employer_rate"),
    whole_number("retirement_age", 130, low=18, blank=MISSING, absent=True),
    _participant_money("pension_annual"),
    _participant_money("social_security_annual"),
    _participant_money("outside_balance"),
    _participant_rate("outside_equity"),
    _participant_rate("company_stock"),
    text("state", absent=True),
    text("current_option", absent=True),
    _participant_rate("ideal_equity"),
    *(_participant_rate(name) for name in IDEAL_WEIGHTS),
)

BOOK = (
    FileFormat(
        "securities.csv",
        (
            code("ticker"),
            text("name", optional=False),
            choice("kind", codes.SecurityKind),
            text("asset_class"),
            percent("expense_ratio_pct", high=ONE),
            whole_number("share_dp", 6),
            whole_number("price_dp", 8),
            flag("whole_shares"),
            whole_number("settle_lag", 10, blank=1),
            percent("turnover_pct"),
            word("status", "OPEN"),
            percent("redemption_fee_pct", high=ONE, absent=True),
            whole_number("holding_days", 3_660, blank=MISSING, absent=True),
            percent("fee_12b1_pct", high=ONE, absent=True),
            percent("sub_ta_pct", high=ONE, absent=True),
        ),
    ),
    FileFormat("prices.csv", (day("date"), code("ticker"), price("price"))),
    FileFormat(
        "distributions.csv",
        (
            code("ticker"),
            day("ex_date"),
            day("pay_date"),
            choice("kind", codes.DistributionKind),
            rate("rate"),
            flag("reinvest"),
            price("reinvest_price", blank=MISSING),
        ),
    ),
    FileFormat(
        "splits.csv",
        (
            code("ticker"),
            day("ex_date"),
            rate("new_shares", low=1),
            rate("old_shares", low=1),
            price("cash_in_lieu_price", blank=MISSING),
        ),
    ),
    FileFormat(
        "models.csv",
        (
            code("model"),
            text("name", optional=False),
            *(text(name) for name in ("manager", "series", "vintage", "style", "benchmark")),
            *(text(name) for name in ("objective", "strategy", "risks")),
            day("inception", blank=MISSING),
        ),
    ),
    FileFormat(
        "targets.csv",
        (code("model"), day("effective_date"), code("ticker"), weight("weight")),
    ),
    FileFormat(
        "plans.csv",
        (
            code("plan"),
            text("name", optional=False),
            text("sponsor"),
            PLAN_TYPE,
            code("recordkeeper"),
            text("advisor"),
            FISCAL_YEAR_END,
        ),
    ),
    FileFormat(
        "sleeves.csv",
        (
            code("plan"),
            code("model"),
            day("start_date"),
            choice("rebalance", codes.RebalancePolicy, blank=int(codes.RebalancePolicy.NONE)),
            percent("band_points", high=ONE),
            amount("min_trade", 2, blank=MISSING),
            rate("cash_buffer", high=ONE, blank=MISSING),
            day("end_date", blank=codes.OPEN_END, absent=True),
            rate("buffer_min", high=ONE, blank=MISSING, absent=True),
            rate("buffer_max", high=ONE, blank=MISSING, absent=True),
        ),
    ),
    FileFormat(
        "fees.csv",
        (
            code("plan", optional=True),
            code("model", optional=True),
            code("payee"),
            choice("kind", codes.PayeeKind),
            rate("rate", high=ONE, blank=MISSING),
            ColumnFormat("tiers", Kind.TIERS, blank=""),
            day("start", blank=codes.OPEN_START),
            day("end", blank=codes.OPEN_END),
            PAID_FROM,
            choice("method", FeeMethod, blank=int(FeeMethod.GRADUATED), absent=True),
            choice("aggregate", FeeAggregate, blank=int(FeeAggregate.SLEEVE), absent=True),
            code("waives", absent=True),
        ),
    ),
    FileFormat(
        "overrides.csv",
        (
            code("plan"),
            code("model", optional=True),
            choice("kind", codes.OverrideKind),
            code("ticker", optional=True),
            code("to_ticker", optional=True),
            weight("weight", blank=MISSING),
            choice("exclude_to", codes.ExcludeTo, blank=MISSING),
            day("start", blank=codes.OPEN_START),
            day("end", blank=codes.OPEN_END),
            text("on_expiry"),
            text("reason"),
        ),
    ),
    FileFormat(
        "orders.csv",
        (
            reference("file_id"),
            code("rk_id"),
            reference("order_ref"),
            code("plan_id"),
            code("ticker"),
            choice("side", codes.OrderSide),
            choice("qty_type", codes.QuantityType),
            amount("qty", 4, blank=MISSING),
            day("trade_date"),
            ColumnFormat("rk_received_at", Kind.INSTANT, blank=MISSING),
            flag("cutoff_attested", blank=0),
            reference("cancel_of", optional=True),
            *(text(name) for name in ("as_of_reason", "source_code", "client_ref")),
        ),
    ),
    FileFormat(
        "trades.csv",
        (
            reference("trade_ref"),
            day("trade_date"),
            day("settle_date"),
            code("plan"),
            code("model"),
            code("ticker"),
            choice("side", codes.TradeSide),
            amount("shares", 6, at_least=0),
            amount("amount", 2),
        ),
    ),
    FileFormat(
        "fills.csv",
        (
            reference("fill_ref"),
            day("date"),
            code("ticker"),
            choice("side", codes.TradeSide),
            amount("shares", 6, at_least=0),
            price("price"),
        ),
    ),
    FileFormat(
        "trade_decisions.csv",
        (
            day("date"),
            choice("decision", codes.TradeDecisionKind),
            code("plan", optional=True),
            code("model", optional=True),
            code("ticker", optional=True),
            amount("shares", 6, at_least=0, blank=MISSING),
            text("sha256"),
            text("reason"),
            text("maker"),
            text("checker"),
        ),
    ),
    FileFormat(
        "benchmarks.csv",
        (
            code("benchmark"),
            text("name", optional=False),
            text("administrator"),
            choice("kind", codes.BenchmarkKind),
            text("components"),
        ),
    ),
    FileFormat("benchmark_levels.csv", (day("date"), code("benchmark"), price("level"))),
    FileFormat(
        "asset_classes.csv",
        (text("asset_class", optional=False), choice("kind", codes.AssetClassKind)),
    ),
    FileFormat(
        "exposures.csv",
        (code("ticker"), text("asset_class", optional=False), rate("weight", high=ONE)),
    ),
    FileFormat(
        "custodian_positions.csv",
        (day("date"), code("plan"), code("model"), code("ticker"), amount("shares", 6, at_least=0, low=-LARGEST)),
    ),
    FileFormat(
        "rk_units.csv",
        (day("date"), code("plan"), code("model"), amount("units", 6, at_least=4)),
    ),
    FileFormat(
        "second_prices.csv",
        (day("date"), code("ticker"), price("price"), text("source")),
    ),
    FileFormat(
        "closures.csv",
        (
            day("date"),
            choice("calendar", codes.ClosureCalendar),
            ColumnFormat("close_time", Kind.TIME, blank=MISSING),
            text("reason"),
        ),
    ),
    FileFormat("participants.csv", PARTICIPANT_COLUMNS),
    *DISCLOSURE_FILES,
    *EVENT_FILES,
    *FAMILY_FILES,
)

BY_NAME = {file.name: file for file in BOOK}
