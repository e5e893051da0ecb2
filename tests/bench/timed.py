# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a command and say what it cost: `timed.py COST COMMAND...` writes seconds, processor seconds and kilobytes to COST.

Runs by itself, and imports little: a process starts with the memory of the one that starts it, in the books of the kernel.
"""

from __future__ import annotations

import os
import sys
import time


def main(cost: str, argv: list[str]) -> int:
    """Returns the command's exit code."""
    started = time.monotonic()
    pid = os.posix_spawnp(argv[0], argv, os.environ)
    # The kernel keeps, for a process and all that it waited for, the largest of them.
    _pid, status, usage = os.wait4(pid, 0)
    seconds = time.monotonic() - started
    with open(cost, "w", encoding="ascii") as file:
        file.write(f"{seconds} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
