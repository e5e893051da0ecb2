# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CA on loopback that answers what a test tells it to: real sockets, real TLS, any fault.

It understands just enough of ACME to be strict: each POST must be a well-formed JWS with a nonce that was handed out
and not used before, the URL that was asked, and the signature of the key it names. What breaks a rule is kept in
`ScriptedCA.faults`, which is empty at the end of a good test.
"""

from __future__ import annotations

import itertools
import json
import ssl
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Callable, Union

from tests.lab.tls_server import TlsHandler, TlsServer
from tests.unit import jose

ERROR = "urn:ietf:params:acme:error:"


class Fault(Enum):
    """What happens in place of a reply that arrives whole."""

    RESET = "the connection is reset after the request was read"
    CLOSE = "the connection is closed without a word"
    CUT = "half of the body arrives, then the connection ends"
    TRICKLE = "the body arrives byte by byte, each after `delay` seconds"


@dataclass(frozen=True)
class Reply:
    """One answer. `nonce` is False for none, or the text to send in place of a fresh one."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    nonce: bool | str = True
    delay: float = 0.0
    fault: Fault | None = None


def reply(body: object = b"", status: int = 200, **headers: str) -> Reply:
    """Return an answer: bytes or text as they are, anything else as JSON; header names with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, (bytes, str)):
        content = body.encode() if isinstance(body, str) else body
    else:
        content = json.dumps(body).encode()
        named.setdefault("Content-Type", "application/json")
    return Reply(content, status, tuple(named.items()))


def problem(kind: str, status: int = 400, detail: str = "said the CA", **headers: str) -> Reply:
    """Return a problem document of one of the types of RFC 8555."""
    document = {"type": ERROR + kind, "detail": detail, "status": status}
    return reply(document, status, **{"Content-Type": "application/problem+json", **headers})


def fault(kind: Fault, whole: Reply = Reply(), delay: float = 0.0) -> Reply:
    """Return an answer that does not arrive as it should."""
    return replace(whole, fault=kind, delay=delay)


@dataclass(frozen=True)
class Request:
    """A request as the CA got it; for a POST the protected header and the payload of its JWS."""

    method: str
    path: str
    headers: Mapping[str, str]
    protected: Mapping[str, Any] = field(default_factory=dict)
    payload: Any = None


Answer = Union[Reply, Callable[[Request], Reply]]


class ScriptedCA:
    """A server with a directory and nonces; everything else is told to it by `on`."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.requests: list[Request] = []
        self.faults: list[str] = []
        #: How many connections were made.
        self.connections = 0
        #: Account URL -> JWK; those that send a "jwk" need not be here.
        self.accounts: dict[str, Mapping[str, str]] = {}
        self._scripts: dict[str, list[Answer]] = {}
        self._nonces: set[str] = set()
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        self._server = _Server(self, context)
        self.port = self._server.port
        self.meta: dict[str, Any] = {"termsOfService": self.url("/terms")}
        self.on("/directory", lambda request: reply(self.directory()))
        self.on("/new-nonce", reply())

    def url(self, path: str) -> str:
        """Return the URL of one of the CA's resources."""
        return f"https://localhost:{self.port}{path}"

    def directory(self) -> dict[str, Any]:
        """Return the directory of a CA that offers everything."""
        names = {"newNonce": "new-nonce", "newAccount": "new-account", "newOrder": "new-order"}
        names.update(revokeCert="revoke-cert", keyChange="key-change", renewalInfo="renewal-info")
        return {**{name: self.url(f"/{path}") for name, path in names.items()}, "meta": self.meta}

    def on(self, path: str, *answers: Answer) -> None:
        """Answer requests for a path with these, one after the other; the last one stays."""
        self._scripts[path] = list(answers)

    def asked(self, path: str) -> list[Request]:
        """Return the requests for a path so far."""
        return [request for request in self.requests if request.path == path]

    def open_connections(self) -> int:
        """Return how many connections are open now."""
        return len(self._server.connections)

    def stop(self) -> None:
        """End the server and wait for its threads."""
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def new_nonce(self) -> str:
        """Hand out a nonce."""
        with self._lock:
            nonce = f"nonce-{next(self._numbers)}"
            self._nonces.add(nonce)
            return nonce

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Note the request and choose its answer."""
        request = Request(method, path, headers)
        if not headers.get("User-Agent", "").startswith("webpki.acme/"):
            self.faults.append(f"{method} {path}: a client must name itself (RFC 8555 section 6.1)")
        if method == "POST":
            try:
                request = self._read(request, body)
            except (ValueError, KeyError) as error:
                self.faults.append(f"{method} {path}: {error!r}")
        with self._lock:
            self.requests.append(request)
            script = self._scripts.get(path, [problem("malformed", 404, "no such resource")])
            answer = script.pop(0) if len(script) > 1 else script[0]
        return answer(request) if callable(answer) else answer

    def _read(self, request: Request, body: bytes) -> Request:
        if request.headers.get("Content-Type") != "application/jose+json":
            raise ValueError("the media type is not application/jose+json")
        jws = json.loads(body)
        head = jose.protected(jws)
        if set(head) not in ({"alg", "nonce", "url", "jwk"}, {"alg", "nonce", "url", "kid"}):
            raise ValueError(f"the protected header has {sorted(head)}")
        if head["url"] != self.url(request.path):
            raise ValueError(f"signed for {head['url']}")
        jose.verify(jws, head["jwk"] if "jwk" in head else self.accounts[head["kid"]])
        with self._lock:
            if head["nonce"] not in self._nonces:
                raise ValueError(f"the nonce {head['nonce']} was not handed out, or used before")
            self._nonces.remove(head["nonce"])
        return replace(request, protected=head, payload=jose.payload(jws))


class _Server(TlsServer):
    def __init__(self, ca: ScriptedCA, context: ssl.SSLContext) -> None:
        super().__init__("127.0.0.1", context, _Handler)
        self.ca = ca
        self.start()

    def get_request(self) -> tuple[ssl.SSLSocket, Any]:
        found = super().get_request()
        self.ca.connections += 1
        return found


class _Handler(TlsHandler):
    server: _Server

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.server.ca.handle(self.command, self.path, dict(self.headers.items()), body)
        if answer.delay and answer.fault is not Fault.TRICKLE:
            self.server.ca.stopping.wait(answer.delay)
        if answer.fault in (Fault.RESET, Fault.CLOSE):
            if answer.fault is Fault.RESET:
                self.reset()
            self.close_connection = True
            return
        self._send(answer)

    do_GET = do_HEAD = do_POST = _serve

    def _send(self, answer: Reply) -> None:
        self.send_response(answer.status)
        if answer.nonce and (self.command == "POST" or self.path == "/new-nonce"):
            self.send_header("Replay-Nonce", answer.nonce if isinstance(answer.nonce, str) else self.new_nonce())
        for name, value in answer.headers:
            self.send_header(name, value)
        if not {"content-length", "transfer-encoding"} & {name.lower() for name, _value in answer.headers}:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            for part in self._parts(answer):
                self.wfile.write(part)
                self.wfile.flush()

    def _parts(self, answer: Reply) -> Iterable[bytes]:
        if answer.fault is Fault.CUT:
            self.close_connection = True
            return [answer.body[: len(answer.body) // 2]]
        if answer.fault is Fault.TRICKLE:
            stopping = self.server.ca.stopping
            return (answer.body[at : at + 1] for at in range(len(answer.body)) if not stopping.wait(answer.delay))
        return [answer.body]

    def new_nonce(self) -> str:
        return self.server.ca.new_nonce()
