# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of dns_zone_info: where records are to be put, that is where their aliases lead, and in which zone that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..._dns import libraries
from ..._dns.deadline import Deadline
from ..._dns.errors import DnsError
from .. import dns, host
from ..task import Task, TaskFailed


def found(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return the zone of each record, in the order of the records."""
    try:
        resolver = dns.resolver(options, Deadline.after(options["deadline"]))
    except DnsError as error:
        raise TaskFailed(str(error), {"records": []}) from None

    def find(item: host.Item) -> host.Result:
        target = resolver.alias(item["record"])
        zone = resolver.zone(target)
        return {"target": target, "zone": zone, "prefix": target.removesuffix(zone).rstrip("."), "changed": False}

    results = dns.each([{"record": name} for name in options["records"]], find, "record")
    return host.collected("records", results)


_OPTIONS: dict[str, Any] = {"records": {"type": "list", "elements": "str", "required": True}, **dns.LOOKUP}

DNS_ZONE_INFO = Task(found, _OPTIONS, missing=libraries.MISSING)
