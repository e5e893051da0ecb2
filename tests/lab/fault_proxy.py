# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes between a client and the CA and breaks as it is told: which request, by its step, meets which fault.

It has the certificate of the CA's own API, so clients trust it as they trust the CA.  Pebble makes its URLs from the
Host header, so all of them lead back through here, and what clients sign for them stays right.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Callable

from .pebble import Pebble
from .tls_server import TlsHandler, TlsServer

_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding"}


class Step(str, Enum):
    """The steps of a conversation, by what Pebble's paths for them begin with."""

    DIRECTORY = "/dir"
    NEW_NONCE = "/nonce-plz"
    NEW_ACCOUNT = "/sign-me-up"
    ACCOUNT = "/my-account/"
    ORDERS = "/list-orderz/"
    NEW_ORDER = "/order-plz"
    AUTHORIZATION = "/authZ/"
    CHALLENGE = "/chalZ/"
    ORDER = "/my-order/"
    FINALIZE = "/finalize-order/"
    CERTIFICATE = "/certZ/"
    REVOKE = "/revoke-cert"
    OTHER = "/"

    @classmethod
    def of(cls, path: str) -> Step:
        """The step that a path belongs to."""
        return next(step for step in cls if path.startswith(step.value))


class End(Enum):
    """How a reply ends."""

    WHOLE = "it arrives"
    CUT = "half of it arrives, then the connection ends"
    RESET = "nothing of it arrives, the connection is reset"


@dataclass(frozen=True)
class Reply:
    """One answer. Its body is sent `times` times, its length `stated` or not; `delay` is in seconds, before all of it."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    times: int = 1
    stated: bool = True
    delay: float = 0.0
    end: End = End.WHOLE

    def header(self, name: str) -> str | None:
        """The first header of a name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def having(self, **headers: str | None) -> Reply:
        """The same with these headers in place of all of their names, which have _ for -; None takes them away."""
        named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
        kept = [pair for pair in self.headers if pair[0].lower() not in named]
        return replace(self, headers=(*kept, *((name, value) for name, value in named.items() if value is not None)))


class Asked:
    """A request that met a fault, which passes it on to the CA or does not."""

    def __init__(self, method: str, port: int, ask: Callable[[], Reply], nonce: Callable[[], str]) -> None:
        self.method = method
        #: That of the proxy.
        self.port = port
        #: Passes the request on, and returns the CA's reply.
        self.reply = ask
        #: Returns a nonce that the CA will take.
        self.nonce = nonce


#: Makes the reply to a request.
Fault = Callable[[Asked], Reply]


def refused(asked: Asked) -> Reply:
    """For `Rule`: the URL of this step leads to a port where nobody listens, whichever request of it this is."""
    raise NotImplementedError


@dataclass(frozen=True)
class Rule:
    """The requests of a step, from the `first` one on, that meet a fault: so many `times`, or with None for ever."""

    step: Step
    fault: Fault
    first: int = 1
    times: int | None = 1

    def meets(self, step: Step, number: int) -> bool:
        """Say whether the request of this number (from 1) is one of those."""
        after = number - self.first
        return step is self.step and after >= 0 and (self.times is None or after < self.times)


@dataclass(frozen=True)
class Passed:
    """A request as it was seen; `at` (monotonic) is when its reply was known."""

    method: str
    step: Step
    faulty: bool
    at: float


class FaultProxy:
    """A proxy in front of a running CA, from `with` to the end of the block.

    :param address: where it listens, at a free port, and where the CA does, at `ca_port`.
    :param api: the directory with the certificate of the CA's API, which is also the proxy's.
    """

    def __init__(self, address: str, ca_port: int, api: Path, *script: Rule) -> None:
        self.address = address
        self.ca_port = ca_port
        self.api = api
        #: What was asked so far, oldest first.
        self.requests: list[Passed] = []
        #: The URLs of the orders that the CA made, also of those whose reply did not come through.
        self.orders: list[str] = []
        #: How many bytes of faulty replies went out.
        self.sent = 0
        self.stopping = threading.Event()
        self.trust = ssl.create_default_context(cafile=str(api / "ca.pem"))
        self._script: Sequence[Rule] = script
        self._counts = dict.fromkeys(Step, 0)
        self._lock = threading.Lock()
        # Bound, so that nobody else gets the port, but not listening.
        self._nobody = socket.socket()
        self._nobody.bind((self.address, 0))
        self._server = _Server(self)
        self.port = self._server.port

    @classmethod
    def before(cls, ca: Pebble, *script: Rule) -> FaultProxy:
        """One for a Pebble."""
        return cls(ca.options.address, ca.port, ca.ca_bundle.parent, *script)

    def __enter__(self) -> FaultProxy:
        self._server.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._nobody.close()

    @property
    def directory_url(self) -> str:
        """The URL to give to clients as `ca`."""
        return self._led(f"https://{self.address}:{self.port}{Step.DIRECTORY.value}")

    def follow(self, *script: Rule) -> None:
        """Another script from now on, which counts anew; without rules everything is passed through."""
        with self._lock:
            self._script, self._counts = script, dict.fromkeys(Step, 0)

    def met(self) -> list[Passed]:
        """The requests that met a fault."""
        return [one for one in self.requests if one.faulty]

    def fault_for(self, step: Step) -> Fault | None:
        """Count a request, and return what is in store for it."""
        with self._lock:
            self._counts[step] += 1
            number = self._counts[step]
        rules = [rule for rule in self._script if rule.fault is not refused]
        return next((rule.fault for rule in rules if rule.meets(step, number)), None)

    def note(self, method: str, step: Step, faulty: bool) -> None:
        """Remember a request."""
        self.requests.append(Passed(method, step, faulty, time.monotonic()))

    def led(self, reply: Reply) -> Reply:
        """A reply of the CA, with the URLs that are to lead nowhere."""
        headers = tuple((name, self._led(value)) for name, value in reply.headers)
        return replace(reply, headers=headers, body=self._led(reply.body.decode("latin-1")).encode("latin-1"))

    def _led(self, text: str) -> str:
        for rule in self._script:
            if rule.fault is refused:
                path = rule.step.value
                nowhere = f"https://{self.address}:{self._nobody.getsockname()[1]}{path}"
                text = text.replace(f"https://{self.address}:{self.port}{path}", nowhere)
        return text


class _Server(TlsServer):
    def __init__(self, proxy: FaultProxy) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(proxy.api / "server.pem", proxy.api / "server-key.pem")
        super().__init__(proxy.address, context, _Handler)
        self.proxy = proxy


class _Handler(TlsHandler):
    patience = 30
    server: _Server

    def setup(self) -> None:
        super().setup()
        proxy = self.server.proxy
        self._ca = http.client.HTTPSConnection(proxy.address, proxy.ca_port, context=proxy.trust, timeout=self.patience)

    def finish(self) -> None:
        self._ca.close()
        super().finish()

    def _serve(self) -> None:
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        step = Step.of(self.path)
        fault = proxy.fault_for(step)

        def ask() -> Reply:
            reply = self._pass_on(self.command, self.path, body)
            if step is Step.NEW_ORDER and reply.status == 201:
                proxy.orders.append(str(reply.header("Location")))
            return proxy.led(reply)

        def nonce() -> str:
            return str(self._pass_on("HEAD", Step.NEW_NONCE.value, b"").header("Replay-Nonce"))

        reply = fault(Asked(self.command, proxy.port, ask, nonce)) if fault else ask()
        proxy.note(self.command, step, fault is not None)
        proxy.stopping.wait(reply.delay)
        self._send(reply, fault is not None)

    do_GET = do_HEAD = do_POST = _serve

    def _pass_on(self, method: str, path: str, body: bytes) -> Reply:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        self._ca.request(method, path, body if method == "POST" else None, headers)
        with self._ca.getresponse() as reply:
            kept = tuple((name, value) for name, value in reply.getheaders() if name.lower() not in _HOP)
            return Reply(reply.status, kept, reply.read())

    def _send(self, reply: Reply, faulty: bool) -> None:
        if reply.end is End.RESET:
            self.reset()
            return
        length = f"Content-Length: {len(reply.body) * reply.times}\r\n" if reply.stated else "Connection: close\r\n"
        lines = "".join(f"{name}: {value}\r\n" for name, value in reply.headers)
        head = f"HTTP/1.1 {reply.status} {http.client.responses.get(reply.status, '')}\r\n{lines}{length}\r\n"
        body = reply.body if self.command != "HEAD" else b""
        whole = head.encode("latin-1") + body
        if reply.end is End.CUT:
            # Of headers without a body nobody could tell that some are missing: so not even the first line is whole.
            whole = whole[: -len(body) // 2] if len(body) > 1 else whole[:7]
        self.close_connection = self.close_connection or reply.end is End.CUT or not reply.stated
        self.wfile.write(whole)
        for _time in range(1, reply.times if body else 0):
            self.wfile.write(body)
            if faulty:
                self.server.proxy.sent += len(body)
