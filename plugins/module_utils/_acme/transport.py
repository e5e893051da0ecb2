# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP request to the CA and its reply: the only place that touches the network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from . import libraries
from .deadline import Deadline
from .errors import AcmeError, ConnectionLost, bad_response
from .problem import ErrorType, Problem

if TYPE_CHECKING:
    import requests

# RFC 8555 section 6.1: a client names itself.
USER_AGENT = "webpki.acme/1.0.0 (Ansible collection)"
# The largest answer that makes sense is a certificate with a hundred names and its chain: some 30 kB.
MAX_BODY = 1024 * 1024
CHUNK = 64 * 1024
CONNECT_TIMEOUT = 5.0

# RFC 8288 section 3: a target in angle brackets, then parameters, of which only rel matters here.
_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w!#$&+\-.^`|~*]+\s*=\s*(?:"[^"]*"|[^",;\s]+))*)')
_REL = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^",;\s]+))', re.IGNORECASE)


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
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

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
        return https_url(urljoin(self.url, target), doing=doing, seen_at=self.url)

    def links(self, relation: str) -> list[str]:
        """Return the targets of the Link headers of one relation, absolute (RFC 8288)."""
        found = []
        for match in _LINK.finditer(self.headers.get("Link", "")):
            rel = _REL.search(match.group(2))
            if rel and relation in (rel.group(1) or rel.group(2) or "").lower().split():
                found.append(urljoin(self.url, match.group(1)))
        return found


def https_url(url: Any, *, doing: str, seen_at: str) -> str:
    """Return a URL that the CA gave, or refuse it: what it names is asked by us, so https and a host are demanded."""
    if isinstance(url, str) and len(url) <= 2048 and url.isprintable() and " " not in url:
        try:
            parts = urlsplit(url)
            if parts.scheme == "https" and parts.hostname:
                return url
        except ValueError:
            pass
    raise bad_response(f"the CA gave {str(url)[:200]!r} where an https URL must stand", doing=doing, url=seen_at)


class Transport:
    """A session of kept-alive connections to one CA.

    `verify` is True (the system's idea of trust), the path of a bundle, or False. It is given with each request because
    the session's own value gives way to REQUESTS_CA_BUNDLE from the environment.
    """

    def __init__(self, *, verify: bool | str, request_timeout: float, deadline: Deadline, connections: int) -> None:
        self._verify = verify
        self._timeout = request_timeout
        self._deadline = deadline
        self._session = libraries.requests.Session()
        adapter = libraries.requests.adapters.HTTPAdapter(pool_maxsize=connections, pool_block=True)
        self._session.mount("https://", adapter)
        self._session.headers["User-Agent"] = USER_AGENT

    def send(
        self, method: str, url: str, *, doing: str, body: bytes | None = None, accept: str | None = None
    ) -> Response:
        """Send exactly one request; raise AcmeError when there is no complete reply, whatever its status."""
        self._deadline.check(doing, url)
        headers = {"Accept": accept} if accept else {}
        if body is not None:
            headers["Content-Type"] = "application/jose+json"
        timeout = max(0.1, min(self._timeout, self._deadline.remaining()))
        try:
            reply = self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=(min(CONNECT_TIMEOUT, timeout), timeout),
                verify=self._verify,
                # A redirect would send a signed request, or this machine, to a place that nobody chose.
                allow_redirects=False,
                stream=True,
            )
            with reply:
                content = self._read(reply, url, doing)
        except libraries.requests.RequestException as error:
            raise self._failure(error, method, url, doing) from None
        return Response(url, reply.status_code, reply.headers, content)

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def _read(self, reply: requests.Response, url: str, doing: str) -> bytes:
        parts = []
        size = 0
        for part in reply.iter_content(CHUNK):
            size += len(part)
            if size > MAX_BODY:
                raise bad_response(f"the reply is larger than {MAX_BODY} bytes", doing=doing, url=url)
            # A reply that trickles in restarts the read time-out with each byte; the deadline it cannot move.
            self._deadline.check(doing, url)
            parts.append(part)
        return b"".join(parts)

    @staticmethod
    def _failure(error: requests.RequestException, method: str, url: str, doing: str) -> AcmeError:
        exceptions = libraries.requests.exceptions
        why = _reason(error)
        if isinstance(error, exceptions.SSLError):
            return AcmeError(
                Problem(ErrorType.UNTRUSTED.value, f"the server cannot be trusted: {why}"), doing=doing, url=url
            )
        problem = Problem(ErrorType.UNREACHABLE.value, why)
        if isinstance(error, (exceptions.ConnectTimeout, exceptions.InvalidURL)) or _never_sent(error):
            return AcmeError(problem, doing=doing, url=url)
        return ConnectionLost(problem, doing=doing, url=url)


def _never_sent(error: BaseException) -> bool:
    """Say whether the connection was not even made, so that the CA cannot have seen the request."""
    return any(type(cause).__name__ in ("NewConnectionError", "NameResolutionError") for cause in _causes(error))


def _reason(error: BaseException) -> str:
    """Return the innermost cause: what the system said, without the wrapping of three libraries."""
    cause = _causes(error)[-1]
    return re.sub(r"^<.*?>: ", "", str(cause)) or type(cause).__name__


def _causes(error: BaseException) -> list[BaseException]:
    found = [error]
    while len(found) < 10:
        last = found[-1]
        inner = getattr(last, "reason", None)
        following = inner if isinstance(inner, BaseException) else last.__cause__ or last.__context__
        if following is None and last.args and isinstance(last.args[0], BaseException):
            following = last.args[0]
        if not isinstance(following, BaseException) or following in found:
            break
        found.append(following)
    return found
