# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import TaskFailed
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks import revocation
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.revocation import CERTIFICATE_REVOKE
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.crl_server import CrlServer
from tests.unit.issuer import Issuer, pem
from tests.unit.scripted_ca import ScriptedCA, problem, reply
from tests.unit.status_issuer import StatusIssuer

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
        assert result == {"changed": False, "certificates": [{"name": "one", "changed": False, "crl": None}]}
    by_account, by_key = ca.asked("/revoke-cert")
    assert ("kid" in by_account.protected, "jwk" in by_key.protected) == (True, True)


@pytest.fixture
def publisher() -> Iterator[CrlServer]:
    server = CrlServer()
    yield server
    server.stop()


@pytest.fixture
def listing() -> StatusIssuer:
    """A CA that publishes what it has revoked."""
    return StatusIssuer()


def revoke(ca: ScriptedCA, run: Runner, *chains: str, **options: Any) -> list[dict[str, Any]]:
    """What is told of certificates that the CA revokes."""
    ca.on("/new-account", reply({"status": "valid"}, Location=ca.url("/account/1")))
    ca.on("/revoke-cert", reply())
    wanted = [{"name": str(number), "certificate": chain} for number, chain in enumerate(chains)]
    told: list[dict[str, Any]] = run(CERTIFICATE_REVOKE, certificates=wanted, **options)["certificates"]
    return told


def test_published(ca: ScriptedCA, run: Runner, publisher: CrlServer, listing: StatusIssuer) -> None:
    """The list that certificates name is fetched once for all of them, and told is which of them it has, since when and why."""
    leaves = [listing.leaf(crl=[publisher.url]) for _number in range(2)]
    publisher.lists = [listing.crl(leaves[0], reason=x509.ReasonFlags.key_compromise)]
    told = revoke(ca, run, *(pem(leaf, listing.intermediate) for leaf in leaves))
    assert [(one["crl"]["status"], one["crl"]["reason"], one["crl"]["url"]) for one in told] == [
        ("revoked", "keyCompromise", publisher.url),
        ("good", None, publisher.url),
    ]
    assert told[0]["crl"]["revoked_at"] == told[0]["crl"]["this_update"]
    assert publisher.asked == 1


@pytest.mark.parametrize(("looks", "status", "asked"), [(1, "revoked", 3), (0, "good", 1)])
def test_published_late(
    ca: ScriptedCA,
    run: Runner,
    publisher: CrlServer,
    listing: StatusIssuer,
    monkeypatch: pytest.MonkeyPatch,
    looks: int,
    status: str,
    asked: int,
) -> None:
    """The list is looked at once, and with crl_wait until it has the certificate: that it has not is no failure."""
    monkeypatch.setattr(revocation, "_PAUSE", 0.1)
    leaf = listing.leaf(crl=[publisher.url])
    publisher.lists = [listing.crl(), listing.crl(), listing.crl(leaf)]
    (told,) = revoke(ca, run, pem(leaf, listing.intermediate), crl_wait=10 * looks)
    assert (told["changed"], told["crl"]["status"], publisher.asked) == (True, status, asked)


def test_waits_no_longer_than_asked(
    ca: ScriptedCA, run: Runner, publisher: CrlServer, listing: StatusIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that never has the certificate is looked at until crl_wait is over, or the deadline is, and no longer."""
    monkeypatch.setattr(revocation, "_PAUSE", 0.2)
    leaf = listing.leaf(crl=[publisher.url])
    publisher.lists = [listing.crl()]
    for options in ({"crl_wait": 1}, {"crl_wait": 1000, "deadline": 1}):
        began = time.monotonic()
        (told,) = revoke(ca, run, pem(leaf, listing.intermediate), **options)
        assert told["crl"]["status"] == "good"
        assert time.monotonic() - began < 3


def test_no_list(ca: ScriptedCA, run: Runner, publisher: CrlServer, listing: StatusIssuer) -> None:
    """Where there is no list that can be relied on, or nothing to verify it with, that is told and the revocation stands."""
    leaf = listing.leaf(crl=[publisher.url])
    (told,) = revoke(ca, run, pem(leaf, listing.intermediate))
    assert (told["changed"], told["crl"]["status"]) == (True, "unknown")
    assert "HTTP status 404" in told["crl"]["problem"]
    publisher.lists = [StatusIssuer().crl(leaf)]
    (told,) = revoke(ca, run, pem(leaf, listing.intermediate))
    assert "is not signed by the issuer" in told["crl"]["problem"]
    (told,) = revoke(ca, run, pem(leaf))
    assert "the certificate of its issuer is not in the chain" in told["crl"]["problem"]
    (told,) = revoke(ca, run, pem(leaf) + "-----BEGIN CERTIFICATE-----\nrubbish")
    assert (told["changed"], told["crl"]["status"]) == (True, "unknown")


def test_diff(ca: ScriptedCA, run: Runner, certificate: str) -> None:
    """The diff names each certificate that is revoked, and why."""
    wanted = [{"name": "www", "certificate": certificate, "reason": "superseded"}]
    (diff,) = run(CERTIFICATE_REVOKE, check_mode=True, certificates=wanted)["diff"]
    assert (diff["before_header"], diff["before"], diff["after"]) == ("www", "valid\n", "revoked (superseded)\n")
