# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import TaskFailed
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.revocation import CERTIFICATE_REVOKE
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.issuer import Issuer, pem
from tests.unit.scripted_ca import ScriptedCA, problem

from ..conftest import Runner, private_key


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture(scope="module")
def certificate(issuer: Issuer) -> str:
    """A certificate with its chain."""
    return issuer.fullchain(ec.generate_private_key(ec.SECP256R1()).public_key(), ["a.example"])


def test_revocation_in_check_mode(ca: ScriptedCA, run: Runner, certificate: str) -> None:
    """In check mode a certificate counts as one to be revoked, what is wrong is found, and the CA is not talked to."""
    assert run(CERTIFICATE_REVOKE, check_mode=True, certificates=[{"certificate": certificate}])["changed"] is True
    wrong = [{"certificate": certificate, "private_key": "rubbish"}, {"certificate": "rubbish"}]
    with pytest.raises(TaskFailed, match="2 of 2 certificates failed: 1: "):
        run(CERTIFICATE_REVOKE, check_mode=True, certificates=wrong)
    assert ca.requests == []


def test_revoked_before(ca: ScriptedCA, run: Runner, issuer: Issuer) -> None:
    """A certificate that was revoked before is no change, whoever signs."""
    ca.on("/revoke-cert", problem("alreadyRevoked"))
    key = private_key()
    public = serialization.load_pem_private_key(key, None).public_key()
    leaf = pem(issuer.certificate(public, ["a.example"]))
    for given in ({}, {"private_key": key.decode()}):
        result = run(CERTIFICATE_REVOKE, certificates=[{"name": "one", "certificate": leaf, **given}])
        assert result == {"changed": False, "certificates": [{"name": "one", "changed": False}]}
    by_account, by_key = ca.asked("/revoke-cert")
    assert ("kid" in by_account.protected, "jwk" in by_key.protected) == (True, True)
