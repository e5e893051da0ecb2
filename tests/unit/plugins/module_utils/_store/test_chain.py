# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused before it is deployed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import chain
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

from tests.unit.issuer import Issuer

KEY = keys.generate(keys.KeyType.ECDSA_P256)
NAMES = ["a.example", "b.example"]


@pytest.mark.parametrize("identifiers", [None, ["b.example", "a.example"]])
def test_good_chains(issuer: Issuer, now: datetime, identifiers: list[str] | None) -> None:
    """A chain of any length that holds together passes; its names are looked at only when they are given."""
    leaf = issuer.certificate(KEY.public_key(), NAMES)
    for good in ([leaf], [leaf, issuer.intermediate], [leaf, issuer.intermediate, issuer.root]):
        chain.check(good, KEY, identifiers, now)


@pytest.mark.parametrize("names", [["a.example"], [*NAMES, "c.example"], ["c.example"], ["192.0.2.1", *NAMES]])
def test_other_names(issuer: Issuer, now: datetime, names: list[str]) -> None:
    """A certificate for fewer, more or other names is refused."""
    with pytest.raises(StoreError, match="other names"):
        chain.check([issuer.certificate(KEY.public_key(), NAMES)], KEY, names, now)


def test_another_key(issuer: Issuer, now: datetime) -> None:
    """A certificate for another key is refused."""
    other = keys.generate(keys.KeyType.ECDSA_P256)
    with pytest.raises(StoreError, match="does not belong to the private key"):
        chain.check([issuer.certificate(other.public_key(), NAMES)], KEY, NAMES, now)


@pytest.mark.parametrize(
    ("left", "why"), [(-0.1, "1 of the chain .* expired"), (91, "1 of the chain .* not valid before")]
)
def test_times(issuer: Issuer, now: datetime, left: float, why: str) -> None:
    """A certificate that is expired or not valid yet is refused, with a hint at the clock."""
    with pytest.raises(StoreError, match=why) as caught:
        chain.check([issuer.certificate(KEY.public_key(), NAMES, left)], KEY, NAMES, now)
    assert "clock" in caught.value.hint


def test_slow_clock(issuer: Issuer, now: datetime) -> None:
    """A clock a few minutes behind the CA's does not stop a deployment."""
    leaf = issuer.certificate(KEY.public_key(), NAMES)
    chain.check([leaf], KEY, NAMES, now - timedelta(minutes=4))
    with pytest.raises(StoreError, match="not valid before"):
        chain.check([leaf], KEY, NAMES, now - timedelta(minutes=6))


def test_old_intermediate(issuer: Issuer, now: datetime) -> None:
    """An expired certificate further up is refused as well."""
    leaf = issuer.certificate(KEY.public_key(), NAMES, left=3000, lifetime=3000)
    with pytest.raises(StoreError, match=r"certificate 2 of the chain \(CN=Test Issuer\) expired"):
        chain.check([leaf, issuer.intermediate], KEY, NAMES, now + timedelta(days=1500))


def test_broken_chains(issuer: Issuer, now: datetime) -> None:
    """A chain with a certificate missing, in another order, or from elsewhere is refused, saying where it breaks."""
    leaf = issuer.certificate(KEY.public_key(), NAMES)
    for broken, where in (
        ([leaf, issuer.root], 1),
        ([leaf, Issuer().intermediate], 1),
        ([leaf, issuer.intermediate, Issuer().root], 2),
        ([leaf, issuer.intermediate, leaf], 2),
    ):
        with pytest.raises(StoreError, match=f"certificate {where} of the chain is not signed by"):
            chain.check(broken, KEY, NAMES, now)
