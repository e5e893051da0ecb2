# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shared certificates: whether one is to be asked for, or which host has the one that the others get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import planned_orders, turns
from .found import fingerprint, has_reason, out_of_place

Entry = Mapping[str, Any]
_BY_AGE = ("lifetime", "renewal-info", "expired", "revoked")


def source(entries: Sequence[Entry]) -> Entry | None:
    """Return the one that the hosts which lack it are to get a copy of; None where the CA is to be asked for a new one."""
    good = [entry for entry in entries if not entry["found"]["due"]]
    best = max(good, key=lambda entry: str(entry["found"]["facts"]["not_after"]), default=None)
    if best is None or any(has_reason(entry, "forced", "interrupted") for entry in entries):
        return None
    # Where the best one is due by another host's measure, or known there as revoked, copying it there would make it due again
    # in the next run.
    aged = any(fingerprint(entry) == fingerprint(best) and has_reason(entry, *_BY_AGE) for entry in entries)
    return None if aged else best


def order(name: str, entries: Sequence[Entry], renewal: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the order for one that is to be asked for."""
    # The first one holds the key, which is staged only where the certificate is due.
    due_first = sorted(entries, key=lambda entry: not entry["found"]["due"])
    asked = planned_orders.to_ask(name, due_first, renewal)
    return {**asked, "at_once": _at_once(entries, len(entries))}


def copy(name: str, entries: Sequence[Entry], best: Entry) -> dict[str, Any] | None:
    """Return the copy that hosts are to get; None where all have it."""
    lacking = [entry for entry in entries if _lacks(entry, best)]
    if not lacking:
        return None
    copied = planned_orders.to_install(name, [best, *lacking])
    return {**copied, "hosts": [entry["host"] for entry in lacking], "at_once": _at_once(entries, len(lacking))}


def _lacks(entry: Entry, best: Entry) -> bool:
    """Say whether a host is to get the certificate of another; it may have it already, but with a key that is broken."""
    return entry["found"]["due"] or out_of_place(entry) or fingerprint(entry) != fingerprint(best)


def _at_once(entries: Sequence[Entry], number: int) -> list[int]:
    """Return how many of the hosts each turn may have; empty when they all fit into the first one."""
    # Where the hosts do not agree the most careful one has its way.
    wanted = min(turns.sizes(entry["serial_reload"], len(entries)) for entry in entries)
    return wanted if wanted[0] < number else []
