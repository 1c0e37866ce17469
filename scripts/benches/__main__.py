"""`scripts/bench NAME [--json] [--quick]`: one measurement, as a table or as one JSON object."""

import argparse
import importlib
import json
import sys
from pathlib import Path
from typing import Any

SUPPORT = {"__init__", "__main__", "night_book"}


def main() -> int:
    """Run the bench named; exit code 0 when its targets are met, 1 when not."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in SUPPORT)
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("name", choices=names)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, in a minute or two")
    arguments = parser.parse_args()
    result = importlib.import_module(f"scripts.benches.{arguments.name}").run("quick" if arguments.quick else "full")
    if arguments.json:
        json.dump(result, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        _print(result)
    return 0 if result["met"] else 1


def _print(result: dict[str, Any]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, title=f"{result['name']}: targets {'met' if result['met'] else 'NOT met'}")
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("target", justify="right")
    for name, value in _flat("", result["figures"]):
        target = next((str(limit) for key, limit in result["targets"].items() if name.endswith(key)), "")
        table.add_row(name, str(value), target)
    for key, limit in result["targets"].items():
        table.add_row(f"target {key}", "", str(limit))
    Console(width=110).print(table)


def _flat(prefix: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [pair for key, part in value.items() for pair in _flat(f"{prefix}{key} ", part)]
    if isinstance(value, list):
        return [pair for at, part in enumerate(value) for pair in _flat(f"{prefix}{at} ", part)]
    return [(prefix.strip(), value)]


if __name__ == "__main__":
    sys.exit(main())
