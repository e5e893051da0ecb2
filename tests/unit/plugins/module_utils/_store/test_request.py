# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is staged for a certificate that is due."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import (
    csr,
    deployment,
    due,
    installed,
    layout,
    plan,
    writing,
)
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store import request as requests
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

from tests.unit.issuer import Issuer

WANTED = due.Wanted(("a.example", "b.example"))


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


def test_interrupted(place: layout.Home) -> None:
    """A request that was forced is known as that as long as it waits and fits; one that was due by itself is not."""
    requests.stage(place, None, WANTED)
    assert not requests.interrupted(place, None, WANTED)
    requests.stage(place, None, replace(WANTED, force=True))
    assert requests.interrupted(place, None, WANTED)
    assert not requests.interrupted(place, None, replace(WANTED, identifiers=("a.example",)))
    requests.stage(place, None, replace(WANTED, key_type=keys.KeyType.ECDSA_P384))
    assert not requests.interrupted(place, None, WANTED)


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
    assert layout.is_unfinished(deployed)
    assert requests.staged(deployed, present, WANTED) is None
    assert requests.stage(deployed, present, WANTED).made


@pytest.fixture
def taken_back(deployed: layout.Home, issuer: Issuer, now: datetime) -> layout.Home:
    """A second certificate was issued, and taken back as the configuration was broken."""
    csr_ = requests.stage(deployed, installed.load(deployed), WANTED).csr
    delivery = plan.Delivery(deployed.name, issuer.answer(csr_), ca="https://ca.example/dir", profile="classic")
    deployment.carry_out([plan.make(deployed, delivery, now)], lambda: StoreError("broken"), 3)
    return deployed


def test_issued_though_not_due(deployed: layout.Home, taken_back: layout.Home, now: datetime) -> None:
    """What was issued on request and taken back takes the place of the one before, which is not due, but not of a later one."""
    present = installed.load(taken_back)
    assert present is not None
    waiting = requests.issued(taken_back, present, WANTED, now)
    assert waiting is not None
    assert present.facts is not None
    later = replace(present, facts=replace(present.facts, not_before=now + timedelta(days=1)))
    assert requests.issued(taken_back, later, WANTED, now) is None


@pytest.mark.parametrize(
    ("change", "waits"),
    [
        ({}, True),
        ({"cas": ("https://ca.example/dir",), "profiles": ("classic",)}, True),
        ({"cas": ("https://other.example/dir",)}, False),
        ({"profiles": ("shortlived",)}, False),
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
    assert requests.issued(taken_back, None, WANTED, now, due.Age(0.9)) is not None
    assert requests.issued(taken_back, None, WANTED, now + timedelta(days=10), due.Age(0.9)) is None
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
    writing.make_directory(place.store)
    Path(place.directory).write_text("a file")
    with pytest.raises(StoreError, match=f"cannot .* {place.directory}"):
        requests.stage(place, None, WANTED)
