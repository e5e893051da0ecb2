# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the steps of the role `certificates` gave: for each order, what is to be placed and what went wrong first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def files_of(order: Mapping[str, Any], found: Mapping[str, Any], host: str) -> list[dict[str, str]]:
    """Return the http-01 files of an order, given its result, that one host is to serve."""
    if order.get("challenge") != "http-01":
        return []
    materials = [
        authorization["challenges"]["http-01"]
        for authorization in found.get("authorizations", [])
        if authorization["status"] == "pending" and "http-01" in authorization["challenges"]
    ]
    webroot = order["own"][host].get("webroot")
    told = {"webroot": webroot, "certificate": order["certificate"]}
    return [{**told, "token": item["token"], "content": item["content"]} for item in materials]


def by_name(looped: Mapping[str, Any], kind: str) -> dict[str, Mapping[str, Any]]:
    """Return the items of all results of a loop, by name."""
    results = looped.get("results") or []
    return {item["name"]: item for result in results for item in result.get(kind) or []}


class Placements:
    """Where challenge files are not in place. Each host's result is looked at once, as each look costs its whole length."""

    def __init__(self, hostvars: Mapping[str, Mapping[str, Any]]) -> None:
        self._hostvars = hostvars
        self._known: dict[str, tuple[dict[str, str | None], str]] = {}

    def problem(self, order: Mapping[str, Any], found: Mapping[str, Any]) -> str | None:
        """Return why a challenge file of an order is not in place on one of its hosts; None when all are."""
        tokens = {file["token"] for file in files_of(order, found, order["hosts"][0])}
        for host in order["hosts"] if tokens else []:
            if not order["own"][host].get("webroot"):
                return f"it has no webroot on {host}. Give the document root that the web server serves for its names."
            reasons, otherwise = self._on(host)
            for token in tokens:
                reason = reasons.get(token, otherwise)
                if reason:
                    return f"the challenge file could not be placed on {host}: {reason}"
        return None

    def _on(self, host: str) -> tuple[dict[str, str | None], str]:
        if host not in self._known:
            placed = self._hostvars[host].get("__certificates_placed") or {}
            reasons: dict[str, str | None] = {}
            for item in placed.get("challenges") or []:
                # More than one when two orders share an authorization.
                reason = item["msg"] if item.get("failed") else None
                reasons[item["token"]] = reasons.get(item["token"]) or reason
            self._known[host] = reasons, placed.get("msg") or "the host did not take the file"
        return self._known[host]


# What a step says of an order, or of all of a conversation.
Said = Mapping[str, Any]


class Conversations:
    """What went wrong in the steps with the CA."""

    def __init__(self, steps: Sequence[Mapping[str, Any]]) -> None:
        # Number of a conversation -> for each step its items by their names, and what it says of all of them.
        self._steps: dict[int, list[tuple[dict[str, Said], Said]]] = {}
        for result in (result for step in steps for result in step.get("results") or []):
            items = {item["name"]: item for item in result.get("orders") or []}
            of_all = {} if items or result.get("skipped") else result
            self._steps.setdefault((result.get("item") or {}).get("number", -1), []).append((items, of_all))

    def failure(self, order: Mapping[str, Any]) -> str | None:
        """Return what went wrong first for an order: its own item in a step, or the whole step."""
        failed = self._failed(order)
        return str(failed["msg"]) if failed else None

    def retry_after(self, order: Mapping[str, Any]) -> str | None:
        """Return when the CA wants to be asked again for an order that failed; None when it named no time."""
        failed = self._failed(order)
        return failed.get("retry_after") if failed else None

    def _failed(self, order: Mapping[str, Any]) -> Said | None:
        for items, of_all in self._steps.get(order.get("conversation", -1), []):
            own = items.get(order["name"], {})
            said = own if own.get("failed") else of_all
            if said.get("msg"):
                return said
        return None
