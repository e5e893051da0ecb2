# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is already of a certificate that is to be asked for: what rate limits, and who comes first, depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .found import has_reason

# Nothing that could be served.
_NOTHING = {"missing", "unreadable", "key-mismatch", "self-signed"}
# Days that Let's Encrypt looks back for a certificate for the same names.
_LOOK_BACK = 120


def of(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return of a certificate, given what its hosts found, when the one that it takes the place of expires, and what that is for.

    It is None where one of the hosts has none that could be served.
    """
    first = entries[0]["found"]
    facts = first.get("facts") or {}
    codes = {reason["code"] for reason in first["reasons"]}
    same = set(facts.get("identifiers") or []) == set(entries[0]["own"]["identifiers"])
    recent = facts.get("lifetime_days", 0) - facts.get("days_left", 0) < _LOOK_BACK
    ends = [_end(entry["found"]) for entry in entries]
    return {
        "expires": None if None in ends else min(end for end in ends if end),
        "renews": bool(facts) and same and recent and not codes & {*_NOTHING, "ca"},
        "issued_by": first.get("issued_by"),
        "forced": any(has_reason(entry, "forced") for entry in entries),
    }


def told(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return what webpki.acme.order wants to know of that for an order."""
    before = order["before"]
    by_this_ca = before["issued_by"] in (None, order["ca"])
    # What another challenge is to prove has just failed, and is asked for at once.
    again = any(said["ca"] == order["ca"] for said in order.get("said") or [])
    wanted = {
        "expires": before["expires"],
        "renews": before["renews"] and by_this_ca,
        "force": before["forced"] or again,
    }
    return {option: value for option, value in wanted.items() if value}


def _end(found: Mapping[str, Any]) -> str | None:
    if not found.get("facts") or any(reason["code"] in _NOTHING for reason in found["reasons"]):
        return None
    return str(found["facts"]["not_after"])
