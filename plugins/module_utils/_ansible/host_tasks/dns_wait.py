# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of dns_wait: until all authoritative servers serve what records should have."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ..._dns import libraries
from ..._dns.deadline import Deadline
from ..._dns.errors import DnsError
from ..._dns.lookup import Resolver, tidy
from ..._dns.server import Server, find
from ..._dns.wait import Record, Seen, Watch
from .. import dns, host
from ..task import Task, TaskFailed


def served(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return which servers serve each record, in the order of the records."""
    started = time.monotonic()
    deadline = Deadline.after(options["deadline"])
    try:
        resolver = dns.resolver(options, deadline)
        given = tuple(server for text in options["servers"] for server in find(text))
    except DnsError as error:
        raise TaskFailed(str(error), {"records": []}) from None

    def understand(item: host.Item) -> host.Result:
        zone = item["zone"]
        record = tidy(item["record"]) if zone else resolver.alias(item["record"])
        return {"target": record, "zone": tidy(zone) if zone else None if given else resolver.zone(record)}

    results = dns.each(options["records"], understand, "record")
    zones = {result["zone"] for result in results if not result.get("failed")} - {None}
    servers = _authoritative(resolver, zones)
    wanted = []
    for item, result in zip(options["records"], results):
        found = given or servers.get(result.get("zone") or "", ())
        if isinstance(found, DnsError):
            result.update(dns.failed(found))
        elif not result.get("failed"):
            result["servers"] = [str(server) for server in found]
            wanted.append((result, Record(result["target"], frozenset(item["texts"]), found)))
    told: dict[str, None] = {}
    watch = Watch(deadline, options["timeout"])
    for (result, _record), seen in zip(wanted, watch.wait([record for _result, record in wanted])):
        result.update(_result(seen))
        told.update(dict.fromkeys(seen.warnings))
    for text in told:
        warn(f"A name server is passed over: {text}.")
    return host.collected("records", results, seconds=round(time.monotonic() - started, 1))


def _authoritative(resolver: Resolver, zones: set[str]) -> dict[str, tuple[Server, ...] | DnsError]:
    found: dict[str, tuple[Server, ...] | DnsError] = {}
    for zone in sorted(zones):
        try:
            found[zone] = tuple(resolver.authoritative(zone))
        except DnsError as error:
            found[zone] = error
    return found


def _result(seen: Seen) -> host.Result:
    return dns.failed(seen.problem) if seen.problem else {"changed": False}


_OPTIONS: dict[str, Any] = {
    "records": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "record": {"type": "str", "required": True},
            "texts": {"type": "list", "elements": "str", "required": True},
            "zone": {"type": "str"},
        },
    },
    "servers": {"type": "list", "elements": "str", "default": []},
    **dns.LOOKUP,
}

DNS_WAIT = Task(served, _OPTIONS, missing=libraries.MISSING)
