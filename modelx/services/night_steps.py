"""The steps of a night, in their order, and what it means that one was computed again the same."""

from __future__ import annotations

from collections.abc import Callable

from modelx.domain.days import date_of
from modelx.domain.errors import InvariantBroken
from modelx.services import (
    night_checks,
    night_closing,
    night_in_kind,
    night_opening,
    night_orders,
    night_postings,
    night_strike,
    night_trading,
)
from modelx.services.night import Feeds, Night
from modelx.services.night_effects import Effects, StepRow

Step = Callable[[Night, Feeds], Effects]

NIGHT: tuple[Step, ...] = (  # the order is the policy: spec/unitization.md 5, design 3a.1 and 3a.5
    night_opening.open_night,
    night_opening.load_prices,
    night_postings.settle,
    night_postings.collect_fees,
    night_postings.apply_corporate_actions,
    night_postings.book_trades,
    night_strike.accrue_fees,
    night_strike.strike_unit_values,
    night_checks.check_strike,
    night_strike.publish,
    night_in_kind.transfer_in_kind,
    night_orders.price_orders,
    night_trading.propose_trades,
    night_orders.project_cash,
    night_closing.reconcile,
    night_closing.close_night,
)


def require_same(committed: tuple[str, bytes], row: StepRow) -> None:
    """Raise :class:`InvariantBroken` when a step, computed again from its stored inputs, comes out different."""
    name, digest = committed
    if (name, digest) != (row.name, row.hash):
        raise InvariantBroken(
            f"{date_of(row.business_date)} run {row.run} step {row.name}: computed again from the stored inputs it "
            f"gives {row.hash.hex()[:16]}, the database holds {digest.hex()[:16]} ({name})"
        )
