# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The core as its callers use it, against a real CA and a real web server."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path

from ansible_collections.webpki.acme.plugins.module_utils._acme import (
    account,
    authorization,
    certificate,
    challenge,
    order,
    validation,
)
from ansible_collections.webpki.acme.plugins.module_utils._acme.authorization import Authorization
from ansible_collections.webpki.acme.plugins.module_utils._acme.certificate import Issuance, Issued
from ansible_collections.webpki.acme.plugins.module_utils._acme.chain import Chain
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.deadline import Deadline
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.identifier import Identifier
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key
from ansible_collections.webpki.acme.plugins.module_utils._acme.order import Order, OrderRequest
from ansible_collections.webpki.acme.plugins.module_utils._acme.transport import Transport
from ansible_collections.webpki.acme.plugins.module_utils._acme.validation import Validation
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from tests.lab.pebble import Pebble

ALGORITHMS = ["ES256", "ES384", "ES512", "RS256"]
CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


def new_key(algorithm: str = "ES256") -> Key:
    """Return a key that no CA knows yet."""
    if algorithm == "RS256":
        return Key.wrap(rsa.generate_private_key(65537, 2048))
    return Key.wrap(ec.generate_private_key(CURVES[algorithm]))


@functools.cache
def certificate_key() -> ec.EllipticCurvePrivateKey:
    """Return the key of all certificates in these tests."""
    return ec.generate_private_key(ec.SECP256R1())


def csr(*names: str) -> bytes:
    """Return a certificate request for names and addresses, as DER."""
    identifiers = [Identifier.of(name) for name in names]
    alternative = x509.SubjectAlternativeName(
        [x509.DNSName(one.value) if one.type == "dns" else x509.IPAddress(ip_address(one.value)) for one in identifiers]
    )
    builder = x509.CertificateSigningRequestBuilder(x509.Name([])).add_extension(alternative, critical=False)
    return builder.sign(certificate_key(), hashes.SHA256()).public_bytes(Encoding.DER)


@contextlib.contextmanager
def stranger(
    ca: Pebble, key: Key, *, seconds: float = 60.0, account_url: str | None = None, ca_bundle: Path | None = None
) -> Iterator[Client]:
    """Yield a client of the CA that has not signed in, and may take so many seconds for everything."""
    deadline = Deadline.after(seconds)
    transport = Transport(verify=str(ca_bundle or ca.ca_bundle), request_timeout=10, deadline=deadline, connections=8)
    try:
        yield Client(transport, ca.directory_url, deadline, key=key, account_url=account_url, nonces=8)
    finally:
        transport.close()


@contextlib.contextmanager
def member(ca: Pebble, algorithm: str = "ES256", *, seconds: float = 60.0) -> Iterator[Client]:
    """Yield a client with an account of its own."""
    with stranger(ca, new_key(algorithm), seconds=seconds) as client:
        account.create(client, [], terms_agreed=True)
        yield client


def ordered(client: Client, *names: str, profile: str | None = None) -> Order:
    """Order a certificate."""
    return order.create(
        client, OrderRequest(tuple(Identifier.of(name) for name in names), (profile,) if profile else ())
    )


def authorizations(client: Client, made: Order) -> list[Authorization]:
    """Return the authorizations of an order."""
    return [authorization.fetch(client, url) for url in made.authorizations]


def place(client: Client, webroot: Path, found: Sequence[Authorization]) -> None:
    """Put the http-01 files of authorizations below a web root."""
    for one in found:
        material = one.material(client.key).get("http-01")
        if material:
            path = webroot / material["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(material["content"])


def prove(client: Client, made: Order, found: Sequence[Authorization], challenge_type: str = "http-01") -> Order:
    """Answer the challenges of an order, whose material is in its place, and wait until the CA has seen to them."""
    for one, name in validation.choose(found, challenge_type):
        challenge.answer(client, one.type, one.url, name)
    return validated(client, made.url)


def validated(client: Client, url: str) -> Order:
    """Wait until the CA has validated the names of an order."""
    (ended,) = validation.wait_all(client, [Validation(url, (("http-01", "", ""),))], 1)
    if isinstance(ended, AcmeError):
        raise ended
    return ended


def issued(client: Client, ready: Order, *names: str) -> Chain:
    """Finalize an order and return its certificate."""
    return issuance(client, Issuance(ready.url, csr(*names))).chain


def issuance(client: Client, wanted: Issuance) -> Issued:
    """Finalize an order and return its certificate with the chains that are wanted."""
    (ended,) = certificate.issue_all(client, [wanted], 1)
    if isinstance(ended, AcmeError):
        raise ended
    return ended


def obtain(client: Client, webroot: Path, *names: str, profile: str | None = None) -> Chain:
    """Do all that it takes to get a certificate by http-01."""
    made = ordered(client, *names, profile=profile)
    found = authorizations(client, made)
    place(client, webroot, found)
    return issued(client, prove(client, made, found), *names)


def leaf(chain: Chain) -> x509.Certificate:
    """Return the end-entity certificate of a chain."""
    return x509.load_pem_x509_certificate(chain.certificate.encode())


def names_of(chain: Chain) -> set[str]:
    """Return the names and addresses that a certificate is for."""
    alternative = leaf(chain).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in alternative}


def verify(chain: Chain, root: str) -> None:
    """Check that each certificate is signed by the one that follows it, and the last one by the root (PEM)."""
    links = [x509.load_pem_x509_certificate(pem.encode()) for pem in (*chain.certificates, root)]
    for lower, upper in zip(links, links[1:]):
        lower.verify_directly_issued_by(upper)


def der(chain: Chain) -> bytes:
    """Return the end-entity certificate as DER."""
    return leaf(chain).public_bytes(Encoding.DER)
