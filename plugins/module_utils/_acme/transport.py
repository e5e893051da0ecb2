# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP request to the CA and its reply: the only place that touches the network."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from . import libraries
from .connections import Connections
from .deadline import Deadline
from .errors import AcmeError, ConnectionLost, bad_response, invalid_input
from .problem import MAX_TEXT, ErrorType, Problem
from .shown import word
from .url import https_url, is_https_url
from .workers import Workers

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

# RFC 8555 section 6.1: a client names itself.
USER_AGENT = "webpki.acme/1.0.0 (Ansible collection)"
# The largest answer that makes sense is a certificate with a hundred names and its chain: some 30 kB.
MAX_BODY = 1024 * 1024
CHUNK = 64 * 1024
# The first packet is repeated after one second and after three. With the time-out it bounds a request, also one that waits for
# name servers which do not answer: that is told within 15 seconds.
CONNECT_TIMEOUT = 4.0

# RFC 8288 section 3: a target in angle brackets, then parameters, of which only rel matters here.
_PARAMETER = r';\s*([\w!#$&+\-.^`|~*]+)(?:\s*=\s*(?:"([^"]*)"|([^",;\s]+)))?'
_LINK = re.compile(rf"<([^<>]*)>((?:\s*{_PARAMETER})*)")


@dataclass(frozen=True)
class Response:
    """A reply. Header names are looked up in any case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters."""
        return word(self.headers.get("Content-Type", "").partition(";")[0].strip().lower())

    @property
    def nonce(self) -> str | None:
        """The fresh nonce, when it looks like one (RFC 8555 section 6.5.1)."""
        value = self.headers.get("Replay-Nonce", "")
        return value if re.fullmatch(r"[A-Za-z0-9_-]+", value) else None

    def location(self, doing: str) -> str:
        """Return the URL of the resource that was made or found."""
        target = self.headers.get("Location")
        if not target:
            raise bad_response("the reply has no Location header", doing=doing, url=self.url)
        return https_url(self._absolute(target), doing=doing, seen_at=self.url)

    def links(self, relation: str) -> list[str]:
        """Return the targets of the Link headers of one relation (RFC 8288), absolute; what is not https is left out."""
        found = []
        for match in _LINK.finditer(self.headers.get("Link", "")):
            # Of several parameters of one name the first counts.
            parameters = reversed(re.findall(_PARAMETER, match.group(2)))
            relations = {name.lower(): quoted or token for name, quoted, token in parameters}.get("rel", "")
            if relation in relations.lower().split():
                found.append(self._absolute(match.group(1)))
        return [url for url in found if is_https_url(url)]

    def _absolute(self, target: str) -> str:
        try:
            return urljoin(self.url, target)
        except ValueError:
            return target


class Transport:
    """Requests to one CA, over connections that are kept: `connections` to each host of its, at the most.

    `verify` is True (the system's idea of trust, or REQUESTS_CA_BUNDLE from the environment), the path of a bundle, or False.
    """

    def __init__(self, *, verify: bool | str, request_timeout: float, deadline: Deadline, connections: int) -> None:
        #: The seconds of the quickest request so far; 0 before the first.
        self.round_trip = 0.0
        self._timeout = request_timeout
        self._deadline = deadline
        self._connections = Connections(verify, connections)
        self._workers = Workers()

    def send(
        self, method: str, url: str, *, doing: str, body: bytes | None = None, accept: str | None = None
    ) -> Response:
        """Send exactly one request; raise AcmeError when there is no complete reply, whatever its status."""
        self._deadline.check(doing, url)
        # Compressed, a small reply could become an endless one.
        headers = {"User-Agent": USER_AGENT, "Accept": accept or "*/*", "Accept-Encoding": "identity"}
        if body is not None:
            headers["Content-Type"] = "application/jose+json"
        began = self._deadline.clock.monotonic()
        limit = max(0.1, min(CONNECT_TIMEOUT + self._timeout, self._deadline.remaining()))
        try:
            # Time-outs of sockets bound neither the look-up of a name nor a reply that trickles in byte by byte.
            reply = self._workers.call(lambda: self._exchange(method, url, doing, body, headers, limit), limit)
        except TimeoutError:
            self._deadline.check(doing, url, "there was no complete reply")
            problem = Problem(ErrorType.UNREACHABLE.value, f"there was no complete reply within {limit:g} seconds")
            # A POST may have arrived. What only asks for something need not be asked for again after so long a time.
            raise (AcmeError if body is None else ConnectionLost)(problem, doing=doing, url=url) from None
        seconds = self._deadline.clock.monotonic() - began
        self.round_trip = min(self.round_trip or seconds, seconds)
        return reply

    def close(self) -> None:
        """Close all connections; those that are needed after that are made again."""
        self._connections.close()
        self._workers.close()

    def _exchange(
        self, method: str, url: str, doing: str, body: bytes | None, headers: dict[str, str], limit: float
    ) -> Response:
        # Where the deadline is the limit it ends the request, and says so, before a time-out does.
        timeouts = (min(CONNECT_TIMEOUT, self._timeout, limit + 1), min(self._timeout, limit + 1))
        try:
            reply = self._connections.ask(method, url, body, headers, timeouts)
            try:
                return Response(url, reply.status, reply.headers, self._read(reply, url, doing))
            finally:
                self._connections.release(reply)
        except (libraries.urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise _failure(error, url, doing) from None

    @staticmethod
    def _read(reply: BaseHTTPResponse, url: str, doing: str) -> bytes:
        content = b""
        for part in reply.stream(CHUNK):
            content += part
            if len(content) > MAX_BODY:
                raise bad_response(f"the reply is larger than {MAX_BODY} bytes", doing=doing, url=url)
        # urllib3 1.26 takes a connection that ends early for the end of the reply.
        if reply.length_remaining:
            problem = Problem(ErrorType.UNREACHABLE.value, f"the reply was cut off after {len(content)} bytes")
            raise ConnectionLost(problem, doing=doing, url=url)
        return content


def _failure(error: Exception, url: str, doing: str) -> AcmeError:
    """Return what it means that there is no reply. With urllib3's names, as its classes differ between its versions."""
    causes = _causes(error)
    names = {type(cause).__name__ for cause in causes}
    # "<...>: " and "HTTPSConnectionPool(...): " tell where in the library it happened.
    said = re.sub(r"^(<[^>]*>|HTTPS?Connection(Pool)?\([^)]*\)|_ssl\.c:\d+): | \(_ssl\.c:\d+\)$", "", str(causes[-1]))
    text = word(said or type(causes[-1]).__name__, MAX_TEXT)
    if isinstance(causes[-1], ssl.SSLCertVerificationError) or "CertificateError" in names:
        problem = Problem(ErrorType.UNTRUSTED.value, f"the server cannot be trusted: {text}")
        return AcmeError(problem, doing=doing, url=url)
    if isinstance(error, ValueError):
        return invalid_input(f"{url!r} cannot be asked: {text}", "Give an https URL.", doing)
    if isinstance(error, OSError) or "NO_CERTIFICATE_OR_CRL_FOUND" in text:
        hint = "Check ca_bundle, and REQUESTS_CA_BUNDLE in the environment of the task."
        return invalid_input(f"there is nothing to verify the server with: {text}", hint, doing)
    problem = Problem(ErrorType.UNREACHABLE.value, text)
    # Not even a connection was made, so the CA cannot have seen the request.
    if names & {"ConnectTimeoutError", "NewConnectionError", "NameResolutionError", "ProxyError"}:
        return AcmeError(problem, doing=doing, url=url)
    return ConnectionLost(problem, doing=doing, url=url)


def _causes(error: BaseException) -> list[BaseException]:
    """Return the error and what it wraps, down to what the system said."""
    found = [error]
    while len(found) < 10:
        last = found[-1]
        wrapped = [getattr(last, "reason", None), *last.args, last.__cause__]
        inner = [item for item in wrapped if isinstance(item, BaseException) and item not in found]
        if not inner:
            break
        found.append(inner[0])
    return found
