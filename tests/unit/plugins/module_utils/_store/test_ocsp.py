# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OCSP: what is asked, and what is no word of the issuer's."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import ocsp as status
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.status_issuer import OCSP_URL, StatusIssuer

CA = StatusIssuer()
LEAF = CA.leaf()
KEY = ec.generate_private_key(ec.SECP256R1())
REVOKED, UNKNOWN = ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN


def look_up(data: bytes, leaf: x509.Certificate = LEAF, issuer: x509.Certificate = CA.intermediate) -> Any:
    return status.look_up(data, leaf, issuer, datetime.now(timezone.utc))


def test_request() -> None:
    """What is asked for is the serial number at this issuer."""
    asked = ocsp.load_der_ocsp_request(status.request(LEAF, CA.intermediate))
    assert asked.serial_number == LEAF.serial_number


def test_good() -> None:
    """A certificate that its issuer calls good is it, until the next answer is due."""
    found = look_up(CA.answer_for(LEAF))
    assert (found.revoked, found.revoked_at, found.reason) == (False, None, None)
    assert found.this_update < datetime.now(timezone.utc) < found.next_update


@pytest.mark.parametrize(
    ("reason", "expected"), [(None, None), (x509.ReasonFlags.superseded, "superseded")], ids=["none", "one"]
)
def test_revoked(reason: x509.ReasonFlags | None, expected: str | None) -> None:
    """One that is called revoked is it, since when and why is told."""
    found = look_up(CA.answer_for(LEAF, REVOKED, reason=reason))
    assert (found.revoked, found.reason, found.revoked_at) == (True, expected, found.this_update)


def test_delegate() -> None:
    """Whom the issuer has given a certificate for that may answer in its place."""
    assert look_up(CA.answer_for(LEAF, REVOKED, key=KEY, delegate=CA.delegate(KEY))).revoked


STRANGER = StatusIssuer()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (CA.answer_for(LEAF, key=KEY), "signed neither by the issuer"),
        (CA.answer_for(LEAF, key=KEY, delegate=CA.delegate(KEY, allowed=False)), "signed neither by the issuer"),
        (CA.answer_for(LEAF, key=KEY, delegate=STRANGER.delegate(KEY)), "signed neither by the issuer"),
        (STRANGER.answer_for(LEAF), "signed neither by the issuer"),
        (CA.answer_for(LEAF, UNKNOWN), "does not know the certificate"),
        (CA.answer_for(CA.leaf()), "for another certificate"),
        (CA.answer_for(LEAF, issuer=CA.root), "for another certificate"),
        (CA.answer_for(LEAF, age=9, left=-2), "was to be replaced by"),
        (CA.answer_for(LEAF, age=-1), "not valid before"),
        (
            ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER),
            r"refused the request \(try later\)",
        ),
        (b"", "malformed"),
        (b"<html>", "malformed"),
        (CA.answer_for(LEAF)[:-5], "malformed|signed neither"),
    ],
    ids=[
        "signature",
        "delegate for something else",
        "another's delegate",
        "another CA",
        "unknown",
        "another certificate",
        "another issuer",
        "old",
        "early",
        "later",
        "empty",
        "page",
        "cut",
    ],
)
def test_says_nothing(data: bytes, why: str) -> None:
    """An answer that is not the issuer's, not of now, or not for the certificate says nothing."""
    with pytest.raises(StoreError, match=why):
        look_up(data)


def test_not_the_issuer() -> None:
    """With another CA's certificate nothing is verified."""
    with pytest.raises(StoreError, match="issued by another CA"):
        look_up(STRANGER.answer_for(LEAF), LEAF, STRANGER.intermediate)


WHOLE = CA.answer_for(LEAF, REVOKED)


@settings(max_examples=200)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_any_answer(position: int, change: int) -> None:
    """Whatever is changed in an answer on its way, it is refused or says the same."""
    good = bytearray(WHOLE)
    good[position] ^= change
    try:
        found = look_up(bytes(good))
    except StoreError:
        return
    assert found.revoked


def test_urls() -> None:
    """The responders that can be asked by HTTP are found; other places that a certificate names are not among them."""
    assert status.urls(LEAF) == (OCSP_URL,)
    assert status.urls(CA.leaf(responders=["ldap://ocsp.example", OCSP_URL])) == (OCSP_URL,)
    place = x509.UniformResourceIdentifier("http://ca.example/issuer.crt")
    above = x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)])
    assert status.urls(CA.leaf(above, responders=[])) == ()
    assert status.urls(CA.leaf(responders=[])) == ()
