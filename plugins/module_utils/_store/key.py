# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private keys: making, reading and writing them, and whether one belongs to a certificate."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from . import files, libraries, writing
from .errors import StoreError
from .key_type import KeyType
from .libraries import UnsupportedAlgorithm, ec, rsa, serialization

if TYPE_CHECKING:
    from .libraries import PrivateKey, PublicKey


_CURVES = {"ecdsa-p256": "SECP256R1", "ecdsa-p384": "SECP384R1", "ecdsa-p521": "SECP521R1"}
_TYPES_BY_CURVE = {curve.lower(): key_type for key_type, curve in _CURVES.items()}


def generate(key_type: KeyType) -> PrivateKey:
    """A new private key of this type."""
    if key_type.value in _CURVES:
        return ec.generate_private_key(getattr(ec, _CURVES[key_type.value])())
    return rsa.generate_private_key(public_exponent=65537, key_size=int(key_type.value.rsplit("-", 1)[1]))


def to_pem(key: PrivateKey) -> bytes:
    """The key as unencrypted PKCS#8 PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def create_file(path: str, key_type: KeyType) -> bool:
    """Makes a key of this type and puts it at path with mode 0600, whole or not at all.

    Returns False, and changes nothing, when there is a file already; then load that one. Safe with any number of
    processes at once: all of them end up with the same key. The directory must exist.
    """
    return writing.create_exclusive(path, to_pem(generate(key_type)), files.Access(0o600))


def load(pem: bytes, source: str) -> PrivateKey:
    """Reads an unencrypted PEM private key (RSA or ECDSA). source names it in the StoreError, which never quotes it."""
    try:
        if libraries.CRYPTOGRAPHY_VERSION >= (39,):
            # Testing the primes of an RSA key costs 20 ms and more; whether it fits its certificate is looked at anyway.
            key = serialization.load_pem_private_key(pem, None, unsafe_skip_rsa_key_validation=True)
        else:
            key = serialization.load_pem_private_key(pem, None)
    except TypeError as error:
        raise StoreError(
            f"the private key in {source} is encrypted", "Web servers need it without a passphrase."
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise StoreError(f"{source} holds no private key in PEM form") from error
    if not isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)):
        raise StoreError(f"the private key in {source} is neither RSA nor ECDSA")
    return key


def type_of(public: PublicKey) -> str:
    """The type of a key, as in KeyType where it is one of those, otherwise in the same style (rsa-1024, ed25519)."""
    if isinstance(public, rsa.RSAPublicKey):
        return f"rsa-{public.key_size}"
    if isinstance(public, ec.EllipticCurvePublicKey):
        return _TYPES_BY_CURVE.get(public.curve.name.lower(), f"ecdsa-{public.curve.name.lower()}")
    return type(public).__name__.lstrip("_").replace("PublicKey", "").lower()


def public_der(public: PublicKey) -> bytes:
    """The SubjectPublicKeyInfo of a public key: equal bytes mean the same key."""
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def fingerprint(public: PublicKey) -> str:
    """SHA-256 of the SubjectPublicKeyInfo, lower-case hex."""
    return hashlib.sha256(public_der(public)).hexdigest()


def fits(key: PrivateKey, public: PublicKey) -> bool:
    """Whether a private key belongs to a public key (of a certificate or a request)."""
    return public_der(key.public_key()) == public_der(public)
