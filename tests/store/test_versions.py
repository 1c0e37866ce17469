"""The version in force at a load, against a dictionary that is overwritten load by load."""

from itertools import count

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelx.store.book_changes import changed_rows
from modelx.store.bulk import insert_columns
from modelx.store.tables import dated_inputs, inputs
from modelx.store.unit_of_work import reading, writing
from modelx.store.versions import in_force, read_rows

DAYS = count(1_000, 10)  # tables only grow: every example has its own ten days
LOADS = 4

HISTORY = st.lists(
    st.tuples(st.integers(1, LOADS), st.integers(0, 2), st.integers(1, 3), st.integers(1, 3)), max_size=20
)
TARGETS = st.dictionaries(
    st.integers(1, LOADS), st.dictionaries(st.integers(0, 3), st.integers(0, 5), min_size=1, max_size=3), max_size=LOADS
)
ON_ONE_DATABASE = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def loads(engine):
    """Four loads to hang rows on, and three models and securities."""
    with writing(engine) as connection:
        previous = None
        for load in range(1, LOADS + 1):
            insert_columns(
                connection,
                inputs.load,
                {
                    "id": [load],
                    "content_hash": [bytes([load]) * 32],
                    "folder_name": [""],
                    "n_rows": [0],
                    "recorded_at": [0],
                    "prev_hash": [previous],
                    "hash": [bytes([load + 100]) * 32],
                },
            )
            previous = bytes([load + 100]) * 32
        insert_columns(connection, inputs.model, {"id": [1], "ticker": ["M"], "load_id": [1]})
    return engine


@ON_ONE_DATABASE
@given(history=HISTORY)
def test_the_last_load_up_to_the_horizon_is_in_force(loads, history):
    first = next(DAYS)
    rows = {(load, first + day, security): price for load, day, security, price in history}
    columns = {name: [] for name in ("load_id", "business_date", "security_id", "price", "line")}
    for line, ((load, day, security), price) in enumerate(rows.items()):
        for name, value in zip(columns, (load, day, security, price, line), strict=True):
            columns[name].append(value)
    with writing(loads) as connection:
        insert_columns(connection, dated_inputs.price, {n: np.array(v, np.int64) for n, v in columns.items()})
    where = f"business_date BETWEEN {first} AND {first + 9}"
    with reading(loads) as connection:
        for horizon in range(LOADS + 1):
            known: dict[tuple[int, int], int] = {}
            for (load, day, security), price in sorted(rows.items()):
                if load <= horizon:
                    known[day, security] = price
            found = in_force(connection, dated_inputs.price, ("business_date", "security_id"), horizon, where)
            keys = zip(found["business_date"].tolist(), found["security_id"].tolist(), strict=True)
            assert dict(zip(keys, found["price"].tolist(), strict=True)) == known
            assert list(known.items()) == [] or sorted(known) == [
                (d, s) for d, s in zip(found["business_date"].tolist(), found["security_id"].tolist(), strict=True)
            ]


@ON_ONE_DATABASE
@given(versions=TARGETS)
def test_a_group_is_replaced_whole(loads, versions):
    day = next(DAYS)
    rows = [(load, security, weight) for load, part in versions.items() for security, weight in part.items()]
    with writing(loads) as connection:
        insert_columns(
            connection,
            inputs.target,
            {
                "model_id": [1] * len(rows),
                "effective_date": [day] * len(rows),
                "load_id": [row[0] for row in rows],
                "security_id": [row[1] for row in rows],
                "weight": [row[2] for row in rows],
                "line": list(range(len(rows))),
            },
        )
    key, group = ("model_id", "effective_date", "security_id"), ("model_id", "effective_date")
    with reading(loads) as connection:
        for horizon in range(LOADS + 1):
            visible = [load for load in versions if load <= horizon]
            expected = versions[max(visible)] if visible else {}
            found = in_force(connection, inputs.target, key, horizon, f"effective_date = {day}", group=group)
            assert dict(zip(found["security_id"].tolist(), found["weight"].tolist(), strict=True)) == expected


@ON_ONE_DATABASE
@given(
    stored=st.dictionaries(st.integers(1, 6), st.integers(1, 3)),
    offered=st.dictionaries(st.integers(1, 6), st.integers(1, 3)),
)
def test_only_what_differs_from_the_version_in_force_is_new(loads, stored, offered):
    day = next(DAYS)

    def columns(prices: dict[int, int]) -> dict[str, np.ndarray]:
        ids, values = list(prices), list(prices.values())
        pairs = {"security_id": ids, "price": values, "business_date": [day] * len(ids), "line": range(len(ids))}
        return {name: np.array(list(values), np.int64) for name, values in pairs.items()}

    with writing(loads) as connection:
        rows = columns(stored)
        insert_columns(connection, dated_inputs.price, rows | {"load_id": np.ones(len(stored), np.int64)})
    with reading(loads) as connection:
        changed = changed_rows(connection, "prices.csv", columns(offered), 1)
        assert changed.tolist() == [stored.get(security) != price for security, price in offered.items()]


def test_nulls_are_read_as_missing_and_text_as_text(loads):
    with writing(loads) as connection:
        insert_columns(
            connection,
            dated_inputs.closure,
            {
                "closed_on": [1, 2],
                "calendar": [0, 1],
                "load_id": [1, 1],
                "close_minute": [None, 720],
                "reason": ["", "snow"],
                "line": [2, 3],
            },
        )
    with reading(loads) as connection:
        rows = read_rows(connection, dated_inputs.closure, ("close_minute", "reason"), "", ("closed_on",))
        assert rows["close_minute"].tolist() == [-(2**63), 720]
        assert rows["reason"] == ["", "snow"]
        none = read_rows(connection, dated_inputs.closure, ("close_minute", "reason"), "closed_on > 5")
        assert (none["close_minute"].tolist(), none["reason"]) == ([], [])
