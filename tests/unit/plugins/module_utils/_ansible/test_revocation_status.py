# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a certificate is revoked, as a CA with a web server says it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.revocation_status import Revocation
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ocsp

from tests.unit.status_issuer import StatusIssuer
from tests.unit.status_server import StatusServer

NOW = datetime.now(timezone.utc)


@pytest.fixture(scope="module")
def ca() -> StatusIssuer:
    return StatusIssuer()


@pytest.fixture
def server() -> Iterator[StatusServer]:
    running = StatusServer()
    yield running
    running.stop()


@pytest.fixture
def leaf(ca: StatusIssuer, server: StatusServer) -> x509.Certificate:
    """A certificate that names what the server has, and before that something else."""
    urls = [server.url(path) for path in ("/none", "/1.crl")]
    return ca.leaf(crl=urls, responders=[server.url("/ocsp")])


def asked(ca: StatusIssuer, leaf: x509.Certificate) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    revocation = Revocation(5)
    chain = [leaf, ca.intermediate]
    return revocation.by_crl(chain, NOW), revocation.by_ocsp(chain, NOW)


def test_good(ca: StatusIssuer, server: StatusServer, leaf: x509.Certificate) -> None:
    """What both say of a certificate that is not revoked is told, with its times; the next URL is asked where one has nothing."""
    server.answers["/1.crl"] = ca.crl()
    server.answers["/ocsp"] = ca.answer_for(leaf)
    by_crl, by_ocsp = asked(ca, leaf)
    for found, path in ((by_crl, "/1.crl"), (by_ocsp, "/ocsp")):
        assert found is not None
        assert (found["status"], found["url"], found["problem"]) == ("good", server.url(path), None)
        assert (found["revoked_at"], found["reason"]) == (None, None)
        assert found["this_update"] < NOW.strftime("%Y-%m-%dT%H:%M:%SZ") < found["next_update"]


def test_revoked(ca: StatusIssuer, server: StatusServer, leaf: x509.Certificate) -> None:
    """One that is revoked is told so, with time and reason."""
    why = x509.ReasonFlags.key_compromise
    server.answers["/1.crl"] = ca.crl(leaf, reason=why)
    server.answers["/ocsp"] = ca.answer_for(leaf, ocsp.OCSPCertStatus.REVOKED, reason=why)
    for found in asked(ca, leaf):
        assert found is not None
        assert (found["status"], found["reason"]) == ("revoked", "keyCompromise")
        assert found["revoked_at"] == found["this_update"]


def test_unknown(ca: StatusIssuer, server: StatusServer, leaf: x509.Certificate) -> None:
    """Where nothing reliable is said, each URL is told with what was wrong there."""
    foreign = ec.generate_private_key(ec.SECP256R1())
    server.answers["/1.crl"] = ca.crl(key=foreign)
    by_crl, by_ocsp = asked(ca, leaf)
    assert by_crl is not None
    assert (by_crl["status"], by_crl["url"]) == ("unknown", server.url("/none"))
    assert by_crl["problem"] == (
        f"{server.url('/none')} was refused (HTTP status 404); the CRL is not signed by the issuer of the certificate"
    )
    assert by_ocsp is not None
    assert (by_ocsp["status"], by_ocsp["problem"]) == (
        "unknown",
        f"{server.url('/ocsp')} was refused (HTTP status 404)",
    )


def test_nothing_named(ca: StatusIssuer) -> None:
    """Where a certificate names nothing there is nothing to tell."""
    assert asked(ca, ca.leaf(crl=[], responders=[])) == (None, None)


def test_without_the_issuer(ca: StatusIssuer, server: StatusServer, leaf: x509.Certificate) -> None:
    """Without the certificate of the issuer nothing can be verified, so nobody is asked."""
    for chain in ([leaf], [leaf, ca.root]):
        found = Revocation(5).by_crl(chain, NOW)
        assert found is not None
        assert found["problem"] == "the certificate of its issuer is not in the chain, so nothing can verify the CRL"
    assert server.asked == []


def test_one_list_for_many(ca: StatusIssuer, server: StatusServer) -> None:
    """A list that many certificates name is fetched once, also one that cannot be had."""
    server.answers["/1.crl"] = ca.crl()
    revocation = Revocation(5)
    for path in ("/1.crl", "/none"):
        for _time in range(3):
            revocation.by_crl([ca.leaf(crl=[server.url(path)]), ca.intermediate], NOW)
    assert [path for _method, path, _body in server.asked] == ["/1.crl", "/none"]
