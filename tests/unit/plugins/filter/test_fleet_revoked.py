# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.filter import fleet_revoked

from tests.unit.fleet import CA, looped
from tests.unit.kept import NOW, PENDING, REVOKED, SEEN, host, plan, version


def test_signed_by_its_own_key() -> None:
    """The key of a certificate is read on the first host that has it, and signs."""
    hosts = {
        "web1": host({**NOW, "private_key_path": None}, signed_by="certificate", reason="keyCompromise"),
        "web2": host(NOW, signed_by="certificate"),
    }
    planned = plan(**hosts)
    path = NOW["private_key_path"]
    keys = {name: fleet_revoked.revocation_keys(planned, name) for name in hosts}
    assert keys == {"web1": [], "web2": [{"name": SEEN, "file": path}]}
    read = {"item": {"name": SEEN}, "content": b64encode(b"KEY").decode()}
    hosts["web2"]["__revocation_keys"] = {"results": [read]}
    asked = fleet_revoked.revocations(planned, {}, hosts, 0)
    assert fleet_revoked.unsigned(planned, hosts) == {}
    told = {"name": "www with serial number bb", "certificate": NOW["fullchain"], "reason": "keyCompromise"}
    assert asked == [{**told, "private_key": "KEY"}]
    assert fleet_revoked.revocations(planned, {}, hosts, 1) == []


@pytest.mark.parametrize(
    ("read", "why"),
    [
        ({"content": ""}, "its key could not be read on web1."),
        (None, "its key could not be read on web1."),
        (
            {"failed": True, "msg": "file not found: /a/privkey.pem"},
            "its key could not be read on web1: file not found: /a/privkey.pem.",
        ),
        ({"content": "?"}, "its key could not be read on web1."),
        ({"content": b64encode(b"\xff").decode()}, "its key could not be read on web1."),
    ],
)
def test_key_not_read(read: dict[str, Any] | None, why: str) -> None:
    """A certificate that is to sign for itself and cannot is not revoked on another one's word, and its hosts are told why."""
    hosts = {"web1": host(NOW, signed_by="certificate"), "web2": host(version(serial="cc"))}
    planned = plan(**hosts)
    if read is not None:
        hosts["web1"]["__revocation_keys"] = {"results": [{"item": {"name": SEEN}, **read}]}
    found = fleet_revoked.unsigned(planned, hosts)
    assert found == {SEEN: why}
    assert [one["name"][-2:] for one in fleet_revoked.revocations(planned, {}, hosts, 0)] == ["cc"]
    words = fleet_revoked.revocation_words(planned, found, looped({}), "web1")
    assert words["failed"][0].startswith(f"www with serial number bb: not revoked, as {why} Run it again")


def test_key_of_another_one() -> None:
    """A key that is not the certificate's is not read to sign for it."""
    hosts = {
        "web1": host(version(key_matches=False), names=["other"], certificates=[]),
        "web2": host(version(), signed_by="certificate"),
    }
    planned = plan(**hosts, web3=host(version("other", serial="cc")))
    assert [len(fleet_revoked.revocation_keys(planned, name)) for name in hosts] == [0, 1]


def test_no_key() -> None:
    """A certificate whose key no host has cannot sign for itself."""
    hosts = {"web1": host({**NOW, "private_key_path": None}, signed_by="certificate")}
    assert fleet_revoked.unsigned(plan(**hosts), hosts) == {SEEN: "its key could not be read on web1."}


def test_known_in_check_mode() -> None:
    """In check mode what is known to be revoked on all hosts is not foretold again; otherwise the CA is asked."""
    hosts = {"web1": host({**NOW, "revoked": REVOKED}), "web2": host({**NOW, "revoked": PENDING})}
    planned = plan(**hosts)
    assert len(fleet_revoked.revocations(planned, {}, hosts, 0, True)) == 1
    hosts["web2"] = hosts["web1"]
    planned = plan(**hosts)
    assert [len(fleet_revoked.revocations(planned, {}, hosts, 0, check)) for check in (True, False)] == [0, 1]


def done(changed: bool = True, crl: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The registered result of the revocation of the certificate with serial number bb."""
    return looped({"certificates": [{"name": "www with serial number bb", "changed": changed, "crl": crl, **more}]})


def test_marks() -> None:
    """Before they are replaced those are marked that are to be, and then what the CA has revoked, on all hosts that have them."""
    planned = plan(web1=host(NOW, replace=True, reason="superseded"), web2=host(NOW), web3=host(version(serial="cc")))
    mark = [{"name": "www", "version": "0002", "reason": "superseded"}]
    assert [fleet_revoked.versions_to_mark(planned, name) for name in ("web1", "web2", "web3")] == [mark, mark, []]
    for result, marked in ((done(), mark), (done(failed=True, msg="no"), []), (looped({"msg": "no"}), [])):
        assert [fleet_revoked.versions_to_mark(planned, name, result) for name in ("web2", "web3")] == [marked, []]


CRL = {"status": "revoked", "url": "http://a/1", "revoked_at": "2026-01-01T00:00:00Z", "problem": None}


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (
            done(),
            "revoked (superseded). It names no CRL. web1 still uses it: the next run of webpki.acme.renew replaces it.",
        ),
        (done(changed=False), "it had been revoked before. It names no CRL."),
        (done(crl=CRL), "Its CRL has it since 2026-01-01T00:00:00Z."),
        (done(crl={**CRL, "status": "good"}), "Its CRL http://a/1 does not have it yet: CAs publish it late."),
        (
            done(crl={**CRL, "status": "unknown", "problem": "no way"}),
            "Whether its CRL has it could not be seen: no way.",
        ),
    ],
)
def test_told(result: dict[str, Any], told: str) -> None:
    """A host is told of each of its certificates that it was revoked, whether that was published, and what follows."""
    planned = plan(web1=host(NOW, reason="superseded"))
    words = fleet_revoked.revocation_words(planned, {}, result, "web1")
    assert words["failed"] == []
    assert words["told"][0].startswith("www with serial number bb: ")
    assert told in words["told"][0]
    assert fleet_revoked.revocation_words(planned, {}, result, "web2") == {"told": [], "failed": []}


@pytest.mark.parametrize(
    ("withheld", "result", "told"),
    [
        (
            {SEEN: "no new one is in place on web1."},
            looped({}),
            "not revoked, as no new one is in place on web1. Run it again",
        ),
        ({}, done(failed=True, msg="not yours"), "not yours"),
        ({}, looped({"failed": True, "msg": "no such CA"}), "no such CA"),
        ({}, {}, "the CA was not asked"),
    ],
)
def test_failed(withheld: dict[str, str], result: dict[str, Any], told: str) -> None:
    """A host is told why one of its certificates was not revoked."""
    words = fleet_revoked.revocation_words(plan(web1=host(NOW)), withheld, result, "web1")
    assert words["told"] == []
    assert words["failed"][0].startswith(f"www with serial number bb: {told}")


def test_announced() -> None:
    """Before anything is done a host is told what is to be revoked where and why, and what comes first."""
    planned = plan(web1=host(NOW, replace=True, reason="superseded"), web2=host(NOW))
    words = fleet_revoked.revocation_words(planned, {}, None, "web2")
    assert words["told"] == [
        f"www with serial number bb: to be revoked at {CA} (superseded), once another one with a new key is served on web1, web2"
    ]
