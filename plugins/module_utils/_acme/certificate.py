# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates as a CA hands them out (RFC 8555 section 7.4.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import libraries, order, validation
from .client import PEM_CHAIN, Client
from .errors import AcmeError, bad_response
from .order import Order, OrderStatus
from .problem import ErrorType, Problem

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+?-----END CERTIFICATE-----")
MAX_ALTERNATES = 10


@dataclass(frozen=True)
class Chain:
    """A certificate with the CA's certificates that follow it, each as PEM with a newline at its end."""

    certificates: tuple[str, ...]

    @property
    def certificate(self) -> str:
        """The end-entity certificate."""
        return self.certificates[0]

    @property
    def chain(self) -> str:
        """What follows it."""
        return "".join(self.certificates[1:])

    @property
    def fullchain(self) -> str:
        """All, as web servers want them."""
        return "".join(self.certificates)

    def issuers(self) -> set[str]:
        """Return the common names of all issuers in the chain."""
        names: set[str] = set()
        for pem in self.certificates:
            issuer = libraries.x509.load_pem_x509_certificate(pem.encode("ascii")).issuer
            common = issuer.get_attributes_for_oid(libraries.x509.oid.NameOID.COMMON_NAME)
            names.update(str(item.value) for item in common)
        return names


def split(body: bytes, *, doing: str, url: str) -> Chain:
    """Return the chain in a PEM body; one that is cut off, or not of certificates throughout, is refused."""
    found = [match.group(0).decode("ascii").replace("\r\n", "\n") + "\n" for match in _PEM.finditer(body)]
    chain = Chain(tuple(found))
    try:
        # Reads each certificate as far as it will be read here: cryptography parses late.
        chain.issuers()
        whole = 0 < len(found) == body.count(b"-----BEGIN")
    except (ValueError, TypeError, KeyError, libraries.x509.InvalidVersion):
        whole = False
    if not whole:
        raise bad_response("the reply holds no PEM certificate chain", doing=doing, url=url)
    return chain


def issue(client: Client, ready: Order, csr: bytes) -> Order:
    """Finalize an order with a CSR (DER) and return it once it is valid; one that is on its way is only waited for."""
    doing = "wait for the certificate"
    now = ready
    if now.status == OrderStatus.READY:
        now = order.finalize(client, now, csr)
    # Right after finalize a CA may still show the order as it was before (a race that several have).
    if now.status in (OrderStatus.PROCESSING, OrderStatus.READY):
        now = order.wait(client, now.url, [OrderStatus.PROCESSING, OrderStatus.READY], doing)
    if now.status == OrderStatus.INVALID:
        raise validation.failure(client, now, doing)
    if now.status != OrderStatus.VALID:
        detail = f"the order is {now.status}: its names have not been validated"
        raise AcmeError(
            Problem(ErrorType.ORDER_NOT_READY.value, detail),
            doing="finalize the order",
            url=now.url,
            hint="Answer its challenges first (webpki.acme.challenge).",
        )
    return now


def download(client: Client, url: str, *, alternates: bool) -> tuple[Chain, list[Chain]]:
    """Return the certificate with its default chain, and its alternate chains if wanted (RFC 8555 section 7.4.2)."""
    doing = "download the certificate"
    response = client.post_as_get(url, doing=doing, accept=PEM_CHAIN)
    others = []
    for link in response.links("alternate")[:MAX_ALTERNATES] if alternates else []:
        other = client.post_as_get(link, doing=doing, accept=PEM_CHAIN)
        others.append(split(other.body, doing=doing, url=link))
    return split(response.body, doing=doing, url=url), others


def select(default: Chain, alternates: list[Chain], preferred: str | None, url: str) -> Chain:
    """Return the chain that has an issuer of the preferred common name; the default one when none is preferred."""
    if not preferred:
        return default
    chains = [default, *alternates]
    for chain in chains:
        if preferred in chain.issuers():
            return chain
    offered = "; ".join(", ".join(sorted(chain.issuers())) for chain in chains)
    raise AcmeError(
        Problem(ErrorType.INVALID_INPUT.value, f"no chain has the issuer {preferred!r} (offered: {offered})"),
        doing="choose the chain",
        url=url,
        hint="Choose one of the issuers offered as preferred_chain, or leave it out.",
    )
