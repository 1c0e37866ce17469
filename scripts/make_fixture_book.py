"""Write the demonstration book, `fixtures/demo_book`: the same seed gives the same bytes on every machine."""

import argparse
import csv
import io
from pathlib import Path

from fixture_book.book import HEADERS, Book

SEED = 20261008
DESTINATION = Path(__file__).resolve().parent.parent / "fixtures" / "demo_book"


def write_book(destination: Path, seed: int) -> int:
    """Write every CSV file of the book below `destination`; returns how many bytes they hold together."""
    total = 0
    for folder, files in Book(seed).files.items():
        target = destination / folder
        target.mkdir(parents=True, exist_ok=True)
        for name, rows in files.items():
            text = io.StringIO()
            text.write(HEADERS[name] + "\n")
            csv.writer(text, lineterminator="\n").writerows(rows)
            data = text.getvalue().encode()
            (target / name).write_bytes(data)
            total += len(data)
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DESTINATION, help="folder to write (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="default: %(default)s, the seed of the committed book")
    arguments = parser.parse_args()
    total = write_book(arguments.out, arguments.seed)
    print(f"{arguments.out}: {total:,} bytes")


if __name__ == "__main__":
    main()
