"""Bulk writes keep every value, on both databases, in the caller's transaction."""

import numpy as np
import pytest
from sqlalchemy import Engine

from modelx.store.bulk import fetch_columns, insert_columns
from modelx.store.tables.night import finding, market_session
from modelx.store.unit_of_work import reading, writing


def test_whole_columns_come_back_as_written(engine: Engine) -> None:
    days = np.arange(20_000, 20_000 + 70_000, dtype=np.int64)
    with writing(engine) as connection:
        assert (
            insert_columns(connection, market_session, {"business_date": days, "close_minute": days % 900 + 1})
            == 70_000
        )
    with reading(engine) as connection:
        read = fetch_columns(
            connection, "SELECT business_date, close_minute FROM market_session ORDER BY 1", {}, ["day", "close"]
        )
    assert np.array_equal(read["day"], days)
    assert np.array_equal(read["close"], days % 900 + 1)


def test_text_columns_come_back_as_written(engine: Engine) -> None:
    detail = 'tab\t, newline\n, backslash \\N, quote ", ünïcode'
    row = {"id": [1], "business_date": [2], "run": [0], "step": [1], "sleeve_id": [3], "security_id": [0]}
    with writing(engine) as connection:
        insert_columns(connection, finding, row | {"code": ["PX-TOL"], "level": ["HOLD"], "detail": [detail]})
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT detail FROM finding").scalar_one() == detail


def test_an_error_in_the_block_keeps_nothing(engine: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(engine) as connection:
        insert_columns(connection, market_session, {"business_date": [1], "close_minute": [960]})
        raise ZeroDivisionError
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM market_session").scalar_one() == 0


def test_columns_of_different_length_are_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="differ in length"), writing(engine) as connection:
        insert_columns(connection, market_session, {"business_date": [1, 2], "close_minute": [960]})
