# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a certificate is due, and what is staged for it."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import csr, deployment, files, installed, layout, plan
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store import request as requests
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

from tests.unit.issuer import Issuer

WANTED = requests.Wanted(("a.example", "b.example"))


def deploy(place: layout.Home, now: datetime, fullchain: str | None, private_key: Any, **more: Any) -> None:
    pem = keys.to_pem(private_key).decode() if private_key else None
    delivery = plan.Delivery(place.name, fullchain, pem, **more)
    (outcome,) = deployment.carry_out([plan.make(place, delivery, now)], lambda: None, 3)
    assert outcome.error is None


def codes(place: layout.Home, wanted: requests.Wanted, now: datetime, fraction: float | None = None) -> list[str]:
    return [reason.code.value for reason in requests.reasons(installed.load(place), wanted, now, fraction)]


@pytest.fixture
def deployed(place: layout.Home, issuer: Issuer, now: datetime) -> layout.Home:
    """A good certificate, issued by one CA under one profile."""
    key = keys.generate(keys.KeyType.ECDSA_P256)
    fullchain = issuer.fullchain(key.public_key(), list(WANTED.identifiers))
    deploy(place, now, fullchain, key, ca="https://ca.example/dir", profile="classic")
    return place


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({}, []),
        ({"identifiers": ("b.example", "a.example")}, []),
        ({"identifiers": ("a.example",)}, ["names"]),
        ({"identifiers": ("a.example", "b.example", "::1")}, ["names"]),
        ({"key_type": keys.KeyType.ECDSA_P384}, ["key-type"]),
        ({"key_type": keys.KeyType.RSA_2048}, ["key-type"]),
        ({"ca": "https://ca.example/dir"}, []),
        ({"ca": "https://other.example/dir"}, ["ca"]),
        ({"profile": "classic"}, []),
        ({"profile": "shortlived"}, ["profile"]),
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
    now: datetime,
    lifetime: float,
    left: float,
    fraction: float | None,
    reasons: list[str],
) -> None:
    """A certificate is due when a third of its lifetime is left, a half of a short one, or the share that was given."""
    key = keys.generate(keys.KeyType.ECDSA_P256)
    deploy(place, now, issuer.fullchain(key.public_key(), list(WANTED.identifiers), left, lifetime), key)
    assert codes(place, WANTED, now, fraction) == reasons


@pytest.mark.parametrize(
    ("left", "lifetime", "text"),
    [(17, 90, "17 of 90 days left"), (2.5, 6, "2.5 of 6 days left"), (0.26, 6, "0.3 of 6 days left")],
)
def test_lifetime_in_words(
    place: layout.Home, issuer: Issuer, now: datetime, left: float, lifetime: float, text: str
) -> None:
    """The reason tells how much is left of how much."""
    key = keys.generate(keys.KeyType.ECDSA_P256)
    deploy(place, now, issuer.fullchain(key.public_key(), list(WANTED.identifiers), left, lifetime), key)
    (reason,) = requests.reasons(installed.load(place), WANTED, now)
    assert reason.text == text


def test_expired(deployed: layout.Home, issuer: Issuer) -> None:
    """An expired certificate is due as such."""
    later = requests.installed.load(deployed)
    assert later is not None
    assert later.facts is not None
    assert codes(deployed, WANTED, later.facts.not_after) == ["expired"]


def test_missing(place: layout.Home, now: datetime) -> None:
    """A certificate that was never made is due."""
    assert codes(place, WANTED, now) == ["missing"]


def test_placeholder(place: layout.Home, now: datetime) -> None:
    """A placeholder is due whatever else is right with it, for that one reason."""
    deploy(place, now, None, None, identifiers=("c.example",))
    assert codes(place, WANTED, now) == ["self-signed"]


@pytest.mark.parametrize("file", ["privkey.pem", "fullchain.pem"])
@pytest.mark.parametrize("content", [None, b"", b"garbage\0\xff", b"-----BEGIN CERTIFICATE-----\n"])
def test_unreadable(deployed: layout.Home, now: datetime, file: str, content: bytes | None) -> None:
    """A file that is missing, empty or garbled makes the certificate due, with the file's name in the reason."""
    path = Path(deployed.current, file)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    (reason,) = requests.reasons(installed.load(deployed), WANTED, now)
    assert reason.code is requests.Code.UNREADABLE
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
    wanted = replace(WANTED, profile="shortlived")
    assert codes(deployed, wanted, now) == []


def test_staging(place: layout.Home) -> None:
    """A key and a request are made, both only once, and the key is readable by its owner only."""
    first = requests.stage(place, None, WANTED)
    assert first.made
    second = requests.stage(place, None, WANTED)
    assert (second.csr, second.made) == (first.csr, False)
    assert stat.S_IMODE(os.stat(place.staged).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(place.in_staged("privkey.pem")).st_mode) == 0o600
    assert sorted(os.listdir(place.staged)) == ["privkey.pem", "request.csr"]
    key = keys.load(Path(place.in_staged("privkey.pem")).read_bytes(), "x")
    assert csr.fits(csr.load(first.csr.encode(), "x"), key, WANTED.identifiers)


@pytest.mark.parametrize(
    ("change", "same_key"),
    [
        ({"identifiers": ("a.example",)}, True),
        ({"key_type": keys.KeyType.ECDSA_P384}, False),
    ],
)
def test_staged_for_something_else(place: layout.Home, change: dict[str, Any], same_key: bool) -> None:
    """What was staged for other names keeps its key and gets a new request; for another type of key, both are new."""
    requests.stage(place, None, WANTED)
    before = Path(place.in_staged("privkey.pem")).read_bytes()
    wanted = replace(WANTED, **change)
    assert requests.staged(place, None, wanted) is None
    assert requests.stage(place, None, wanted).made
    assert (Path(place.in_staged("privkey.pem")).read_bytes() == before) is same_key
    assert not requests.stage(place, None, wanted).made


@pytest.mark.parametrize("file", ["privkey.pem", "request.csr"])
@pytest.mark.parametrize("content", [None, b"", b"garbage\0\xff"])
def test_damaged_staging(place: layout.Home, file: str, content: bytes | None) -> None:
    """What is staged is made anew when a part of it is missing or garbled."""
    requests.stage(place, None, WANTED)
    Path(place.in_staged(file)).unlink()
    if content is not None:
        Path(place.in_staged(file)).write_bytes(content)
    assert requests.stage(place, None, WANTED).made
    assert not requests.stage(place, None, WANTED).made


def test_key_reuse(deployed: layout.Home, now: datetime) -> None:
    """With key_reuse the staged key is the current one, as long as that is of the wanted type."""
    present = installed.load(deployed)
    assert present is not None
    assert present.key is not None
    wanted = replace(WANTED, key_reuse=True)
    staged = requests.stage(deployed, present, wanted)
    assert keys.fits(present.key, csr.load(staged.csr.encode(), "x").public_key())
    assert not requests.stage(deployed, present, wanted).made
    other = replace(wanted, key_type=keys.KeyType.ECDSA_P384)
    staged = requests.stage(deployed, present, other)
    assert not keys.fits(present.key, csr.load(staged.csr.encode(), "x").public_key())


def test_no_reuse_by_accident(deployed: layout.Home, now: datetime) -> None:
    """A staged key that is the current one already is not taken for a new one."""
    present = installed.load(deployed)
    assert present is not None
    requests.stage(deployed, present, replace(WANTED, key_reuse=True))
    assert requests.is_unfinished(deployed, present)
    assert requests.staged(deployed, present, WANTED) is None
    requests.stage(deployed, present, WANTED)
    assert not requests.is_unfinished(deployed, present)


@pytest.fixture
def taken_back(deployed: layout.Home, issuer: Issuer, now: datetime) -> layout.Home:
    """A second certificate was issued, and taken back as the configuration was broken."""
    csr_ = requests.stage(deployed, installed.load(deployed), WANTED).csr
    delivery = plan.Delivery(deployed.name, issuer.answer(csr_), ca="https://ca.example/dir", profile="classic")
    deployment.carry_out([plan.make(deployed, delivery, now)], lambda: StoreError("broken"), 3)
    return deployed


@pytest.mark.parametrize(
    ("change", "waits"),
    [
        ({}, True),
        ({"ca": "https://ca.example/dir", "profile": "classic"}, True),
        ({"ca": "https://other.example/dir"}, False),
        ({"profile": "shortlived"}, False),
        ({"identifiers": ("a.example",)}, False),
        ({"key_type": keys.KeyType.RSA_2048}, False),
        ({"key_reuse": True}, False),
        ({"force": True}, False),
    ],
)
def test_issued(taken_back: layout.Home, now: datetime, change: dict[str, Any], waits: bool) -> None:
    """What was issued and taken back waits for its deployment as long as it is as wanted."""
    present, wanted = installed.load(taken_back), replace(WANTED, **change)
    assert (requests.issued(taken_back, present, wanted, now) is not None) is waits


def test_issued_for_another_key(taken_back: layout.Home) -> None:
    """A new key leaves no certificate beside it that was issued for the one before."""
    requests.stage(taken_back, installed.load(taken_back), replace(WANTED, key_type=keys.KeyType.RSA_2048))
    assert sorted(os.listdir(taken_back.staged)) == ["privkey.pem", "request.csr"]


def test_issued_but_old(taken_back: layout.Home, now: datetime) -> None:
    """What waits is forgotten once it is due itself."""
    assert requests.issued(taken_back, None, WANTED, now, 0.9) is not None
    assert requests.issued(taken_back, None, WANTED, now + timedelta(days=10), 0.9) is None
    assert requests.issued(taken_back, None, WANTED, now + timedelta(days=91)) is None


@pytest.mark.parametrize("file", ["privkey.pem", "fullchain.pem"])
def test_issued_but_damaged(taken_back: layout.Home, now: datetime, file: str) -> None:
    """What waits does not count without its key, or when it cannot be read."""
    Path(taken_back.in_staged(file)).write_text("garbage")
    assert requests.issued(taken_back, installed.load(taken_back), WANTED, now) is None
    key = keys.to_pem(keys.generate(keys.KeyType.ECDSA_P256))
    Path(taken_back.in_staged("privkey.pem")).write_bytes(key)
    assert requests.issued(taken_back, installed.load(taken_back), WANTED, now) is None


def test_unwritable(place: layout.Home) -> None:
    """Where nothing can be staged, the error says where."""
    files.make_directory(place.store)
    Path(place.directory).write_text("a file")
    with pytest.raises(StoreError, match=f"cannot .* {place.directory}"):
        requests.stage(place, None, WANTED)
