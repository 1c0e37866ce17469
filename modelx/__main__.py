"""`python -m modelx` and the `modelx` command."""

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from modelx.cli.app import run  # noqa: PLC0415  (so that importing the package costs nothing)

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
