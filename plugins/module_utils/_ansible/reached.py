# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Challenge URLs, asked for as a CA does for http-01 (RFC 8555 section 8.3), at every address of a name.

A redirect may lead to what this machine can reach and others cannot. So of what another host says nothing is shown but its status.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from urllib.parse import urljoin, urlsplit

from .._acme.workers import Workers
from .._store.shown import shown

_MOST_AT_ONCE = 32
# What public CAs follow, and where to.
_REDIRECTS = 10
_PORTS = {"http": 80, "https": 443}
_LARGEST = 64 * 1024
_MOVED = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Probe:
    """A challenge file to ask for: the name (or IP address) that is proven, its path, what it must hold, and the port."""

    name: str
    path: str
    content: str
    port: int = 80

    @property
    def url(self) -> str:
        """Where a CA asks for it."""
        host = f"[{self.name}]" if ":" in self.name else self.name
        return f"http://{host}{'' if self.port == _PORTS['http'] else f':{self.port}'}{self.path}"


@dataclass(frozen=True)
class Seen:
    """What came back from one address: the URL that the name led to, the status at the end, and what is wrong with it."""

    address: str
    url: str
    status: int | None = None
    problem: str = ""


def ask_all(probes: Sequence[Probe], timeout: float, deadline: float) -> list[list[Seen]]:
    """Asks for all at all of their addresses concurrently; one list a probe, in their order, empty where a name has no address.

    timeout: seconds per connection; deadline: seconds for all.
    """
    end = time.monotonic() + deadline
    at_once = max(1, min(_MOST_AT_ONCE, len(probes)))
    with closing(Workers()) as workers, ThreadPoolExecutor(at_once) as pool:
        found = list(pool.map(lambda probe: addresses(probe.name), probes))
        pairs = [(probe, address) for probe, listed in zip(probes, found) for address in listed]
        seen = iter(list(pool.map(lambda pair: _ask(pair[0], pair[1], timeout, end, workers), pairs)))
    return [[next(seen) for _address in listed] for listed in found]


def addresses(name: str) -> list[str]:
    """Returns the A and AAAA addresses that this machine's resolver knows for a name; none where it knows none."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(item[4][0]) for item in found))


def _ask(probe: Probe, address: str, timeout: float, end: float, workers: Workers) -> Seen:
    """Asks one address, and follows redirects. end: as by time.monotonic()."""
    url, at, told = probe.url, address, probe.url
    # Whether only the name itself has been asked until now.
    own = True
    for _number in range(_REDIRECTS + 1):
        left = end - time.monotonic()
        if left <= 0:
            return Seen(address, told, problem="no time was left to ask")
        try:
            # The time-out of a socket begins anew with each byte.
            status, location, body = workers.call(partial(_get, url, at, min(timeout, left)), left)
        except (socket.timeout, TimeoutError):  # noqa: UP041 - two classes before Python 3.10
            over = time.monotonic() >= end
            return Seen(address, told, problem="no whole answer in time" if over else f"no answer within {timeout:g} s")
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Seen(address, told, problem=_why(error, own))
        if status not in _MOVED:
            return Seen(address, told, status, _wrong(status, body, probe.content, own))
        target = _target(url, location or "")
        where = shown(target) if own else "another place"
        refused = _not_followed(target, probe)
        if refused:
            return Seen(address, told, status, f"it redirects to {where}, {refused}")
        name = urlsplit(target).hostname or ""
        # The same name is asked at the same address: that one is to be checked.
        at = at if name == urlsplit(url).hostname else next(iter(addresses(name)), "")
        if not at:
            return Seen(address, told, status, f"it redirects to {where}, a name without an address")
        url, told = target, where if own else told
        own = own and name == urlsplit(probe.url).hostname
    return Seen(address, told, problem=f"it redirects more than {_REDIRECTS} times")


def _get(url: str, address: str, timeout: float) -> tuple[int, str | None, bytes]:
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    try:
        connection.connect()
        if parts.scheme == "https":
            connection.sock = _trusting().wrap_socket(connection.sock, server_hostname=parts.hostname)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Host": parts.netloc, "User-Agent": "webpki.acme challenge_check"})
        response = connection.getresponse()
        return response.status, response.getheader("Location"), response.read(_LARGEST)
    finally:
        connection.close()


def _why(error: Exception, own: bool) -> str:
    if not own and not isinstance(error, OSError):
        return "it does not answer in HTTP"
    return shown(str(getattr(error, "strerror", None) or error).strip()) or type(error).__name__


def _wrong(status: int, body: bytes, content: str, own: bool) -> str:
    if status != 200:
        return f"the status is {status} in place of 200"
    # RFC 8555 section 8.3: white space at the end is to be ignored.
    if body.rstrip() == content.encode("utf-8"):
        return ""
    if own:
        told = shown(body[:40].decode("utf-8", "replace"))
        return f"it serves something else{f', which begins with {told!r}' if told else ': an empty file'}"
    return "it serves something else"


def _target(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _not_followed(target: str, probe: Probe) -> str:
    try:
        parts = urlsplit(target)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "which is no URL"
    if parts.scheme not in _PORTS or not parts.hostname:
        return "where no CA follows"
    if port not in (*_PORTS.values(), probe.port):
        return "where CAs do not follow: they keep to ports 80 and 443"
    if _is_address(parts.hostname) and not _is_address(probe.name):
        return "where CAs do not follow: it is an address and no name"
    return ""


def _is_address(name: str) -> bool:
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False


def _trusting() -> ssl.SSLContext:
    # CAs do not look at the certificate behind a redirect either: it may be the one that is to be replaced.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
