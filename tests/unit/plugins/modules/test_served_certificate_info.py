# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""served_certificate_info as a process. The port itself is tested with served.py."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.module_process import run_module, run_through_ansible
from tests.unit.tls_port import Port


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
