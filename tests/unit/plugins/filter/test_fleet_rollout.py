# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.filter import (
    fleet_failures,
    fleet_installation,
    fleet_plan,
    fleet_results,
    fleet_rollout,
    fleet_words,
)

from tests.unit.fleet import due, failed, good, host, listed, looped

ISSUED = looped({"orders": [{"name": "www", "fullchain": "new"}]})
INSTALLED = {"certificates": [{"name": "www", "changed": True}]}


def fleet(serial_reload: Any, **certificates: str) -> dict[str, dict[str, Any]]:
    """Hosts by name, each with shared certificates that are due, by their names: `fleet(1, web1="www api", ...)`."""
    return {
        name: host(
            *[(listed(each, shared=True), due(each)) for each in names.split()],
            context={"serial_reload": serial_reload},
        )
        for name, names in certificates.items()
    }


def plan(hosts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return fleet_plan.plan(list(hosts), hosts)


@pytest.mark.parametrize(
    ("serial_reload", "expected"),
    [
        ("100%", {}),
        (4, {}),
        (1, {"a": 0, "b": 1, "c": 2, "d": 3}),
        ("50%", {"a": 0, "b": 0, "c": 1, "d": 1}),
        ([1, "100%"], {"a": 0, "b": 1, "c": 1, "d": 1}),
        ([1, 2], {"a": 0, "b": 1, "c": 1, "d": 2}),
    ],
)
def test_turns(serial_reload: Any, expected: dict[str, int]) -> None:
    """Hosts take turns in the sequence of the play; where all fit into the first one there is nothing to take."""
    assert plan(fleet(serial_reload, a="www", b="www", c="www", d="www"))["turns"] == expected


@pytest.mark.parametrize(
    ("certificates", "expected"),
    [
        # Certificates of different hosts do not wait for each other.
        ({"a": "www", "b": "www", "c": "api", "d": "api"}, {"a": 0, "b": 1, "c": 0, "d": 1}),
        # A host with two of them has one turn, and waits for those ahead of it in both.
        ({"a": "www", "b": "www api", "c": "api", "d": "www"}, {"a": 0, "b": 1, "c": 2, "d": 2}),
        ({"a": "www", "b": "", "c": "www"}, {"a": 0, "c": 1}),
    ],
)
def test_turns_of_several(certificates: dict[str, str], expected: dict[str, int]) -> None:
    """Each certificate is rolled out by itself, and a host takes all of its own in one turn."""
    assert plan(fleet(1, **certificates))["turns"] == expected


def test_turn() -> None:
    """A host is told its turn among those that are still there, and who comes before it."""
    planned = plan(fleet(1, a="www", b="www", c="www"))
    assert fleet_rollout.turn(planned, ["a", "b", "c"], "c") == {"number": 2, "earlier": ["a", "b"]}
    assert fleet_rollout.turn(planned, ["b", "c"], "c") == {"number": 1, "earlier": ["b"]}
    assert fleet_rollout.turn(planned, ["a", "b", "c", "other"], "other") == {"number": 0, "earlier": []}


def test_the_most_careful_host() -> None:
    """Where hosts do not agree how many may reload at a time, the smallest number counts."""
    hosts = {**fleet("100%", a="www"), **fleet("1", b="www"), **fleet(2, c="www")}
    assert plan(hosts)["turns"] == {"a": 0, "b": 1, "c": 2}


@pytest.mark.parametrize("wanted", [0, "some", ["1", "-"]])
def test_not_a_number(wanted: Any) -> None:
    """What is no number of hosts is told where a certificate is shared, whether it is due or not; others are ordered."""
    hosts = {**fleet(2, a="www"), **fleet(wanted, b="www")}
    hosts["c"] = host((listed("own"), due("own")), context={"serial_reload": wanted})
    planned = plan(hosts)
    assert [order["certificate"] for order in planned["orders"]] == ["own"]
    for name in ("a", "b"):
        (told,) = planned["refused"][name]
        assert told.startswith(f"www: acme_serial_reload is {wanted!r} on b. Give a number of hosts")


def test_a_copy_in_turns() -> None:
    """The share is one of all hosts that have the certificate, also when only some of them lack it."""
    lacking = fleet("50%", b="www", c="www", d="www")
    hosts = {"a": host((listed(shared=True), good())), **lacking}
    assert plan(hosts)["turns"] == {"b": 0, "c": 0, "d": 1}


def test_announcement() -> None:
    """It is said beforehand in which turn a host is."""
    planned = plan(fleet(1, a="www", b="www"))
    assert fleet_words.announcement(planned, "b")[0].endswith(", installed in /etc/webpki/www, in turn 2 of 2")


def after(**registered: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Hosts a, b, c and d that share `www`, after the turns of some of them."""
    hosts = fleet([2, 1], a="www", b="www", c="www", d="www")
    return {
        name: {**variables, **{f"__certificates_{what}": value for what, value in registered.get(name, {}).items()}}
        for name, variables in hosts.items()
    }


@pytest.mark.parametrize(
    ("done", "held"),
    [
        ({"deployed": INSTALLED}, {}),
        ({"deployed": {"certificates": [{"name": "www", "changed": False}]}}, {}),
        ({"deployed": {"certificates": [failed()]}}, {"www": ["b"]}),
        ({"deployed": {"failed": True, "msg": "no module"}}, {"www": ["b"]}),
        ({"deployed": {"skipped": True}}, {"www": ["b"]}),
        ({"deployed": {"certificates": [{**failed(), "changed": True}]}}, {"www": ["b"]}),
    ],
)
def test_held_back(done: dict[str, Any], held: dict[str, list[str]]) -> None:
    """A certificate goes on only from hosts where it was installed, and what uses it was reloaded and looked at."""
    hosts = after(a={"deployed": INSTALLED}, b=done)
    assert fleet_rollout.held_back(plan(hosts), ["a", "b"], list(hosts), hosts, {}) == held


def test_held_back_from_hosts_that_are_gone() -> None:
    """A host that became unreachable holds the others back, whether it had its turn or not."""
    hosts = after(a={"deployed": INSTALLED}, b={"deployed": INSTALLED})
    planned = plan(hosts)
    assert fleet_rollout.held_back(planned, ["a", "b"], ["b", "c", "d"], hosts, {}) == {"www": ["a"]}
    assert fleet_rollout.held_back(planned, ["a", "b"], ["a", "b", "c"], hosts, {}) == {"www": ["d"]}


def test_held_back_from_the_turn_before() -> None:
    """It is told of where it failed, not of those that were held back for it."""
    hosts = after(a={"deployed": {"certificates": [failed()]}}, b={"deployed": INSTALLED}, c={"deployed": {}})
    held = fleet_rollout.held_back(plan(hosts), ["a", "b", "c"], list(hosts), hosts, {"www": ["a"]})
    assert held == {"www": ["a"]}


def test_only_what_is_shared_is_held_back() -> None:
    """A certificate of the same name that is a host's own is installed while the shared one is held back."""
    hosts = {
        **fleet(1, a="www", b="www"),
        "c": host((listed(), due()), context={"serial_reload": 1}),
    }
    issued = looped({"orders": [{"name": name, "fullchain": "new"} for name in ("www", "www on c")]})
    known = {name: {**variables, "__certificates_held": {"www": ["a"]}} for name, variables in hosts.items()}
    assert fleet_installation.deployments(plan(hosts), issued, known, "b") == []
    assert [entry["name"] for entry in fleet_installation.deployments(plan(hosts), issued, known, "c")] == ["www"]


@pytest.mark.parametrize(
    ("name", "registered", "told"),
    [
        ("c", {"deployed": {"skipped": True}}, "www: not installed here, because it failed on a, b. Mend it there, "),
        # Those that failed themselves, or never had the key, are told why.
        ("a", {"deployed": {"certificates": [failed(msg="no room")]}}, "www: no room"),
        ("b", {"deployed": {"skipped": True}}, "www: its key could not be read on a"),
    ],
)
def test_failures(name: str, registered: dict[str, Any], told: str) -> None:
    """A host that is held back is told where it failed, and where it failed it is told why."""
    held = {"www": ["a", "b"]}
    hosts = after(**{name: {**registered, "held": held}})
    steps: list[dict[str, Any]] = [looped(), looped(), looped(), ISSUED]
    (message,) = fleet_failures.failures(plan(hosts), steps, hosts, name)
    assert message.startswith(told)


def test_failures_on_many() -> None:
    """Where it failed on many hosts only some of them are named."""
    hosts = after(d={"held": {"www": ["a", "b", "c", "x", "y"]}})
    (message,) = fleet_failures.failures(plan(hosts), [looped(), looped(), looped(), ISSUED], hosts, "d")
    assert "because it failed on a, b, c and 2 more. " in message


def test_the_next_run() -> None:
    """What was issued and taken back on the first host goes from its staged files to all, in turns, without an order."""
    staged = "/etc/webpki/www/staged/privkey.pem"
    old = {"fingerprint_sha256": "old", "not_after": "2026-01-01T00:00:00Z"}
    aged = due(facts=old, reasons=[{"code": "lifetime", "text": "old"}])
    found = {
        "a": good(fingerprint="new", unfinished=True, private_key_path=staged),
        "b": aged,
        "c": good(fingerprint="old", not_after="2026-06-01"),
    }
    hosts = {name: host((listed(shared=True), item), context={"serial_reload": 1}) for name, item in found.items()}
    planned = plan(hosts)
    assert planned["orders"] == []
    assert planned["turns"] == {"a": 0, "b": 1, "c": 2}
    assert fleet_results.keys_to_hand_over(planned, looped(), "a") == [{"name": "www", "file": staged}]
