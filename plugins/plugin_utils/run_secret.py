# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret that all processes of one run of Ansible share, and nobody else."""

from __future__ import annotations

import contextlib
import os

from ansible import constants

_LENGTH = 32


def run_secret() -> bytes:
    """Return it: it lies in the directory that Ansible makes for each run, for its user alone, and goes with it."""
    path = os.path.join(str(constants.DEFAULT_LOCAL_TMP), "secret")  # type: ignore[attr-defined]
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        return file.read()
    own = f"{path}.{os.getpid()}"
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(_LENGTH))
    # Of several that make one at the same time, all use the first.
    with contextlib.suppress(FileExistsError):
        os.link(own, path)
    os.unlink(own)
    with open(path, "rb") as file:
        return file.read()
