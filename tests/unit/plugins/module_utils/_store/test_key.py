# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private keys."""

from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

FAST = [keys.KeyType.ECDSA_P256, keys.KeyType.ECDSA_P384, keys.KeyType.ECDSA_P521, keys.KeyType.RSA_2048]


@pytest.mark.parametrize("key_type", FAST)
def test_round_trip(key_type: keys.KeyType) -> None:
    """A key is of the type asked for, is written as PKCS#8, and is the same when read back."""
    key = keys.generate(key_type)
    pem = keys.to_pem(key)
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    assert keys.type_of(key.public_key()) == key_type.value
    assert keys.fits(keys.load(pem, "x"), key.public_key())


@pytest.mark.parametrize("key_type", [keys.KeyType.RSA_3072, keys.KeyType.RSA_4096])
def test_large_keys(key_type: keys.KeyType) -> None:
    """The larger RSA keys have the size that their name says."""
    assert keys.type_of(keys.generate(key_type).public_key()) == key_type.value


def test_another_key_does_not_fit() -> None:
    """Two keys of the same type are told apart."""
    first, second = (keys.generate(keys.KeyType.ECDSA_P256) for _number in range(2))
    assert not keys.fits(first, second.public_key())
    assert keys.fingerprint(first.public_key()) != keys.fingerprint(second.public_key())


def test_types_that_are_not_made() -> None:
    """A key of a type that is never made here still has a name that can be shown."""
    assert keys.type_of(ed25519.Ed25519PrivateKey.generate().public_key()) == "ed25519"
    assert keys.type_of(ec.generate_private_key(ec.SECP256K1()).public_key()) == "ecdsa-secp256k1"


def private_pem(key: object, password: bytes | None = None) -> bytes:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password:
        encryption = serialization.BestAvailableEncryption(password)
    return key.private_bytes(  # type: ignore[attr-defined, no-any-return]
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )


@pytest.mark.parametrize(
    ("pem", "why"),
    [
        (b"", "no private key"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key"),
        (b"\xff\0" * 100, "no private key"),
        (private_pem(keys.generate(keys.KeyType.ECDSA_P256), b"secret"), "encrypted"),
        (private_pem(ed25519.Ed25519PrivateKey.generate()), "neither RSA nor ECDSA"),
    ],
)
def test_unusable_keys(pem: bytes, why: str) -> None:
    """A key that cannot be used is refused with the reason and its place, and without a word of its content."""
    with pytest.raises(StoreError, match=why) as caught:
        keys.load(pem, "/etc/x.pem")
    assert "/etc/x.pem" in str(caught.value)
    assert "AAAA" not in str(caught.value)


def test_old_pem_form() -> None:
    """A key in the older PEM form of OpenSSL is read as well."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    assert keys.fits(keys.load(pem, "x"), key.public_key())


def test_create_file(tmp_path: Path) -> None:
    """A new key file is readable by its owner only; an existing file is left as it is."""
    path = tmp_path / "account.pem"
    assert keys.create_file(str(path), keys.KeyType.ECDSA_P256)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    assert not keys.create_file(str(path), keys.KeyType.ECDSA_P256)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def _create(path: str) -> bool:
    return keys.create_file(path, keys.KeyType.ECDSA_P256)


def test_create_file_in_many_processes(tmp_path: Path) -> None:
    """Of many processes that make the same key file at once, exactly one does, and nothing else is left."""
    path = tmp_path / "account.pem"
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        made = pool.map(_create, [str(path)] * 40)
    assert sum(made) == 1
    assert list(tmp_path.iterdir()) == [path]
    keys.load(path.read_bytes(), "x")


def test_create_file_without_a_directory(tmp_path: Path) -> None:
    """Where no file can be made, the error says where and why."""
    with pytest.raises(StoreError, match=r"cannot write .*nowhere.*No such file"):
        keys.create_file(str(tmp_path / "nowhere" / "account.pem"), keys.KeyType.ECDSA_P256)
