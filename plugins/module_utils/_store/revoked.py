# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""revoked.json beside the files of a version: that its certificate was revoked, or is to be once another one is served.

While it is current such a certificate is due, and its key is not used for the next one. One that is still to be revoked
is kept, however many versions follow it: a CA wants to see the certificate itself (RFC 8555 section 7.6).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime

from . import files, layout
from .facts import rfc3339


@dataclass(frozen=True)
class Revoked:
    """reason is a name from RFC 5280, None when none was given; at is in RFC 3339, None while it is only to be revoked."""

    reason: str | None = None
    at: str | None = None

    def __str__(self) -> str:
        told = f"it was revoked at {self.at}" if self.at else "it is to be revoked"
        return f"{told} ({self.reason})" if self.reason else told


def load(directory: str) -> Revoked | None:
    """What is known of the version in a directory; None when nothing is. A note that cannot be understood is one all the same."""
    data = files.read(os.path.join(directory, layout.REVOKED))
    if data is None:
        return None
    try:
        record = json.loads(data)
        values = (record.get("reason"), record.get("at"))
    except (AttributeError, ValueError, RecursionError):
        return Revoked()
    return Revoked(*(value if isinstance(value, str) else None for value in values))


def is_awaited(directory: str) -> bool:
    """Whether the certificate of a version is still to be revoked."""
    known = load(directory)
    return known is not None and known.at is None


def keep(directory: str, reason: str | None, at: datetime | None, dry_run: bool = False) -> bool:
    """Writes down that a certificate was revoked at this time, or without one that it is to be; returns whether that is news.

    What was revoked stays so.
    """
    known = load(directory)
    if known is not None and (known.at or at is None):
        return False
    if not dry_run:
        # Where nothing is to be done this file only is looked for, and nothing is written.
        from . import writing

        record = {"reason": reason, "at": at and rfc3339(at)}
        writing.write(
            os.path.join(directory, layout.REVOKED), json.dumps(record).encode("ascii") + b"\n", files.PRIVATE
        )
    return True
