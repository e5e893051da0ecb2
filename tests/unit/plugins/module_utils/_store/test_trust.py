# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chains up to a root that is trusted."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError
from ansible_collections.webpki.acme.plugins.module_utils._store.trust import Roots
from cryptography import x509

from tests.unit.issuer import Issuer, pem

KEY = keys.generate(keys.KeyType.ECDSA_P256)


@pytest.fixture
def bundle(tmp_path: Path, issuer: Issuer) -> str:
    """A file with the root, between others and what cannot be read."""
    path = tmp_path / "roots.pem"
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    path.write_text(f"# comment\n{pem(Issuer().root)}{broken}{pem(issuer.root)}")
    return str(path)


@pytest.fixture
def leaf(issuer: Issuer) -> x509.Certificate:
    return issuer.certificate(KEY.public_key(), ["a.example"])


def test_root(issuer: Issuer, bundle: str, leaf: x509.Certificate, now: datetime) -> None:
    """A chain leads to a root that signed its last certificate, is in it, or signed an earlier one of it."""
    roots = Roots(bundle)
    for chain in (
        [leaf, issuer.intermediate],
        [leaf, issuer.intermediate, issuer.root],
        [leaf, issuer.intermediate, Issuer().root],
        [issuer.root],
    ):
        assert roots.root_of(chain, now) == issuer.root


def test_no_root(issuer: Issuer, bundle: str, leaf: x509.Certificate, now: datetime) -> None:
    """It is told to whom a chain leads, or where it breaks."""
    roots = Roots(bundle)
    other = Issuer()
    strange = other.certificate(KEY.public_key(), ["a.example"])
    for chain, why in (
        ([leaf], f"leads to CN=Test Issuer, which is not among the roots in {bundle}"),
        ([strange, other.intermediate], "leads to CN=Test Root, which is not among the roots"),
        ([strange, issuer.intermediate], "certificate 1 of the chain is not signed by certificate 2"),
        ([leaf, other.intermediate], "certificate 1 of the chain is not signed by certificate 2"),
        ([issuer.certificate(KEY.public_key(), ["a.example"], left=-1), issuer.intermediate], "expired"),
    ):
        with pytest.raises(StoreError, match=why):
            roots.root_of(chain, now)


def test_expired_root(issuer: Issuer, bundle: str, now: datetime) -> None:
    """A root that has expired is none."""
    leaf = issuer.certificate(KEY.public_key(), ["a.example"], left=3000, lifetime=3000)
    with pytest.raises(StoreError, match=r"certificate [23] of the chain .* expired"):
        Roots(bundle).root_of([leaf, issuer.intermediate], now + timedelta(days=1500))


def test_of_the_system(
    issuer: Issuer, bundle: str, leaf: x509.Certificate, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a file the roots are those that the environment names."""
    monkeypatch.setenv("SSL_CERT_FILE", bundle)
    assert Roots(None).root_of([leaf, issuer.intermediate], now) == issuer.root


@pytest.mark.parametrize(("text", "why"), [(None, "does not exist"), ("hello", "holds no CA certificate")])
def test_no_file(tmp_path: Path, text: str | None, why: str) -> None:
    """A file that was asked for and holds no root is a mistake."""
    path = tmp_path / "roots.pem"
    if text is not None:
        path.write_text(text)
    with pytest.raises(StoreError, match=why):
        Roots(str(path))
