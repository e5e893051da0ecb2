# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the file of an account key is private."""

from __future__ import annotations

import os
import stat


def exposed(path: str | None) -> str:
    """Return what to say of a key file that every user may read, or others may change; empty when there is nothing to say."""
    try:
        mode = stat.S_IMODE(os.stat(path).st_mode) if path else 0
    except (OSError, ValueError):
        # Whoever reads it says what is wrong.
        return ""
    # A group that may read it, such as that of those who run these plays, is the administrator's decision.
    if not mode & (stat.S_IRWXO | stat.S_IWGRP):
        return ""
    done = "read" if mode & stat.S_IROTH else "changed"
    return (
        f"The account key {path} can be {done} by other users (mode {mode:04o}): chmod 0600 it. "
        "If somebody may have read it, give the account a new key (new_account_key_file of webpki.acme.account)."
    )
