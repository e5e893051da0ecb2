# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same roles in other circumstances: on the controller itself, a few hosts at a time, as an unprivileged user."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509

from tests.lab.fixtures import PebbleFactory
from tests.lab.pebble import Pebble
from tests.lab.webroot import Webroot

from .fleet import Fleet, certificate
from .playbook import Run

pytestmark = pytest.mark.hosts

PASSWORD = "Lab-4711"


class Alone(NamedTuple):
    """Two runs over nothing but the controller."""

    first: Run
    second: Run
    store: Path
    account_key: str
    ca: Pebble


@pytest.fixture(scope="module")
def alone(fleet: Fleet, pebble: PebbleFactory, webroot: Webroot, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """A fleet of one, with a local connection, and the account key as text, as from a vault."""
    store = tmp_path_factory.mktemp("store")
    ca = pebble()
    key = fleet.key("text.pem").read_text()
    identifiers = ["local.example.test", "LOCAL.example.test.", "b\u00fccher.example.test", "127.0.0.1"]
    hosts: dict[str, dict[str, Any]] = {
        "localhost": {
            "ansible_host": "127.0.0.1",
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            "acme_store": str(store),
            "acme_certificates": [certificate("local", *identifiers, webroot=str(webroot.directory))],
        }
    }
    acme = {
        "acme_ca": ca.directory_url,
        "acme_ca_bundle": str(ca.ca_bundle),
        "acme_account_key": key,
        "acme_terms_agreed": True,
    }
    first = fleet.run(hosts, "-vvv", "-e", "acme_hosts=localhost", acme=acme).good()
    second = fleet.run(hosts, "-e", "acme_hosts=localhost", acme=acme).good()
    return Alone(first, second, store, key, ca)


def test_a_fleet_of_one(alone: Alone) -> None:
    """A play on the controller itself issues as one over hosts does; names are normalised, and listed once."""
    found = x509.load_pem_x509_certificate((alone.store / "local" / "current" / "certificate.pem").read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["local.example.test", "xn--bcher-kva.example.test"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]


def test_a_fleet_of_one_again(alone: Alone) -> None:
    """Run again, nothing changes there either, however the names are written."""
    assert alone.second.count("changed") == {}


def test_account_key_as_text_is_not_shown(alone: Alone) -> None:
    """An account key that is given as text is used, and stands in no output."""
    assert alone.first.of("Register or find the account")[0]["results"][0]["account_uri"]
    for line in alone.account_key.splitlines()[1:-1]:
        assert line not in alone.first.screen
        assert line not in alone.first.record


class Batches(NamedTuple):
    """A run with serial: 1 that is limited to two hosts, and another."""

    first: Run
    second: Run


@pytest.fixture(scope="module")
def batches(fleet: Fleet) -> Batches:
    """web1 is logged in to as a user who becomes root by su."""
    for host in ("web1", "web2", "web3"):
        fleet.serve(host)
    fleet.host("web1").ssh(
        "id deploy 2>/dev/null || useradd -m deploy; install -d -o deploy -m 700 /home/deploy/.ssh;"
        "install -o deploy -m 600 /root/.ssh/authorized_keys /home/deploy/.ssh/;"
        f"echo root:{PASSWORD} | chpasswd"
    )
    hosts: dict[str, dict[str, Any]] = {
        host: {"acme_certificates": [certificate(name, reload=["nginx"])]}
        for host, name in (("web1", "first"), ("web2", "second"), ("web3", "third"))
    }
    hosts["web1"].update(
        ansible_user="deploy", ansible_become=True, ansible_become_method="su", ansible_become_password=PASSWORD
    )
    fleet.point(hosts)
    webserver = {"role": "webpki.acme.webserver", "when": "inventory_hostname == 'web1'"}
    roles = [webserver, "webpki.acme.certificates"]
    play = [{"hosts": "web", "serial": 1, "gather_facts": False, "roles": roles}]
    arguments = ("--limit", "web1,web2", "--forks", "1")
    first = fleet.run(hosts, *arguments, playbook_=play).good()
    return Batches(first, fleet.run(hosts, *arguments, playbook_=play).good())


@pytest.mark.parametrize(("host", "name"), [("web1", "first"), ("web2", "second")])
def test_in_batches(batches: Batches, fleet: Fleet, host: str, name: str) -> None:
    """With serial: 1, a limit and one fork each host of the limit gets its own, also by way of an unprivileged user."""
    certificate_of = f"openssl x509 -noout -ext subjectAltName -in /etc/webpki/{name}/current/certificate.pem"
    assert f"DNS:{name}.example.test" in fleet.host(host).ssh(certificate_of)
    assert batches.first.count("changed").keys() == {"web1", "web2"}


def test_in_batches_one_conversation_each(batches: Batches) -> None:
    """Each batch is a conversation of its own, and all find the same account."""
    accounts = [
        one["account_uri"] for values in batches.first.of("Register or find the account") for one in values["results"]
    ]
    assert len(accounts) == 2
    assert len(set(accounts)) == 1


def test_in_batches_again(batches: Batches) -> None:
    """Run again in batches, nothing changes."""
    assert batches.second.count("changed") == {}


def test_beyond_the_limit(batches: Batches, fleet: Fleet) -> None:
    """A host outside the limit is not touched."""
    assert fleet.host("web3").ssh("ls -d /etc/webpki 2>/dev/null || true") == ""
