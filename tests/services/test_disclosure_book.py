from pathlib import Path

from scripts.make_disclosure_book import main
from tests.services.disclosure_books import NOTICES


def test_the_notices_book_is_what_its_script_writes(tmp_path: Path) -> None:
    main(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in NOTICES.iterdir()}
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (NOTICES / path.name).read_bytes(), path.name
