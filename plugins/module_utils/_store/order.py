# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""staged/order.json: the order that was made at a CA for the request beside it.

The run may be killed, and not every CA lists the orders of an account (RFC 8555 section 7.1.2.1).
"""

from __future__ import annotations

import json

from . import files, layout, writing


def keep(place: layout.Home, ca: str | None, url: str) -> None:
    """Writes down the order for what is staged; where no request waits there is nothing to remember."""
    if files.read(place.in_staged(layout.REQUEST)) is None or load(place, ca) == url:
        return
    record = json.dumps({"ca": ca, "url": url}).encode("ascii") + b"\n"
    # There may be many, and what a loss of power takes is only a way to find the order.
    writing.write(place.in_staged(layout.ORDER), record, files.PRIVATE, lasting=False)


def load(place: layout.Home, ca: str | None) -> str | None:
    """The URL of the order at this CA for what is staged; None when none is known."""
    try:
        record = json.loads(files.read(place.in_staged(layout.ORDER)) or b"{}")
        url = record.get("url") if record.get("ca") == ca else None
    except (AttributeError, ValueError, RecursionError):
        return None
    return url if isinstance(url, str) else None
