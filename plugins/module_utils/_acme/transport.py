# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP request to the CA and its reply: the only place that touches the network."""

from __future__ import annotations

import re
import ssl
import threading
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import Future, TimeoutError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from . import libraries
from .deadline import Deadline
from .errors import AcmeError, ConnectionLost, bad_response, invalid_input
from .problem import ErrorType, Problem
from .url import https_url, is_https_url

if TYPE_CHECKING:
    import requests

# RFC 8555 section 6.1: a client names itself.
USER_AGENT = "webpki.acme/1.0.0 (Ansible collection)"
# The largest answer that makes sense is a certificate with a hundred names and its chain: some 30 kB.
MAX_BODY = 1024 * 1024
CHUNK = 64 * 1024
CONNECT_TIMEOUT = 5.0

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
    """A session of kept-alive connections to one CA.

    `verify` is True (the system's idea of trust), the path of a bundle, or False. It is given with each request because
    the session's own value gives way to REQUESTS_CA_BUNDLE from the environment.
    """

    def __init__(self, *, verify: bool | str, request_timeout: float, deadline: Deadline, connections: int) -> None:
        self._verify = verify
        if verify is False:
            # The user asked for it; urllib3 would tell him with every request, on an error output that may be Ansible's.
            warnings.filterwarnings("ignore", "Unverified HTTPS request")
        self._timeout = request_timeout
        self._deadline = deadline
        self._session = libraries.requests.Session()
        adapter = libraries.requests.adapters.HTTPAdapter(pool_maxsize=connections, pool_block=True)
        self._session.mount("https://", adapter)
        del self._session.adapters["http://"]
        # Without any, requests would add a password that it finds for the host in ~/.netrc or in the URL.
        self._session.auth = lambda request: request
        self._session.merge_environment_settings = _once_a_host(self._session.merge_environment_settings)  # type: ignore[method-assign]
        # Compressed, a small reply could become an endless one.
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})

    def send(
        self, method: str, url: str, *, doing: str, body: bytes | None = None, accept: str | None = None
    ) -> Response:
        """Send exactly one request; raise AcmeError when there is no complete reply, whatever its status."""
        self._deadline.check(doing, url)
        headers = {"Accept": accept} if accept else {}
        if body is not None:
            headers["Content-Type"] = "application/jose+json"
        limit = max(0.1, min(CONNECT_TIMEOUT + self._timeout, self._deadline.remaining()))
        outcome: Future[Response] = Future()

        def exchange() -> None:
            try:
                outcome.set_result(self._exchange(method, url, doing, body, headers, limit))
            except BaseException as error:
                outcome.set_exception(error)

        # Time-outs of sockets bound neither the look-up of a name nor a reply that trickles in byte by byte.
        threading.Thread(target=exchange, daemon=True).start()
        try:
            return outcome.result(limit)
        except TimeoutError:
            self._deadline.check(doing, url)
            problem = Problem(ErrorType.UNREACHABLE.value, f"there was no complete reply within {limit:g} seconds")
            # A POST may have arrived. What only asks for something need not be asked for again after so long a time.
            raise (AcmeError if body is None else ConnectionLost)(problem, doing=doing, url=url) from None

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def _exchange(
        self, method: str, url: str, doing: str, body: bytes | None, headers: dict[str, str], limit: float
    ) -> Response:
        try:
            reply = self._session.request(
                method,
                url,
                data=body,
                headers=headers,
                timeout=(min(CONNECT_TIMEOUT, self._timeout, limit), min(self._timeout, limit)),
                verify=self._verify,
                # A redirect would send a signed request, or this machine, to a place that nobody chose.
                allow_redirects=False,
                stream=True,
            )
            with reply:
                return Response(url, reply.status_code, reply.headers, self._read(reply, url, doing))
        except (libraries.requests.RequestException, OSError, ValueError) as error:
            raise _failure(error, url, doing) from None

    @staticmethod
    def _read(reply: requests.Response, url: str, doing: str) -> bytes:
        content = b""
        for part in reply.iter_content(CHUNK):
            content += part
            if len(content) > MAX_BODY:
                raise bad_response(f"the reply is larger than {MAX_BODY} bytes", doing=doing, url=url)
        # urllib3 1.26 takes a connection that ends early for the end of the reply.
        if reply.raw.length_remaining:
            problem = Problem(ErrorType.UNREACHABLE.value, f"the reply was cut off after {len(content)} bytes")
            raise ConnectionLost(problem, doing=doing, url=url)
        return content


def _once_a_host(find: Callable[..., Any]) -> Callable[..., Any]:
    """Return the same, but finding what the environment says of a host once: requests looks through all of it each time."""
    found: dict[str, dict[str, Any]] = {}

    def settings(url: str, *others: Any) -> dict[str, Any]:
        host = urlsplit(url).netloc
        if host not in found:
            found[host] = find(url, *others)
        return dict(found[host])

    return settings


def _failure(error: Exception, url: str, doing: str) -> AcmeError:
    """Return what it means that there is no reply. With urllib3's names, as its classes differ between its versions."""
    exceptions = libraries.requests.exceptions
    causes = _causes(error)
    names = {type(cause).__name__ for cause in causes}
    # "<...>: " and "HTTPSConnectionPool(...): " tell where in the library it happened.
    text = re.sub(r"^(<[^>]*>|HTTPS?Connection(Pool)?\([^)]*\)): ", "", str(causes[-1])) or type(causes[-1]).__name__
    if isinstance(causes[-1], ssl.SSLCertVerificationError) or "CertificateError" in names:
        problem = Problem(ErrorType.UNTRUSTED.value, f"the server cannot be trusted: {text}")
        return AcmeError(problem, doing=doing, url=url)
    if isinstance(error, ValueError):
        return invalid_input(f"{url!r} cannot be asked: {text}", "Give an https URL.", doing)
    if not isinstance(error, exceptions.RequestException) or "NO_CERTIFICATE_OR_CRL_FOUND" in text:
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
