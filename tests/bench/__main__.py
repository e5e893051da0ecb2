# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: measure, show the tables, and write docs/benchmarks.md."""

from __future__ import annotations

import argparse
import shutil
import signal
import sys

from tests.lab.errors import LabError
from tests.lab.paths import REPOSITORY

from . import document, table
from .bench import Bench, keys
from .paths import BUILD

_DOCUMENTS = ("benchmarks.md", "benchmarks.png")


def main() -> int:
    """Run the bench; returns the exit code, which does not depend on whether bars are met."""
    arguments = _arguments()
    # Being asked to end is no reason to leave things behind.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    bench = Bench(arguments.rows or keys(), arguments.runs or sys.maxsize)
    try:
        bench.run()
        print(f"\n{table.bars(bench.measured)}\n\n{table.figures(bench.measured)}\n", flush=True)
        document.write(BUILD / "docs", bench.measured, bench.capacity, bench.line, keys())
    except LabError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if bench.failed:
        print(f"bench: could not measure {', '.join(bench.failed)}", file=sys.stderr)
        return 1
    if not arguments.rows and not arguments.runs:
        for name in _DOCUMENTS:
            shutil.copy(BUILD / "docs" / name, REPOSITORY / "docs" / name)
            print(f"bench: wrote docs/{name}")
    return 0


def _arguments() -> argparse.Namespace:
    known = keys()

    def rows(text: str) -> list[str]:
        wanted = [key for key in text.split(",") if key]
        unknown = set(wanted) - set(known)
        if unknown:
            raise argparse.ArgumentTypeError(f"no {', '.join(sorted(unknown))}; there are {', '.join(known)}")
        return wanted

    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--rows", type=rows, help="only these, with commas between; only prints")
    parser.add_argument("--runs", type=int, help="at most this many of each tool; only prints")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
