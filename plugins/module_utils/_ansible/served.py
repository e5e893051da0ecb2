# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a TLS port serves. It stands here because the store must not know the network."""

from __future__ import annotations

import hashlib
import socket
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .._store.errors import StoreError, doing

_MOST_AT_ONCE = 32
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0


@dataclass(frozen=True)
class Endpoint:
    """A TLS port, the name that is sent as SNI, and the SHA-256 (lower-case hex) of the certificate expected there."""

    host: str
    port: int
    server_name: str
    expected: str | None = None

    def __str__(self) -> str:
        address = f"[{self.host}]" if ":" in self.host else self.host
        named = "" if self.server_name == self.host else f", asked for {self.server_name}"
        return f"{address}:{self.port}{named}"


@dataclass(frozen=True)
class Answer:
    """What came back: the certificate as DER, or the reason why there is none.

    verified is None when there was no bundle to verify with; verify_error says why it is False.
    """

    certificate: bytes | None = None
    problem: str = ""
    verified: bool | None = None
    verify_error: str | None = None

    @property
    def fingerprint(self) -> str | None:
        return hashlib.sha256(self.certificate).hexdigest() if self.certificate else None


def ask_all(endpoints: Sequence[Endpoint], timeout: float, deadline: float, ca_bundle: str | None) -> list[Answer]:
    """Asks all endpoints concurrently; answers come in their order. See ask_until for the times.

    StoreError when the bundle of CA certificates cannot be used.
    """
    if ca_bundle is not None:
        _verifying(ca_bundle)
    if not endpoints:
        return []
    with ThreadPoolExecutor(max_workers=min(_MOST_AT_ONCE, len(endpoints))) as pool:
        return list(pool.map(lambda endpoint: ask_until(endpoint, timeout, deadline, ca_bundle), endpoints))


def ask_until(endpoint: Endpoint, timeout: float, deadline: float, ca_bundle: str | None) -> Answer:
    """Asks once, or, with an expectation, until it is met or deadline seconds are over. timeout: seconds per connection.

    A server that reloads goes on serving the old certificate for a moment, and one that restarts serves none.
    """
    end = time.monotonic() + deadline
    pause = _FIRST_PAUSE
    while True:
        answer = ask(endpoint, timeout, ca_bundle)
        if endpoint.expected in (None, answer.fingerprint) or time.monotonic() + pause > end:
            return answer
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def ask(endpoint: Endpoint, timeout: float, ca_bundle: str | None) -> Answer:
    """Asks an endpoint once; never raises for what the other side does."""
    try:
        if ca_bundle is None:
            return Answer(_handshake(endpoint, timeout, _trusting()))
        try:
            return Answer(_handshake(endpoint, timeout, _verifying(ca_bundle)), verified=True)
        except ssl.SSLCertVerificationError as error:
            served = _handshake(endpoint, timeout, _trusting())
            return Answer(served, verified=False, verify_error=error.verify_message)
    except socket.gaierror as error:
        return Answer(problem=f"the host name {endpoint.host} cannot be resolved: {error.strerror}")
    except socket.timeout:  # noqa: UP041 - another class than TimeoutError before Python 3.10
        return Answer(problem=f"no answer within {timeout:g} s")
    except ssl.SSLError as error:
        return Answer(problem=f"no TLS there: {error.reason or error}")
    except (OSError, ValueError) as error:
        return Answer(problem=str(getattr(error, "strerror", None) or error))


def _handshake(endpoint: Endpoint, timeout: float, context: ssl.SSLContext) -> bytes | None:
    # For an IP address, Python sends no SNI (RFC 6066 section 3 forbids it) but verifies the address.
    with (
        socket.create_connection((endpoint.host, endpoint.port), timeout=timeout) as connection,
        context.wrap_socket(connection, server_hostname=endpoint.server_name) as tls,
    ):
        return tls.getpeercert(binary_form=True)


def _trusting() -> ssl.SSLContext:
    # The question is what is served, also when it is self-signed or expired: nothing secret is sent.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _verifying(ca_bundle: str) -> ssl.SSLContext:
    with doing(f"read the CA certificates in {ca_bundle}"):
        try:
            return ssl.create_default_context(cafile=ca_bundle)
        except ssl.SSLError as error:
            raise StoreError(f"{ca_bundle} holds no CA certificates in PEM form") from error
