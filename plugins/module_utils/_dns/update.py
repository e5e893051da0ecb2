# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of a TXT record added and taken away at a zone's primary server (RFC 2136), beside those of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .asking import ask, exchange, texts
from .errors import DnsError
from .key import Key
from .libraries import dns
from .lookup import tidy
from .server import Server

if TYPE_CHECKING:
    from dns.rdata import Rdata

# RFC 1035 section 3.3.14: a value is a sequence of strings, each with this many bytes at the most.
_STRING = 255
_HINTS = {
    "REFUSED": "See that the server lets this key, or this address, change this record (update-policy, allow-update, acl).",
    "NOTAUTH": "See that the server is the primary one of this zone, and that it knows the key.",
    "NOTZONE": "See that the record lies in the zone.",
    "SERVFAIL": "The server's log says why; often it may not write the zone's journal.",
    "NOTIMP": "The server takes no changes: name the primary one.",
}


@dataclass(frozen=True)
class Primary:
    """The server that takes changes. seconds: how long each message may take. All methods raise DnsError."""

    server: Server
    key: Key | None
    seconds: float

    def zone(self, record: str) -> str:
        """Return the zone of the server that a record is in, or would be in."""
        answer = ask(self.server, record, "SOA", self.seconds, self.key)
        for rrset in (*answer.answer, *answer.authority):
            if rrset.rdtype == dns.rdatatype.SOA:
                return rrset.name.to_text(omit_final_dot=True).lower()
        raise DnsError(
            f"{self.server} has no zone for {record}",
            "See that it is the primary server of the zone, or name the zone.",
        )

    def values(self, record: str) -> list[str]:
        """Return what a record has now."""
        answer = ask(self.server, record, "TXT", self.seconds, self.key)
        for rrset in answer.answer:
            if rrset.rdtype == dns.rdatatype.CNAME and rrset.name.to_text(omit_final_dot=True).lower() == tidy(record):
                # A server leaves it out without a word (RFC 2136 section 3.4.2.2).
                raise DnsError(
                    f"{record} is an alias (CNAME) of {rrset[0].target}, beside which there can be no other record",
                    "Change the record that it leads to.",
                )
        return texts(answer, record)

    def change(self, zone: str, record: str, ttl: int, *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        """Add values to a record and remove some, all at once."""
        message = dns.update.UpdateMessage(tidy(zone))
        name = dns.name.from_text(tidy(record))
        for value in add:
            message.add(name, ttl, _rdata(value))
        for value in remove:
            message.delete(name, _rdata(value))
        doing = f"change {record} in the zone {zone} at {self.server}"
        reply = exchange(
            message,
            self.key,
            doing,
            lambda: dns.query.tcp(message, self.server.address, self.seconds, self.server.port),
        )
        code = dns.rcode.to_text(reply.rcode())
        if code != "NOERROR":
            raise DnsError(f"could not {doing}: it answers {code}", _HINTS.get(code, ""))


def _rdata(value: str) -> Rdata:
    data = value.encode("utf-8")
    strings = [data[start : start + _STRING] for start in range(0, len(data), _STRING)] or [b""]
    return dns.rdtypes.ANY.TXT.TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings)
