# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Chains, and which of them is chosen."""

from __future__ import annotations

import base64

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme import chain as chains
from ansible_collections.webpki.acme.plugins.module_utils._acme.chain import Chain, select
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.chains import CROSS, INTERMEDIATE, LEAF, LONG, SHORT, key_identifier, pem

URL = "https://ca.example/certificate/1"


def split(body: bytes) -> Chain:
    """Split a body into certificates."""
    return chains.split(body, doing="download the certificate", url=URL)


def test_parts() -> None:
    """The first certificate is the end entity's, the rest is its chain, and web servers want both."""
    chain = split((LEAF + INTERMEDIATE + CROSS).encode())
    assert chain.certificates == (LEAF, INTERMEDIATE, CROSS)
    assert (chain.certificate, chain.chain, chain.fullchain) == (
        LEAF,
        INTERMEDIATE + CROSS,
        LEAF + INTERMEDIATE + CROSS,
    )
    assert (split(LEAF.encode()).chain, split(LEAF.encode()).fullchain) == ("", LEAF)


@pytest.mark.parametrize(
    "body",
    [
        LEAF + INTERMEDIATE,
        LEAF + "\n\n" + INTERMEDIATE + "\n",
        LEAF + INTERMEDIATE.rstrip(),
        (LEAF + INTERMEDIATE).replace("\n", "\r\n"),
        "subject: a.example\n" + LEAF + "issuer: é\n" + INTERMEDIATE,
    ],
    ids=["plain", "blank lines", "no newline at the end", "CRLF", "with text"],
)
def test_forms(body: str) -> None:
    """However a CA formats its chain, it comes out as PEM with one newline after each line."""
    assert split(body.encode()) == SHORT


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"certificate": "x"}',
        b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        LEAF.encode()[:-30],
        (LEAF + INTERMEDIATE).encode()[:-30],
        LEAF.encode() + b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        LEAF.encode() + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        LEAF.replace("CERTIFICATE", "PRIVATE KEY").encode(),
        b"-----BEGIN CERTIFICATE-----" * 30000,
    ],
    ids=[
        "empty",
        "html",
        "json",
        "no content",
        "garbage",
        "cut",
        "second cut",
        "with a key",
        "one of two",
        "key",
        "endless",
    ],
)
def test_no_chain(body: bytes) -> None:
    """What is not a chain of certificates, every one of them, is refused."""
    with pytest.raises(AcmeError, match="no PEM certificate chain") as caught:
        split(body)
    assert (caught.value.problem.type, caught.value.url) == (ErrorType.BAD_RESPONSE, URL)


def test_issuers() -> None:
    """The issuers of a chain are the common names of all of its issuers; one without a common name has none."""
    assert LONG.issuers() == {"Intermediate", "Root X1", "Root X2"}
    assert Chain((pem("a.example", ""),)).issuers() == set()


@given(st.binary(max_size=100), st.integers(0, 400), st.integers(0, 255))
@example(b"", 38, 0)
@example(b"", 40, 128)
@example(b"", 12, 9)
@example(b"", 38, 3)
def test_any_body(text: bytes, position: int, value: int) -> None:
    """Whatever a CA sends as a chain, its certificates can be read or it is an AcmeError."""
    der = bytearray(x509.load_pem_x509_certificate(LEAF.encode()).public_bytes(Encoding.DER))
    der[position % len(der)] = value
    damaged = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(bytes(der)) + b"-----END CERTIFICATE-----\n"
    for body in (
        text,
        damaged,
        LEAF.encode() + damaged,
        b"-----BEGIN CERTIFICATE-----" + text + b"-----END CERTIFICATE-----",
    ):
        try:
            chain = split(body)
        except AcmeError:
            continue
        assert all(isinstance(issuer, str) for issuer in chain.issuers())
        assert all(isinstance(key, str) for key in chain.issuer_keys())


def hexadecimal(name: str, colons: bool = False) -> str:
    """The identifier of this name's key as people write it."""
    digits = key_identifier(name).hex()
    return ":".join(digits[at : at + 2].upper() for at in range(0, len(digits), 2)) if colons else digits


def test_issuer_keys() -> None:
    """The keys of a chain are those of all its issuers, also of the root that is not in it, and not the certificate's own."""
    assert LONG.issuer_keys() == {hexadecimal(name) for name in ("Intermediate", "Root X1", "Root X2")}
    assert Chain((pem("a.example", "Nobody", keys=False),)).issuer_keys() == set()


@pytest.mark.parametrize(
    ("preferred", "expected"),
    [
        (None, SHORT),
        ("", SHORT),
        ("Root X1", SHORT),
        ("Root X2", LONG),
        ("Intermediate", SHORT),
        ("smallest", SHORT),
        (hexadecimal("Root X1"), SHORT),
        (hexadecimal("Root X2"), LONG),
        (hexadecimal("Root X2", colons=True), LONG),
        (hexadecimal("Intermediate"), SHORT),
    ],
)
def test_select(preferred: str | None, expected: Chain) -> None:
    """A chain is chosen by its root, by another issuer, by the key of one of these, or as the smallest; else the CA chooses."""
    assert select(SHORT, [LONG], preferred, URL) == expected


def test_root_before_others() -> None:
    """A chain that leads to the preferred root goes before one that only holds it, signed by another one."""
    assert select(LONG, [SHORT], "Root X1", URL) == SHORT
    assert select(LONG, [], "Root X1", URL) == LONG


def test_smallest_of_equals() -> None:
    """Of chains of the same size the CA's own choice is taken."""
    first, second = Chain((LEAF, pem("Intermediate", "Root X3"))), Chain((LEAF, pem("Intermediate", "Root X4")))
    assert len(first.fullchain) == len(second.fullchain)
    assert select(first, [second], "smallest", URL) is first


@pytest.mark.parametrize(
    ("preferred", "offered"),
    [
        ("Root X3", r"'Root X3' \(offered: Intermediate, Root X1; Intermediate, Root X1, Root X2\)"),
        ("root x2", r"'root x2' \(offered: Intermediate, "),
        ("abcdef", r"'abcdef' \(offered: Intermediate, Root X1; "),
        ("0" * 40, rf".* \(offered: Intermediate, Root X1 with the keys .*{hexadecimal('Root X1')}.*; .*"),
    ],
)
def test_select_none(preferred: str, offered: str) -> None:
    """When no chain is the preferred one the message tells which there are, and what to do."""
    with pytest.raises(AcmeError, match=f"no chain has the issuer {offered}") as caught:
        select(SHORT, [LONG], preferred, URL)
    assert caught.value.problem.type == ErrorType.INVALID_INPUT
    assert "preferred_chain_fallback" in str(caught.value)


def test_hostile_issuer() -> None:
    """The names of issuers are shown without what steers a terminal."""
    with pytest.raises(AcmeError, match=r"offered: \\x1b\[31mred\)"):
        select(Chain((pem("a.example", "\x1b[31mred"),)), [], "Root", URL)
