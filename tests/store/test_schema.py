"""The schema goes up and down on both databases, and a database that does not fit is refused in words."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, inspect

from modelx.bootstrap import migrate_database, open_book
from modelx.domain.errors import InvalidInput, InvariantBroken, ModelxError
from modelx.services.database_check import check_database, newest_head
from modelx.store import schema
from modelx.store.engine import open_engine
from modelx.store.schema_version import SCHEMA_REVISION, require_current
from modelx.store.tables import metadata
from modelx.store.unit_of_work import writing
from tests.product import with_sessions
from tests.store.attacks import Target
from tests.store.audited_book import run_audited_book
from tests.store.conftest import MakeTarget

NOBODY = 65_534
READ_ONLY = r"cannot be opened for writing .*permissions"


@pytest.fixture
def owner(target: Target) -> Iterator[Engine]:
    """The audited book, as its owner opens it."""
    engine = open_engine(target.owner_url)
    yield engine
    engine.dispose()


def test_an_empty_database_gets_every_table_and_every_guard(engine: Engine) -> None:
    assert set(metadata.tables) <= set(inspect(engine).get_table_names())
    assert [result for result in check_database(engine) if not result.holds] == []
    assert newest_head(engine) is None


def test_migrating_again_changes_nothing(owner: Engine, target: Target) -> None:
    before = newest_head(target.engine)
    role = "modelx_app" if target.dialect == "postgresql" else None
    assert schema.migrate(owner, role) == SCHEMA_REVISION
    assert newest_head(target.engine) == before
    assert target.broken() == []


def test_down_and_up_again_gives_the_same_book_the_same_head(owner: Engine, target: Target, tmp_path: Path) -> None:
    before = newest_head(target.engine)
    _downgrade(owner)
    assert set(inspect(owner).get_table_names()) <= {"alembic_version"}
    schema.migrate(owner, "modelx_app" if target.dialect == "postgresql" else None)
    run_audited_book(with_sessions(target.engine), tmp_path / "again")
    assert newest_head(target.engine) == before
    assert target.broken() == []


def test_both_databases_end_with_the_same_head(make_target: MakeTarget) -> None:
    heads = {newest_head(make_target(dialect).engine) for dialect in ("sqlite", "postgresql")}
    assert len(heads) == 1


def test_a_database_from_a_newer_version_is_refused(owner: Engine, target: Target) -> None:
    target.as_stranger(["UPDATE alembic_version SET version_num = '9999'"])
    with pytest.raises(InvalidInput, match=r"9999.*newer version"):
        require_current(target.engine)
    with pytest.raises(InvalidInput, match=r"9999.*newer version"):
        schema.migrate(owner)


def test_an_older_database_is_told_to_migrate(target: Target) -> None:
    target.as_stranger(["UPDATE alembic_version SET version_num = '0000'"])
    with pytest.raises(InvalidInput, match=r"older than.*modelx db migrate"):
        require_current(target.engine)


def test_a_database_without_a_schema_is_told_to_migrate(tmp_path: Path) -> None:
    (tmp_path / "new.db").touch()
    with pytest.raises(InvalidInput, match=r"no modelx schema.*modelx db migrate"):
        open_book(f"sqlite:///{tmp_path / 'new.db'}")


def test_a_role_that_does_not_exist_is_named(owner: Engine, target: Target) -> None:
    if target.dialect == "sqlite":
        assert schema.migrate(owner, "nobody_of_that_name") == SCHEMA_REVISION  # SQLite has no roles
        return
    with pytest.raises(InvalidInput, match=r"nobody_of_that_name.*CREATE ROLE"):
        schema.migrate(owner, "nobody_of_that_name")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "cannot be read"),
        ("", "cannot be read"),
        ("mysql://root@localhost/modelx", "mysql is not supported"),
        ("oracle+thing://x", "oracle is not supported"),
    ],
)
def test_a_url_that_is_none_is_refused(url: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        open_engine(url)


def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be opened"):
        migrate_database(f"sqlite:///{tmp_path / 'missing' / 'modelx.db'}")


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be opened"):
        migrate_database(f"sqlite:///{tmp_path}")


def test_a_read_only_folder_is_refused() -> None:
    with _as_nobody() as folder, pytest.raises(InvalidInput, match=READ_ONLY):
        migrate_database(f"sqlite:///{folder / 'modelx.db'}")


def test_a_read_only_file_is_refused(make_target: MakeTarget) -> None:
    data = make_target("sqlite").file.read_bytes()
    with _as_nobody({"modelx.db": data}) as folder:
        engine = open_engine(f"sqlite:///{folder / 'modelx.db'}")
        with (
            pytest.raises(InvalidInput, match=r"cannot be opened for writing.*permissions"),
            writing(engine) as connection,
        ):
            connection.exec_driver_sql("INSERT INTO lease VALUES ('night', '', 0, 0)")
        engine.dispose()


@pytest.mark.parametrize("rubbish", [b"date,ticker,price\n" * 100, bytes(4096)], ids=["a csv file", "zeros"])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, rubbish: bytes) -> None:
    file = tmp_path / "prices.csv"
    file.write_bytes(rubbish)
    with pytest.raises(ModelxError) as refused:
        open_book(f"sqlite:///{file}")
    assert isinstance(refused.value, InvalidInput | InvariantBroken)
    assert file.read_bytes() == rubbish


def test_a_server_that_is_not_there_is_told_as_something_to_try_again() -> None:
    with pytest.raises(ModelxError, match=r"could not finish"):
        open_book("postgresql://modelx@127.0.0.1:1/modelx")


def _downgrade(engine: Engine) -> None:
    with writing(engine) as connection:
        command.downgrade(schema._config(connection), "base")


@contextmanager
def _as_nobody(files: dict[str, bytes] | None = None) -> Iterator[Path]:
    """A folder that this process may read and not write: without the rights of root, when the tests have them."""
    with tempfile.TemporaryDirectory(prefix="modelx-read-only-") as name:
        folder = Path(name)
        for file, data in (files or {}).items():
            (folder / file).write_bytes(data)
            (folder / file).chmod(0o444)
        folder.chmod(0o555)
        rights = os.geteuid()
        if rights == 0:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if rights == 0:
                os.seteuid(rights)
            folder.chmod(0o755)
