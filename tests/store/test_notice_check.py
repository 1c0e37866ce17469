"""Published notices and their files under attack, on both databases: `db check` finds a flipped byte and names it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from modelx.disclosure.document import Document
from modelx.services.database_check import check_database
from modelx.services.disclosure_notices import draft_plans, publish_plan, review_plan
from modelx.store.engine import open_engine
from tests.product import fresh_sqlite, with_sessions
from tests.services.disclosure_books import BASE
from tests.store.attacks import Target
from tests.store.test_disclosure_records import ON, opened

PLAN = "HALVORSEN"
CHART = "place = 'halvorsen'"
OF_CHART = f"document_id = (SELECT id FROM disclosure_document WHERE {CHART})"


def files_of(document: Document, place: str) -> list[tuple[str, bytes]]:
    return [("index.html", f"<h1>{document.title}</h1>".encode()), ("notice.pdf", b"%PDF-1.7 \x00\x01\x02\x03")]


def published(engine: Engine) -> None:
    opened(engine)
    (bundle,) = draft_plans(engine, [PLAN], ON, BASE, "Ana", 1)
    review_plan(engine, PLAN, bundle.sha256, "Bea", 2)
    publish_plan(engine, PLAN, bundle.sha256, "Carl", 3, files_of)
    draft_plans(engine, [PLAN], ON, BASE, "Ana", 4, paper="default")


@pytest.fixture(scope="module")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notices")
    engine = fresh_sqlite(folder)
    published(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return folder / "modelx.db"


@pytest.fixture(scope="module")
def postgresql_template(postgresql_server: str) -> str:
    name = f"notices_{os.getpid()}"
    on_server(postgresql_server, f"CREATE DATABASE {name} TEMPLATE modelx_template")
    engine = open_engine(url_of(postgresql_server, name, "modelx_app"))
    published(with_sessions(engine))
    engine.dispose()
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    """A copy of the published notices on each database."""
    if request.param == "sqlite":
        file = tmp_path / "copy.db"
        shutil.copyfile(request.getfixturevalue("sqlite_file"), file)
        found = Target("sqlite", f"sqlite:///{file}", f"sqlite:///{file}")
        yield found
        found.engine.dispose()
        return
    template, server = request.getfixturevalue("postgresql_template"), request.getfixturevalue("postgresql_server")
    name = f"n{abs(hash(request.node.nodeid)) % 10**12}_{os.getpid()}"
    on_server(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    found = Target("postgresql", url_of(server, name, "modelx_app"), url_of(server, name))
    yield found
    found.engine.dispose()
    on_server(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def url_of(server: str, database: str, user: str | None = None) -> str:
    url = make_url(server).set(database=database, drivername="postgresql+psycopg")
    return (url if user is None else url.set(username=user)).render_as_string(hide_password=False)


def on_server(server: str, statement: str) -> None:
    engine = create_engine(url_of(server, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def said(target: Target) -> tuple[list[str], str]:
    """The checks that are broken, and what the one of notices says."""
    results = check_database(target.engine)
    return [one.name for one in results if not one.holds], next(one.detail for one in results if one.name == "notices")


def flipped(target: Target) -> str:
    """The statement that changes one byte of the chart's PDF."""
    if target.dialect == "sqlite":
        new = "CAST(substr(content, 1, 9) || x'01' || substr(content, 11) AS BLOB)"
    else:
        new = "set_byte(content, 9, 1)"
    return f"UPDATE disclosure_file SET content = {new} WHERE name = 'notice.pdf' AND {OF_CHART}"


def test_notices_as_they_were_stored_hold(target: Target) -> None:
    broken, detail = said(target)
    assert broken == []
    assert detail == "7 drafts and editions with 12 files, hashed again"


def test_a_flipped_byte_of_a_published_file_is_found_and_named(target: Target) -> None:
    target.quietly([flipped(target)])
    assert said(target) == (["notices"], "halvorsen edition 1: notice.pdf is not what was published")


def test_a_flipped_byte_of_a_stored_notice_is_found_and_named(target: Target) -> None:
    target.quietly([f"UPDATE disclosure_document SET content = replace(content, '2.75%', '2.85%') WHERE {CHART}"])
    assert said(target) == (["notices"], "halvorsen edition 1: the stored notice is not what was hashed")


EDITS: list[tuple[str, str]] = [
    ("UPDATE disclosure_event SET \"by\" = 'Dan' WHERE step = 'reviewed'", "the step reviewed is not what was hashed"),
    ("UPDATE disclosure_event SET at = 9 WHERE step = 'published'", "the step published is not what was hashed"),
    (f"UPDATE disclosure_event SET content_hash = 'x' WHERE {OF_CHART}", "it was drafted under another hash"),
    ("DELETE FROM disclosure_event WHERE id = 2", "the step drafted does not follow the one before it"),
    (
        f"DELETE FROM disclosure_file WHERE name = 'index.html' AND {OF_CHART}",
        "the files are not those it was published",
    ),
    (
        f"UPDATE disclosure_finding SET level = 'INFO' WHERE {OF_CHART}",
        "the inputs or findings are not those it was drafted",
    ),
    (
        f"DELETE FROM disclosure_source WHERE kind = 'fee_rows' AND {OF_CHART}",
        "the inputs or findings are not those it",
    ),
    (f"UPDATE disclosure_document SET title = 'Other' WHERE {CHART}", "the step drafted is not what was hashed"),
    (f"UPDATE disclosure_document SET load_horizon = 1 WHERE {CHART}", "the step drafted is not what was hashed"),
    (f"UPDATE disclosure_document SET base = 'https://x.example/' WHERE {CHART}", "drafted is not what was hashed"),
    ("UPDATE disclosure_event SET prev_hash = 'ab' WHERE id = 3", "the step drafted does not follow the one before it"),
]


@pytest.mark.parametrize(("statement", "words"), EDITS, ids=[words[:40] for _, words in EDITS])
def test_every_edit_past_the_guards_is_found_and_named(target: Target, statement: str, words: str) -> None:
    target.quietly([statement])
    broken, detail = said(target)
    assert broken == ["notices"]
    assert words in detail
    assert detail.startswith("halvorsen")


def test_a_file_and_its_hash_edited_together_are_found_by_the_step_that_published_them(target: Target) -> None:
    digest = "0" * 64
    target.quietly([flipped(target), f"UPDATE disclosure_file SET sha256 = '{digest}' WHERE {OF_CHART}"])
    assert said(target)[0] == ["notices"]


def test_a_notice_slipped_in_without_a_draft_is_found(target: Target) -> None:
    columns = "kind, plan_id, subject, title, document_date, as_of, quarter_end, load_horizon, base, content"
    draft = (
        f"INSERT INTO disclosure_document (id, place, version, {columns}, content_hash, recorded_at) "
        f"SELECT 99, 'slipped', version, {columns}, content_hash, 1 FROM disclosure_document WHERE {CHART}"
    )
    inputs = f"INSERT INTO disclosure_source SELECT 99, kind, key, sha256 FROM disclosure_source WHERE {OF_CHART}"
    target.quietly([draft, inputs])
    assert said(target) == (["notices"], "slipped edition 1: nobody drafted it")
