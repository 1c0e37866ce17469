"""Folders: what is recognised, what is refused, and that nothing outside is reached."""

import errno
import shutil
from pathlib import Path

import numpy as np
import pytest

from modelx.domain.book import FileColumns, Texts
from modelx.domain.errors import Conflict, InvalidInput
from modelx.files.book_folder import open_book, write_book
from tests.conftest import FIXTURES

PRICES = b"date,ticker,price\n2026-11-23,EQX,68.12\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "prices.csv").write_bytes(PRICES)
    return tmp_path


def test_the_example_book_has_eleven_files_and_its_answers_are_left_alone():
    book = open_book(FIXTURES / "g1_book")
    assert book.files == (
        *("securities.csv", "prices.csv", "distributions.csv", "splits.csv", "models.csv", "targets.csv"),
        *("plans.csv", "sleeves.csv", "fees.csv", "orders.csv", "trades.csv"),
    )
    assert [(f.code, f.source.file) for f in book.log.kept] == [("FOREIGN_FILE", "expected_unit_values.csv")]


def test_the_content_hash_is_of_the_bytes_and_names_not_of_the_place(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    shutil.copy(folder / "prices.csv", elsewhere / "prices.csv")
    (elsewhere / "readme.txt").write_text("not part of the book")
    first = open_book(folder).content_hash
    assert open_book(elsewhere).content_hash == first
    (elsewhere / "prices.csv").rename(elsewhere / "second_prices.csv")
    assert open_book(elsewhere).content_hash != first
    (folder / "prices.csv").write_bytes(PRICES.replace(b"\n", b"\r\n"))
    assert open_book(folder).content_hash != first


@pytest.mark.parametrize(
    "name", ["price.csv", "Prices.csv", "security.csv", "overide.csv", "prices_2.csv", "PRICES.CSV"]
)
def test_a_misspelt_file_is_refused_naming_the_one_meant(folder, name):
    (folder / name).write_text("")
    finding = open_book(folder).log.kept[0]
    assert finding.code == "MISNAMED_FILE"
    assert "did you mean" in finding.message


def test_a_link_that_leads_out_of_the_folder_is_refused(folder, tmp_path_factory):
    secret = tmp_path_factory.mktemp("outside") / "plans.csv"
    secret.write_text("plan\n")
    (folder / "plans.csv").symlink_to(secret)
    with pytest.raises(InvalidInput, match="leads outside the folder"):
        open_book(folder)


def test_a_link_to_nowhere_and_a_folder_in_place_of_a_file_are_refused(folder):
    (folder / "plans.csv").symlink_to(folder / "nowhere")
    with pytest.raises(InvalidInput, match="not a file"):
        open_book(folder)
    (folder / "plans.csv").unlink()
    (folder / "plans.csv").mkdir()
    with pytest.raises(InvalidInput, match="not a file"):
        open_book(folder)


def test_a_folder_that_is_missing_a_file_or_empty_is_refused_saying_so(folder, tmp_path_factory):
    with pytest.raises(InvalidInput, match="does not exist"):
        open_book(folder / "nowhere")
    with pytest.raises(InvalidInput, match="is not a folder"):
        open_book(folder / "prices.csv")
    with pytest.raises(InvalidInput, match="holds no file of the book"):
        open_book(tmp_path_factory.mktemp("empty"))


def test_an_unreadable_file_is_refused(folder, monkeypatch):
    def refuse(path: Path, _mode: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)  # file modes do not stop a superuser
    with pytest.raises(InvalidInput, match=r"prices\.csv cannot be read: Permission denied"):
        open_book(folder)


def test_a_file_that_changes_after_it_was_hashed_is_noticed(folder):
    book = open_book(folder)
    (folder / "prices.csv").write_bytes(PRICES.replace(b"68.12", b"68.13"))
    with pytest.raises(Conflict, match="changed while it was read"):
        book.read("prices.csv")


def test_progress_counts_the_bytes(folder):
    seen = []
    open_book(folder).read("prices.csv", lambda done, total, what: seen.append((done, total, what)))
    assert seen == [(len(PRICES), len(PRICES), "reading prices.csv")]


def _one_price() -> FileColumns:
    columns = {"date": np.array([20_780]), "ticker": Texts.of(["EQX"]), "price": np.array([6_812_000_000])}
    return FileColumns("prices.csv", np.array([2]), columns, np.zeros(1, np.bool_))


def test_a_book_is_written_to_a_new_or_empty_folder_only(tmp_path):
    new = tmp_path / "deep" / "new"
    assert write_book(new, [_one_price()]) == ("prices.csv",)
    assert [path.name for path in new.iterdir()] == ["prices.csv"]
    assert (new / "prices.csv").read_bytes() == PRICES
    with pytest.raises(InvalidInput, match="not empty"):
        write_book(new, [_one_price()])
    with pytest.raises(InvalidInput, match="is not a folder"):
        write_book(new / "prices.csv", [_one_price()])


def test_a_read_only_folder_is_refused_and_left_empty(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    with pytest.raises(InvalidInput, match="read-only"):
        write_book(folder, [_one_price()])
    assert list(folder.iterdir()) == []
