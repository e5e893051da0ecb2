# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running short commands."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from .errors import LabError


def run(argv: Sequence[str], stdin: str | None = None, seconds: float = 60.0) -> str:
    """Run ARGV and return what it printed; LabError, with its complaint, when it fails."""
    try:
        done = subprocess.run(
            list(argv),
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError as error:
        raise LabError(f"the command {argv[0]} is missing") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{' '.join(argv)} took longer than {seconds:g} s") from error
    if done.returncode != 0:
        complaint = (done.stderr or done.stdout).strip().splitlines()
        raise LabError(f"{' '.join(argv)} failed: {complaint[-1] if complaint else done.returncode}")
    return done.stdout


def run_contained(argv: Sequence[str], seconds: float = 60.0) -> str:
    """As :func:`run`, where processes and mounts that ARGV makes end with it, however it ends."""
    contained = ["setpriv", "--pdeathsig", "KILL", "--", "unshare", "--mount", "--pid", "--mount-proc", "--kill-child"]
    return run([*contained, "--fork", "--", *argv], seconds=seconds)
