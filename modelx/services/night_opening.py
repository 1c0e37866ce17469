"""The night opens: who takes part, and whether every price it needs can be trusted (spec 5 steps 0 and 5; 3a.1)."""

from __future__ import annotations

import numpy as np

from modelx.domain.strike import FIRST_UNIT_VALUE
from modelx.services.night import Feeds, Night
from modelx.services.night_effects import Effects
from modelx.services.night_state import NEVER, Sleeves
from modelx.store import night_records, sleeve_records


def open_night(night: Night, feeds: Feeds) -> Effects:
    """Choose tonight's sleeves: those that closed the previous night, and those that start.

    A later run of a date (run 1, 2...) takes only sleeves that were held then and have been released since.
    """
    feeds.seen("policy", {"policy": [night.policy.canonical()]})
    sleeves = night.state.sleeves
    ready = sleeves.closed_through == night.previous
    if night.cycle.run == 0:
        after = night.previous if night.state.last_step else NEVER
        starting = sleeve_records.sleeves_starting(feeds.connection, after, night.on, night.cycle.load_horizon)
        new = _first_columns(night, starting)
        feeds.seen("starting", {"sleeve_id": new.sleeve_id})
        night.sleeve = np.union1d(sleeves.sleeve_id[ready], new.sleeve_id)
        return Effects(sleeves=sleeves.with_rows(new)) if len(new.sleeve_id) else Effects()
    held = night_records.unreleased_sleeves(feeds.connection, night.cycle.release_horizon)
    feeds.seen("held", {"sleeve_id": held})
    night.sleeve = sleeves.sleeve_id[ready & ~np.isin(sleeves.sleeve_id, held)]
    return Effects()


def _first_columns(night: Night, starting: sleeve_records.StartingSleeves) -> Sleeves:
    """A sleeve before its first night: no units, no assets, the first unit value, its first days counted as accrued."""
    order = np.argsort(starting.sleeve_id)
    n = len(order)
    return Sleeves(
        sleeve_id=starting.sleeve_id[order],
        plan_id=starting.plan_id[order],
        model_id=starting.model_id[order],
        starts_on=starting.start_day[order],
        ends_on=starting.end_day[order],
        posted_through=np.full(n, night.previous, np.int64),
        closed_through=np.full(n, night.previous, np.int64),
        closed_horizon=np.full(n, night.cycle.load_horizon, np.int64),
        accrued_through=np.full(n, night.last_day, np.int64),
        unit_value=np.full(n, FIRST_UNIT_VALUE, np.int64),
        net_assets=np.zeros(n, np.int64),
        version=np.zeros(n, np.int64),
    )
