# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.dns import Dns
from tests.lab.fixtures import PebbleFactory
from tests.lab.ports import free_ports

from .issuing import Refused, Tasks

pytestmark = pytest.mark.lab

NAMES = ["free.example", "deep.below.ours.example", "theirs.example", "*.ours.example", "192.0.2.1"]


@pytest.fixture(scope="module")
def dns(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dns]:
    with Dns(tmp_path_factory.mktemp("dns")) as running:
        running.add_caa("ours.example", issue="pebble.letsencrypt.org; validationmethods=http-01", issuewild=";")
        running.add_caa("theirs.example", issue="other.example")
        yield running


@pytest.fixture
def tasks(dns: Dns, pebble: PebbleFactory, tmp_path_factory: pytest.TempPathFactory) -> Tasks:
    ca = pebble()
    made = Tasks(ca, str(ca.ca_bundle), tmp_path_factory.mktemp("caa"))
    made.account()
    return made


def test_looked_up(dns: Dns, tasks: Tasks) -> None:
    """Each name is told by the records that count for it, and what is not permitted is a warning."""
    result = tasks("caa_info", resolvers=[dns.server], methods=["http-01"], identifiers=NAMES)
    found = {one["name"]: one for one in result["identifiers"]}
    assert {name: one["permitted"] for name, one in found.items()} == {
        "free.example": True,
        "deep.below.ours.example": True,
        "theirs.example": False,
        "*.ours.example": False,
        "192.0.2.1": True,
    }
    assert found["deep.below.ours.example"]["holder"] == "ours.example"
    assert found["deep.below.ours.example"]["caa"][0].startswith('0 issue "pebble.letsencrypt.org; ')
    wanted = "the CAA records of theirs.example do not let this CA issue for theirs.example: other.example may issue"
    assert [wanted in text for text in tasks.warnings].count(True) == 1
    assert len(tasks.warnings) == 2


def test_by_challenge(dns: Dns, tasks: Tasks) -> None:
    """Each name may have a challenge of its own by which it has to be allowed."""
    asked = {"resolvers": [dns.server], "methods": ["dns-01"], "identifiers": ["a.ours.example", "b.ours.example"]}
    result = tasks("caa_info", challenges={"a.ours.example": "http-01"}, **asked)
    assert [one["permitted"] for one in result["identifiers"]] == [True, False]
    assert "may issue by http-01 only" in tasks.warnings[0]


def test_records(dns: Dns, tasks: Tasks) -> None:
    """The records to copy name the CA, the account and the methods; a wildcard has its own tag; an address has none."""
    result = tasks("caa_info", resolvers=[dns.server], methods=["http-01"], identifiers=NAMES)
    account = result["account_uri"]
    records = [(one["name"], one["type"], one["value"]) for one in result["records"]]
    restricted = f'"pebble.letsencrypt.org; accounturi={account}; validationmethods=http-01"'
    assert ("free.example", "CAA", f"0 issue {restricted}") in records
    assert ("ours.example", "CAA", f"0 issuewild {restricted}") in records
    lasting = f'"pebble.letsencrypt.org; accounturi={account}; policy=wildcard"'
    assert ("_validation-persist.ours.example", "TXT", lasting) in records
    assert not [one for one in records if "192.0.2.1" in one[0]]


def test_persistent_proof(dns: Dns, tasks: Tasks) -> None:
    """The record of dns-persist-01 that is returned is the one that is looked for, and what else stands there is told."""
    names = ["proven.example", "*.half.example"]
    asked = {"resolvers": [dns.server], "methods": ["dns-persist-01"], "identifiers": names}
    first = tasks("caa_info", **asked)
    assert [one["permitted"] for one in first["identifiers"]] == [False, False]
    assert "_validation-persist.proven.example does not prove proven.example: there is no" in tasks.warnings[0]
    records = {one["name"]: one["value"].strip('"') for one in first["records"] if one["type"] == "TXT"}
    dns.set_txt("_validation-persist.proven.example", records["_validation-persist.proven.example"])
    dns.set_txt("_validation-persist.half.example", records["_validation-persist.half.example"].rpartition(";")[0])
    second = tasks("caa_info", **asked)
    assert [one["permitted"] for one in second["identifiers"]] == [True, False]
    assert "it does not have policy=wildcard" in second["identifiers"][1]["msg"]


def test_without_an_account(dns: Dns, tasks: Tasks) -> None:
    """No account is needed; then the records let every account of the CA have certificates."""
    result = tasks("caa_info", account_key_file=None, resolvers=[dns.server], identifiers=["free.example"])
    assert (result["account_uri"], result["identifiers"][0]["permitted"]) == (None, True)
    assert result["records"] == [{"name": "free.example", "type": "CAA", "value": '0 issue "pebble.letsencrypt.org"'}]


def test_required(dns: Dns, tasks: Tasks) -> None:
    """Where it is required the task fails, with the type of problem that the CA would have told."""
    with pytest.raises(Refused, match=r"1 of 2 identifiers failed: theirs\.example: could not check CAA: ") as refused:
        tasks("caa_info", resolvers=[dns.server], required=True, identifiers=["free.example", "theirs.example"])
    assert refused.value.result["problem"]["type"].endswith(":caa")
    assert tasks.warnings == []


def test_silent_resolver(tasks: Tasks) -> None:
    """A resolver that does not answer is told before the deadline, and is no verdict on the CA."""
    (port,) = free_ports(1)
    tasks("caa_info", resolvers=[f"127.0.0.1:{port}"], deadline=5, identifiers=["free.example"])
    assert "could not look up CAA of free.example" in tasks.warnings[0]
    assert tasks.seconds < 6
