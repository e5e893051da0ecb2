# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates with the CA's certificates that follow them, and which of several such chains is to be used."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import libraries
from .errors import AcmeError, bad_response
from .problem import ErrorType, Problem
from .shown import listed, shown

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+?-----END CERTIFICATE-----")
# Instead of an issuer: the chain of which there is least to send in each handshake.
SMALLEST = "smallest"
_KEY_IDENTIFIER = re.compile(r"[0-9a-f]{16,}")


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
        """Return the common names of all issuers in the chain; that of the last one is the root's, which is not in it."""
        return {name for pem in self.certificates for name in _issuers(pem)}

    def root(self) -> set[str]:
        """Return the common name and the key identifier of the root that the chain leads to."""
        return {*_issuers(self.certificates[-1]), *_issuer_keys(self.certificates[-1])}

    def issuer_keys(self) -> set[str]:
        """Return the key identifiers of all issuers in the chain, in lower-case hexadecimal digits."""
        return {key for pem in self.certificates for key in _issuer_keys(pem)} | {
            key for pem in self.certificates[1:] for key in _own_keys(pem)
        }


def split(body: bytes, *, doing: str, url: str) -> Chain:
    """Return the chain in a PEM body; one that is cut off, or not of certificates throughout, is refused."""
    found = [match.group(0).decode("ascii").replace("\r\n", "\n") + "\n" for match in _PEM.finditer(body)]
    chain = Chain(tuple(found))
    try:
        # Reads each certificate as far as it must be read here: cryptography parses late.
        chain.issuers()
        whole = 0 < len(found) == body.count(b"-----BEGIN")
    except (ValueError, TypeError, KeyError, libraries.x509.InvalidVersion):
        whole = False
    if not whole:
        raise bad_response("the reply holds no PEM certificate chain", doing=doing, url=url)
    return chain


def select(default: Chain, alternates: Sequence[Chain], preferred: str | None, url: str) -> Chain:
    """Return the chain that is preferred; the default one when none is.

    `preferred` is the common name or the key identifier (hexadecimal) of the root, or of another issuer in the chain; or
    SMALLEST. A chain that leads to such a root goes before one that only holds such an issuer, and else the default first.
    """
    chains = [default, *alternates]
    if not preferred:
        return default
    if preferred == SMALLEST:
        return min(chains, key=lambda chain: len(chain.fullchain))
    key = preferred.replace(":", "").replace(" ", "").lower()
    by_key = bool(_KEY_IDENTIFIER.fullmatch(key))
    wanted = {preferred, key} if by_key else {preferred}
    for chain in chains:
        if wanted & chain.root():
            return chain
    for chain in chains:
        if wanted & (chain.issuers() | (chain.issuer_keys() if by_key else set())):
            return chain
    offered = shown("; ".join(_described(chain, by_key) for chain in chains))
    detail = f"no chain has the issuer {preferred!r} (offered: {offered})"
    raise AcmeError(
        Problem(ErrorType.INVALID_INPUT.value, detail),
        doing="choose the chain",
        url=url,
        hint="Choose one of the issuers offered as preferred_chain, or set preferred_chain_fallback to true. "
        "The certificate has been issued.",
    )


def _described(chain: Chain, by_key: bool) -> str:
    return listed(chain.issuers()) + (f" with the keys {listed(chain.issuer_keys())}" if by_key else "")


def _issuers(pem: str) -> list[str]:
    common = _read(pem).issuer.get_attributes_for_oid(libraries.x509.oid.NameOID.COMMON_NAME)
    return [str(item.value) for item in common]


def _issuer_keys(pem: str) -> list[str]:
    with contextlib.suppress(
        libraries.x509.ExtensionNotFound, libraries.x509.DuplicateExtension, ValueError, TypeError
    ):
        named = _read(pem).extensions.get_extension_for_class(libraries.x509.AuthorityKeyIdentifier).value
        return [named.key_identifier.hex()] if named.key_identifier else []
    return []


def _own_keys(pem: str) -> list[str]:
    with contextlib.suppress(
        libraries.x509.ExtensionNotFound, libraries.x509.DuplicateExtension, ValueError, TypeError
    ):
        return [_read(pem).extensions.get_extension_for_class(libraries.x509.SubjectKeyIdentifier).value.digest.hex()]
    return []


def _read(pem: str) -> Certificate:
    return libraries.x509.load_pem_x509_certificate(pem.encode("ascii"))
