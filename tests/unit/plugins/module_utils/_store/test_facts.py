# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts of certificates."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import certificate as certificates
from ansible_collections.webpki.acme.plugins.module_utils._store import facts
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from cryptography.hazmat.primitives import serialization

from tests.unit.issuer import Issuer

KEY = keys.generate(keys.KeyType.ECDSA_P256)


def test_facts(issuer: Issuer, now: datetime) -> None:
    """The facts of a certificate are plain values, ready to be returned."""
    leaf = issuer.certificate(KEY.public_key(), ["a.example", "192.0.2.1"], left=30, lifetime=90)
    told = certificates.facts(leaf, "x", KEY, 2).to_dict(now)
    assert told.pop("days_left") == pytest.approx(30, abs=0.001)
    assert told.pop("not_before") < told.pop("not_after")
    serial = told.pop("serial_number")
    assert int(serial, 16) == leaf.serial_number
    assert len(serial) % 2 == 0
    assert len(told.pop("authority_key_identifier")) == 40
    assert told == {
        "subject_common_name": "a.example",
        "issuer": "CN=Test Issuer",
        "identifiers": ["a.example", "192.0.2.1"],
        "fingerprint_sha256": hashlib.sha256(leaf.public_bytes(serialization.Encoding.DER)).hexdigest(),
        "key_type": "ecdsa-p256",
        "public_key_fingerprint_sha256": keys.fingerprint(KEY.public_key()),
        "self_signed": False,
        "lifetime_days": 90.0,
        "key_matches": True,
        "chain_length": 2,
    }


@pytest.mark.parametrize(("key", "matches"), [(None, None), (KEY, True), (keys.generate(keys.KeyType.RSA_2048), False)])
def test_key_matches(issuer: Issuer, key: object, matches: bool | None) -> None:
    """Whether the key belongs to the certificate is true, false, or not known without a key."""
    leaf = issuer.certificate(KEY.public_key(), ["a.example"])
    assert certificates.facts(leaf, "x", key).key_matches is matches  # type: ignore[arg-type]


def test_expired(issuer: Issuer, now: datetime) -> None:
    """Days left count below zero once a certificate has expired."""
    leaf = issuer.certificate(KEY.public_key(), ["a.example"], left=-2)
    assert certificates.facts(leaf, "x").days_left(now) == pytest.approx(-2, abs=0.001)


def test_root(issuer: Issuer) -> None:
    """A root is self-signed and is for no names."""
    root = certificates.facts(issuer.root, "x")
    assert root.self_signed
    assert root.identifiers == ()


@pytest.mark.parametrize(
    "change",
    [
        {"not_after": "soon"},
        {"not_after": None},
        {"not_after": "2026-03-01T12:00:00"},
        {"identifiers": "a.example"},
        {"identifiers": None},
        {"more": 1},
    ],
)
def test_not_a_record(issuer: Issuer, change: dict[str, object]) -> None:
    """Facts are read back from exactly what was made of them, and from nothing else."""
    found = certificates.facts(issuer.certificate(KEY.public_key(), ["a.example"]), "x", KEY, 2)
    values = found.to_record()
    assert facts.Facts.from_record(values) == found
    for wrong in ({**values, **change}, {}, None, [], "x"):
        with pytest.raises(ValueError, match="not the facts"):
            facts.Facts.from_record(wrong)


def test_rfc3339() -> None:
    """Times are told in UTC with whole seconds."""
    moment = datetime(2026, 3, 1, 13, 0, 0, 999, tzinfo=timezone(timedelta(hours=1)))
    assert facts.rfc3339(moment) == "2026-03-01T12:00:00Z"


@pytest.mark.parametrize(
    "text",
    ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00+00:00", "2026-03-01T13:00:00+01:00", "2026-03-01T12:00:00.000000Z"],
)
def test_moment(text: str) -> None:
    """A time is read with its zone, and is in UTC from then on."""
    assert facts.moment(text).isoformat() == "2026-03-01T12:00:00+00:00"


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-03-01", "2026-03-01T12:00:00", "0001-01-01T00:00:00+23:59", None, 1, b"2026", []]
)
def test_no_moment(text: object) -> None:
    """What is no time, has no zone, or lies before all times, is refused, whatever it is."""
    with pytest.raises(ValueError, match="no time with its zone"):
        facts.moment(text)
