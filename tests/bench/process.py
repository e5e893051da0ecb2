# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One whole process, measured from outside."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab.errors import LabError

from .paths import HERE

#: No run takes as long; a hang must not hold up the others for ever.
_PATIENCE = 900.0
_TIMED = [sys.executable, "-I", "-S", str(HERE / "timed.py")]
#: What runs the command, so that it ends when the bench is ended.
_BOUND = ["setpriv", "--pdeathsig", "TERM", "--"]


@dataclass(frozen=True)
class Command:
    """A command with its environment; what it prints goes to a file in DIRECTORY, where it also works."""

    argv: Sequence[str]
    directory: Path
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Cost:
    """seconds on the clock, seconds of the processors, and the largest resident set of any one process, in bytes."""

    seconds: float = 0.0
    processor: float = 0.0
    memory: int = 0

    def __add__(self, other: Cost) -> Cost:
        """This, and afterwards that."""
        return Cost(self.seconds + other.seconds, self.processor + other.processor, max(self.memory, other.memory))


def run(command: Command) -> Cost:
    """Run a command to its end; LabError, with the end of what it said, when it fails."""
    screen, cost = command.directory / "screen", command.directory / "cost"
    with screen.open("wb") as output:
        try:
            done = subprocess.run(
                [*_TIMED, str(cost), *_BOUND, *command.argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=command.directory,
                env=dict(command.environment),
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise LabError(f"{' '.join(command.argv)} took longer than {_PATIENCE:g} s: see {screen}") from error
    if done.returncode:
        end = screen.read_text(errors="replace").strip().splitlines()[-12:]
        raise LabError("\n".join([f"{' '.join(command.argv)} ended with code {done.returncode}:", *end]))
    seconds, processor, kilobytes = map(float, cost.read_text().split())
    return Cost(seconds, processor, int(kilobytes) * 1024)
