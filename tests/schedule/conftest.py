"""The example book on SQLite, for tests that need one database only."""

from pathlib import Path

import pytest

from modelx.store.engine import open_engine
from modelx.store.schema import migrate
from tests.schedule.example import prepared


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'modelx.db'}"
    engine = open_engine(url)
    migrate(engine)
    prepared(engine, tmp_path / "book").dispose()
    return url
