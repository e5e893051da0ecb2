# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as they are told: RFC 3339 in UTC, from and to seconds since the epoch."""

from __future__ import annotations

import math
from datetime import datetime, timezone


def rfc3339(seconds: float) -> str:
    """Return a time, never an earlier one: whole seconds, such as 2026-03-01T12:00:00Z."""
    moment = datetime.fromtimestamp(math.ceil(seconds), timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> float:
    """Return the seconds of a time in RFC 3339; ValueError for what is none."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no zone")
    return moment.timestamp()
