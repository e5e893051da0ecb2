# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that several hosts share: one key and one order for all of them."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any, NamedTuple

import pytest

from .fleet import Fleet, certificate
from .playbook import Run

pytestmark = pytest.mark.hosts

SHARING = {"shared": True, "reload": ["nginx"], "served_on": "127.0.0.1:443"}
APACHE = {**SHARING, "reload": ["apache2"]}
KEYS = "find /etc/webpki -name privkey.pem -type f -exec cat {} +"
PEM = re.compile("-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----\n", re.DOTALL)


class Runs(NamedTuple):
    """The first run, one with a host more and a copy less, and one with hosts that disagree."""

    first: Run
    copied: Run
    differing: Run
    #: Requests to the CA by the second run.
    asked: int
    #: The private keys that were on the hosts at any time, as PEM.
    keys: set[str]
    #: Fingerprints of what the first hosts served after the first run.
    served: dict[str, str]


@pytest.fixture(scope="module")
def runs(fleet: Fleet) -> Runs:
    """All with as much on the screen as -vvv gives, and a log file."""
    everywhere = ("web1", "web2", "web3")
    for host in everywhere:
        fleet.serve(host)

    def run(hosts: dict[str, dict[str, Any]], point: bool = True) -> Run:
        if point:
            fleet.point(hosts)
        return fleet.run(
            hosts, "-vvv", "--diff", environment={"ANSIBLE_LOG_PATH": str(fleet.directory / "ansible.log")}
        )

    def keys(*hosts: str) -> set[str]:
        return {key for host in hosts for key in PEM.findall(fleet.host(host).ssh(KEYS))}

    both = {"acme_certificates": [certificate(name, **SHARING) for name in ("joined", "lost")]}
    # Without reload: the sites come only after the first certificates.
    plain = {"acme_certificates": [certificate(name, shared=True) for name in ("joined", "lost")]}
    first = run({"web1": plain, "web2": plain}).good()
    for host in everywhere:
        if host != "web3":
            fleet.serve(host, both["acme_certificates"])
    served = {name: fleet.look("web1", f"{name}.example.test").fingerprint for name in ("joined", "lost")}
    known = keys("web1", "web2")

    fleet.host("web2").ssh("rm -r /etc/webpki/lost")
    before = fleet.requests()
    copied = run(
        {"web1": both, "web2": both, "web3": {"acme_certificates": [certificate("joined", shared=True)]}}
    ).good()
    asked = fleet.requests() - before
    known |= keys(*everywhere)

    clash, halfway = certificate("clash", shared=True), certificate("halfway", shared=True)
    differing = run(
        {
            "web1": {"acme_certificates": [clash, halfway]},
            "web2": {
                "acme_certificates": [{**clash, "key_type": "rsa-2048"}, {**halfway, "webroot": "/var/www/nowhere"}]
            },
            "web3": {"acme_certificates": [certificate("apart")]},
        }
    )
    return Runs(first, copied, differing, asked, known | keys(*everywhere), served)


def test_one_order_for_all(runs: Runs) -> None:
    """A shared certificate is ordered once, by its name alone, and proven on all of its hosts."""
    (order,) = runs.first.of("Order")[0]["results"]
    assert [one["name"] for one in order["orders"]] == ["joined", "lost"]
    placed = {
        one.host: one.values["challenges"] for one in runs.first.results if one.task == "Place the challenge files"
    }
    assert {host: len(files) for host, files in placed.items()} == {"web1": 2, "web2": 2}


@pytest.mark.parametrize(("host", "name"), [("web1", "joined"), ("web1", "lost"), ("web2", "joined"), ("web2", "lost")])
def test_the_same_on_all(runs: Runs, fleet: Fleet, host: str, name: str) -> None:
    """All hosts serve the one certificate, also the host that had lost it."""
    seen = fleet.look(host, f"{name}.example.test")
    assert (seen.error, seen.fingerprint) == ("", runs.served[name])


def test_new_host_gets_a_copy(runs: Runs, fleet: Fleet) -> None:
    """A host that joins gets the certificate and the key of the others."""
    files = "cd /etc/webpki/joined/current; cat privkey.pem fullchain.pem"
    assert fleet.host("web3").ssh(files) == fleet.host("web1").ssh(files)


def test_copies_need_no_ca(runs: Runs) -> None:
    """Neither a new host nor a lost copy makes an order: the CA is not asked, and the hosts that have it do not change."""
    assert runs.asked == 0
    assert set(runs.copied.count("changed")) == {"web2", "web3"}


def test_hosts_that_disagree(runs: Runs) -> None:
    """Hosts that want different things of a shared certificate fail, with the option and the hosts; others do not."""
    assert runs.differing.failed() == {"web1", "web2"}
    for host in ("web1", "web2"):
        (message,) = runs.differing.messages(host)
        assert message.startswith("clash: it is shared, but has another value of key_type on web2 than on web1.")


def test_a_challenge_that_cannot_be_placed_everywhere(runs: Runs, fleet: Fleet) -> None:
    """Where one host cannot take the challenge file the CA is not asked to look, and the others' files are removed."""
    for host in ("web1", "web2"):
        (message,) = runs.differing.messages(host)
        assert (
            "halfway: the challenge file could not be placed on web2: the webroot /var/www/nowhere does not" in message
        )
    (answered,) = runs.differing.of("Answer the challenges")[0]["results"]
    assert [order["name"] for order in answered["orders"]] == ["apart on web3"]
    assert runs.differing.of("Place the challenge files", "web1")[0]["changed"]
    assert fleet.host("web1").ssh("find /var/www -path '*/acme-challenge/*'") == ""


def test_the_others_go_on(runs: Runs) -> None:
    """What is not shared with such hosts is issued in the same run."""
    assert runs.differing.of("Fetch the certificates")[0]["results"][0]["orders"][0]["name"] == "apart on web3"


def test_key_never_shown(runs: Runs, fleet: Fleet) -> None:
    """No private key is in anything that a run writes on the controller, nor in the hosts' logs."""
    # One each of joined, lost and apart, and two each that wait for clash and halfway.
    assert len(runs.keys) == 7
    written = [path.read_text() for path in fleet.directory.rglob("*") if path.is_file() and path.name != "account.pem"]
    written += [fleet.host(host).ssh("journalctl --no-pager -o cat") for host in ("web1", "web2", "web3")]
    assert any("Read the keys of shared certificates" in text for text in written)
    for key in runs.keys:
        lines = key.splitlines()[1:-1]
        for text in written:
            for line in [*lines, b64encode(key.encode()).decode()[:60]]:
                assert line not in text
