# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of a version without reading its certificate."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import installed, layout, record
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys

from tests.unit.issuer import Issuer

# All kinds of what may be in a certificate: addresses, wildcards, and a name that is too long for the subject.
NAMES = ["*.a.example", "192.0.2.1", "2001:db8::1", f"{'a' * 63}.example"]


def loaded(place: layout.Home) -> tuple[installed.Installed, record.Version | None]:
    """A version as its files say, and as its record does."""
    present = installed.load(place)
    assert present is not None
    return present, record.load(place)


@pytest.mark.parametrize("key_type", list(keys.KeyType))
def test_same_as_read(place: layout.Home, issuer: Issuer, deploy: Callable[..., None], key_type: keys.KeyType) -> None:
    """The record of a certificate tells what the certificate says."""
    key = keys.generate(key_type)
    deploy(issuer.fullchain(key.public_key(), NAMES), key, ca="https://ca.example/dir", profile="classic")
    read, known = loaded(place)
    assert known is not None
    for what in ("version", "directory", "fullchain", "facts", "issuance", "problem"):
        assert getattr(known, what) == getattr(read, what)
    assert (known.issuance["ca"], known.issuance["profile"]) == ("https://ca.example/dir", "classic")


def test_placeholder(place: layout.Home, deploy: Callable[..., None]) -> None:
    """The record of a placeholder says that it is one."""
    deploy(None, None, identifiers=("a.example",))
    known = record.load(place)
    assert known is not None
    assert known.facts is not None
    assert known.facts.self_signed


def test_nothing_there(place: layout.Home) -> None:
    """Of a certificate that is not there nothing is known."""
    assert record.load(place) is None


@pytest.mark.parametrize("file", ["privkey.pem", "fullchain.pem"])
def test_changed_files(deployed: layout.Home, file: str) -> None:
    """The record counts only for the very bytes that it was made of, whichever of them is another."""
    path = Path(deployed.current, file)
    good = path.read_bytes()
    for position in range(0, len(good), 7):
        path.write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
        assert record.load(deployed) is None
    for other in (b"", good + b"\n", good[:-1]):
        path.write_bytes(other)
        assert record.load(deployed) is None
    path.unlink()
    assert record.load(deployed) is None
    path.symlink_to(path.name)
    assert record.load(deployed) is None
    path.unlink()
    path.write_bytes(good)
    assert record.load(deployed) is not None


def test_changed_record(deployed: layout.Home) -> None:
    """Facts that are not those that were recorded do not count, whichever byte of the record is another."""
    path, read = Path(deployed.current, "issuance.json"), installed.load(deployed)
    good = path.read_bytes()
    for position in range(len(good)):
        path.write_bytes(good[:position] + bytes([good[position] ^ 1]) + good[position + 1 :])
        known = record.load(deployed)
        assert known is None or (read is not None and known.facts == read.facts)


@pytest.mark.parametrize(
    "content", [None, b"", b"garbage\0\xff", b"[]", b"{}", b'{"facts": [], "sha256": 1}', b"[" * 99999]
)
def test_no_record(deployed: layout.Home, content: bytes | None) -> None:
    """Without a record, as in stores of other makers, the files are read."""
    path = Path(deployed.current, "issuance.json")
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    read, known = loaded(deployed)
    assert known is None
    assert read.facts is not None


def test_record_of_another(deployed: layout.Home, issuer: Issuer, deploy: Callable[..., None]) -> None:
    """The record of one version does not count for another."""
    before = Path(deployed.current, "issuance.json").read_bytes()
    key = keys.generate(keys.KeyType.ECDSA_P256)
    deploy(issuer.fullchain(key.public_key(), ["a.example", "b.example"]), key)
    assert record.load(deployed) is not None
    Path(deployed.current, "issuance.json").write_bytes(before)
    assert record.load(deployed) is None


@pytest.mark.parametrize("matches", [False, None])
def test_broken_pair(deployed: layout.Home, matches: bool | None) -> None:
    """A record of a key that does not belong to its certificate is not taken for granted."""
    read = installed.load(deployed)
    assert read is not None
    assert read.facts is not None
    files = (Path(deployed.current, file).read_bytes() for file in ("privkey.pem", "fullchain.pem"))
    content = record.of(replace(read.facts, key_matches=matches), None, None, *files)
    Path(deployed.current, "issuance.json").write_bytes(content)
    assert record.load(deployed) is None


def test_no_secrets(deployed: layout.Home) -> None:
    """The record, which all may read, holds nothing of the private key."""
    text = Path(deployed.current, "issuance.json").read_text()
    assert sorted(json.loads(text)) == ["ca", "facts", "profile", "sha256"]
    assert not any(line in text for line in Path(deployed.current, "privkey.pem").read_text().split())
    assert os.stat(Path(deployed.current, "issuance.json")).st_mode & 0o777 == 0o644
