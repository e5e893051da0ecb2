# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.filter import fleet_replaced, fleet_revoked

from tests.unit.fleet import listed
from tests.unit.kept import NOW, OLD, PENDING, SEEN, SERVED, host, plan, print_of, version


def test_replacement() -> None:
    """A host has its certificates of these names issued anew: what no run has begun with by force, shared ones on all hosts."""
    shared, own = listed("joint", shared=True, **SERVED), listed("www", **SERVED)
    joint = version("joint", serial="cc")
    wanted: dict[str, Any] = {"names": ["www", "joint"], "replace": True, "certificates": [own, shared, listed("mail")]}
    planned = plan(
        web1=host(NOW, joint, **wanted),
        web2=host({**OLD, "revoked": PENDING}, version(serial="dd", number=2), **wanted),
        web3=host(**{**wanted, "certificates": [shared]}),
    )

    def of(name: str) -> tuple[list[str], list[str]]:
        listed_ = wanted["certificates"] if name != "web3" else [shared]
        found = fleet_replaced.replacement(listed_, planned, name)
        return [entry["name"] for entry in found["certificates"]], found["force"]

    assert of("web1") == (["www", "joint"], ["joint", "www"])
    assert of("web2") == (["www", "joint"], [])
    assert of("web3") == (["joint"], [])


def replaced(now: str = "cc", expected: bool | None = True, msg: str = "", **more: Any) -> dict[str, Any]:
    """What is registered on a host after certificates were replaced; expected: whether the new one is served."""
    looked = [] if expected is None else [{"as_expected": expected, "msg": msg}]
    facts = {"fingerprint_sha256": print_of(version(serial=now)), "identifiers": ["www.example.com"]}
    found = {"versions": [OLD, version(number=3, serial=now, facts=facts)]}
    return {"__revocation_now": found, "__revocation_served": {"endpoints": looked}, **more}


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (replaced(), None),
        (
            replaced(expected=False, msg="it serves another one."),
            "the new one is not seen to be served on web2: it serves",
        ),
        (replaced(expected=None), "the new one is not seen to be served on web2: nobody looked."),
        (replaced(now="bb"), "no new one is in place on web2."),
        (
            replaced(now="bb", __revocation_unreplaced="mail: broken\nwww: rolled back."),
            "no new one is in place on web2: rolled back.",
        ),
        ({"__revocation_now": {"versions": []}}, "no new one is in place on web2."),
        ({}, "no new one is in place on web2."),
        (None, "web2 is out of reach."),
    ],
)
def test_unproven(after: dict[str, Any] | None, reason: str | None) -> None:
    """A certificate is not revoked as long as one of the hosts that have it has not been seen to serve another one."""
    hosts = {name: host(NOW, replace=True) for name in ("web1", "web2")}
    hosts["web3"] = host(version(serial="dd"), replace=True)
    planned = plan(**hosts)
    hosts["web1"].update(replaced())
    hosts["web3"].update(replaced())
    present = ["web1", "web3"]
    if after is not None:
        hosts["web2"].update(after)
        present.append("web2")
    found = fleet_replaced.unproven(planned, hosts, present)
    assert list(found) == ([SEEN] if reason else [])
    assert found.get(SEEN, "").startswith(reason or "")
    asked = fleet_revoked.revocations(planned, found, hosts, 0)
    assert [one["name"][-2:] for one in asked] == ([] if reason else ["bb"]) + ["dd"]


def test_endpoints() -> None:
    """A host is looked at where it serves, for the certificate that is in place, by the first name that is no wildcard."""
    hosts = {"web1": host(NOW, replace=True), "web2": host(version(serial="dd"))}
    planned = plan(**hosts)
    hosts["web1"].update(replaced())
    hosts["web1"]["__revocation_now"]["versions"][1]["facts"]["identifiers"] = ["*.example.com", "a.example.com"]
    found = fleet_replaced.served_endpoints(planned, hosts, "web1")
    assert found == [
        {
            "host": "127.0.0.1",
            "port": 443,
            "server_name": "a.example.com",
            "fingerprint_sha256": print_of(version(serial="cc")),
        }
    ]
    assert fleet_replaced.served_endpoints(planned, hosts, "web2") == []


def test_not_replaced_needs_no_proof() -> None:
    """What is not replaced is revoked at once."""
    hosts = {"web1": host(NOW)}
    planned = plan(**hosts)
    assert planned["replaces"] is False
    assert fleet_replaced.unproven(planned, hosts, []) == {}
