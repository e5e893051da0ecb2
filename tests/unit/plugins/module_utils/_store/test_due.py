# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a certificate is due."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import due, installed, layout
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

from tests.unit.issuer import Issuer

WANTED = due.Wanted(("a.example", "b.example"))


def codes(place: layout.Home, wanted: due.Wanted, now: datetime, fraction: float | None = None) -> list[str]:
    age = due.Age(fraction)
    return [reason.code.value for reason in due.reasons(installed.load(place), wanted, now, age)]


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({}, []),
        ({"identifiers": ("b.example", "a.example")}, []),
        ({"identifiers": ("a.example",)}, ["names"]),
        ({"identifiers": ("a.example", "b.example", "::1")}, ["names"]),
        ({"key_type": keys.KeyType.ECDSA_P384}, ["key-type"]),
        ({"key_type": keys.KeyType.RSA_2048}, ["key-type"]),
        ({"cas": ("https://ca.example/dir",)}, []),
        ({"cas": ("https://other.example/dir", "https://ca.example/dir")}, []),
        ({"cas": ("https://other.example/dir",)}, ["ca"]),
        ({"profiles": ("classic",)}, []),
        ({"profiles": ("shortlived", "classic")}, []),
        ({"profiles": ("shortlived",)}, ["profile"]),
        ({"profiles": ("shortlived", "shorter")}, ["profile"]),
        ({"force": True}, ["forced"]),
        ({"force": True, "identifiers": ("c.example",)}, ["names", "forced"]),
    ],
)
def test_differences(deployed: layout.Home, now: datetime, change: dict[str, Any], reasons: list[str]) -> None:
    """A certificate is due when it is not as wanted, and says every reason; what is not asked about does not count."""
    assert codes(deployed, replace(WANTED, **change), now) == reasons


@pytest.mark.parametrize(
    ("lifetime", "left", "fraction", "reasons"),
    [
        (90, 31, None, []),
        (90, 29, None, ["lifetime"]),
        (90, 44, 0.5, ["lifetime"]),
        (90, 46, 0.5, []),
        (6, 3.1, None, []),
        (6, 2.9, None, ["lifetime"]),
        (10, 3.4, None, []),
        (10, 3.3, None, ["lifetime"]),
        (1000, 300, 0.25, []),
    ],
)
def test_lifetime(
    place: layout.Home,
    issuer: Issuer,
    deploy: Callable[..., None],
    now: datetime,
    lifetime: float,
    left: float,
    fraction: float | None,
    reasons: list[str],
) -> None:
    """A certificate is due when a third of its lifetime is left, a half of a short one, or the share that was given."""
    key = keys.generate(keys.KeyType.ECDSA_P256)
    deploy(issuer.fullchain(key.public_key(), list(WANTED.identifiers), left, lifetime), key)
    assert codes(place, WANTED, now, fraction) == reasons


@pytest.mark.parametrize(
    ("left", "lifetime", "text"),
    [
        (17, 90, "17 of 90 days left"),
        (2.5, 6, "2.5 of 6 days left"),
        (0.26, 6, "0.3 of 6 days left"),
        (3 / 24, 8 / 24, "3 of 8 hours left"),
    ],
)
def test_lifetime_in_words(
    place: layout.Home,
    issuer: Issuer,
    deploy: Callable[..., None],
    now: datetime,
    left: float,
    lifetime: float,
    text: str,
) -> None:
    """The reason tells how much is left of how much."""
    key = keys.generate(keys.KeyType.ECDSA_P256)
    deploy(issuer.fullchain(key.public_key(), list(WANTED.identifiers), left, lifetime), key)
    (reason,) = due.reasons(installed.load(place), WANTED, now)
    assert reason.text == text


@pytest.mark.parametrize(
    ("left", "lifetime", "age", "reasons"),
    [
        # In an emergency only: somebody else decides otherwise.
        (29, 90, {"emergency_fraction": 0.1}, []),
        (9.1, 90, {"emergency_fraction": 0.1}, []),
        (8.9, 90, {"emergency_fraction": 0.1}, ["lifetime"]),
        (10, 90, {"emergency_fraction": 0.1, "renew_fraction": 0.5}, []),
        # Too little for two more runs, but not before half of the lifetime.
        (2.1, 6, {"emergency_fraction": 0.1}, []),
        (1.9, 6, {"emergency_fraction": 0.1}, ["lifetime"]),
        (14.1, 30, {"run_interval": timedelta(days=7)}, []),
        (13.9, 30, {"run_interval": timedelta(days=7)}, ["lifetime"]),
        (15.1, 30, {"run_interval": timedelta(days=14)}, []),
        (14.9, 30, {"run_interval": timedelta(days=14)}, ["lifetime"]),
        # One that is an hour old shows that there are more runs.
        (7 / 24, 8 / 24, {"emergency_fraction": 0.1}, []),
        (3.9 / 24, 8 / 24, {"emergency_fraction": 0.1}, ["lifetime"]),
    ],
)
def test_too_old(
    place: layout.Home,
    issuer: Issuer,
    deploy: Callable[..., None],
    now: datetime,
    left: float,
    lifetime: float,
    age: dict[str, Any],
    reasons: list[str],
) -> None:
    """Where somebody else decides age counts in an emergency only; and always when two more runs would be one too many."""
    key = keys.generate(keys.KeyType.ECDSA_P256)
    deploy(issuer.fullchain(key.public_key(), list(WANTED.identifiers), left, lifetime), key)
    found = due.reasons(installed.load(place), WANTED, now, due.Age(**age))
    assert [reason.code.value for reason in found] == reasons


def test_decided_elsewhere(deployed: layout.Home, now: datetime) -> None:
    """What was decided elsewhere makes the certificate due that it was decided for, and no other."""
    present = installed.load(deployed)
    assert present is not None
    assert present.facts is not None
    reason = due.Reason(due.Code.RENEWAL_INFO, "the CA wants that")
    for fingerprint, found in ((present.facts.fingerprint_sha256, [reason]), ("other", [])):
        wanted = replace(WANTED, renewal=due.Renewal(fingerprint, reason))
        assert due.reasons(present, wanted, now) == found


def test_expired(deployed: layout.Home, issuer: Issuer) -> None:
    """An expired certificate is due as such."""
    later = installed.load(deployed)
    assert later is not None
    assert later.facts is not None
    assert codes(deployed, WANTED, later.facts.not_after) == ["expired"]


def test_missing(place: layout.Home, now: datetime) -> None:
    """A certificate that was never made is due."""
    assert codes(place, WANTED, now) == ["missing"]


def test_placeholder(place: layout.Home, deploy: Callable[..., None], now: datetime) -> None:
    """A placeholder is due whatever else is right with it, for that one reason."""
    deploy(None, None, identifiers=("c.example",))
    assert codes(place, WANTED, now) == ["self-signed"]


@pytest.mark.parametrize("file", ["privkey.pem", "fullchain.pem"])
@pytest.mark.parametrize("content", [None, b"", b"garbage\0\xff", b"-----BEGIN CERTIFICATE-----\n"])
def test_unreadable(deployed: layout.Home, now: datetime, file: str, content: bytes | None) -> None:
    """A file that is missing, empty or garbled makes the certificate due, with the file's name in the reason."""
    path = Path(deployed.current, file)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    (reason,) = due.reasons(installed.load(deployed), WANTED, now)
    assert reason.code is due.Code.UNREADABLE
    assert file in reason.text


def test_key_mismatch(deployed: layout.Home, now: datetime) -> None:
    """A key that was exchanged by hand makes the certificate due."""
    path = Path(deployed.current, "privkey.pem")
    path.write_bytes(keys.to_pem(keys.generate(keys.KeyType.ECDSA_P256)))
    assert codes(deployed, WANTED, now) == ["key-mismatch"]


def test_not_allowed_to_look(deployed: layout.Home, now: datetime) -> None:
    """Where the files cannot be looked at for another reason, that is an error and no reason for a new certificate."""
    path = Path(deployed.current, "privkey.pem")
    path.unlink()
    path.symlink_to(path.name)
    with pytest.raises(StoreError, match=r"cannot read .*privkey\.pem"):
        codes(deployed, WANTED, now)


@pytest.mark.parametrize("content", [None, b"", b"garbage", b"[]", b'{"ca": 1}'])
def test_unknown_issuance(deployed: layout.Home, now: datetime, content: bytes | None) -> None:
    """Where it is not known who issued a certificate, it is not due for that."""
    path = Path(deployed.current, "issuance.json")
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    wanted = replace(WANTED, profiles=("shortlived",))
    assert codes(deployed, wanted, now) == []
