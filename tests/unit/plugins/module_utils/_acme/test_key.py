# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account keys and their JSON Web Keys."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key, b64
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import jose

ALGORITHMS = ["ES256", "ES384", "ES512", "RS256"]

# Appendix A of RFC 7515: keys that the whole world knows, and what one of them signed.
RSA_JWK = {
    "n": (
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ"
        "S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2"
        "R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD"
        "TW9gb54h4FRWyuXpoQ"
    ),
    "e": "AQAB",
    "d": (
        "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_G"
        "O-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQl"
        "BjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0"
        "QU91p1DhOVRuOopznQ"
    ),
    "p": (
        "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2"
        "KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc"
    ),
    "q": (
        "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_"
        "HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"
    ),
}
RSA_SIGNED = b"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
RSA_SIGNATURE = (
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t"
    "1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
    "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQ"
    "Ge77Rw"
)
EC_JWK = {
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
}


def private(key: Key) -> Any:
    """Return the key as cryptography has it."""
    return key.jwk.key._wrapped


def pem(key: Any, encryption: KeySerializationEncryption | None = None, form: str = "PKCS8") -> bytes:
    """Return a private key as PEM."""
    encoded: bytes = key.private_bytes(Encoding.PEM, getattr(PrivateFormat, form), encryption or NoEncryption())
    return encoded


def known(algorithm: str) -> Key:
    """Return a key of the appendices of RFC 7515."""
    number = jose.number
    if algorithm == "ES256":
        point = ec.EllipticCurvePublicNumbers(number(EC_JWK["x"]), number(EC_JWK["y"]), ec.SECP256R1())
        return Key.wrap(ec.EllipticCurvePrivateNumbers(number(EC_JWK["d"]), point).private_key())
    n, e, d, p, q = (number(RSA_JWK[name]) for name in "nedpq")
    public = rsa.RSAPublicNumbers(e, n)
    crt = (rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q))
    return Key.wrap(rsa.RSAPrivateNumbers(p, q, d, *crt, public).private_key())


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("ES256", {"kty": "EC", "crv": "P-256", "x": EC_JWK["x"], "y": EC_JWK["y"]}),
        ("RS256", {"kty": "RSA", "n": RSA_JWK["n"], "e": "AQAB"}),
    ],
)
def test_public_jwk(algorithm: str, expected: dict[str, str]) -> None:
    """The JWK of a key of RFC 7515 is the one that stands there, without its private members."""
    assert known(algorithm).public_jwk() == expected


def test_known_signature() -> None:
    """The RS256 signature of RFC 7515 section A.2 comes out as it stands there."""
    assert b64(known("RS256").sign(RSA_SIGNED)) == RSA_SIGNATURE


def test_thumbprint_of_rfc_7638() -> None:
    """The key of RFC 7638 section 3.1 has the thumbprint that stands there."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
        "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
        "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
        "kEgU8awapJzKnqDKgw"
    )
    public = rsa.RSAPublicNumbers(jose.number("AQAB"), jose.number(n)).public_key()
    # Its private half was not published; a thumbprint is of the public one.
    key = Key("RS256", type(known("RS256").jwk)(key=public))
    assert key.thumbprint() == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_thumbprint(keys: dict[str, Key], algorithm: str) -> None:
    """A thumbprint is the SHA-256 of the required members, sorted and without white space (RFC 7638)."""
    jwk = keys[algorithm].public_jwk()
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()
    assert jose.decode(keys[algorithm].thumbprint()) == hashlib.sha256(canonical).digest()


@pytest.mark.parametrize(
    ("curve", "algorithm", "name", "size"),
    [
        (ec.SECP256R1(), "ES256", "P-256", 32),
        (ec.SECP384R1(), "ES384", "P-384", 48),
        (ec.SECP521R1(), "ES512", "P-521", 66),
    ],
)
def test_curves(curve: ec.EllipticCurve, algorithm: str, name: str, size: int) -> None:
    """Each curve has its algorithm, and coordinates of full length also when they begin with zeros (RFC 7518, 6.2.1)."""
    for scalar in (2, 3, 5, 255, 1000):
        key = Key.wrap(ec.derive_private_key(scalar, curve))
        jwk = key.public_jwk()
        assert (key.algorithm, jwk["kty"], jwk["crv"]) == (algorithm, "EC", name)
        assert [len(jose.decode(jwk[member])) for member in "xy"] == [size, size]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_short_signatures(keys: dict[str, Key], algorithm: str) -> None:
    """Signatures have full length also when a number in them begins with zeros."""
    size = {"ES256": 64, "ES384": 96, "ES512": 132, "RS256": 256}[algorithm]
    repeats = 5 if algorithm == "RS256" else 300
    assert {len(keys[algorithm].sign(b"data")) for _time in range(repeats)} == {size}


@pytest.mark.parametrize("form", ["PKCS8", "TraditionalOpenSSL"])
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_load(keys: dict[str, Key], algorithm: str, form: str) -> None:
    """A key is read from PEM as OpenSSL writes it, in the new form and in the old one."""
    loaded = Key.load(pem(private(keys[algorithm]), form=form))
    assert (loaded.algorithm, loaded.thumbprint()) == (algorithm, keys[algorithm].thumbprint())


@pytest.mark.parametrize("form", ["PKCS8", "TraditionalOpenSSL"])
def test_encrypted(key: Key, form: str) -> None:
    """An encrypted key is read with its passphrase; without it, or with a wrong one, the error says which it was."""
    encrypted = pem(private(key), BestAvailableEncryption(b"secret"), form)
    assert Key.load(encrypted, b"secret").thumbprint() == key.thumbprint()
    with pytest.raises(AcmeError, match="the account key is encrypted.*account_key_passphrase"):
        Key.load(encrypted)
    with pytest.raises(AcmeError, match="cannot be decrypted.*passphrase"):
        Key.load(encrypted, b"wrong")


def test_passphrase_not_needed(key: Key) -> None:
    """A passphrase that is given for a key that has none does no harm."""
    assert Key.load(pem(private(key)), b"secret").thumbprint() == key.thumbprint()


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda: rsa.generate_private_key(65537, 1024), "1024 bits"),
        (lambda: ec.generate_private_key(ec.SECP256K1()), "P-256, P-384, P-521"),
        (lambda: ec.generate_private_key(ec.SECP224R1()), "P-256, P-384, P-521"),
        (ed25519.Ed25519PrivateKey.generate, "P-256, P-384, P-521"),
        (x25519.X25519PrivateKey.generate, "P-256, P-384, P-521"),
        (lambda: dsa.generate_private_key(1024), "P-256, P-384, P-521"),
    ],
    ids=["short RSA", "secp256k1", "P-224", "Ed25519", "X25519", "DSA"],
)
def test_other_keys(made: Any, text: str) -> None:
    """A key that CAs do not take is refused with the kinds that they take."""
    with pytest.raises(AcmeError, match=text) as caught:
        Key.load(pem(made()), what="account key /etc/acme/key.pem")
    assert caught.value.problem.type == ErrorType.INVALID_INPUT
    assert "account key /etc/acme/key.pem" in str(caught.value)


def test_no_private_key(key: Key) -> None:
    """What is not a private key in PEM form is called so."""
    public = private(key).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = private(key).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    for content in (b"", b"no key", public, der, pem(private(key))[:-40], b"\0" * 100):
        with pytest.raises(AcmeError, match="the account key is not a private key in PEM form.*P-521") as caught:
            Key.load(content)
        assert caught.value.problem.type == ErrorType.INVALID_INPUT


@given(
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=60).map(
            lambda data: b"-----BEGIN PRIVATE KEY-----\n" + b64(data).encode() + b"\n-----END PRIVATE KEY-----\n"
        ),
        st.tuples(st.integers(0, 137), st.integers(0, 255)).map(lambda change: damaged(*change)),
    ),
    st.sampled_from([None, b"", b"secret"]),
)
def test_any_pem(content: bytes, passphrase: bytes | None) -> None:
    """Whatever a key file holds, it is a key or an AcmeError."""
    try:
        Key.load(content, passphrase)
    except AcmeError as error:
        assert error.problem.type == ErrorType.INVALID_INPUT


def damaged(position: int, value: int) -> bytes:
    """Return a key in PEM form of which one byte was changed."""
    data = bytearray(private(known("ES256")).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    data[position] = value
    body = b64(bytes(data)).replace("-", "+").replace("_", "/")
    return f"-----BEGIN PRIVATE KEY-----\n{body}{'=' * (-len(body) % 4)}\n-----END PRIVATE KEY-----\n".encode()


def test_not_shown(key: Key) -> None:
    """The text of a key holds nothing of its private part."""
    assert repr(key) == "Key(algorithm='ES256')"


@pytest.mark.parametrize(("data", "expected"), [(b"", ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"\xfb\xff", "-_8")])
def test_b64(data: bytes, expected: str) -> None:
    """Base64url comes without padding (RFC 8555 section 6.1)."""
    assert b64(data) == expected
