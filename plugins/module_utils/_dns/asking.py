# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One name server asked directly."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Callable

from .errors import DnsError
from .key import Key
from .libraries import dns
from .lookup import reason, text_of, tidy
from .server import Server

if TYPE_CHECKING:
    from dns.message import Message

# What fits into a packet on every path (https://www.dnsflagday.net/2020/).
_PAYLOAD = 1232
# RFC 8945 section 5.2.3: clocks may be five minutes apart.
_TSIG_HINTS = {
    "PeerBadKey": "The server does not know this key: see that it has one with this name and algorithm.",
    "PeerBadSignature": "The server has another secret for this key.",
    "PeerBadTime": "The clocks of this machine and of the server are too far apart: set them.",
    "PeerBadTruncation": "The server wants longer signatures.",
}
_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class Silent(DnsError):
    """A server said nothing of the name: no answer, or that it does not want to or cannot give one."""


class Unreachable(Silent):
    """There is no way from this machine to the server's address, such as an IPv6 address where there is only IPv4."""


def ask(server: Server, name: str, kind: str, seconds: float, key: Key | None = None) -> Message:
    """Return what a server answers; a name that does not exist is an answer too. Raise Silent, DnsError."""
    query = dns.message.make_query(tidy(name), kind, use_edns=0, payload=_PAYLOAD)
    doing = f"look up {kind} of {name} at {server}"
    answer = exchange(
        query, key, doing, lambda: dns.query.udp_with_fallback(query, server.address, seconds, server.port)[0]
    )
    code = answer.rcode()
    if code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise Silent(f"could not {doing}: it answers {dns.rcode.to_text(code)}")
    return answer


def texts(answer: Message, name: str) -> list[str]:
    """Return the values of the TXT records that an answer has for a name, each in one piece."""
    wanted = tidy(name)
    return [
        text_of(record)
        for rrset in answer.answer
        if rrset.rdtype == dns.rdatatype.TXT and rrset.name.to_text(omit_final_dot=True).lower() == wanted
        for record in rrset
    ]


def exchange(message: Message, key: Key | None, doing: str, send: Callable[[], Message]) -> Message:
    """Return the reply to a message, signed where there is a key; raise Silent where there is none, DnsError."""
    if key:
        key.sign(message)
    try:
        reply = send()
    except (dns.tsig.PeerError, dns.tsig.BadSignature, dns.tsig.BadTime) as error:
        hint = _TSIG_HINTS.get(type(error).__name__, "")
        raise DnsError(f"could not {doing} with the key {key and key.name}: {reason(error)}", hint) from None
    except OSError as error:
        kind = Unreachable if error.errno in _NO_WAY else Silent
        raise kind(f"could not {doing}: {error.strerror or reason(error)}") from None
    except dns.exception.FormError as error:
        # Newer libraries tell so that a signature is missing.
        raise _unsigned(doing, key) if key else Silent(f"could not {doing}: {reason(error)}") from None
    except (dns.exception.DNSException, EOFError) as error:
        raise Silent(f"could not {doing}: {reason(error)}") from None
    # Anybody on the way could have sent one without a signature.
    if key and not reply.had_tsig and reply.rcode() == dns.rcode.NOERROR:
        raise _unsigned(doing, key)
    return reply


def _unsigned(doing: str, key: Key) -> DnsError:
    hint = f"See that the server has the zone, and knows the key {key.name}."
    return DnsError(f"could not {doing}: the answer is not signed", hint)
