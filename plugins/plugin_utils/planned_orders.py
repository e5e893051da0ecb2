# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orders of the plan: certificates to be had, for one or several hosts, from a CA or as copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import attempts, challenges, renewals, standing
from .found import has_reason


def to_install(name: str, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a certificate that the first of these hosts has, or is to hold the key of, with what all of them need to install it."""
    first = entries[0]
    own = first["own"]
    return {
        "name": name,
        "certificate": first["certificate"],
        "holder": first["host"],
        "hosts": [entry["host"] for entry in entries],
        "store": first["store"],
        # Of one that is copied the one that issued it, which need not be the preferred one.
        "ca": first["found"].get("issued_by") or first["accounts"][0]["ca"],
        "issued_under": first["found"].get("issued_under"),
        "identifiers": own["identifiers"],
        "profile": own.get("profile"),
        "preferred_chain": own.get("preferred_chain"),
        "preferred_chain_fallback": own.get("preferred_chain_fallback", False),
        "challenge": challenges.rules(own.get("challenge")),
        "preflight": first["preflight"],
        "reasons": {entry["host"]: entry["found"]["reasons"] for entry in entries},
        "differences": {entry["host"]: entry["found"].get("differences") or [] for entry in entries},
        "key_file": first["found"].get("private_key_path"),
        "csr": first["found"].get("csr"),
        "waited": bool(first["found"].get("csr")) and not first["found"].get("changed"),
        "fullchain": first["found"].get("fullchain"),
        "own": {entry["host"]: entry["own"] for entry in entries},
    }


def to_ask(name: str, entries: Sequence[Mapping[str, Any]], renewal: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return an order with what it is to be tried with: first of all the CA that is preferred."""
    before = {**standing.of(entries), **renewals.predecessor(entries, renewal)}
    first, order = entries[0], {**to_install(name, entries), "before": before}
    forced = any(has_reason(entry, "forced") for entry in entries)
    due = [entry["found"] for entry in entries if entry["found"]["due"] and not forced]
    waits = {wait["ca"]: wait for found in due for wait in found.get("put_off_by") or []}
    return attempts.begun(order, attempts.of(first["accounts"], challenges.tries(first["own"]), first["found"]), waits)
