# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command that the user named, run on the host."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import tempfile
from typing import IO

# Seconds. Whatever reloads or tests a configuration takes a few.
LIMIT = 300
# Who became root by su or sudo may not have the administrator's commands in the path.
_ADMINISTRATOR = "/usr/local/sbin:/usr/sbin:/sbin"
_CHARACTERS_TOLD = 2000


def failure(command: str) -> str | None:
    """Run a command without a shell; return why it failed, with the end of what it printed, or None when it did not."""
    try:
        arguments = shlex.split(command)
        # A pipe would be waited for until all that the command has left behind have closed it.
        with tempfile.TemporaryFile() as output:
            reason = _ended(arguments, output)
            output.seek(0)
            told = output.read().decode("utf-8", "replace").strip()[-_CHARACTERS_TOLD:]
    except OSError as error:
        return error.strerror or str(error)
    except ValueError as error:
        return str(error)
    return f"{reason}: {told.rstrip('.')}" if reason and told else reason


def _ended(arguments: list[str], output: IO[bytes]) -> str | None:
    if not arguments:
        return "it is empty"
    try:
        code = _run(arguments, output)
    except subprocess.TimeoutExpired:
        return f"it was ended after {LIMIT} seconds"
    if code == 0:
        return None
    return f"exit code {code}" if code > 0 else f"ended by signal {-code}"


def _run(arguments: list[str], output: IO[bytes]) -> int:
    path = f"{os.environ.get('PATH', os.defpath)}:{_ADMINISTRATOR}"
    running = subprocess.Popen(
        [os.path.expandvars(os.path.expanduser(argument)) for argument in arguments],
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        return running.wait(LIMIT)
    except BaseException:
        # With all that it has started.
        with contextlib.suppress(OSError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        raise
