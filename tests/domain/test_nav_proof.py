import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from modelx.domain.book_codes import DistributionKind, TradeSide
from modelx.domain.corporate_action import Distributions, Splits, distribute, split_positions
from modelx.domain.nav_proof import (
    Dealings,
    NavProof,
    SecurityReturns,
    model_moves,
    prove_net_assets,
    unit_value_moves,
)
from modelx.domain.position import Positions, Prices, SecurityTerms
from modelx.domain.security_exit import Exits, exit_positions, prices_at_exit
from modelx.domain.strike import UnitValues, strike
from modelx.domain.trade import Trades, book_trades
from modelx.domain.valuation import value_positions
from tests.domain.fee_book import money

VECTORS = json.loads((Path(__file__).parents[2] / "fixtures/vectors/unitization.json").read_text())
VFA, EQX, VBX, VCX = 1, 2, 3, 4
TERMS = SecurityTerms(np.array([1, 2, 3, 4]), np.array([3, 0, 3, 3]), np.array([False, True, False, False]))
NONE = np.empty(0, np.int64)


def scaled(places: int, *texts: str) -> np.ndarray:
    return np.array([int(Decimal(text).scaleb(places)) for text in texts], np.int64)


def held(*lines: tuple[int, str]) -> Positions:
    return Positions(
        np.zeros(len(lines), np.int64),
        np.array([line[0] for line in lines], np.int64),
        money(*(line[1] for line in lines)),
        money(*("1000.00" for _ in lines)),
    )


class Night:
    """One sleeve's night, step by step: opening positions, the day's events, and the strike that should follow."""

    def __init__(
        self,
        opening: Positions,
        previous: list[str],
        price: list[str],
        *,
        split: tuple[int, str, str] | None = None,
        dividend: tuple[int, str, bool, str] | None = None,
        gone: tuple[int, int, str, str] | None = None,
        trades: tuple[tuple[int, TradeSide, str, str], ...] = (),
        fees: str = "0",
        cash: str = "0",
    ) -> None:
        ids = np.array([VFA, EQX, VBX, VCX])
        self.opening, self.fees = opening, money(fees)
        prices = Prices(ids, scaled(8, *price))
        new, old, rate = (np.full(4, 10**12), np.full(4, 10**12), np.zeros(4, np.int64))
        splits, distributions = Splits(NONE, NONE, NONE, NONE), Distributions(NONE, NONE, NONE, NONE, NONE > 0, NONE)
        if split:
            new[split[0] - 1], old[split[0] - 1] = scaled(12, *split[1:])
            splits = Splits(np.array([split[0]]), scaled(12, split[1]), scaled(12, split[2]), np.zeros(1, np.int64))
        if dividend:
            rate[dividend[0] - 1] = scaled(12, dividend[1])[0]
            distributions = Distributions(
                np.array([dividend[0]]),
                np.array([DistributionKind.INCOME]),
                scaled(12, dividend[1]),
                np.array([20_000]),
                np.array([dividend[2]]),
                scaled(8, dividend[3]),
            )
        exits = Exits.none()
        if gone:
            ratio, cash_rate = scaled(12, gone[2]), scaled(8, gone[3])
            exits = Exits(np.array([gone[0]]), np.array([gone[1]]), ratio, cash_rate, np.zeros(1, np.int64), NONE)
            prices = prices_at_exit(exits, prices)
        self.returns = SecurityReturns(ids, scaled(8, *previous), prices.price, rate, new, old)
        positions, split_effects = split_positions(opening, splits, TERMS, prices)
        positions, distribution_effects = distribute(positions, distributions, TERMS, prices)
        positions, exit_effects = exit_positions(positions, exits, TERMS, prices)
        day = Trades(
            np.zeros(len(trades), np.int64),
            np.array([trade[0] for trade in trades], np.int64),
            np.array([trade[1] for trade in trades], np.int64),
            money(*(trade[2] for trade in trades)),
            money(*(trade[3] for trade in trades)),
        )
        self.closing, trade_effects = book_trades(positions, day)
        self.dealings = Dealings(split_effects, distribution_effects, day, trade_effects, exit_effects)
        sides = np.where(day.side == TradeSide.BUY, -1, 1)
        receivable = int(
            split_effects.cash_in_lieu.sum() + distribution_effects.receivable.sum() + exit_effects.cash.sum()
        )
        net_cash = int(money(cash)[0]) + receivable + int((sides * day.amount).sum())
        value = value_positions(self.closing, prices, 1)
        opening_value = value_positions(opening, Prices(ids, self.returns.previous), 1).by_sleeve
        self.struck = self.strike(value.by_sleeve, net_cash, opening_value + money(cash))

    def strike(self, value: np.ndarray, cash: int, opening: np.ndarray) -> UnitValues:
        zero = np.zeros(1, np.int64)
        return strike(
            market_value=value,
            cash=np.array([cash]),
            receivables=zero,
            payables=zero,
            accrued_fees=self.fees,
            units=money("1"),
            prior_unit_value=zero,
            opening_net_assets=opening,
        )

    def proof(self, struck: UnitValues | None = None) -> NavProof:
        return prove_net_assets(
            struck or self.struck, self.opening, self.closing, self.returns, self.dealings, self.fees
        )


G1_OPENING = held((VFA, "3173.239"), (EQX, "1027"), (VBX, "5086.470"))
G1_EVE = ["41.55", "68.02", "9.82", "12.42"]
G1_CLOSE = ["40.62", "68.50", "9.84", "12.44"]


def g1_friday() -> Night:
    return Night(
        G1_OPENING, G1_EVE, G1_CLOSE, dividend=(VFA, "1.1500", True, "40.62"), fees="9.735083", cash="7721.312992"
    )


def test_the_friday_of_g1_is_proved_to_the_last_digit_v19() -> None:
    vector = VECTORS["V19_nav_proof"]
    night = g1_friday()
    struck = night.strike(
        night.struck.market_value,
        int(money(vector["actual"])[0] - night.struck.market_value[0] + night.fees[0]),
        money(vector["opening"]),
    )
    proof = night.proof(struck)
    assert struck.net_assets.tolist() == money(vector["actual"]).tolist()
    assert proof.expected.tolist() == money(vector["expected_net_assets"]).tolist()
    assert proof.difference.tolist() == money(vector["diff"]).tolist()
    assert proof.failed().size == 0
    basis_points = Decimal(int(proof.difference[0])) / Decimal(int(struck.opening_net_assets[0])) * 10_000
    assert basis_points.quantize(Decimal("0.0001")) == Decimal(vector["diff_bp"])
    assert proof.tolerance.tolist() == money("2.606484").tolist()


BUY, SELL = TradeSide.BUY, TradeSide.SELL


@pytest.mark.parametrize(
    "night",
    [
        Night(G1_OPENING, G1_EVE, G1_CLOSE, fees="9.735083"),
        g1_friday(),
        Night(G1_OPENING, G1_EVE, G1_CLOSE, dividend=(EQX, "0.4125", False, "0")),
        Night(G1_OPENING, G1_EVE, G1_CLOSE, dividend=(EQX, "0.4125", True, "60.00")),
        Night(G1_OPENING, G1_EVE, ["40.62", "34.61", "9.84", "12.44"], split=(EQX, "2", "1")),
        Night(G1_OPENING, G1_EVE, ["40.62", "45.40", "9.84", "12.44"], split=(EQX, "3", "2")),
        Night(
            G1_OPENING,
            G1_EVE,
            ["40.62", "45.00", "9.84", "12.44"],
            split=(EQX, "3", "2"),
            dividend=(EQX, "0.30", False, "0"),
        ),
        Night(held((VFA, "0.333")), G1_EVE, ["6.01", "68.5", "9.84", "12.44"], split=(VFA, "7", "1")),
        Night(held((VFA, "0.001")), ["4155000", "1", "1", "1"], ["2770001", "1", "1", "1"], split=(VFA, "3", "2")),
        Night(
            G1_OPENING,
            G1_EVE,
            G1_CLOSE,
            trades=((EQX, BUY, "500", "34102.50"), (VBX, SELL, "5086.470", "50040.00"), (VCX, BUY, "100", "1300.00")),
        ),
        Night(held(), G1_EVE, G1_CLOSE, cash="100"),
        Night(G1_OPENING, G1_EVE, G1_CLOSE, gone=(VBX, VCX, "0", "0")),
        Night(G1_OPENING, G1_EVE, ["40.62", "68.50", "0", "12.44"], gone=(VBX, VCX, "0.7909", "0")),
        Night(G1_OPENING, G1_EVE, ["40.62", "68.50", "0", "12.44"], gone=(VBX, EQX, "0.1433", "0")),
        Night(G1_OPENING, G1_EVE, ["40.62", "68.50", "0", "12.44"], gone=(VBX, 0, "0", "9.815")),
        Night(G1_OPENING, G1_EVE, G1_CLOSE, dividend=(VBX, "0.12", True, "0"), gone=(VBX, VCX, "0", "0")),
    ],
    ids=[
        "prices and fees",
        "reinvested at the close",
        "a receivable dividend",
        "whole shares reinvested far from the close",
        "two for one",
        "cash in lieu",
        "a split and a dividend",
        "a fund's split",
        "a fund's split rounded up to dear parts of a share",
        "fills away from the close",
        "cash only",
        "a conversion by value",
        "a merger at a given ratio",
        "a merger into whole shares with cash in lieu",
        "a liquidation",
        "a last distribution reinvested before the conversion",
    ],
)
def test_what_really_happened_is_proved_within_the_rounding_of_its_lines(night: Night) -> None:
    proof = night.proof()
    figures = len(night.opening) + len(night.closing) + len(night.dealings.splits.sleeve)
    figures += len(night.dealings.distributions.sleeve) + night.dealings.trades.sleeve.size
    figures += len(night.dealings.exits.sleeve)
    assert abs(int(proof.difference[0])) <= figures * 10_000
    assert proof.failed().size == 0


def test_a_lost_dividend_a_doubled_fee_and_a_forgotten_fill_are_caught() -> None:
    night = Night(
        G1_OPENING,
        G1_EVE,
        G1_CLOSE,
        dividend=(EQX, "0.4125", False, "0"),
        trades=((EQX, BUY, "500", "34102.50"),),
        fees="9.735083",
    )
    for wrong in ("-423.64", "-9.735083", "34102.50"):
        cash = int(night.struck.cash[0] + money(wrong)[0])
        struck = night.strike(night.struck.market_value, cash, night.struck.opening_net_assets)
        proof = night.proof(struck)
        assert proof.failed().tolist() == [0]
        assert (proof.difference - night.proof().difference).tolist() == money(wrong).tolist()


def test_shares_that_a_merger_lost_are_caught() -> None:
    night = Night(G1_OPENING, G1_EVE, ["40.62", "68.50", "0", "12.44"], gone=(VBX, VCX, "0.7909", "0"))
    lost = night.struck.market_value - money("100.00")
    proof = night.proof(night.strike(lost, int(night.struck.cash[0]), night.struck.opening_net_assets))
    assert proof.failed().tolist() == [0]


def test_a_small_sleeve_is_allowed_a_cent_a_line_and_no_more() -> None:
    night = Night(held((VFA, "1")), G1_EVE, G1_CLOSE)
    for cents, failed in ((2, []), (3, [0])):
        struck = night.strike(
            night.struck.market_value,
            int(night.struck.cash[0]) + cents * 10_000,
            night.struck.opening_net_assets,
        )
        assert night.proof(struck).failed().tolist() == failed


def test_a_models_move_is_the_weighted_return_of_its_targets() -> None:
    returns = g1_friday().returns
    moves, known = model_moves(
        np.array([0, 0, 1, 1]), np.array([VFA, EQX, VBX, 9]), scaled(12, "0.5", "0.28", "0.6", "0.4"), returns, 3
    )
    vfa = (Decimal("40.62") + Decimal("1.15")) / Decimal("41.55") - 1
    eqx = Decimal("68.50") / Decimal("68.02") - 1
    expected = (Decimal("0.5") * vfa, Decimal("0.28") * eqx)
    assert abs(Decimal(int(moves[0])).scaleb(-12) - sum(expected)) <= Decimal("1e-12")
    assert known.tolist() == [True, False, True]


def test_a_unit_values_move_is_its_change_over_the_prior_one() -> None:
    moves = unit_value_moves(money("10.089332", "9.99"), money("10.039667", "10"))
    assert moves.tolist() == scaled(12, "0.004946877222", "-0.001").tolist()
