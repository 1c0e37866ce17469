"""Plans that join and leave in kind: hand-worked cases, and random transfers against decimal arithmetic."""

from decimal import ROUND_HALF_UP, Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelx.domain.book_codes import InKindKind
from modelx.domain.errors import InvalidInput
from modelx.domain.in_kind import InKind, InKindLines, PricedInKind, Refusal, pay_as_it_comes, price_in_kind
from modelx.domain.order_pricing import Published
from modelx.domain.position import Positions, Prices, SecurityTerms

IN, OUT, OUT_ALL, LATE = InKindKind
VFA, EQX, CASH = 1, 2, 0
PRICES = Prices(np.array([VFA, EQX]), np.array([4_127_000_000, 6_831_000_000]))  # 41.27 and 68.31


TERMS = SecurityTerms(np.array([VFA, EQX]), np.array([4, 0]), np.array([False, True]))


def millionths(*texts: str) -> np.ndarray:
    return np.array([int(Decimal(text).scaleb(6)) for text in texts], np.int64)


def plain(values: np.ndarray) -> list[str]:
    return [format(Decimal(int(value)).scaleb(-6).normalize(), "f") for value in values]


def transfers(*kinds: InKindKind, sleeve: int = 0, ended: bool = False) -> InKind:
    return InKind(np.full(len(kinds), sleeve), np.array(kinds, np.int64), np.full(len(kinds), ended))


def lines(*rows: tuple[int, int, str, str]) -> InKindLines:
    """(transfer, security, shares, amount)."""
    return InKindLines(
        np.array([row[0] for row in rows], np.int64),
        np.array([row[1] for row in rows], np.int64),
        millionths(*(row[2] for row in rows)),
        millionths(*(row[3] for row in rows)),
    )


def held(*rows: tuple[int, str, str]) -> Positions:
    return Positions(
        np.zeros(len(rows), np.int64),
        np.array([row[0] for row in rows], np.int64),
        millionths(*(row[1] for row in rows)),
        millionths(*(row[2] for row in rows)),
    )


def published(value: str = "10", net_assets: str = "0", units: str = "0", payable: str = "0") -> Published:
    one = [millionths(text) for text in (value, net_assets, units)]
    return Published(*one, np.array([7]), millionths(payable))


def words(priced: PricedInKind) -> list[str]:
    return [Refusal(code).name for code in priced.reason.tolist()]


def test_at_genesis_units_are_market_value_over_ten() -> None:
    given_lines = lines((0, VFA, "3028.835", "0"), (0, EQX, "1027", "0"), (0, CASH, "0", "12345.67"))
    priced = price_in_kind(transfers(IN), given_lines, held(), published(), PRICES, TERMS)
    # 3,028.835 x 41.27 = 125,000.02; 1,027 x 68.31 = 70,154.37; with cash 207,500.06
    assert plain(priced.line_value) == ["125000.02", "70154.37", "12345.67"]
    assert plain(priced.line_cost) == ["125000.02", "70154.37", "0"]
    assert (plain(priced.amount), plain(priced.units), plain(priced.cash)) == (
        ["207500.06"],
        ["20750.006"],
        ["12345.67"],
    )
    assert plain(priced.capital) == ["207500.06"]


def test_a_plan_that_joins_later_takes_units_at_the_published_value() -> None:
    priced = price_in_kind(
        transfers(IN), lines((0, EQX, "100", "0")), held(), published("10.004126", "1000", "99.95"), PRICES, TERMS
    )
    # 6,831.00 / 10.004126 = 682.81826848..., half-up to four decimals
    assert plain(priced.units) == ["682.8183"]


def test_part_of_a_position_goes_with_its_part_of_the_cost() -> None:
    positions = held((VFA, "300.000", "10000.00"), (EQX, "10", "500.00"))
    given_lines = lines((0, VFA, "100.000", "0"), (0, EQX, "10", "0"), (0, CASH, "0", "17.00"))
    priced = price_in_kind(transfers(OUT), given_lines, positions, published("10", "20000", "2000"), PRICES, TERMS)
    assert plain(priced.line_value) == ["4127", "683.1", "17"]
    assert plain(priced.line_cost) == ["3333.33", "500", "0"]  # 10,000 x 100 / 300 = 3,333.333...
    assert (plain(priced.amount), plain(priced.units), plain(priced.capital)) == (["4827.1"], ["482.71"], ["-4827.1"])


def test_a_plan_leaves_whole_with_the_rest_in_cash_and_its_dust_cleared() -> None:
    positions = held((VFA, "200.000", "8000.00"), (EQX, "60", "4000.00"))
    # 8,254.00 + 4,098.60 = 12,352.60 in kind; 1,234.5678 units at 10.451769 are 12,903.42 (V08): 550.82 in cash
    sleeve = published("10.451769", "12903.417266", "1234.5678", payable="3.217266")
    priced = price_in_kind(transfers(OUT_ALL), lines(), positions, sleeve, PRICES, TERMS)
    assert plain(priced.line_value) == ["8254", "4098.6"]
    assert plain(priced.line_cost) == ["8000", "4000"]
    assert (plain(priced.amount), plain(priced.cash), plain(priced.units)) == (["12903.42"], ["550.82"], ["1234.5678"])
    assert plain(priced.dust) == ["-0.002734"]
    assert plain(priced.capital) == ["-12903.417266"]


def test_a_plan_cannot_leave_whole_while_the_sleeve_owes_more_than_its_cash() -> None:
    positions = held((VFA, "200.000", "8000.00"))
    priced = price_in_kind(transfers(OUT_ALL), lines(), positions, published("10", "8253", "825.3"), PRICES, TERMS)
    assert words(priced) == ["CASH"]
    assert plain(priced.capital) == ["0"]
    assert len(priced.line_transfer) == 0


@pytest.mark.parametrize(
    ("given_transfers", "given_lines", "units", "expected"),
    [
        (transfers(IN, ended=True), lines((0, CASH, "0", "1.00")), "5", ["CLOSED"]),
        (transfers(OUT, ended=True), lines((0, CASH, "0", "1.00")), "5", ["NONE"]),
        (transfers(IN), lines((0, VFA, "0.0001", "0")), "5", ["NOTHING"]),
        (transfers(IN), lines((0, VFA, "1.00001", "0")), "5", ["PARTS"]),
        (transfers(IN), lines((0, EQX, "1.5", "0")), "5", ["PARTS"]),
        (transfers(OUT), lines((0, VFA, "1.00001", "0")), "500", ["NONE"]),
        (transfers(OUT), lines((0, VFA, "10.0001", "0")), "500", ["SHARES"]),
        (transfers(OUT), lines((0, EQX, "1", "0")), "500", ["SHARES"]),
        (transfers(OUT), lines((0, VFA, "10", "0")), "41.2699", ["UNITS"]),
        (transfers(OUT), lines((0, VFA, "10", "0")), "41.27", ["NONE"]),
        (transfers(OUT_ALL), lines(), "0", ["UNITS"]),
        (transfers(OUT, OUT), lines((0, VFA, "1", "0"), (1, VFA, "1", "0")), "500", ["NONE", "SECOND"]),
        (transfers(IN, OUT_ALL), lines((0, VFA, "1", "0")), "500", ["NONE", "SECOND"]),
        (transfers(LATE), lines((0, VFA, "0", "5.00")), "5", ["NOT_LEFT"]),
        (transfers(LATE, LATE), lines((0, VFA, "0", "5.00"), (1, VFA, "0", "6.00")), "0", ["NONE", "NONE"]),
    ],
)
def test_what_cannot_be_booked_is_refused_with_a_reason(
    given_transfers: InKind, given_lines: InKindLines, units: str, expected: list[str]
) -> None:
    positions = held((VFA, "10.0000", "400.00"))
    priced = price_in_kind(given_transfers, given_lines, positions, published("10", "412.70", units), PRICES, TERMS)
    assert words(priced) == expected
    assert all(Refusal(code).words for code in priced.reason.tolist() if code)


def test_late_income_moves_no_units_and_no_capital() -> None:
    priced = price_in_kind(transfers(LATE), lines((0, VFA, "0", "5.25")), held(), published(), PRICES, TERMS)
    assert (plain(priced.amount), plain(priced.units), plain(priced.capital)) == (["5.25"], ["0"], ["0"])


def test_sleeves_do_not_touch_each_other() -> None:
    both = InKind(np.array([1, 0]), np.array([OUT_ALL, IN], np.int64), np.zeros(2, np.bool_))
    positions = Positions(np.array([0, 1]), np.array([VFA, VFA]), millionths("5", "7"), millionths("200", "280"))
    sleeves = Published(
        millionths("10", "20"),
        millionths("206.35", "300"),
        millionths("20.635", "15"),
        np.array([7, 7]),
        millionths("0", "0"),
    )
    priced = price_in_kind(both, lines((1, CASH, "0", "100.00")), positions, sleeves, PRICES, TERMS)
    assert plain(priced.capital) == ["100", "-300"]
    assert (plain(priced.cash), plain(priced.line_shares)) == (["11.11", "100"], ["7", "0"])


def test_no_order_is_priced_at_a_value_of_zero() -> None:
    with pytest.raises(InvalidInput):
        price_in_kind(transfers(IN), lines((0, CASH, "0", "1.00")), held(), published("0"), PRICES, TERMS)


@pytest.mark.parametrize(
    ("owed", "paid"),
    [
        ("500.00", [(1, "270"), (5, "30"), (9, "200")]),
        ("230.00", [(5, "30"), (9, "200")]),
        ("215.00", [(5, "15"), (9, "200")]),
        ("120.00", [(9, "120")]),
        ("0.00", []),
    ],
)
def test_what_the_sleeve_waits_for_is_paid_on_as_it_comes(owed: str, paid: list[tuple[int, str]]) -> None:
    payments = pay_as_it_comes(
        millionths("7.00", owed), 1, np.array([1, 1]), np.array([9, 5]), millionths("200.00", "30.00")
    )
    assert plain(payments.amount[payments.transfer == 0]) == ["7"]
    mine = payments.transfer == 1
    assert list(zip(payments.day[mine].tolist(), plain(payments.amount[mine]), strict=True)) == paid


@given(
    shares=st.lists(st.tuples(st.integers(1, 10**13), st.integers(1, 10**12)), min_size=1, max_size=6),
    cents=st.integers(0, 10**10),
    value=st.integers(1, 10**9),
)
def test_value_and_units_of_a_plan_that_joins_equal_decimal_arithmetic(
    shares: list[tuple[int, int]], cents: int, value: int
) -> None:
    count = len(shares)
    prices = Prices(np.arange(1, count + 1), np.array([price for _, price in shares]))
    given_lines = InKindLines(
        np.zeros(count + 1, np.int64),
        np.arange(count + 1),
        np.array([0, *(held for held, _ in shares)]),
        np.array([cents * 10_000, *([0] * count)]),
    )
    with localcontext(prec=60):
        total = Decimal(cents) / 100
        for held_shares, price in shares:
            exact = Decimal(held_shares).scaleb(-6) * Decimal(price).scaleb(-8)
            total += exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        units = (total / Decimal(value).scaleb(-6)).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    if total == 0 or units >= Decimal(4) * 10**12:
        return
    none = np.zeros(1, np.int64)
    sleeve = Published(np.array([value]), none, none, none, none)
    terms = SecurityTerms(np.arange(1, count + 1), np.full(count, 6), np.zeros(count, np.bool_))
    priced = price_in_kind(transfers(IN), given_lines, held(), sleeve, prices, terms)
    assert Decimal(int(priced.amount[0])).scaleb(-6) == total
    assert Decimal(int(priced.units[0])).scaleb(-6) == units
