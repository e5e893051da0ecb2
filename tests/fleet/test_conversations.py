# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is asked for what, and as whom: strategies, the role more than once in a play, keys that hosts do not have in common.

The hosts are two stores on the controller: what matters here happens there.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lab.fixtures import PebbleFactory
from tests.lab.pebble import window
from tests.lab.webroot import Webroot

from .fleet import Fleet, certificate
from .playbook import Run

ROLE = "webpki.acme.certificates"


class Pair:
    """Two hosts, `one` and `two`, each with a certificate of its name."""

    def __init__(self, fleet: Fleet, ca: Any, webroot: Webroot, directory: Path) -> None:
        self.fleet = fleet
        self.ca = ca
        self.webroot = webroot
        self.directory = directory
        self.acme = {"acme_ca": ca.directory_url, "acme_ca_bundle": str(ca.ca_bundle), "acme_terms_agreed": True}

    def certificate(self, name: str) -> dict[str, Any]:
        return certificate(name, webroot=str(self.webroot.directory))

    def key(self, name: str) -> str:
        return str(self.fleet.key(name))

    def run(self, play: dict[str, Any], *arguments: str, **acme: Any) -> Run:
        hosts = {
            name: {
                "ansible_host": "127.0.0.1",
                "ansible_connection": "local",
                "ansible_python_interpreter": sys.executable,
                "acme_store": str(self.directory / name),
                "acme_certificates": [self.certificate(name)],
            }
            for name in ("one", "two")
        }
        plays = [{"hosts": "web", "gather_facts": False, **play}]
        return self.fleet.run(hosts, *arguments, playbook_=plays, acme={**self.acme, **acme})

    def issued(self, host: str, name: str) -> bool:
        return (self.directory / host / name / "current" / "fullchain.pem").exists()


@pytest.fixture
def pair(fleet: Fleet, pebble: PebbleFactory, webroot: Webroot, tmp_path: Path) -> Pair:
    return Pair(fleet, pebble(), webroot, tmp_path)


@pytest.mark.parametrize("strategy", ["free", "ansible.builtin.host_pinned"])
def test_strategy(pair: Pair, strategy: str) -> None:
    """A strategy that would order everything once for each host is refused before anything is begun."""
    run = pair.run({"strategy": strategy, "roles": [ROLE]}, acme_account_key_file=pair.key("strategy.pem"))
    # These strategies end the play at the first failure, so the other host may not get as far as to be told.
    assert run.failed()
    assert "Set strategy: ansible.builtin.linear" in run.screen
    assert run.changes() == []
    assert not any((pair.directory / name).exists() for name in ("one", "two"))


def test_role_twice(pair: Pair) -> None:
    """Where the role is not run a second time nothing is ordered a second time."""
    again = {"name": ROLE}
    second = {
        "name": "Once more, on one of them",
        "ansible.builtin.include_role": again,
        "vars": {"acme_certificates": [pair.certificate("late")]},
        "when": "inventory_hostname == 'one'",
    }
    tasks = [{"name": "On both", "ansible.builtin.include_role": again}, second]
    run = pair.run({"tasks": tasks}, acme_account_key_file=pair.key("twice.pem")).good()
    ordered = [[order["name"] for order in one["results"][0]["orders"]] for one in run.of("Order")]
    assert ordered == [["one on one", "two on two"], ["late on one"]]


def test_role_on_some_hosts(pair: Pair) -> None:
    """A role that is not for the first host of the play is done all the same for the others, and the CA is asked about them."""
    only = {"roles": [{"role": ROLE, "when": "inventory_hostname == 'two'"}]}
    key = pair.key("some.pem")
    pair.run(only, acme_account_key_file=key).good()
    assert not pair.issued("one", "one")
    installed = pair.directory / "two" / "two" / "current" / "fullchain.pem"
    before = installed.read_text()
    pair.run(only, acme_account_key_file=key).good()
    assert installed.read_text() == before
    pair.ca.set_renewal_info(before, window(-2, -1, explanationURL="https://ca.example/incident"))
    assert "explains when to renew two on two" in pair.run(only, acme_account_key_file=key).screen
    assert installed.read_text() != before


def test_idle_before(pair: Pair) -> None:
    """What the role found on a host when it had nothing to do is nothing that is to be done when it comes to another one."""
    shared = {**certificate("both", webroot=str(pair.webroot.directory)), "shared": True}
    key = pair.key("idle.pem")
    role = {"name": "On both", "ansible.builtin.include_role": {"name": ROLE}}
    once_more = {
        "name": "Once more, on one of them",
        "ansible.builtin.include_role": {"name": ROLE},
        "vars": {"acme_force": ["both"]},
        "when": "inventory_hostname == 'two'",
    }
    given = {"acme_account_key_file": key}
    pair.run({"vars": {"acme_certificates": [shared]}, "tasks": [role]}, **given).good()
    run = pair.run({"vars": {"acme_certificates": [shared]}, "tasks": [role, once_more]}, **given)
    assert run.code == 0, run.screen
    assert [host for host, task in run.changes() if task == "Install and put to use"] == ["two"]


@pytest.mark.parametrize(
    ("play", "arguments", "failed"),
    [({}, ["--check"], False), ({"environment": {"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": ""}}, [], True)],
)
def test_not_asked_beforehand(pair: Pair, play: dict[str, Any], arguments: list[str], failed: bool) -> None:
    """Nothing is prepared with a CA that nobody is to ask, or by another way than it is to be asked."""
    log = pair.ca.directory / "pebble.log"
    before = log.read_text().count("calling handler")
    run = pair.run({"roles": [ROLE], **play}, *arguments, acme_account_key_file=pair.key("beforehand.pem"))
    assert bool(run.failed()) is failed
    assert log.read_text().count("calling handler") == before


def test_nothing_due(pair: Pair) -> None:
    """Where nothing is due the role ends after one task on each host and one for all; the play goes on behind it, on all hosts."""
    behind = [{"name": name, "ansible.builtin.debug": {"msg": name}} for name in ("Behind it", "At last", "In the end")]
    block = [{"name": "The role", "ansible.builtin.include_role": {"name": ROLE}}, behind[0]]
    play = {"tasks": [{"name": "All", "block": block, "always": [behind[1]]}], "post_tasks": [behind[2]]}
    pair.run(play, acme_account_key_file=pair.key("nothing.pem")).good()
    run = pair.run(play, acme_account_key_file=pair.key("nothing.pem")).good()
    done = [one for one in run.results if one.status != "skipped"]
    expected = {"Find out which certificates are due": {"one", "two"}}
    expected["Ask the CA when it wants certificates renewed"] = {"one"}
    expected |= {task["name"]: {"one", "two"} for task in behind}
    names = list(dict.fromkeys(one.task for one in done))
    # Before them Ansible includes the role and validates its arguments.
    assert names[2:] == list(expected)
    assert {name: {one.host for one in done if one.task == name} for name in names[2:]} == expected


def test_keys_that_are_not_in_the_inventory(pair: Pair) -> None:
    """A host whose key cannot be seen from the others is told so, and does not get a certificate of another's account."""
    keys = {name: Path(pair.key(f"{name}.pem")).read_text() for name in ("one", "two")}
    include = {
        "ansible.builtin.include_role": {"name": ROLE},
        "vars": {"acme_account_key": "{{ lookup('vars', inventory_hostname ~ '_key') }}"},
    }
    run = pair.run({"vars": {"one_key": keys["one"], "two_key": keys["two"]}, "tasks": [include]})
    assert run.failed() == {"two"}
    assert "Give such variables in the inventory" in run.messages("two")[-1]
    assert pair.issued("one", "one")
    assert not pair.issued("two", "two")


def test_no_account_key(pair: Pair) -> None:
    """Without any account key each host is told what to give."""
    run = pair.run({"roles": [ROLE]})
    assert run.failed() == {"one", "two"}
    assert all("no account key is given" in run.messages(host)[-1] for host in ("one", "two"))
