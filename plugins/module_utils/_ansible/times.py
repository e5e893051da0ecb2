# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as they are told: RFC 3339 in UTC, from and to seconds since the epoch."""

from __future__ import annotations

import math
from datetime import datetime, timezone

from .._store import facts


def rfc3339(seconds: float) -> str:
    """Return a time, never an earlier one: whole seconds, such as 2026-03-01T12:00:00Z."""
    return facts.rfc3339(datetime.fromtimestamp(math.ceil(seconds), timezone.utc))


def seconds(text: str) -> float:
    """Return the seconds of a time in RFC 3339; ValueError for what is none."""
    return facts.moment(text).timestamp()
