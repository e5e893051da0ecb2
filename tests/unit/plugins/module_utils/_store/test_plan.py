# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a deployment would change, and what is refused before anything is touched."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import deployment, due, files, layout, plan, versions
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys
from ansible_collections.webpki.acme.plugins.module_utils._store import request as requests
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError

from tests.unit.issuer import Issuer, pem

NAMES = ("a.example", "b.example")


def stage(place: layout.Home) -> str:
    return requests.stage(place, None, due.Wanted(NAMES)).csr


def carry_out(planned: plan.Plan) -> None:
    (outcome,) = deployment.carry_out([planned], lambda: None, 3)
    assert outcome.error is None


def test_staged_key(place: layout.Home, issuer: Issuer, now: datetime) -> None:
    """A certificate is deployed with the staged key; a second time nothing would change."""
    fullchain = issuer.answer(stage(place))
    delivery = plan.Delivery("www", fullchain, identifiers=NAMES)
    planned = plan.make(place, delivery, now)
    assert planned.changed
    assert sorted(planned.contents) == ["certificate.pem", "chain.pem", "fullchain.pem", "issuance.json", "privkey.pem"]
    assert planned.contents["fullchain.pem"][0].decode() == fullchain
    assert planned.contents["chain.pem"][0].decode() == pem(issuer.intermediate)
    carry_out(planned)
    assert not plan.make(place, delivery, now).changed


def test_nothing_is_touched(place: layout.Home, issuer: Issuer, now: datetime) -> None:
    """Making a plan writes nothing."""
    fullchain = issuer.answer(stage(place))
    before = sorted(os.walk(place.store))
    plan.make(place, plan.Delivery("www", fullchain), now)
    plan.make(layout.home(place.store, "new"), plan.Delivery("new", identifiers=NAMES), now)
    assert sorted(os.walk(place.store)) == before


def test_given_key(place: layout.Home, issuer: Issuer, now: datetime) -> None:
    """A key that is given is used, whatever is staged."""
    stage(place)
    key = keys.generate(keys.KeyType.RSA_2048)
    delivery = plan.Delivery("www", issuer.fullchain(key.public_key(), list(NAMES)), keys.to_pem(key).decode())
    assert plan.make(place, delivery, now).contents["privkey.pem"][0] == keys.to_pem(key)


def test_current_key(place: layout.Home, issuer: Issuer, now: datetime) -> None:
    """Another certificate or chain for the key in use needs no staged key."""
    csr = stage(place)
    fullchain = issuer.answer(csr)
    carry_out(plan.make(place, plan.Delivery("www", fullchain), now))
    assert not os.path.exists(place.staged)
    for other in (issuer.answer(csr), fullchain + pem(issuer.root)):
        planned = plan.make(place, plan.Delivery("www", other), now)
        assert planned.contents["fullchain.pem"][0].decode() == other


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"identifiers": ("a.example",)}, "other names"),
        ({"fullchain": "garbage"}, "no complete certificate"),
        ({"fullchain": "\udc80"}, "no complete certificate"),
        ({"private_key": "garbage"}, "private_key holds no private key"),
        ({"links": {"fullchain": "relative.pem"}}, "not an absolute path"),
        ({"links": {"fullchain": "/no/such/directory/x.pem"}}, "no directory for the link"),
        ({"links": {"fullchain": "/etc/passwd"}}, "a file is in the way of the link /etc/passwd"),
    ],
)
def test_refused(place: layout.Home, issuer: Issuer, now: datetime, change: dict[str, Any], why: str) -> None:
    """What must not be deployed is refused with the reason."""
    fullchain = issuer.answer(stage(place))
    with pytest.raises(StoreError, match=why):
        plan.make(place, plan.Delivery("www", **{"fullchain": fullchain, **change}), now)


def test_refused_keys(place: layout.Home, issuer: Issuer, now: datetime) -> None:
    """Without the key that a certificate is for, the error says where one was looked for, or that another waits."""
    other = keys.generate(keys.KeyType.ECDSA_P256)
    delivery = plan.Delivery("www", issuer.fullchain(other.public_key(), list(NAMES)))
    with pytest.raises(StoreError, match=f"no private key waits in {place.staged}"):
        plan.make(place, delivery, now)
    stage(place)
    with pytest.raises(StoreError, match=f"does not belong to the private key in {place.staged}"):
        plan.make(place, delivery, now)


def test_placeholder(place: layout.Home, issuer: Issuer, now: datetime) -> None:
    """A placeholder is made only where there is no certificate, and needs names."""
    with pytest.raises(StoreError, match="needs identifiers"):
        plan.make(place, plan.Delivery("www"), now)
    first = plan.make(place, plan.Delivery("www", identifiers=NAMES), now)
    assert first.facts.self_signed
    carry_out(first)
    assert not plan.make(place, plan.Delivery("www", identifiers=("other.example",)), now).changed
    Path(place.current, "fullchain.pem").write_text("garbage")
    assert plan.make(place, plan.Delivery("www", identifiers=NAMES), now).changed


def test_mending(place: layout.Home, issuer: Issuer, now: datetime, tmp_path: Path) -> None:
    """Where only an owner, a mode or a link is not as wanted, only that is changed."""
    csr = stage(place)
    link = str(tmp_path / "www.pem")
    delivery = plan.Delivery("www", issuer.answer(csr), access=files.Access(0o640), links={"fullchain": link})
    carry_out(plan.make(place, delivery, now))
    assert os.readlink(link) == os.path.join(place.current, "fullchain.pem")
    key = os.path.join(place.versions, "0001", "privkey.pem")
    os.chmod(key, 0o644)
    os.unlink(link)
    os.symlink("/elsewhere", link)
    planned = plan.make(place, delivery, now)
    assert planned.contents == {}
    assert planned.access == {key: files.Access(0o640)}
    assert planned.links == {link: ("/elsewhere", os.path.join(place.current, "fullchain.pem"))}
    carry_out(planned)
    assert not plan.make(place, delivery, now).changed


def test_unfinished(place: layout.Home, issuer: Issuer, now: datetime) -> None:
    """A deployment that was cut short after the switch is a change, so that what it left is done."""
    fullchain = issuer.answer(stage(place))
    planned = plan.make(place, plan.Delivery("www", fullchain), now)
    versions.switch(place, versions.add_version(place, planned.contents))
    again = plan.make(place, plan.Delivery("www", fullchain), now)
    assert again.unfinished
    assert again.contents == {}
    carry_out(again)
    assert not os.path.exists(place.staged)
