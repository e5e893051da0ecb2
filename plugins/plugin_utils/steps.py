# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the steps of the role `certificates` gave: for each order, what is to be placed and what went wrong first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import challenges, preflight, records


def files_of(order: Mapping[str, Any], found: Mapping[str, Any], host: str) -> list[dict[str, str]]:
    """Return the http-01 files of an order, given its result, that one host is to serve."""
    materials = materials_of(order, found, challenges.HTTP)
    webroot = order["own"][host].get("webroot")
    told = {"webroot": webroot, "certificate": order["certificate"]}
    return [{**told, "token": item["token"], "content": item["content"]} for item in materials]


def materials_of(order: Mapping[str, Any], found: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    """Return what is to be placed for the names of an order, given its result, that are proven by one type of challenge."""
    return [one["challenges"][kind] for one, chosen in challenges.to_prove(order, found) if chosen == kind]


def by_name(looped: Mapping[str, Any], kind: str) -> dict[str, Mapping[str, Any]]:
    """Return the items of all results of a loop, by name."""
    results = looped.get("results") or []
    return {item["name"]: item for result in results for item in result.get(kind) or []}


def fullchain_of(issued: Mapping[str, Mapping[str, Any]], order: Mapping[str, Any]) -> str | None:
    """Return what was issued for an order. Without the chain that is preferred it is not for use: it waits at the CA for another run.

    `issued` is what `by_name` returned for the last step.
    """
    found = issued.get(order["name"], {})
    return None if found.get("failed") else found.get("fullchain")


class Placements:
    """What is not in place of what proves names. Each result is looked at once, as each look costs its whole length."""

    def __init__(self, hostvars: Mapping[str, Mapping[str, Any]]) -> None:
        self._hostvars = hostvars
        self._files = _Placed(hostvars, "__certificates_placed", "token", "the host did not take the file")
        self._answers = _Placed(hostvars, "__certificates_tls", "digest", "the host does not answer it")

    def problem(self, order: Mapping[str, Any], found: Mapping[str, Any]) -> str | None:
        """Return why what proves the names of an order is not in place on one of its hosts; None when all of it is."""
        kinds: dict[str, list[Mapping[str, Any]]] = {}
        for one, kind in challenges.to_prove(order, found):
            kinds.setdefault(kind, []).append(one["challenges"][kind])
        if not kinds.keys().isdisjoint(challenges.BY_RECORD):
            in_dns = self._hostvars[order["hosts"][0]].get("__certificates_dns") or {}
            if reason := records.problem(order, found, in_dns):
                return reason
        for host in order["hosts"]:
            if challenges.HTTP in kinds and not order["own"][host].get("webroot"):
                return f"it has no webroot on {host}. Give the document root that the web server serves for its names."
            if reason := self._files.problem(host, kinds.get(challenges.HTTP, [])):
                return f"the challenge file could not be placed on {host}: {reason}"
            if reason := self._answers.problem(host, kinds.get(challenges.TLS, [])):
                return f"the challenge could not be answered over TLS on {host}: {reason}"
        return preflight.problem(order, found, self._hostvars)


class _Placed:
    """What hosts say of a task that placed challenges, which are told apart by one of their options."""

    def __init__(self, hostvars: Mapping[str, Mapping[str, Any]], registered: str, key: str, otherwise: str) -> None:
        self._hostvars, self._registered, self._key, self._otherwise = hostvars, registered, key, otherwise
        self._known: dict[str, tuple[dict[str, str | None], str]] = {}

    def problem(self, host: str, materials: Sequence[Mapping[str, Any]]) -> str | None:
        """Return why one of the challenges is not in place on a host; None when all are."""
        if not materials:
            return None
        reasons, otherwise = self._on(host)
        told = (reasons.get(material[self._key], otherwise) for material in materials)
        return next(filter(None, told), None)

    def _on(self, host: str) -> tuple[dict[str, str | None], str]:
        if host not in self._known:
            placed = self._hostvars[host].get(self._registered) or {}
            reasons: dict[str, str | None] = {}
            for item in placed.get("challenges") or []:
                # More than one when two orders share an authorization.
                reason = item["msg"] if item.get("failed") else None
                reasons[item[self._key]] = reasons.get(item[self._key]) or reason
            self._known[host] = reasons, placed.get("msg") or self._otherwise
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
        """Return what went wrong first for an order, in words."""
        failed = self.failed(order)
        return str(failed[1]["msg"]) if failed else None

    def said(self, order: Mapping[str, Any]) -> Said:
        """Return what the CA said of an order that failed: `msg` and `retry_after`, which is None where it named no time."""
        _step, said = self.failed(order) or (0, {})
        return {"ca": order["ca"], "msg": said.get("msg"), "retry_after": said.get("retry_after")}

    def failed(self, order: Mapping[str, Any]) -> tuple[int, Said] | None:
        """Return in which step an order failed first, and what was said: of the order itself, or of all in that step."""
        for step, (items, of_all) in enumerate(self._steps.get(order.get("conversation", -1), [])):
            own = items.get(order["name"], {})
            said = own if own.get("failed") else of_all
            if said.get("msg"):
                return step, said
        return None
