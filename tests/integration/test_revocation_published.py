# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook revoke with a CA that publishes what it has revoked, late, as all do; Pebble publishes nothing."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from cryptography import x509

from tests.fleet import playbook
from tests.fleet.playbook import Run
from tests.unit.crl_server import CrlServer
from tests.unit.issuer import pem
from tests.unit.module_process import run_module
from tests.unit.plugins.module_utils._ansible.conftest import private_key
from tests.unit.scripted_ca import ScriptedCA, problem, reply
from tests.unit.status_issuer import StatusIssuer


class Runs(NamedTuple):
    """The run that revokes, and the next one, when the list has it."""

    first: Run
    second: Run
    leaf: x509.Certificate
    url: str


@pytest.fixture
def ca(server_context: ssl.SSLContext) -> Iterator[ScriptedCA]:
    ca = ScriptedCA(server_context)
    yield ca
    ca.stop()
    assert ca.faults == []


@pytest.fixture
def runs(ca: ScriptedCA, bundle: str, tmp_path: Path) -> Iterator[Runs]:
    """One certificate of this machine, revoked twice."""
    publisher, issuer = CrlServer(), StatusIssuer()
    own_key = keys.generate(keys.KeyType.ECDSA_P256)
    leaf = issuer.leaf(crl=[publisher.url], public_key=own_key.public_key())
    given = {"name": "www", "fullchain": pem(leaf, issuer.intermediate), "private_key": keys.to_pem(own_key).decode()}
    store = {"store": str(tmp_path / "store")}
    run_module("certificate_deploy", certificates=[{**given, "ca": ca.url("/directory")}], **store)

    account = tmp_path / "account.pem"
    account.write_bytes(private_key())
    account.chmod(0o600)
    ca.accounts[ca.url("/account/1")] = Key.load(account.read_bytes()).public_jwk()
    ca.on("/new-account", reply({"status": "valid"}, Location=ca.url("/account/1")))
    ca.on("/revoke-cert", reply(), problem("alreadyRevoked"))
    publisher.lists = [issuer.crl(), issuer.crl(leaf, reason=x509.ReasonFlags.superseded)]

    variables: dict[str, Any] = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "acme_ca": ca.url("/directory"),
        "acme_ca_bundle": bundle,
        "acme_account_key_file": str(account),
        "acme_store": store["store"],
        "acme_revoke": ["www"],
        "acme_revoke_reason": "superseded",
    }
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"web": {"hosts": {"here": variables}}}))
    first, second = (playbook.run("webpki.acme.revoke", inventory, tmp_path / "home") for _run in range(2))
    yield Runs(first, second, leaf, publisher.url)
    publisher.stop()


def test_published(runs: Runs, ca: ScriptedCA) -> None:
    """A run says whether the CA's list has what it revoked; the same run later looks again, and finds nothing to change."""
    number = f"{runs.leaf.serial_number:x}"
    name = f"www with serial number {number.zfill(len(number) + len(number) % 2)}"
    (told,) = runs.first.good().of("Say what was revoked")
    assert told["msg"][0].startswith(f"{name}: revoked (superseded). Its CRL {runs.url} does not have it yet")
    assert "here still uses it" in told["msg"][0]
    (told,) = runs.second.good().of("Say what was revoked")
    assert told["msg"][0].startswith(f"{name}: it had been revoked before. Its CRL has it since 20")
    assert runs.second.changes() == []
    assert [request.payload["reason"] for request in ca.asked("/revoke-cert")] == [4, 4]
