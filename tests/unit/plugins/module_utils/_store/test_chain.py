# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused before it is deployed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import chain
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.issuer import Issuer, name

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


class Forger:
    """A CA that signs what no CA should: each option of `made` is what an honest one would not choose."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("root", "one", "two", "other")}

    def made(self, subject: str, issuer: str, **more: Any) -> x509.Certificate:
        """A certificate for the key of this name, signed by that one's. authority: its basic constraints, None for none."""
        options = {"authority": (True, None), "usage": None, "signer": issuer, "left": 90.0, **more}
        public = options.get("public") or self.keys[subject].public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(options.get("called", subject)))
            .issuer_name(name(options.get("names_issuer", issuer)))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - timedelta(days=100))
            .not_valid_after(self.now + timedelta(days=options["left"]))
        )
        if options["authority"]:
            builder = builder.add_extension(x509.BasicConstraints(*options["authority"]), critical=True)
        if options["usage"] is not None:
            builder = builder.add_extension(usage(options["usage"]), critical=True)
        if "names" in options:
            builder = builder.add_extension(x509.SubjectAlternativeName(options["names"]), critical=False)
        if options.get("key_ids"):
            own, of_issuer = (
                x509.SubjectKeyIdentifier.from_public_key(self.keys[key].public_key()) for key in more["key_ids"]
            )
            builder = builder.add_extension(own, critical=False).add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(of_issuer), critical=False
            )
        return builder.sign(self.keys[options["signer"]], hashes.SHA256())

    def leaf(self, issuer: str = "two", **more: Any) -> x509.Certificate:
        """What KEY and NAMES are for."""
        names = [x509.DNSName(entry) for entry in NAMES]
        given = {"authority": (False, None), "names": names, "public": KEY.public_key(), "called": "a.example", **more}
        return self.made("leaf", issuer, **given)

    def root(self, **more: Any) -> x509.Certificate:
        return self.made("root", "root", **more)


def usage(sign: bool) -> x509.KeyUsage:
    """A key usage with or without the signing of certificates."""
    return x509.KeyUsage(True, False, False, False, False, sign, sign, False, False)


Chain = list[x509.Certificate]


GOOD: dict[str, Callable[[Forger], Chain]] = {
    "alone": lambda ca: [ca.leaf()],
    "without its root": lambda ca: [ca.leaf(), ca.made("two", "one"), ca.made("one", "root")],
    "with its root": lambda ca: [ca.leaf(), ca.made("two", "root"), ca.root()],
    "key usage that says so": lambda ca: [ca.leaf(), ca.made("two", "root", usage=True), ca.root(usage=True)],
    "path length that is just enough": lambda ca: [
        ca.leaf(),
        ca.made("two", "one", authority=(True, 0)),
        ca.made("one", "root", authority=(True, 1)),
    ],
    "a CA's certificate for its own new key": lambda ca: [
        ca.leaf(),
        ca.made("two", "one", names_issuer="CA"),
        ca.made("one", "other", called="CA", names_issuer="CA", key_ids=("one", "other")),
    ],
    "the same with the old root, below which it does not count": lambda ca: [
        ca.leaf(),
        ca.made("two", "one", names_issuer="CA"),
        ca.made("one", "other", called="CA", names_issuer="CA", key_ids=("one", "other")),
        ca.made("other", "other", called="CA", names_issuer="CA", authority=(True, 1)),
    ],
}


@pytest.mark.parametrize("case", GOOD)
def test_chains_as_cas_make_them(case: str, now: datetime) -> None:
    """A chain that RFC 5280 allows passes, whatever it says of itself and wherever it ends."""
    chain.check(GOOD[case](Forger(now)), KEY, NAMES, now)


BAD: dict[str, tuple[Callable[[Forger], Chain], str]] = {
    "a CA that says it is none": (
        lambda ca: [ca.leaf(), ca.made("two", "root", authority=(False, None))],
        r"certificate 2 of the chain \(CN=two\) is not that of a CA",
    ),
    "a CA that does not say that it is one": (
        lambda ca: [ca.leaf(), ca.made("two", "root", authority=None)],
        r"certificate 2 .* is not that of a CA",
    ),
    "a root that says it is no CA": (
        lambda ca: [ca.leaf(), ca.made("two", "root"), ca.root(authority=(False, None))],
        r"certificate 3 .* is not that of a CA",
    ),
    "a CA that may not sign certificates": (
        lambda ca: [ca.leaf(), ca.made("two", "root", usage=False)],
        r"certificate 2 .* must not be used to sign certificates",
    ),
    "a root that may not sign certificates": (
        lambda ca: [ca.leaf(), ca.made("two", "root"), ca.root(usage=False)],
        r"certificate 3 .* must not be used to sign certificates",
    ),
    "a path that is too long by one": (
        lambda ca: [ca.leaf(), ca.made("two", "one"), ca.made("one", "root", authority=(True, 0))],
        r"certificate 3 .* allows 0 CAs below it, and has 1",
    ),
    "a path that is too long for the root": (
        lambda ca: [ca.leaf(), ca.made("two", "one"), ca.made("one", "root"), ca.root(authority=(True, 1))],
        r"certificate 4 .* allows 1 CAs below it, and has 2",
    ),
    "a leaf that signed a leaf": (
        lambda ca: [ca.leaf("other"), ca.made("other", "two", authority=(False, None)), ca.made("two", "root")],
        r"certificate 2 .* is not that of a CA",
    ),
    "a leaf with a key usage of its own that signed a leaf": (
        lambda ca: [ca.leaf("other"), ca.made("other", "two", usage=False), ca.made("two", "root")],
        r"certificate 2 .* must not be used to sign",
    ),
    "two leafs": (lambda ca: [ca.leaf(), ca.leaf(), ca.made("two", "root")], "1 of the chain is not signed by .* 2"),
    "the leaf twice": (lambda ca: [ca.leaf()] * 2, "1 of the chain is not signed by .* 2"),
    "a leaf at the end": (
        lambda ca: [ca.leaf(), ca.made("two", "root"), ca.leaf()],
        "2 of the chain is not signed by .* 3",
    ),
    "the wrong sequence": (
        lambda ca: [ca.leaf(), ca.made("one", "root"), ca.made("two", "one")],
        "1 of the chain is not signed by .* 2",
    ),
    "the chain first": (lambda ca: [ca.made("two", "root"), ca.leaf()], "does not belong to the private key"),
    "the root before its CA": (
        lambda ca: [ca.leaf(), ca.root(), ca.made("two", "root")],
        "1 of the chain is not signed by .* 2",
    ),
    "a CA twice": (
        lambda ca: [ca.leaf(), *[ca.made("two", "root")] * 2, ca.root()],
        "2 of the chain is not signed by .* 3",
    ),
    "an unrelated certificate at the end": (
        lambda ca: [ca.leaf(), ca.made("two", "root"), ca.made("other", "other")],
        "2 of the chain is not signed by .* 3",
    ),
    "an unrelated certificate in between": (
        lambda ca: [ca.leaf(), ca.made("other", "other"), ca.made("two", "root")],
        "1 of the chain is not signed by .* 2",
    ),
    "an unrelated certificate after the root": (
        lambda ca: [ca.leaf(), ca.made("two", "root"), ca.root(), ca.made("other", "other")],
        "3 of the chain is not signed by .* 4",
    ),
    "a CA of the right name with another key": (
        lambda ca: [ca.leaf(), ca.made("other", "root", called="two")],
        "1 of the chain is not signed by .* 2",
    ),
    "a CA whose own signature is another's": (
        lambda ca: [ca.leaf(), ca.made("two", "root", signer="other"), ca.root()],
        "2 of the chain is not signed by .* 3",
    ),
    "a root that did not sign itself": (
        lambda ca: [ca.leaf(), ca.made("two", "root"), ca.root(signer="other")],
        r"certificate 3 of the chain \(CN=root\) names itself as its issuer, but did not sign itself",
    ),
    "a root that names its key and did not sign itself": (
        lambda ca: [ca.leaf(), ca.made("two", "root"), ca.root(signer="other", key_ids=("root", "root"))],
        "names itself as its issuer, but did not sign itself",
    ),
    "a leaf that claims to be its own issuer": (
        lambda ca: [ca.leaf(names_issuer="a.example")],
        "certificate 1 .* names itself as its issuer, but did not sign itself",
    ),
    "a CA that has expired": (lambda ca: [ca.leaf(), ca.made("two", "root", left=-1)], "certificate 2 .* expired"),
    "a root that has expired": (
        lambda ca: [ca.leaf(), ca.made("two", "root"), ca.root(left=-1)],
        "certificate 3 .* expired",
    ),
    "a name with a line break": (
        lambda ca: [ca.leaf(names=[x509.DNSName("a.example"), x509.DNSName("b.example\n")])],
        r"other names: wanted also b\.example, no longer b\.example\\n",
    ),
    "a name with a NUL": (
        lambda ca: [ca.leaf(names=[x509.DNSName("a.example"), x509.DNSName("b.example\0.evil.example")])],
        r"no longer b\.example\\x00\.evil\.example",
    ),
    "an e-mail address in the place of a name": (
        lambda ca: [ca.leaf(names=[x509.DNSName("a.example"), x509.RFC822Name("b.example")])],
        "other names: wanted also b.example",
    ),
    "no names but in its subject": (lambda ca: [ca.leaf(names=[x509.RFC822Name("a.example")])], "other names"),
    "a wildcard that covers the names": (lambda ca: [ca.leaf(names=[x509.DNSName("*.example")])], "other names"),
    "words in its subject that steer a terminal": (
        lambda ca: [ca.leaf(), ca.made("two", "root", called="two\x1b[2J\nok: [web1]", left=-1)],
        r"certificate 2 of the chain \(CN=two\\x1b\[2J\\nok: \[web1\]\) expired",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_chain(case: str, now: datetime) -> None:
    """What no TLS client could verify is refused before it is deployed, and it is said which certificate is why."""
    forged, why = BAD[case]
    with pytest.raises(StoreError, match=why) as caught:
        chain.check(forged(Forger(now)), KEY, NAMES, now)
    assert str(caught.value).isprintable()
