# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of dns_record: values of TXT records added or removed at a zone's primary server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..._dns import libraries
from ..._dns.errors import DnsError
from ..._dns.key import ALGORITHMS, Key
from ..._dns.lookup import tidy
from ..._dns.server import find
from ..._dns.shown import shown
from ..._dns.update import Primary
from .. import dns, host
from ..task import Task, TaskFailed


def in_place(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return what was added or removed, in the order of the records."""
    try:
        primary = _primary(options)
    except DnsError as error:
        raise TaskFailed(str(error), {"records": []}) from None
    diffs: dict[str, dict[str, str]] = {}

    def change(item: host.Item) -> host.Result:
        record = tidy(item["record"])
        if not item["texts"]:
            raise DnsError(f"there are no texts for {record}", "Give those to add or to remove.")
        zone = tidy(item["zone"]) if item["zone"] else primary.zone(record)
        before = primary.values(record)
        wanted = dict.fromkeys(item["texts"])
        add = [value for value in wanted if value not in before] if options["state"] == "present" else []
        remove = [value for value in wanted if value in before] if options["state"] == "absent" else []
        if (add or remove) and not check_mode:
            primary.change(zone, record, item["ttl"], add=add, remove=remove)
        after = [value for value in before if value not in remove] + add
        if add or remove:
            diffs[item["record"]] = host.titled(record, _lines(before), _lines(after))
        return {"zone": zone, "texts": sorted(after), "changed": bool(add or remove)}

    results = dns.each(options["records"], change, "record")
    return host.collected("records", results, list(diffs.values()))


def _primary(options: Mapping[str, Any]) -> Primary:
    name, secret = options["key_name"], options["key_secret"]
    if bool(name) != bool(secret):
        raise DnsError("of key_name and key_secret one is missing", "Give both, or none.")
    key = Key(name, secret, options["key_algorithm"]) if name else None
    # Where it has several addresses, that which the system prefers.
    return Primary(find(options["server"])[0], key, options["timeout"])


def _lines(values: list[str]) -> str:
    # Those of others may be anything.
    return "".join(f"{shown(value)}\n" for value in sorted(values))


_OPTIONS: dict[str, Any] = {
    "server": {"type": "str", "required": True},
    "key_name": {"type": "str"},
    "key_secret": {"type": "str", "no_log": True},
    "key_algorithm": {"type": "str", "choices": list(ALGORITHMS), "default": ALGORITHMS[0]},
    "records": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "record": {"type": "str", "required": True},
            "texts": {"type": "list", "elements": "str", "required": True},
            "zone": {"type": "str"},
            "ttl": {"type": "int", "default": 60},
        },
    },
    "timeout": {"type": "int", "default": 10},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}

DNS_RECORD = Task(in_place, _OPTIONS, missing=libraries.MISSING)
