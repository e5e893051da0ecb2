# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command that the user named, run on the host."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

# Who became root by su or sudo may not have the administrator's commands in the path.
_ADMINISTRATOR = "/usr/local/sbin:/usr/sbin:/sbin"


def run_command(arguments: Sequence[str]) -> tuple[int, str]:
    """Return exit code and output of a command, which is run without a shell. OSError when there is none of this name."""
    path = f"{os.environ.get('PATH', os.defpath)}:{_ADMINISTRATOR}"
    done = subprocess.run(
        [os.path.expanduser(argument) for argument in arguments],
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace")
