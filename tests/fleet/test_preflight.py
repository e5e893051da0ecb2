# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Before the CA is asked to look, other places do: what they see is told, and where that is wanted, ends it."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
import yaml

from tests.lab.paths import REPOSITORY

from .documents import examples
from .fleet import Fleet, certificate
from .playbook import Run

pytestmark = pytest.mark.hosts


class Runs(NamedTuple):
    """A run for which all that is looked at is required, one that only warns, and the records to copy."""

    required: Run
    warned: Run
    elsewhere: Run
    records: Run


@pytest.fixture(scope="module")
def runs(fleet: Fleet) -> Runs:
    """As docs/preflight.md says, where a name leads to another host than that of its certificate, and one is for another CA."""
    variables, play = map(yaml.safe_load, examples(REPOSITORY / "docs" / "preflight.md", "yaml"))
    names = ("seen", "astray", "forbidden", "otherwise")
    hosts: dict[str, dict[str, Any]] = {
        "web1": {"acme_certificates": [certificate(name) for name in names]},
        "web2": {},
    }
    for host in hosts:
        fleet.serve(host)
    fleet.point(hosts)
    dns = fleet.lab.dns
    dns.add_a("astray.example.test", fleet.host("web2").address)
    dns.add_caa("forbidden.example.test", issue="other.example")
    dns.add_caa("otherwise.example.test", issue="pebble.letsencrypt.org; validationmethods=dns-01")
    preflight = {**variables["acme_preflight"], "required": True}
    required = fleet.run(hosts, acme_dns_resolvers=[dns.server], acme_preflight=preflight)
    local = {"localhost": {"ansible_connection": "local", "ansible_host": "localhost"}}
    records = fleet.run(local, playbook_=play, acme_dns_resolvers=[dns.server]).good()
    later = {"web1": {"acme_certificates": [certificate("later")]}}
    fleet.point(later)
    batches = [{"hosts": "web1", "gather_facts": False, "roles": ["webpki.acme.certificates"]}]
    hosts["web1"]["acme_certificates"] = [certificate("seen", "astray.example.test")]
    hosts["web1"]["acme_certificates"].append(certificate("other"))
    fleet.lab.dns.add_a("other.example.test", fleet.host("web1").address)
    # One is not there, and of one nobody knows what it is.
    hosts["gone"] = {"ansible_host": fleet.host("web2").address, "ansible_port": 9}
    preflight = {"from": ["gone", "nobody", "web2"], "required": True}
    elsewhere = fleet.run(hosts, playbook_=batches, acme_preflight=preflight)
    # The machine that runs Ansible asks another resolver than the hosts.
    warned = fleet.run(later, acme_preflight={"from": ["controller"]})
    return Runs(required, warned, elsewhere, records)


def answered(run: Run) -> list[str]:
    """The names of the certificates whose challenges the CA was asked to look at."""
    steps = run.of("Answer the challenges")
    return [order["name"] for values in steps for result in values["results"] for order in result["orders"]]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "astray",
            ["seen from web", "astray.example.test does not answer as a CA wants it", "404", "See that the web server"],
        ),
        (
            "otherwise",
            ["the CAA records of otherwise.example.test do not let", "pebble.letsencrypt.org may issue by dns-01 only"],
        ),
        (
            "forbidden",
            ["the CAA records of forbidden.example.test do not let this CA issue", "other.example may issue"],
        ),
    ],
)
def test_required(runs: Runs, name: str, words: list[str]) -> None:
    """What is required is told to the host of the certificate, with the place, the address and the cause."""
    (message,) = runs.required.messages("web1")
    for word in words:
        assert f"{name}: " in message
        assert word in message


def test_ca_is_not_asked(runs: Runs, fleet: Fleet) -> None:
    """The CA is not asked to look at what would fail, and issues the rest."""
    assert answered(runs.required) == ["seen on web1"]
    assert fleet.host("web1").ssh("ls /etc/webpki/*/current/fullchain.pem").split() == [
        f"/etc/webpki/{name}/current/fullchain.pem" for name in ("later", "other", "seen")
    ]


def test_each_perspective(runs: Runs) -> None:
    """Every host of a group is a place to look from, and sees each address."""
    for host in ("web1", "web2"):
        (result,) = runs.required.of("Ask for the challenge files from hosts of this play", host)
        assert {item["identifier"]: item["reached"] for item in result["challenges"]} == {
            "seen.example.test": True,
            "astray.example.test": False,
            "forbidden.example.test": True,
            "otherwise.example.test": True,
        }


def test_outside_of_the_play(runs: Runs) -> None:
    """A host that is not in the play is a place to look from too; one that is not there is passed over, and said."""
    assert answered(runs.elsewhere) == ["other on web1"]
    (message,) = runs.elsewhere.messages("web1")[-1:]
    assert "seen: seen from web2, astray.example.test does not answer" in message
    assert "other: " not in message
    assert "acme_preflight names nobody, which is no host or group of the inventory" in runs.elsewhere.screen


def test_warned(runs: Runs) -> None:
    """Without that, what a place sees is a warning, and the CA has the last word."""
    assert runs.warned.code == 0
    assert "[WARNING]: later.example.test has no address here" in runs.warned.screen
    assert answered(runs.warned) == ["later on web1"]


def test_records(runs: Runs) -> None:
    """The records to copy are shown as zone files have them."""
    (shown,) = runs.records.of("Show the records to copy")
    told = [result["msg"] for result in shown["results"]]
    assert [text.partition('"')[0] for text in told] == [
        "www.example.com. IN CAA 0 issue ",
        "_validation-persist.www.example.com. IN TXT ",
        "example.com. IN CAA 0 issuewild ",
        "_validation-persist.example.com. IN TXT ",
    ]
    assert all("accounturi=https://" in text for text in told)
