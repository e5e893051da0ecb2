# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import TaskFailed
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.certificate import CERTIFICATE
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.issuer import Issuer
from tests.unit.scripted_ca import ScriptedCA, reply

from ..conftest import Runner
from .conftest import READY, at, orders, shown


@pytest.fixture(scope="module")
def certificate() -> str:
    """A certificate with its chain."""
    return Issuer().fullchain(ec.generate_private_key(ec.SECP256R1()).public_key(), ["a.example"])


def csr() -> str:
    """A request; what is in it is the CA's concern."""
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(("status", "changed"), [("ready", True), ("processing", True), ("valid", False)])
def test_issued(ca: ScriptedCA, run: Runner, certificate: str, status: str, changed: bool) -> None:
    """A certificate that was issued before is fetched again without a change; one that is on its way is waited for."""
    done = shown(ca, status="valid", certificate=ca.url("/certificate/1"))
    ca.on("/order/1", done if status == "valid" else shown(ca, status=status), done)
    ca.on("/finalize/1", shown(ca, status="processing"))
    ca.on("/certificate/1", reply(certificate))
    result = run(CERTIFICATE, orders=[{**at(ca, READY)[0], "csr": csr()}])
    assert orders(result) == [("one", changed, ca.url("/order/1"))]
    assert result["orders"][0]["fullchain"] == certificate
    assert len(ca.asked("/finalize/1")) == (1 if status == "ready" else 0)


def test_valid_without_a_certificate(ca: ScriptedCA, run: Runner) -> None:
    """An order that is valid and has no certificate is the CA's mistake."""
    ca.on("/order/1", shown(ca, status="valid"))
    with pytest.raises(TaskFailed, match="names no certificate") as failed:
        run(CERTIFICATE, orders=[{**at(ca, READY)[0], "csr": csr()}])
    assert failed.value.values["problem"]["type"] == ErrorType.BAD_RESPONSE.value


def test_no_preferred_chain(ca: ScriptedCA, run: Runner, certificate: str) -> None:
    """A chain that the CA does not offer fails the order; the certificate, issued all the same, is in the result."""
    done = shown(ca, status="valid", certificate=ca.url("/certificate/1"))
    ca.on("/order/1", shown(ca, status="ready"), done)
    ca.on("/finalize/1", done)
    ca.on("/certificate/1", reply(certificate))
    with pytest.raises(TaskFailed, match="no chain has the issuer 'Nobody'") as failed:
        run(CERTIFICATE, orders=[{**at(ca, READY)[0], "csr": csr(), "preferred_chain": "Nobody"}])
    (one,) = failed.value.values["orders"]
    assert (one["failed"], one["changed"], one["fullchain"], one["alternates"]) == (True, True, certificate, [])
    assert one["certificate"] + one["chain"] == certificate


def test_default_chain_will_do(ca: ScriptedCA, run: Runner, certificate: str) -> None:
    """Where that is said, the default chain is the result, with a warning that lists what is offered."""
    ca.on("/order/1", shown(ca, status="valid", certificate=ca.url("/certificate/1")))
    ca.on("/certificate/1", reply(certificate))
    wanted = {**at(ca, READY)[0], "csr": csr(), "preferred_chain": "Nobody", "preferred_chain_fallback": True}
    result = run(CERTIFICATE, orders=[wanted])
    assert (result["orders"][0]["fullchain"], "failed" in result["orders"][0]) == (certificate, False)
    (warned,) = run.warnings
    assert (
        "one: could not choose the chain: no chain has the issuer 'Nobody' (offered: Test Issuer, Test Root)" in warned
    )
