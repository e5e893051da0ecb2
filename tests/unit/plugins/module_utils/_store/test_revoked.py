# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a store remembers of certificates that were revoked, or are to be."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import due, installed, layout, record, request, revoked
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store.facts import rfc3339

from tests.unit.issuer import Issuer

WANTED = due.Wanted(("a.example", "b.example"), key_reuse=True)


def current(place: layout.Home) -> str:
    return os.path.join(place.versions, str(layout.current_version(place)))


@pytest.mark.parametrize("done", [True, False])
def test_due(deployed: layout.Home, now: datetime, done: bool) -> None:
    """A certificate that was revoked, or is to be, is due for that reason, by its record and by its files."""
    assert revoked.keep(current(deployed), "keyCompromise", now if done else None)
    text = f"it was revoked at {rfc3339(now)} (keyCompromise)" if done else "it is to be revoked (keyCompromise)"
    for found in (record.load(deployed), installed.load(deployed)):
        assert [(one.code.value, one.text) for one in due.reasons(found, WANTED, now)] == [("revoked", text)]


@pytest.mark.parametrize("done", [True, False])
def test_its_key_is_not_reused(deployed: layout.Home, now: datetime, done: bool) -> None:
    """The key of such a certificate is not used for the next one, whatever is wanted."""
    before = installed.load(deployed)
    assert before is not None and before.key is not None
    revoked.keep(current(deployed), None, now if done else None)
    request.stage(deployed, installed.load(deployed), WANTED)
    staged = keys.load(Path(deployed.in_staged("privkey.pem")).read_bytes(), "staged")
    assert not keys.fits(staged, before.key.public_key())


def test_news(deployed: layout.Home, now: datetime) -> None:
    """It is written down once that it is to be revoked, and once that it was; what was revoked stays so, and a dry run writes nothing."""
    directory = current(deployed)
    assert revoked.keep(directory, "superseded", None, dry_run=True)
    assert revoked.load(directory) is None
    told = [revoked.keep(directory, "superseded", at) for at in (None, None, now, now, None)]
    assert told == [True, False, True, False, False]
    assert revoked.load(directory) == revoked.Revoked("superseded", rfc3339(now))
    assert os.stat(os.path.join(directory, "revoked.json")).st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", [b"", b"[]", b"not JSON", b'{"reason": 1, "at": {}}', b"[" * 100000])
def test_not_understood(deployed: layout.Home, text: bytes) -> None:
    """A note that cannot be understood is one all the same: that the certificate is to be revoked."""
    Path(current(deployed), "revoked.json").write_bytes(text)
    assert revoked.load(current(deployed)) == revoked.Revoked()


@pytest.mark.parametrize(
    ("done", "kept"), [(False, ["0001", "0004", "0005", "0006"]), (True, ["0004", "0005", "0006"])]
)
def test_kept(
    deployed: layout.Home, deploy: Callable[..., None], issuer: Issuer, now: datetime, done: bool, kept: list[str]
) -> None:
    """What is still to be revoked is not cleared away with old versions; what was revoked is."""
    revoked.keep(current(deployed), None, now if done else None)
    for _number in range(5):
        key = keys.generate(keys.KeyType.ECDSA_P256)
        deploy(issuer.fullchain(key.public_key(), ["a.example", "b.example"]), key)
    assert layout.version_numbers(deployed) == kept
    assert [one.version for one in installed.load_all(deployed)] == kept


def test_the_next_one_is_not_marked(
    deployed: layout.Home, deploy: Callable[..., None], issuer: Issuer, now: datetime
) -> None:
    """The certificate that takes its place is not due, and its key may be reused."""
    revoked.keep(current(deployed), None, None)
    key = keys.generate(keys.KeyType.ECDSA_P256)
    deploy(issuer.fullchain(key.public_key(), ["a.example", "b.example"]), key)
    present = installed.load(deployed)
    assert due.reasons(present, WANTED, now) == []
    forced = replace(WANTED, force=True)
    request.stage(deployed, present, forced)
    assert keys.fits(keys.load(Path(deployed.in_staged("privkey.pem")).read_bytes(), "staged"), key.public_key())
