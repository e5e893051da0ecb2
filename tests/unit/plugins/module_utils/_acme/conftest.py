# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scripted CA, a clock that does not really sleep, and clients that talk to the one by the other."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest
import trustme
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.deadline import Clock, Deadline
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key
from ansible_collections.webpki.acme.plugins.module_utils._acme.transport import Transport
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.unit.clock import FakeClock
from tests.unit.scripted_ca import ScriptedCA


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The CA that the API's own certificate is from."""
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture(scope="session")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of what the API is verified with."""
    path: Path = tmp_path_factory.mktemp("api") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="session")
def server_context(authority: trustme.CA) -> ssl.SSLContext:
    """The server side of TLS, with a certificate for localhost."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", key_type=trustme.KeyType.ECDSA).configure_cert(context)
    return context


@pytest.fixture
def ca(server_context: ssl.SSLContext) -> Iterator[ScriptedCA]:
    """A scripted CA of the test's own; the test fails when the client broke a rule of RFC 8555."""
    server = ScriptedCA(server_context)
    try:
        yield server
    finally:
        server.stop()
    assert server.faults == []


@pytest.fixture
def clock() -> FakeClock:
    """A clock that does not really sleep."""
    return FakeClock()


@pytest.fixture(scope="session")
def keys() -> dict[str, Key]:
    """One account key for each algorithm."""
    return {
        "ES256": Key.wrap(ec.generate_private_key(ec.SECP256R1())),
        "ES384": Key.wrap(ec.generate_private_key(ec.SECP384R1())),
        "ES512": Key.wrap(ec.generate_private_key(ec.SECP521R1())),
        "RS256": Key.wrap(rsa.generate_private_key(65537, 2048)),
    }


@pytest.fixture
def key(keys: dict[str, Key]) -> Key:
    """An account key."""
    return keys["ES256"]


@pytest.fixture
def connect(ca: ScriptedCA, clock: FakeClock, bundle: str) -> Iterator[Callable[..., Transport]]:
    """Make a transport to the CA: `connect(seconds=60, request_timeout=5, clock=...)`; closed after the test."""
    made = []

    def transport(
        seconds: float = 60.0, request_timeout: float = 5.0, clock: Clock = clock, verify: bool | str = bundle
    ) -> Transport:
        deadline = Deadline.after(seconds, clock)
        made.append(Transport(verify=verify, request_timeout=request_timeout, deadline=deadline, connections=4))
        return made[-1]

    yield transport
    for one in made:
        one.close()


@pytest.fixture
def sign_in(ca: ScriptedCA, connect: Callable[..., Transport], key: Key) -> Callable[..., Client]:
    """Make a client of the CA with an account: `sign_in(key=..., account_url=None, nonces=1, seconds=60)`."""

    def client(
        key: Key | None = key, account_url: str | None = ca.url("/account/1"), nonces: int = 4, **how: Any
    ) -> Client:
        if key and account_url:
            ca.accounts[account_url] = key.public_jwk()
        transport = connect(**how)
        return Client(
            transport, ca.url("/directory"), transport._deadline, key=key, account_url=account_url, nonces=nonces
        )

    return client


@pytest.fixture
def client(sign_in: Callable[..., Client]) -> Client:
    """A client of the CA with an account and a minute's time."""
    return sign_in()
