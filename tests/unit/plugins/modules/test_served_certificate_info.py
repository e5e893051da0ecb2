# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""served_certificate_info as a process. The port itself is tested with served.py."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys

from tests.unit.issuer import Issuer, pem
from tests.unit.module_process import run_module, run_through_ansible


class Port:
    """A TLS port that serves one certificate."""

    def __init__(self, directory: Path) -> None:
        issuer = Issuer()
        key = keys.generate(keys.KeyType.ECDSA_P256)
        leaf = issuer.certificate(key.public_key(), ["a.example"])
        (directory / "pair.pem").write_text(keys.to_pem(key).decode() + pem(leaf, issuer.intermediate))
        (directory / "roots.pem").write_text(pem(issuer.root))
        self.bundle = str(directory / "roots.pem")
        self.fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem(leaf))).hexdigest()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(directory / "pair.pem")
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.number = self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        while True:
            try:
                connection, _address = self.socket.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(connection, server_side=True) as tls:
                    tls.recv(1)
            except OSError:
                pass


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Port]:
    running = Port(tmp_path)
    yield running
    running.socket.close()


@pytest.mark.parametrize("flags", [["--check", "--diff"], []])
def test_through_ansible(port: Port, flags: list[str]) -> None:
    """What is served is told with its facts and compared with what is expected; nothing changes."""
    colons = ":".join(port.fingerprint[at : at + 2] for at in range(0, 64, 2)).upper()
    endpoint = {"host": "127.0.0.1", "port": port.number, "server_name": "A.example", "fingerprint_sha256": colons}
    result, _printed = run_through_ansible(
        "served_certificate_info", *flags, endpoints=[endpoint], ca_bundle=port.bundle
    )
    assert not result["changed"]
    (item,) = result["endpoints"]
    assert (item["reachable"], item["as_expected"], item["verified"]) == (True, True, True)
    assert (item["server_name"], item["fingerprint_sha256"]) == ("a.example", port.fingerprint)
    assert item["facts"]["identifiers"] == ["a.example"]
    assert item["certificate"].startswith("-----BEGIN CERTIFICATE-----")


def test_not_as_expected(port: Port) -> None:
    """Another certificate than the expected one is a failure that tells both; the others are asked all the same."""
    there = {"host": "127.0.0.1", "port": port.number, "server_name": "a.example"}
    endpoints = [{**there, "fingerprint_sha256": "00" * 32}, {**there, "host": "bad host"}, there]
    result = run_module("served_certificate_info", endpoints=endpoints, deadline=1)
    assert result["failed"]
    first, second, third = result["endpoints"]
    assert first["as_expected"] is False
    for part in (port.fingerprint, "issued by CN=Test Issuer", "valid until", "00" * 32):
        assert part in first["msg"]
    assert "cannot be resolved" in second["msg"]
    assert (third["as_expected"], third["verified"], third["msg"]) == (None, None, "")
    assert result["msg"].startswith("1 of 3 endpoints failed: ")


def test_nobody_there() -> None:
    """A port where nobody listens is told as such; it is a failure only when a certificate was expected."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
    endpoint = {"host": "127.0.0.1", "port": number}
    result = run_module("served_certificate_info", endpoints=[endpoint])
    assert not result.get("failed")
    assert result["endpoints"][0]["msg"] == "Connection refused"
    result = run_module("served_certificate_info", endpoints=[{**endpoint, "fingerprint_sha256": "00"}], deadline=1)
    assert "it serves no certificate (Connection refused)" in result["msg"]


def test_refused_options(port: Port) -> None:
    """A name that cannot be asked for fails on its own, a bundle that cannot be read fails all."""
    there = {"host": "127.0.0.1", "port": port.number}
    result = run_module("served_certificate_info", endpoints=[{**there, "server_name": "a b"}, there])
    assert [bool(item.get("failed")) for item in result["endpoints"]] == [True, False]
    result = run_module("served_certificate_info", endpoints=[there], ca_bundle="/no/such/bundle")
    assert "cannot read the CA certificates in /no/such/bundle" in result["msg"]


def test_without_libraries(port: Port) -> None:
    """Without cryptography everything but the facts is told."""
    there = {"host": "127.0.0.1", "port": port.number}
    result = run_module("served_certificate_info", endpoints=[there], without=("cryptography",))
    assert result["endpoints"][0]["fingerprint_sha256"] == port.fingerprint
    assert result["endpoints"][0]["facts"] is None
