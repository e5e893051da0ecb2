# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.filter import fleet_entries, fleet_installation, fleet_results

from tests.unit import fleet_play as play
from tests.unit.fleet import CA, due, failed, good, host, listed, looped, ordered

TESTS = {"nginx": "nginx -t", "apache2": "apachectl configtest"}


def handed(name: str, key: str) -> dict[str, Any]:
    """The key of a certificate, as read by ansible.builtin.slurp."""
    return {"results": [{"item": {"name": name}, "content": b64encode(key.encode()).decode()}]}


def test_installation() -> None:
    """What is new, what waits, and the tests of what uses the new ones go together; nothing is tested for what waits."""
    entry = {**play.SHARED, "reload": ["nginx"]}
    hosts = {"web1": host((entry, due()), (listed("api", reload=["apache2"]), due("api")))}
    waits = {**failed("api on web1", "too many"), "retry_after": "2026-07-31T12:00:00+00:00"}
    issued = looped({"orders": [{"name": "www", "fullchain": "new www"}, waits]})
    told = fleet_installation.installation(play.plan(hosts), [{}, {}, {}, issued], hosts, "web1", TESTS)
    assert [(one["name"], "retry_after" in one) for one in told["certificates"]] == [("www", False), ("api", True)]
    assert told["validate"] == ["nginx -t"]


def test_deployments() -> None:
    """Each host installs its certificates; the one that holds the key uses its own, the others the one handed over."""
    hosts = play.with_results(play.HOSTS, keys={"web1": handed("www", "shared key")})
    api, www = fleet_installation.deployments(play.plan(play.HOSTS), play.ISSUED, hosts, "web1")
    assert (api["name"], api["fullchain"], api["identifiers"]) == ("api", "new api", ["api.example.com"])
    assert (www["name"], www["fullchain"], "private_key" in www) == ("www", "new www", False)
    (other,) = fleet_installation.deployments(play.plan(play.HOSTS), play.ISSUED, hosts, "web2")
    assert (other["fullchain"], other["private_key"]) == ("new www", "shared key")


def test_deployment_options() -> None:
    """Owner, group, mode and links are those of the host itself; who issued it goes along."""
    hosts = {"a": host((listed(group="a"), due())), "b": host((listed(mode="0640", profile=["short"]), due()))}
    issued = looped({"orders": [{"name": f"www on {name}", "fullchain": "new"} for name in hosts]})
    (first,), (second,) = (fleet_installation.deployments(play.plan(hosts), issued, hosts, name) for name in hosts)
    assert (first["group"], "mode" in first, first["profile"]) == ("a", False, None)
    assert ("group" in second, second["mode"], second["profile"]) == (False, "0640", "short")


def test_without_the_preferred_chain() -> None:
    """What was issued without the chain that is preferred is installed nowhere, and no key leaves its host for it."""
    refused = {**failed("www", "no chain has the issuer"), "fullchain": "new www"}
    issued = looped({"orders": [refused, {"name": "api on web1", "fullchain": "new api"}]})
    assert [
        one["name"] for one in fleet_installation.deployments(play.plan(play.HOSTS), issued, play.HOSTS, "web1")
    ] == ["api"]
    assert fleet_results.keys_to_hand_over(play.plan(play.HOSTS), issued, "web1") == []


@pytest.mark.parametrize(
    ("wanted", "told", "expected"),
    [
        (None, None, None),
        (None, "classic", "classic"),
        (["short"], None, "short"),
        (["short", "classic"], "classic", "classic"),
        (["short", "classic"], "other", "short"),
    ],
)
def test_profile(wanted: list[str] | None, told: str | None, expected: str | None) -> None:
    """The profile that the CA tells is noted, as long as it is one that was asked for: otherwise it would be due again at once."""
    hosts = {"web1": host((listed(**({"profile": wanted} if wanted else {})), due()))}
    issued = looped({"orders": [{"name": "www on web1", "fullchain": "new", "profile": told}]})
    (one,) = fleet_installation.deployments(play.plan(hosts), issued, hosts, "web1")
    assert one["profile"] == expected


def test_a_copy_is_deployed() -> None:
    """A host that lacks a shared certificate gets the chain and the key of the one that has it."""
    hosts = {"web1": host((play.SHARED, due())), "web2": host((play.SHARED, good()))}
    known = play.with_results(hosts, keys={"web2": handed("www", "old key")})
    (copy,) = fleet_installation.deployments(play.plan(hosts), play.NOTHING, known, "web1")
    assert (copy["fullchain"], copy["private_key"]) == ("chain aa", "old key")
    assert fleet_installation.deployments(play.plan(hosts), play.NOTHING, known, "web2") == []


def test_the_profile_of_a_copy() -> None:
    """A copy has the profile of the certificate that it is a copy of, whichever of those asked for that is."""
    shared = {**play.SHARED, "profile": ["short", "classic"]}
    hosts = {"web1": host((shared, due())), "web2": host((shared, good(issued_under="classic")))}
    known = play.with_results(hosts, keys={"web2": handed("www", "old key")})
    (copy,) = fleet_installation.deployments(play.plan(hosts), play.NOTHING, known, "web1")
    assert copy["profile"] == "classic"


def test_an_unfinished_one_is_deployed() -> None:
    """One whose installation was cut short is installed once more, with the key that the host has."""
    hosts = {"web1": host((listed(), good(unfinished=True)))}
    (again,) = fleet_installation.deployments(play.plan(hosts), play.NOTHING, hosts, "web1")
    assert (again["fullchain"], "private_key" in again) == ("chain aa", False)


@pytest.mark.parametrize(
    ("options", "commands"),
    [
        ([{"reload": ["nginx"]}, {"reload": ["nginx"]}], ["nginx -t"]),
        ([{"reload": ["nginx", "postfix"]}, {"reload": ["apache2"]}], ["nginx -t", "apachectl configtest"]),
        ([{"reload": ["/usr/bin/true"]}, {"validate": "true"}], ["true"]),
        ([{}, {"reload": None}], []),
    ],
)
def test_validations(options: list[dict[str, Any]], commands: list[str]) -> None:
    """What will be reloaded is tested first, once, and the user's own test is run too."""
    hosts = {"web1": host(*[(listed(f"c{number}", **more), due(f"c{number}")) for number, more in enumerate(options)])}
    ready = [{"name": "c0"}, {"name": "c1"}]
    assert fleet_installation.validations(play.plan(hosts), "web1", ready, TESTS) == commands
    assert fleet_installation.validations(play.plan(hosts), "web1", [], TESTS) == []


def test_a_ca_by_its_name() -> None:
    """What is remembered of the CA is what the next run asks with, however the CA is written."""
    hosts = {"web1": host((listed(), due()), ca="letsencrypt")}
    issued_ = looped({"orders": [{"name": "www on web1", "fullchain": "chain"}]})
    (entry,) = fleet_installation.deployments(play.plan(hosts), issued_, hosts, "web1")
    (asked,) = fleet_entries.requests([listed()], [], "letsencrypt")
    assert [entry["ca"]] == asked["ca"] == ["https://acme-v02.api.letsencrypt.org/directory"]


def test_put_off() -> None:
    """When the CA wants to be asked again is kept on the host of the request, be it said of an order or of all."""
    time = "2026-07-31T12:00:00+00:00"
    one = looped({"orders": [{**failed("www", "too many"), "retry_after": time}, ordered("api on web1")]})
    every = looped({"failed": True, "msg": "busy", "retry_after": time})
    for steps, names, reason in (([play.ACCOUNT, one], ["www"], "too many"), ([every], ["api", "www"], "busy")):
        kept = fleet_installation.put_off(play.plan(play.HOSTS), steps, "web1")
        assert sorted(entry["name"] for entry in kept) == names
        assert {(entry["retry_after"], entry["reason"]) for entry in kept} == {(time, reason)}
        assert fleet_installation.put_off(play.plan(play.HOSTS), steps, "web2") == []
    www = next(entry for entry in fleet_installation.put_off(play.plan(play.HOSTS), [play.ACCOUNT, one], "web1"))
    assert (www["ca"], www["identifiers"]) == (CA, ["www.example.com"])


def test_nothing_put_off() -> None:
    """A failure for which the CA named no time may be tried again at once, and what was issued is not waited for."""
    assert (
        fleet_installation.put_off(
            play.plan(play.HOSTS), [play.ACCOUNT, play.ORDERED, play.NOTHING, play.ISSUED], "web1"
        )
        == []
    )
    assert (
        fleet_installation.put_off(play.plan(play.HOSTS), [play.ACCOUNT, looped({"orders": [failed("www")]})], "web1")
        == []
    )
