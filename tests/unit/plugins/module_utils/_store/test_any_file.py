# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a file or a folder of the store holds: it is read, or told about in words."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import certificate as certificates
from ansible_collections.webpki.acme.plugins.module_utils._store import (
    chain,
    csr,
    deployment,
    due,
    files,
    guard,
    installed,
    layout,
    names,
    plan,
    record,
    request,
    shown,
    webroot,
)
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError
from ansible_collections.webpki.acme.plugins.module_utils._store.facts import Facts
from cryptography import x509
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.issuer import Issuer, pem
from tests.unit.strategies import json_values

NAMES = ("a.example", "b.example")
NOW = datetime.now(timezone.utc)
ISSUER = Issuer()
KEY = keys.generate(keys.KeyType.ECDSA_P256)
LEAF = ISSUER.certificate(KEY.public_key(), list(NAMES))
CHAIN = pem(LEAF, ISSUER.intermediate).encode()
FACTS = certificates.facts(LEAF, "x", KEY, 2)
CSR = csr.build(KEY, NAMES).encode()
RECORD = record.of(FACTS, "https://ca.example/dir", None, keys.to_pem(KEY), CHAIN)


def damaged(good: bytes) -> st.SearchStrategy[bytes]:
    """What has become of a good file: bytes that differ, an end that is missing, a second half, or something else at all."""
    place = st.integers(0, len(good) - 1)
    return st.one_of(
        st.binary(max_size=200),
        st.builds(lambda at, byte: good[:at] + byte + good[at + 1 :], place, st.binary(min_size=1, max_size=1)),
        st.builds(lambda at: good[:at], place),
        st.builds(lambda at: good[at:], place),
        st.builds(lambda at, more: good[:at] + more + good[at:], place, st.binary(max_size=30)),
        st.builds(lambda at, to: good[:at] + good[min(at, to) : max(at, to)] + good[at:], place, place),
        st.just(good * 2),
    )


@given(damaged(CHAIN))
def test_any_chain(text: bytes) -> None:
    """A chain is read with all its facts, which are single lines, or is a StoreError."""
    with contextlib.suppress(StoreError):
        found = certificates.load_chain(text, "x")
        told = certificates.facts(found[0], "x", KEY, len(found))
        assert Facts.from_record(told.to_record()) == told
        assert all(one.isprintable() for one in (told.issuer, *told.identifiers))
        chain.check(found, KEY, NAMES, NOW)
        assert found[0] == LEAF


@given(st.lists(st.sampled_from(range(7)), min_size=1, max_size=4))
def test_any_sequence(numbers: list[int]) -> None:
    """Of all sequences of certificates those that lead from the leaf towards its root are taken, and no others."""
    other = Issuer.__new__(Issuer)
    other.__dict__ = OTHER
    pool = [LEAF, ISSUER.intermediate, ISSUER.root, other.intermediate, other.root, SECOND, STRANGERS]
    try:
        chain.check([pool[number] for number in numbers], KEY, NAMES, NOW)
    except StoreError:
        assert numbers not in GOOD
    else:
        assert numbers in GOOD


OTHER = vars(Issuer())
#: Another leaf for the same key and names, and one for another key.
SECOND = ISSUER.certificate(KEY.public_key(), list(NAMES))
STRANGERS = ISSUER.certificate(keys.generate(keys.KeyType.ECDSA_P256).public_key(), list(NAMES))
GOOD = [[0], [0, 1], [0, 1, 2], [5], [5, 1], [5, 1, 2]]


@given(damaged(keys.to_pem(KEY)))
def test_any_key(text: bytes) -> None:
    """A key is read or is a StoreError, which never quotes it."""
    try:
        assert keys.type_of(keys.load(text, "x").public_key())
    except StoreError as error:
        secret = text.decode("ascii", "replace").split("\n")[1:2]
        assert not any(len(line) > 10 and line in str(error) for line in secret)


@given(damaged(CSR))
def test_any_request(text: bytes) -> None:
    """A request is read or is a StoreError; it fits only when it is for this key and these names."""
    with contextlib.suppress(StoreError):
        found = csr.load(text, "x")
        if csr.fits(found, KEY, NAMES):
            held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            assert set(held.get_values_for_type(x509.DNSName)) == set(NAMES)


@given(damaged(RECORD) | st.recursive(json_values, st.lists, max_leaves=3).map(lambda one: json.dumps(one).encode()))
def test_any_record(text: bytes) -> None:
    """issuance.json is a dictionary or as good as none, and no facts are taken from it that it was not made with."""
    with home() as place:
        version = Path(place.versions, "0001")
        version.mkdir(parents=True)
        for file, data in {
            layout.PRIVATE_KEY: keys.to_pem(KEY),
            layout.FULLCHAIN: CHAIN,
            layout.ISSUANCE: text,
        }.items():
            (version / file).write_bytes(data)
        os.symlink("versions/0001", place.current)
        assert isinstance(record.issuance(str(version)), dict)
        found = record.load(place)
        assert found is None or found.facts == FACTS


@given(json_values | st.dictionaries(st.sampled_from(sorted(FACTS.to_record())), json_values, max_size=13))
def test_any_facts(values: Any) -> None:
    """Facts are what to_record made, or a ValueError."""
    for given_ in (values, {**FACTS.to_record(), **(values if isinstance(values, dict) else {})}):
        with contextlib.suppress(ValueError):
            assert Facts.from_record(given_).to_record() == given_


@given(st.text(max_size=40) | st.text(alphabet="aB1.-*:\u00fc\n\0/[] ", max_size=40))
def test_any_name(text: str) -> None:
    """A name is normalised to one that stays as it is, or is a StoreError; a certificate's name is one part of a path."""
    with contextlib.suppress(StoreError):
        found = names.normalise(text)
        assert names.normalise(found) == found
        assert found.isascii() and found.isprintable()
        assert "/" not in found
    with contextlib.suppress(StoreError):
        assert os.path.basename(names.certificate_name(text)) == text
        assert text not in ("", ".", "..")


@given(st.text(max_size=30) | st.from_regex(r"[\w-]{1,20}"))
def test_any_token(token: str) -> None:
    """Whatever a token is, its file lies in the one folder for challenges, or it is a StoreError."""
    with contextlib.suppress(StoreError):
        assert os.path.dirname(os.path.normpath(webroot.path_of("/srv", token))) == "/srv/.well-known/acme-challenge"


@given(st.text(max_size=600))
def test_any_text(text: str) -> None:
    """What is shown is one line without what steers a terminal, is no name that it was not before, and stays as it is then."""
    told = shown.shown(text)
    assert told.isprintable()
    assert shown.shown(told) == told or len(told) > shown.MAX_TEXT
    if told != text:
        with pytest.raises(StoreError):
            names.normalise(told)


# A store with odd entries

KINDS: dict[str, Callable[[Path], object]] = {
    "file": lambda path: path.touch(),
    "folder": lambda path: path.mkdir(),
    "key": lambda path: path.write_bytes(keys.to_pem(KEY)),
    "chain": lambda path: path.write_bytes(CHAIN),
    "request": lambda path: path.write_bytes(CSR),
    "record": lambda path: path.write_bytes(RECORD),
    "garbage": lambda path: path.write_bytes(b"\xff\0" * 100),
    "pipe": os.mkfifo,
    "nowhere": lambda path: path.symlink_to("nowhere"),
    "itself": lambda path: path.symlink_to(path.name),
    "version": lambda path: path.symlink_to("versions/0001"),
    "away": lambda path: path.symlink_to("../.."),
    "device": lambda path: path.symlink_to("/dev/zero"),
    "large": lambda path: (path.touch(), os.truncate(path, files.MAX_SIZE + 1)),
}
PLACES = [
    *("www", "www/current", "www/versions", "www/staged", "www/versions/0001", "www/versions/0002.tmp"),
    *("www/versions/99999999999999999999", "www/versions/..0001", "www/versions/\u0661\u0662\u0663\u0664"),
    *(f"www/{where}/{file}" for where in ("staged", "versions/0001") for file in ("privkey.pem", "fullchain.pem")),
    *("www/staged/request.csr", "www/staged/unfinished", "www/staged/issuance.json", "www/versions/0001/issuance.json"),
    *("www/versions/0001/certificate.pem", "www/versions/0001/chain.pem", ".www", "a\nb", "\x1b[2J", "x" * 200),
]
#: What would be there if all were well.
USUAL = {
    "www/current": "version",
    "www/versions/0001/fullchain.pem": "chain",
    "www/versions/0001/privkey.pem": "key",
    "www/staged/privkey.pem": "key",
    "www/staged/fullchain.pem": "chain",
    "www/staged/request.csr": "request",
    "www/versions/0001/issuance.json": "record",
}
WANTED = due.Wanted(NAMES)


@contextlib.contextmanager
def home() -> Iterator[layout.Home]:
    """The home of a certificate in a store that is not there yet."""
    where = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=where) as directory:
        # Links that lead upwards end in the directory all the same.
        os.makedirs(f"{directory}/a/b/c")
        yield layout.home(f"{directory}/a/b/c/store", "www")


def looks(place: layout.Home) -> list[Callable[[], object]]:
    """All questions that are asked of a store."""
    return [
        lambda: [layout.home(place.store, name) for name in layout.names(place.store)],
        lambda: layout.current_version(place),
        lambda: layout.version_numbers(place),
        lambda: layout.is_unfinished(place),
        lambda: guard.store(place.store),
        lambda: guard.home(place),
        lambda: record.load(place),
        lambda: installed.load(place),
        lambda: installed.load_staged(place),
        lambda: due.reasons(installed.load(place), WANTED, NOW),
        lambda: request.staged(place, installed.load(place), WANTED),
        lambda: request.issued(place, installed.load(place), WANTED, NOW),
        lambda: request.stage(place, installed.load(place), WANTED),
        lambda: plan.make(place, plan.Delivery("www", CHAIN.decode()), NOW),
    ]


@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from(PLACES), st.sampled_from(sorted(KINDS)), max_size=10),
    st.dictionaries(st.sampled_from(sorted(USUAL)), st.booleans()),
)
def test_any_store(odd: dict[str, str], usual: dict[str, bool]) -> None:
    """Whatever lies in a store, each question is answered or a StoreError, and deployed is a chain with its key or nothing."""
    with home() as place:
        os.mkdir(place.store)
        entries = {**{path: USUAL[path] for path, there in usual.items() if there}, **odd}
        for path in sorted(entries, key=len):
            with contextlib.suppress(OSError):
                os.makedirs(os.path.dirname(os.path.join(place.store, path)), exist_ok=True)
                KINDS[entries[path]](Path(place.store, path))
        assert {layout.home(place.store, name).store for name in layout.names(place.store)} <= {place.store}
        for look in looks(place):
            with contextlib.suppress(StoreError):
                look()
        pair = plan.Delivery("www", CHAIN.decode(), keys.to_pem(KEY).decode())
        try:
            (outcome,) = deployment.carry_out([plan.make(place, pair, NOW)], lambda: None, 3)
        except StoreError:
            return
        if outcome.error is None:
            present = installed.load(place)
            assert present is not None
            assert present.chain == certificates.load_chain(CHAIN, "x")
            assert present.facts is not None
            assert present.facts.key_matches
