# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looking up records, as everybody sees them: at given resolvers, or at those of the system.

Names are text without a dot at their end, in lower case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .deadline import Deadline
from .errors import DnsError
from .libraries import dns
from .server import Server, parse

if TYPE_CHECKING:
    from dns.name import Name
    from dns.resolver import Answer

# More aliases than that are not followed by resolvers either.
_MOST_ALIASES = 8
_HINT = "See that the resolver can be reached from here, or name others."


@dataclass(frozen=True)
class Caa:
    """A CAA record (RFC 8659 section 4.1); its tag is in lower case."""

    flags: int
    tag: str
    value: str


class Resolver:
    """Looks up records. It may be used by several threads at once.

    servers: addresses of resolvers, ADDRESS or ADDRESS:PORT; empty: those of the system. timeout: seconds for each of them.
    All methods raise DnsError where there is no answer. A name that does not exist has no records, which is an answer.
    """

    def __init__(self, servers: Sequence[str] = (), *, deadline: Deadline, timeout: float = 5.0) -> None:
        self._deadline = deadline
        self._timeout = timeout
        places = [parse(text) for text in servers]
        try:
            self._resolver = dns.resolver.Resolver(configure=not places)
        except (dns.exception.DNSException, OSError) as error:
            raise DnsError(f"the system names no resolver: {error}", "Give the address of one.") from None
        if places:
            self._resolver.nameservers = [place.address for place in places]
            self._resolver.nameserver_ports = {place.address: place.port for place in places}
        self._resolver.timeout = timeout

    def texts(self, name: str) -> list[str]:
        """Return the values of the TXT records of a name, each in one piece."""
        return [text_of(record) for record in self._records(name, "TXT")]

    def addresses(self, name: str) -> list[str]:
        """Return the addresses of a name, IPv4 before IPv6."""
        return [record.address for kind in ("A", "AAAA") for record in self._records(name, kind)]

    def caa(self, name: str) -> tuple[str, list[Caa]]:
        """Return the CAA records that count for a name, and the name at which they are (RFC 8659 section 3).

        An empty name and no records where there are none on the way to the root.
        """
        labels = name.removeprefix("*.").split(".")
        for first in range(len(labels)):
            holder = ".".join(labels[first:])
            records = self._records(holder, "CAA")
            if records:
                return holder, [Caa(one.flags, _readable(one.tag).lower(), _readable(one.value)) for one in records]
        return "", []

    def alias(self, name: str) -> str:
        """Return where the aliases (CNAME) of a name lead, the name itself when it is none."""
        path = [tidy(name)]
        while len(path) <= _MOST_ALIASES:
            records = self._records(path[-1], "CNAME")
            if not records:
                return path[-1]
            target = _text(records[0].target)
            if target in path:
                break
            path.append(target)
        raise DnsError(
            f"the aliases (CNAME) of {name} do not end: {' -> '.join(path)}",
            "Let the last one lead to a name with no CNAME.",
        )

    def zone(self, name: str) -> str:
        """Return the zone that a name is in, or would be in."""
        try:
            found = dns.resolver.zone_for_name(_name(name), resolver=self._resolver, lifetime=self._lifetime())
        except (dns.exception.DNSException, OSError) as error:
            raise DnsError(f"could not find the zone of {name}: {reason(error)}", _HINT) from None
        if found == dns.name.root:
            raise DnsError(f"{name} is in no zone but the root", "See that its domain exists.")
        return _text(found)

    def authoritative(self, zone: str) -> list[Server]:
        """Return the authoritative servers of a zone, one for each address."""
        names = sorted(_text(record.target) for record in self._records(zone, "NS"))
        servers: list[Server] = []
        told = f"its servers {', '.join(names)} have no address" if names else "it has no NS records"
        for name in names:
            try:
                servers += [Server(address, name=name) for address in self.addresses(name)]
            except DnsError as error:
                # Resolvers do with the others.
                told = error.message
        if not servers:
            raise DnsError(f"could not find the authoritative servers of {zone}: {told}", _HINT)
        return servers

    def _records(self, name: str, kind: str) -> list[Any]:
        try:
            answer: Answer = self._resolver.resolve(
                _name(name), kind, lifetime=self._lifetime(), raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise DnsError(f"could not look up {kind} of {name}: {reason(error)}", _HINT) from None
        return list(answer.rrset or ())

    def _lifetime(self) -> float:
        # Each server may be asked twice. Without any time left there still is a word to say which look-up it was.
        return max(0.01, min(2 * self._timeout * len(self._resolver.nameservers), self._deadline.remaining()))


def text_of(record: Any) -> str:
    """Return the value of a TXT record in one piece."""
    return _readable(b"".join(record.strings))


def tidy(name: str) -> str:
    """Return a name as this package writes it; DnsError when it is none."""
    return _text(_name(name))


def reason(error: Exception) -> str:
    """Return why a look-up failed, in one sentence without a full stop."""
    if isinstance(error, dns.exception.Timeout):
        return "no answer in time"
    return str(error).rstrip(".") or type(error).__name__


def _readable(value: bytes) -> str:
    return value.decode("utf-8", "backslashreplace")


def _text(name: Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _name(name: str) -> Name:
    try:
        return dns.name.from_text(name)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise DnsError(f"{name!r} is not a name: {error}") from None
