# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a certificate is issued anew, for which reason, and that otherwise nothing happens; with two CAs in one play."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.lab.pebble import Pebble

from .fleet import Fleet, Variables, certificate
from .playbook import Run

pytestmark = pytest.mark.hosts

#: Certificate on web1 -> what makes it due there, if anything: a command, or other options.
SPOILED: dict[str, str | dict[str, Any]] = {
    "missing": "rm -r /etc/webpki/missing",
    "unreadable": "echo garbage > /etc/webpki/unreadable/current/fullchain.pem",
    "mismatch": "cp /etc/webpki/intact/current/privkey.pem /etc/webpki/mismatch/current/privkey.pem",
    "more": {"identifiers": ["more.example.test", "b.more.example.test"]},
    "fewer": {"identifiers": ["fewer.example.test"]},
    "key": {"key_type": "ecdsa-p384"},
    "forced": {},
    "intact": "touch /etc/webpki/intact/current/fullchain.pem",
}
#: Certificate -> host, code, essential words of the reason.
REASONS = {
    "missing": ("web1", "missing", "there is no certificate yet"),
    "unreadable": ("web1", "unreadable", "/etc/webpki/unreadable/versions/0001/fullchain.pem"),
    "mismatch": ("web1", "key-mismatch", "the private key does not belong to the certificate"),
    "more": ("web1", "names", "wanted also b.more.example.test"),
    "fewer": ("web1", "names", "no longer b.fewer.example.test"),
    "key": ("web1", "key-type", "its key is ecdsa-p256, wanted is ecdsa-p384"),
    "forced": ("web1", "forced", "asked for"),
    "old": ("web2", "lifetime", "90 of 90 days left"),
    "moved": ("web3", "ca", "it was issued by "),
}


PASSPHRASE = "very secret"
BINDING = {"kid": "customer-1", "key": "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"}


class Runs(NamedTuple):
    """The first run, one after everything was spoiled, and one more; with how often each CA was asked by the last."""

    first: Run
    spoiled: Run
    last: Run
    asked: tuple[int, int]
    served: dict[str, str]


@pytest.fixture(scope="module")
def other_ca(fleet: Fleet) -> Iterator[Pebble]:
    """A second CA that validates on the same hosts; it makes accounts only for its customers."""
    with fleet.ca("other", eab_keys={BINDING["kid"]: BINDING["key"]}) as ca:
        yield ca


@pytest.fixture(scope="module")
def runs(fleet: Fleet, other_ca: Pebble) -> Runs:
    """The first run is over healthy hosts; before the second each certificate but one gets its own trouble."""
    names = {name: [f"{name}.example.test"] for name in SPOILED}
    names["fewer"].append("b.fewer.example.test")
    hosts: dict[str, dict[str, Any]] = {
        "web1": {"acme_certificates": [certificate(name, *names[name]) for name in SPOILED]},
        "web2": {"acme_certificates": [certificate("old")]},
        "web3": {"acme_certificates": [certificate("moved")]},
    }
    for host in hosts:
        fleet.serve(host)
    fleet.point(hosts)
    first = fleet.run(hosts).good()
    for host, variables in hosts.items():
        fleet.serve(host, variables["acme_certificates"])
    served = {name: fleet.look("web1", f"{name}.example.test").fingerprint for name in SPOILED}

    web1 = fleet.host("web1")
    for entry in hosts["web1"]["acme_certificates"]:
        trouble = SPOILED[entry["name"]]
        if isinstance(trouble, str):
            web1.ssh(trouble)
        else:
            entry.update(trouble)
    for variables, service in zip(hosts.values(), ("nginx", "nginx", "apache2")):
        for entry in variables["acme_certificates"]:
            entry.update(reload=[service], served_on="127.0.0.1:443")
    fleet.point(hosts)
    hosts["web3"].update(
        acme_ca=other_ca.directory_url, acme_ca_bundle=str(other_ca.ca_bundle), acme_external_account_binding=BINDING
    )
    once: dict[str, Variables] = {
        **hosts,
        "web1": {**hosts["web1"], "acme_force": ["forced"]},
        "web2": {
            **hosts["web2"],
            "acme_renewal_info": False,
            "acme_renew_fraction": 0.9999999,
            "acme_account_key_file": str(fleet.key("2.pem", PASSPHRASE)),
            "acme_account_key_passphrase": PASSPHRASE,
        },
    }
    spoiled = fleet.run(once, "-vvv").good()

    before = fleet.requests(), fleet.requests(other_ca)
    last = fleet.run(hosts).good()
    asked = fleet.requests() - before[0], fleet.requests(other_ca) - before[1]
    return Runs(first, spoiled, last, asked, served)


def reasons(run: Run) -> dict[str, list[dict[str, str]]]:
    """Certificate -> why it is due, as the result of the first task tells."""
    looks = run.of("Find out which certificates are due")
    return {one["name"]: one["reasons"] for values in looks for one in values["certificates"]}


@pytest.mark.parametrize("name", REASONS)
def test_due_with_its_reason(runs: Runs, name: str) -> None:
    """A certificate is due for the one reason that applies, by code and in words, in the result and on the screen."""
    _host, code, words = REASONS[name]
    found = reasons(runs.spoiled)[name]
    assert [reason["code"] for reason in found] == [code]
    assert words in found[0]["text"]
    assert any(name in line and found[0]["text"] in line for line in runs.spoiled.screen.splitlines())


@pytest.mark.parametrize("name", REASONS)
def test_due_is_issued(runs: Runs, fleet: Fleet, other_ca: Pebble, name: str) -> None:
    """What is due is issued and served in the same run, by the CA that is wanted."""
    host = REASONS[name][0]
    roots = other_ca.roots_file if host == "web3" else None
    seen = fleet.look(host, f"{name}.example.test", roots)
    assert seen.error == ""
    assert seen.fingerprint != runs.served.get(name)


def test_the_wanted_names_and_key(runs: Runs, fleet: Fleet) -> None:
    """What was issued has the names and the key type that are wanted now."""
    assert fleet.look("web1", "more.example.test").names == {"more.example.test", "b.more.example.test"}
    assert fleet.look("web1", "fewer.example.test").names == {"fewer.example.test"}
    assert fleet.look("web1", "key.example.test").certificate.public_key().key_size == 384


def test_not_due_is_left_alone(runs: Runs, fleet: Fleet) -> None:
    """A certificate for which nothing speaks stays as it is, beside others that are due."""
    assert reasons(runs.spoiled)["intact"] == []
    assert fleet.look("web1", "intact.example.test").fingerprint == runs.served["intact"]


def test_a_conversation_for_each_ca_and_account(runs: Runs) -> None:
    """Hosts that name another CA or account are talked about with that one, all others together."""
    conversations = runs.spoiled.of("Register or find the account")[0]["results"]
    assert len(conversations) == 3
    assert len({one["item"]["ca"] for one in conversations}) == 2


@pytest.mark.parametrize("secret", [PASSPHRASE, BINDING["key"]])
def test_secrets_of_accounts_are_not_shown(runs: Runs, secret: str) -> None:
    """The passphrase of an account key and the key of a binding are used, and stand in no output."""
    assert secret not in runs.spoiled.screen
    assert secret not in runs.spoiled.record


def test_reload_once_a_host(runs: Runs) -> None:
    """However many certificates changed on a host, its web server is reloaded once."""
    installed = [one for one in runs.spoiled.results if one.task == "Install and put to use"]
    assert {one.host: one.values["reloaded"] for one in installed} == {
        "web1": ["nginx"],
        "web2": ["nginx"],
        "web3": ["apache2"],
    }


def test_nothing_due_nothing_done(runs: Runs) -> None:
    """When nothing is due, nothing changes and no CA is asked."""
    assert all(found == [] for found in reasons(runs.last).values())
    assert runs.last.count("changed") == {}
    assert runs.asked == (0, 0)
