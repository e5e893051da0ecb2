# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trouble that nobody asked for stays where it is, and the next run makes it good."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from tests.lab.pebble import Pebble

from . import sites
from .fleet import Fleet, certificate
from .playbook import Run

pytestmark = pytest.mark.hosts

#: Inventory name -> certificate. The first host of a play, which speaks for all of them with the CA, is one that fails.
NAMES = {"gone": "gone", "web1": "well", "web2": "elsewhere", "web3": "read-only"}
#: More names of web1, for the run in batches of two: in each batch is one host that has trouble and one that is well.
BATCHES = [("gone", "web1"), ("web2", "late"), ("web3", "last")]
CHALLENGES = f"{sites.WEBROOT.lstrip('/')}/.well-known/acme-challenge"


class Runs(NamedTuple):
    """The run with trouble, the next one in batches with a limit and one fork, and one after all was mended."""

    trouble: Run
    batches: Run
    mended: Run
    #: The challenge files on all hosts after the runs with trouble.
    files: list[str]


def hosts(fleet: Fleet) -> dict[str, dict[str, Any]]:
    """One certificate a host; "gone" is one more name of web1."""
    listed: dict[str, dict[str, Any]] = {
        host: {"acme_certificates": [certificate(name)]} for host, name in NAMES.items()
    }
    listed["gone"].update(ansible_host=fleet.host("web1").address)
    return listed


def challenge_files(fleet: Fleet) -> list[str]:
    """The challenge files on all hosts, as seen from outside of them."""
    return [str(path) for host in fleet.lab.hosts.values() for path in (host.root / CHALLENGES).glob("*")]


@pytest.fixture(scope="module")
def runs(fleet: Fleet) -> Runs:
    """One host cannot be reached, one has a wrong DNS entry, one a store on a disk that has become read-only."""
    healthy = hosts(fleet)
    for host in ("web1", "web2", "web3"):
        fleet.serve(host)
    fleet.point(healthy)

    fleet.lab.dns.add_a("elsewhere.example.test", fleet.host("web1").address)
    fleet.host("web3").ssh("mkdir /etc/webpki; mount -t tmpfs -o ro,mode=0755 none /etc/webpki")
    # Nothing listens on that port.
    unhealthy = {**healthy, "gone": {**healthy["gone"], "ansible_port": 9}}
    trouble = fleet.run(unhealthy)

    more = {
        name: {"ansible_host": fleet.host("web1").address, "acme_certificates": [certificate(name)]}
        for name in ("late", "last", "beyond")
    }
    fleet.point(more)
    listed = {host: {**unhealthy, **more}[host] for host in (*itertools.chain(*BATCHES), "beyond")}
    play = [{"hosts": "web", "serial": 2, "gather_facts": False, "roles": ["webpki.acme.certificates"]}]
    batches = fleet.run(listed, "--limit", "web,!beyond", "--forks", "1", playbook_=play)
    files = challenge_files(fleet)

    fleet.point(healthy)
    fleet.host("web3").ssh("umount /etc/webpki")
    # The playbook wants its own strategy, whatever the settings say.
    mended = fleet.run(healthy, environment={"ANSIBLE_STRATEGY": "free"}).good()
    return Runs(trouble, batches, mended, files)


def ordered(run: Run) -> list[str]:
    """The names of the certificates that were ordered."""
    return [
        order["name"].split()[0] for values in run.of("Order") for one in values["results"] for order in one["orders"]
    ]


def test_the_others_are_done(runs: Runs, fleet: Fleet) -> None:
    """A host that is well gets its certificate, whatever the others have."""
    assert runs.trouble.failed() == {"web2", "web3", "gone"}
    fleet.host("web1").ssh("openssl x509 -noout -in /etc/webpki/well/current/fullchain.pem")


@pytest.mark.parametrize("which", ["trouble", "batches"])
@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("web2", ["elsewhere.example.test", "404", "no other host answers for it"]),
        ("web3", ["read-only: cannot", "Read-only file system", "remount"]),
        # Ansible's own words, of which it has several.
        ("gone", ["ssh"]),
    ],
)
def test_each_fails_for_its_own_reason(runs: Runs, which: str, host: str, words: list[str]) -> None:
    """A host with trouble fails alone, with one message about its own, also in batches and with one fork."""
    run: Run = getattr(runs, which)
    (message,) = run.messages(host)
    assert all(word.lower() in message.lower() for word in words)


def test_batches_go_on(runs: Runs, fleet: Fleet) -> None:
    """In batches, too, the hosts that are well get their certificates, and those outside of the limit are not touched."""
    assert runs.batches.failed() == {"web2", "web3", "gone"}
    there = fleet.host("web1").ssh("ls -d /etc/webpki/*/current")
    assert "/late/" in there
    assert "/last/" in there
    assert "beyond" not in there


def test_batches_ask_only_for_what_is_left(runs: Runs) -> None:
    """What the run before has done is not ordered again: only what it could not do, and what is new."""
    assert sorted(ordered(runs.batches)) == ["elsewhere", "last", "late"]
    assert "web1" not in runs.batches.count("changed")


def test_a_host_that_is_away_is_not_ordered_for(runs: Runs) -> None:
    """Nothing is asked from the CA for hosts that cannot take it."""
    assert sorted(ordered(runs.trouble)) == ["elsewhere", "well"]


def test_challenge_files_are_removed_after_a_failed_validation(runs: Runs) -> None:
    """A validation that failed leaves no challenge file on any host."""
    assert runs.trouble.of("Place the challenge files", "web2")[0]["changed"]
    assert runs.files == []


def test_the_next_run_does_only_these(runs: Runs, fleet: Fleet) -> None:
    """Once all is mended the next run orders what is missing and leaves alone what is done."""
    assert sorted(ordered(runs.mended)) == ["elsewhere", "gone", "read-only"]
    assert set(runs.mended.count("changed")) == {"gone", "web2", "web3"}
    assert fleet.host("web1").ssh("ls /etc/webpki/well/versions") == "0001\n"


@contextmanager
def killed_in_the_middle(fleet: Fleet, ca: Pebble) -> Iterator[list[float]]:
    """End CA as soon as a challenge file is on web1; gives a list that then has the time of it."""
    ended = threading.Event()
    at: list[float] = []

    def watch() -> None:
        while not ended.is_set():
            if any((fleet.host("web1").root / CHALLENGES).glob("[!.]*")):
                ca.stop()
                at.append(time.monotonic())
                return
            time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield at
    finally:
        ended.set()
        watcher.join()


def test_a_ca_that_dies(runs: Runs, fleet: Fleet) -> None:
    """A CA that goes away in the middle is told in seconds, no challenge file stays, and a new CA is made up with."""
    listed = {"web1": {"acme_certificates": [certificate("mortal")]}}
    fleet.point(listed)
    with fleet.ca("mortal", nonce_reject=0) as ca:
        variables = {"acme_ca": ca.directory_url, "acme_ca_bundle": str(ca.ca_bundle)}
        with killed_in_the_middle(fleet, ca) as killed:
            broken = fleet.run(listed, **variables)
        (at,) = killed
        (message,) = broken.messages("web1")
        assert message.startswith("mortal: could not ")
        assert "Connection refused" in message
        assert "Check the CA's URL" in message
        assert broken.of("Place the challenge files")[0]["changed"]
        assert challenge_files(fleet) == []
        assert time.monotonic() - at < 60

        # It has lost its accounts and orders.
        ca.start()
        fleet.run(listed, **variables).good()
