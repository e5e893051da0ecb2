# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account key (RFC 8555 section 6.2) and its JSON Web Key."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from . import libraries
from .errors import AcmeError, invalid_input

if TYPE_CHECKING:
    from josepy.jwk import JWK

_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


def b64(data: bytes) -> str:
    """Return base64url without padding (RFC 8555 section 6.1)."""
    return libraries.b64.b64encode(data).decode("ascii")


@dataclass(frozen=True)
class Key:
    """A private key that signs requests: an account's, or a certificate's when that revokes itself."""

    algorithm: str
    jwk: JWK = field(repr=False)

    @classmethod
    def load(cls, pem: bytes, passphrase: bytes | None = None, *, what: str = "account key") -> Key:
        """Read a PEM private key; raise AcmeError that says what is wrong with `what`."""
        # cryptography refuses a passphrase that is not needed; a user who sets one for all keys is not wrong.
        encrypted = b"ENCRYPTED" in pem
        try:
            private = libraries.serialization.load_pem_private_key(pem, passphrase if encrypted else None)
        except TypeError:
            raise invalid_input(f"the {what} is encrypted", "Give its passphrase (account_key_passphrase).") from None
        except ValueError:
            why = "cannot be decrypted" if encrypted else "is not a private key in PEM form"
            hint = "Check the passphrase." if encrypted else "Give an RSA or ECDSA (P-256, P-384, P-521) key as PEM."
            raise invalid_input(f"the {what} {why}", hint) from None
        except libraries.UnsupportedAlgorithm:
            raise _unsuitable(what) from None
        return cls.wrap(private, what=what)

    @classmethod
    def wrap(cls, private: Any, *, what: str = "account key") -> Key:
        """Return the key for a private key object of cryptography."""
        if isinstance(private, libraries.rsa.RSAPrivateKey):
            if private.key_size < 2048:
                raise invalid_input(f"the {what} is an RSA key of {private.key_size} bits", "CAs demand 2048 or more.")
            return cls("RS256", libraries.jwk.JWKRSA(key=private))
        if isinstance(private, libraries.ec.EllipticCurvePrivateKey) and private.curve.name in _CURVES:
            return cls(_CURVES[private.curve.name], libraries.jwk.JWKEC(key=private))
        raise _unsuitable(what)

    def public_jwk(self) -> dict[str, Any]:
        """Return the public key as a JWK (RFC 7517)."""
        public: dict[str, Any] = self.jwk.public_key().to_json()
        return public

    def thumbprint(self) -> str:
        """Return the JWK thumbprint (RFC 7638), base64url, as key authorizations contain it."""
        return self._thumbprint

    @cached_property
    def _thumbprint(self) -> str:
        return b64(self.jwk.thumbprint())

    def sign(self, data: bytes) -> bytes:
        """Return the JWS signature over the data with the key's algorithm."""
        signature: bytes = getattr(libraries.jwa, self.algorithm).sign(self.jwk.key, data)
        return signature


def _unsuitable(what: str) -> AcmeError:
    hint = "Use an RSA or ECDSA (P-256, P-384, P-521) key."
    return invalid_input(f"the {what} is of a type that ACME CAs do not sign in with", hint)
