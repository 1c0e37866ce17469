"""The evaluation book is what its script writes, and reads as the product's own files."""

from modelx.disclosure.default_option import ManagedBy
from modelx.evaluator.shipped import default_markets
from modelx.files.qdia_facts import read_facts
from modelx.files.qdia_options import read_options
from modelx.files.qdia_returns import read_factor_returns
from scripts.make_qdia_book import main
from tests.conftest import FIXTURES

BOOK = FIXTURES / "qdia_book"


def test_the_fixture_equals_its_script(tmp_path):
    main(tmp_path)
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    kept = {file.name: file.read_bytes() for file in BOOK.iterdir() if file.suffix == ".csv"}
    assert made == kept


def test_its_files_read(tmp_path):
    series, managed = read_options(BOOK, default_markets())
    assert (series.id, len(series.vintages), managed.id) == ("FERNMOOR", 5, "FMA")
    assert len(read_factor_returns(BOOK / "factor_returns.csv").months) == 72
    assert read_facts(BOOK / "qdia_facts.csv")["FERNMOOR"].managed_by is ManagedBy.DIRECTED_TRUSTEE
