# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks with the DNS have in common: their options, and records worked on each on its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._dns.deadline import Deadline
from .._dns.errors import DnsError
from .._dns.lookup import Resolver
from .._store import together
from . import host

# Twin of doc_fragments/dns.py.
LOOKUP: dict[str, Any] = {
    "resolvers": {"type": "list", "elements": "str", "default": []},
    "timeout": {"type": "int", "default": 3},
    "deadline": {"type": "int", "default": 120},
}


def resolver(options: Mapping[str, Any], deadline: Deadline) -> Resolver:
    """Return what looks up records as the options say; raise DnsError."""
    return Resolver(options["resolvers"], deadline=deadline, timeout=options["timeout"])


def each(items: Sequence[host.Item], work: Callable[[host.Item], host.Result], identity: str) -> list[host.Result]:
    """Return the result of each item, several worked on at once; a DnsError makes it a failed one and the others go on.

    identity: the option that every result repeats, so that it can be told whose it is.
    """

    def result(item: host.Item) -> host.Result:
        try:
            return {identity: item[identity], **work(item)}
        except DnsError as error:
            return {identity: item[identity], **failed(error)}

    return together.each(items, result)


def failed(error: DnsError) -> host.Result:
    """Return the result of an item that failed."""
    return {"changed": False, "failed": True, "msg": str(error)}
