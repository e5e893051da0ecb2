# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the file of an account key is private."""

from __future__ import annotations

import os
import stat

# Bytes, in which a key begins if there is one.
_ENOUGH = 64 * 1024


def exposed(path: str | None) -> str:
    """Return what to say of a key file that every user may read, or others may change; empty when there is nothing to say."""
    try:
        status = os.stat(path) if path else None
        # What comes through a pipe can be read once only, and not by us.
        if path is None or status is None or not stat.S_ISREG(status.st_mode):
            return ""
        mode = stat.S_IMODE(status.st_mode)
        # A group that may read it, such as that of those who run these plays, is the administrator's decision.
        if not mode & (stat.S_IROTH | stat.S_IWOTH | stat.S_IWGRP) or not _is_key(path):
            return ""
    except (OSError, ValueError):
        # Whoever reads it says what is wrong.
        return ""
    done = "read" if mode & stat.S_IROTH else "changed"
    return (
        f"The account key {path} can be {done} by other users (mode {mode:04o}): chmod 0600 it. "
        "If somebody may have read it, give the account a new key (playbook webpki.acme.rollover)."
    )


def _is_key(path: str) -> bool:
    with open(path, "rb") as file:
        return b"PRIVATE KEY-----" in file.read(_ENOUGH)
