# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role `certificates` with names that are proven by records in a real BIND or a real Knot, at a CA that asks that BIND."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.fleet import playbook
from tests.lab.fixtures import PebbleFactory
from tests.lab.name_server import KEY_NAME, KEY_SECRET, Bind, Knot, Zone
from tests.lab.options import PebbleOptions
from tests.lab.pebble import Pebble

pytestmark = pytest.mark.lab

BOOK = [{"hosts": "all", "gather_facts": False, "roles": ["webpki.acme.certificates"]}]
#: Base and wildcard, whose records are one.
BOTH = ["bind.test", "*.bind.test"]
OWN_TASKS = """
- name: {name}
  webpki.acme.dns_record:
    server: {server}
    key_name: {key_name}
    key_secret: {key_secret}
    records: ["{{{{ item }}}}"]
    state: {state}
  loop: "{{{{ acme_dns_records }}}}"
"""


@dataclass(frozen=True)
class World:
    """BIND with bind.test, in which away.bind.test is delegated to Knot's knot.test; a CA that asks BIND."""

    bind: Bind
    knot: Knot
    ca: Pebble


@pytest.fixture(scope="module")
def world(lab_directory: Path) -> Iterator[World]:
    """The name servers and the CA of this file."""
    here = lab_directory / "dns-role"
    with contextlib.ExitStack() as stack:
        knot = Knot(here / "knot", [Zone("knot.test", ["@ NS ns1", "ns1 A 127.0.0.1"])])
        stack.enter_context(knot)
        own = ["@ NS ns1", "ns1 A 127.0.0.1", "_acme-challenge.away CNAME away.knot.test."]
        bind = Bind(here / "bind", [Zone("bind.test", own), Zone("knot.test", elsewhere=knot.server)])
        stack.enter_context(bind)
        ca = Pebble(here / "pebble", PebbleOptions(), bind)
        stack.enter_context(ca)
        yield World(bind, knot, ca)


def run(here: Path, world: World, names: dict[str, Any], ca: Pebble | None = None, **more: Any) -> playbook.Run:
    """The role, for a host with a certificate for each of the names, with options of its own where these are a dictionary."""
    ca = ca or world.ca
    variables = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "acme_ca": ca.directory_url,
        "acme_ca_bundle": str(ca.ca_bundle),
        "acme_account_key_file": str(here / "account.pem"),
        "acme_terms_agreed": True,
        "acme_store": str(here / "store" / "{{ inventory_hostname }}"),
        "acme_dns_resolvers": [world.bind.server],
        "acme_dns_servers": [world.bind.server],
        "acme_dns_deadline": 20,
        **more,
    }
    hosts = {
        name: {"acme_certificates": [{"name": name, "challenge": "dns-01", **own}]}
        for name, given in names.items()
        for own in [given if isinstance(given, dict) else {"identifiers": given}]
    }
    (here / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": variables}}))
    (here / "play.json").write_text(json.dumps(BOOK))
    return playbook.run(str(here / "play.json"), here / "hosts.json", here / "home", "-vvv")


def rfc2136(server: Bind | Knot, **more: str) -> dict[str, Any]:
    """The variable acme_dns for a name server."""
    settings = {"server": server.server, "key_name": KEY_NAME, "key_secret": KEY_SECRET, **more}
    return {"provider": "rfc2136", "rfc2136": settings}


def names_in(here: Path, host: str) -> set[str]:
    """What the certificate of a host is for."""
    pem = (here / "store" / host / host / "current/certificate.pem").read_bytes()
    found = x509.load_pem_x509_certificate(pem).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return set(found.value.get_values_for_type(x509.DNSName))


def test_wildcards(tmp_path: Path, world: World) -> None:
    """Base and wildcard are proven by one record with both texts, of several hosts in one go, and nothing of it stays."""
    done = run(tmp_path, world, {"web1": BOTH, "web2": ["*.sub.bind.test"]}, acme_dns=rfc2136(world.bind))
    assert done.code == 0, done.screen
    assert [names_in(tmp_path, "web1"), names_in(tmp_path, "web2")] == [set(BOTH), {"*.sub.bind.test"}]
    (placed,) = done.of("Add them at the primary server")
    texts = {item["record"]: len(item["texts"]) for item in placed["records"]}
    assert texts == {"_acme-challenge.bind.test": 2, "_acme-challenge.sub.bind.test": 1}
    (removed,) = done.of("Remove them at the primary server")
    assert [item["texts"] for item in removed["records"]] == [[], []]
    assert KEY_SECRET not in done.screen + done.record


def test_delegated(tmp_path: Path, world: World) -> None:
    """Tasks of one's own place records too, where aliases lead; what fails in a loop fails the host that it is about only."""
    tasks = tmp_path / "dns"
    tasks.mkdir()
    key = {"server": world.knot.server, "key_name": KEY_NAME, "key_secret": KEY_SECRET}
    for name, state in (("present", "present"), ("cleanup", "absent")):
        (tasks / f"{name}.yml").write_text(OWN_TASKS.format(name=f"Own {name}", state=state, **key))
    names = {"web1": ["away.bind.test"], "web2": ["bind.test"]}
    done = run(tmp_path, world, names, acme_dns_tasks="dns")
    assert done.failed() == {"web2"}
    (message,) = [text for text in done.messages("web2") if text.startswith("web2: ")]
    assert message.startswith("web2: the DNS record _acme-challenge.bind.test is not in place: 1 of 1 records failed: ")
    assert names_in(tmp_path, "web1") == {"away.bind.test"}
    (placed,), (removed,) = done.of("Own present"), done.of("Own cleanup")
    items = [item for result in (placed, removed) for one in result["results"] for item in one["records"]]
    told = [(item["record"], item["zone"], len(item["texts"])) for item in items if not item.get("failed")]
    assert told == [("away.knot.test", "knot.test", 1), ("away.knot.test", "knot.test", 0)]


REFUSED = {
    "secret": ({"rfc2136": {"key_secret": "c3RyYW5nZXI="}}, "The server has another secret for this key."),
    "collection": (
        {"provider": "route53"},
        "which is not there. Install its collection on the controller: ansible-galaxy",
    ),
    "unreachable": (
        {"provider": "desec", "desec": {"token": KEY_SECRET, "url": "http://127.0.0.1:1"}},
        "Connection refused",
    ),
    "resolver": (None, "'nowhere' is not the address of a name server"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_not_placed(tmp_path: Path, world: World, why: str) -> None:
    """Where records cannot be placed the CA is not told to look, and the hosts are failed with why."""
    variables, told = REFUSED[why]
    more = {"acme_dns": variables}
    if variables is None:
        more = {"acme_dns": rfc2136(world.bind), "acme_dns_resolvers": ["nowhere"]}
    elif "rfc2136" in variables:
        more = {"acme_dns": rfc2136(world.bind, **variables["rfc2136"])}
    done = run(tmp_path, world, {"web1": ["bind.test"], "web2": ["www.bind.test"]}, **more)
    assert done.failed() == {"web1", "web2"}
    for host, record in (("web1", "_acme-challenge.bind.test"), ("web2", "_acme-challenge.www.bind.test")):
        message = done.messages(host)[-1]
        assert message.startswith(f"{host}: the DNS record {record} is not in place: ") and told in message
        assert "could not be removed" not in message
    assert KEY_SECRET not in done.screen + done.record
    (answered,) = done.of("Answer the challenges")
    assert answered["results"][0]["orders"] == []


def test_refused_by_the_ca(tmp_path: Path, world: World, pebble: PebbleFactory) -> None:
    """Records are removed also when the CA does not find them."""
    done = run(tmp_path, world, {"web1": ["bind.test"]}, pebble(), acme_dns=rfc2136(world.bind))
    assert done.failed() == {"web1"}
    assert "bind.test: No TXT records found" in done.messages("web1")[-1]
    (removed,) = done.of("Remove them at the primary server")
    assert removed["changed"] and removed["records"][0]["texts"] == []


@pytest.mark.parametrize("lasting", [False, True])
def test_left_by_an_earlier_round(tmp_path: Path, world: World, pebble: PebbleFactory, lasting: bool) -> None:
    """What could not be removed after one round is tried again after the next one, and told if it is still there."""
    tasks = tmp_path / "dns"
    tasks.mkdir()
    key = {"server": world.bind.server, "key_name": KEY_NAME, "key_secret": KEY_SECRET}
    (tasks / "present.yml").write_text(OWN_TASKS.format(name="Own present", state="present", **key))
    once = f"test -e {tmp_path}/tried || {{ touch {tmp_path}/tried; exit 1; }}"
    trouble = {"name": "Fail", "ansible.builtin.shell": "exit 1" if lasting else once}
    remove = OWN_TASKS.format(name="Own cleanup", state="absent", **key)
    (tasks / "cleanup.yml").write_text(f"- {json.dumps(trouble)}\n{remove}")
    # It does not find them.
    ca = pebble()
    own = {"identifiers": ["bind.test"], "challenge": ["dns-01", "dns-account-01"], "challenge_fallback": True}
    done = run(tmp_path, world, {"web1": own}, ca, acme_dns_tasks="dns")
    assert done.failed() == {"web1"}
    placed = [
        item["record"] for result in done.of("Own present") for one in result["results"] for item in one["records"]
    ]
    assert len(set(placed)) == 2
    told = [text for text in done.messages("web1")[-1].split("\n") if "could not be removed" in text]
    removed = [item["record"] for one in done.of("Own cleanup") for two in one["results"] for item in two["records"]]
    assert sorted(removed) == ([] if lasting else sorted(placed))
    assert len(told) == (2 if lasting else 0)
