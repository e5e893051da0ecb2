# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command that the user named, run on the host."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence

# Who became root by su or sudo may not have the administrator's commands in the path.
_ADMINISTRATOR = "/usr/local/sbin:/usr/sbin:/sbin"
_CHARACTERS_TOLD = 2000


def run_command(arguments: Sequence[str]) -> tuple[int, str]:
    """Return exit code and output of a command, which is run without a shell. OSError when there is none of this name."""
    path = f"{os.environ.get('PATH', os.defpath)}:{_ADMINISTRATOR}"
    # A pipe would be waited for until all that the command has left behind have closed it.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [os.path.expandvars(os.path.expanduser(argument)) for argument in arguments],
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
        output.seek(0)
        return done.returncode, output.read().decode("utf-8", "replace")


def told(output: str) -> str:
    """Return the end of what a command printed, which says why it failed."""
    return output.strip()[-_CHARACTERS_TOLD:]
