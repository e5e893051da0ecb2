# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""put_off.json: until when CAs do not want to be asked for a certificate again (RFC 8555 section 6.6, Retry-After).

It lies beside the versions, on the host, as the machine that talks to the CA may be another one in the next run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from . import files, layout, writing
from .errors import StoreError
from .facts import moment, rfc3339

# Rate limits of public CAs last a week at the most: no CA shall keep a host from a certificate for longer.
LONGEST = timedelta(days=7)


@dataclass(frozen=True)
class PutOff:
    """until is aware UTC; reason is what this CA said."""

    until: datetime
    reason: str
    ca: str | None = None

    def to_dict(self) -> dict[str, str]:
        """The shape that modules return: the time in RFC 3339."""
        return {"until": rfc3339(self.until), "reason": self.reason}


def keep(
    place: layout.Home, ca: str | None, identifiers: Sequence[str], until: str, reason: str, now: datetime
) -> None:
    """Writes down that this CA wants to be asked for these names after this time, in ISO 8601; StoreError when it is none."""
    try:
        time = moment(until)
    except ValueError:
        hint = "Give a time with its zone, such as 2026-07-31T12:00:00Z."
        raise StoreError(f"retry_after is {until!r}", hint) from None
    record = {
        "ca": ca,
        "identifiers": sorted(identifiers),
        "until": rfc3339(min(time, now + LONGEST)),
        "reason": reason,
    }
    # What other CAs said of other names is of no use any more.
    kept = [one for one in _records(place) if one.get("ca") != ca and one.get("identifiers") == record["identifiers"]]
    writing.make_directory(place.directory)
    writing.write(place.put_off, json.dumps([*kept, record]).encode("ascii") + b"\n", files.PRIVATE)


def load(place: layout.Home, ca: str | None, identifiers: Sequence[str], now: datetime) -> PutOff | None:
    """Until when asking this CA for these names is put off; None when it may be asked now."""
    for record in _records(place):
        if (record.get("ca"), record.get("identifiers")) == (ca, sorted(identifiers)):
            try:
                until = moment(record.get("until"))
            except ValueError:
                continue
            # Further away it can only be when the clock was wrong.
            if now < until <= now + LONGEST:
                return PutOff(until, str(record.get("reason")), ca)
    return None


def forget(place: layout.Home) -> None:
    """Removes the note; nothing there is fine."""
    if os.path.lexists(place.put_off):
        writing.remove(place.put_off)


def _records(place: layout.Home) -> list[dict[str, Any]]:
    """One for each CA; none where the file cannot be understood."""
    try:
        found = json.loads(files.read(place.put_off) or b"[]")
    except (ValueError, RecursionError):
        return []
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
