# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks with the DNS, against a real BIND and a real Knot."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.host_tasks.dns_record import DNS_RECORD
from ansible_collections.webpki.acme.plugins.module_utils._ansible.host_tasks.dns_wait import DNS_WAIT
from ansible_collections.webpki.acme.plugins.module_utils._ansible.host_tasks.dns_zone_info import DNS_ZONE_INFO
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import Task
from ansible_collections.webpki.acme.plugins.module_utils._dns.deadline import Deadline
from ansible_collections.webpki.acme.plugins.module_utils._dns.errors import DnsError
from ansible_collections.webpki.acme.plugins.module_utils._dns.lookup import Caa, Resolver
from ansible_collections.webpki.acme.plugins.plugin_utils import checked_task

from tests.lab.name_server import KEY_NAME, KEY_SECRET, Bind, Knot, Zone
from tests.lab.ports import free_ports

pytestmark = pytest.mark.lab

# In more than one string.
LONG = "z" * 300
KEY = {"key_name": KEY_NAME, "key_secret": KEY_SECRET}
LOOP = ("loop1 CNAME loop2", "loop2 CNAME loop1")


@dataclass(frozen=True)
class Servers:
    """BIND with bind.test, which also looks up knot.test for others; Knot with knot.test; Knot as a secondary of bind.test."""

    bind: Bind
    knot: Knot
    secondary: Knot

    def at(self, name: str) -> str:
        """HOST:PORT of the primary server of a zone."""
        return (self.bind if name.lower().endswith("bind.test") else self.knot).server


@pytest.fixture(scope="module")
def servers(lab_directory: Path) -> Iterator[Servers]:
    """The name servers of this file."""
    here = lab_directory / "dns"
    # Nobody knows where the second server of each is.
    own = ["@ NS ns1", "@ NS ns2.elsewhere.test.", "ns1 A 127.0.0.1", "www A 192.0.2.1", "www AAAA 2001:db8::1"]
    aliases = ["_acme-challenge.www CNAME www.knot.test.", "alias CNAME _acme-challenge.www", *LOOP]
    caa = ['@ CAA 0 issue "ca.example"', 'www CAA 128 issue "other.example; accounturi=https://ca.example/1"']
    with contextlib.ExitStack() as stack:
        knot = Knot(here / "knot", [Zone("knot.test", own)])
        stack.enter_context(knot)
        zones = [Zone("bind.test", [*own, *aliases, *caa]), Zone("knot.test", elsewhere=knot.server)]
        bind = Bind(here / "bind", zones)
        stack.enter_context(bind)
        secondary = Knot(here / "secondary", [Zone("bind.test", primary=bind.server)])
        stack.enter_context(secondary)
        yield Servers(bind, knot, secondary)


def did(task: Task, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    """Do a task as Ansible does, and return its result."""
    return checked_task.outcome(task, "webpki.acme.it", options, check_mode)


def change(servers: Servers, record: str, *texts: str, **more: Any) -> dict[str, Any]:
    """Change a record at the primary server of its zone."""
    options = {"server": servers.at(record), "records": [{"record": record, "texts": list(texts)}], **KEY, **more}
    return did(DNS_RECORD, **options)


@pytest.mark.parametrize("zone", ["bind.test", "knot.test"])
def test_texts(servers: Servers, zone: str) -> None:
    """Texts are added to a record and removed from it, and those of others stay; a second time nothing changes."""
    record = f"_acme-challenge.{zone}"
    foreseen = change(servers, record, "theirs", check_mode=True)
    assert foreseen["changed"] and foreseen["diff"][0]["after"] == "theirs\n"
    assert change(servers, record, "theirs")["changed"]
    for changes in (True, False):
        done = change(servers, record, "one", LONG, "one")
        assert done["changed"] is changes and "failed" not in done
        item = {"record": record, "zone": zone, "texts": ["one", "theirs", LONG], "changed": changes}
        assert done["records"] == [item]
    for changes in (True, False):
        done = change(servers, record.upper(), "one", LONG, state="absent")
        assert "failed" not in done, done["msg"]
        assert (done["changed"], done["records"][0]["texts"]) == (changes, ["theirs"])
    assert change(servers, record, "theirs", state="absent")["records"][0]["texts"] == []


def test_texts_of_others(servers: Servers) -> None:
    """What others have written steers no terminal."""
    done = change(servers, "others.bind.test", "\x1b[31mred")
    assert done["diff"][0]["after"] == "\\x1b[31mred\n"
    assert not change(servers, "others.bind.test", "\x1b[31mred")["changed"]


def test_many(servers: Servers) -> None:
    """Of many records each is changed, and one that fails does not stop the others."""
    records = [{"record": f"r{number}.bind.test", "texts": ["one"]} for number in range(30)]
    records.insert(10, {"record": "_acme-challenge.www.bind.test", "texts": ["one"]})
    done = did(DNS_RECORD, server=servers.bind.server, records=records, **KEY)
    assert [item["changed"] for item in done["records"]] == [True] * 10 + [False] + [True] * 20
    assert done["failed"]
    assert done["msg"].startswith(
        "1 of 31 records failed: _acme-challenge.www.bind.test: _acme-challenge.www.bind.test is an alias (CNAME) of"
    )


@pytest.mark.parametrize("zone", ["bind.test", "knot.test"])
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"key_name": "stranger"}, "does not know this key"),
        ({"key_secret": "c3RyYW5nZXI="}, "has another secret"),
        ({"key_algorithm": "hmac-sha512"}, "key"),
        ({"key_name": None, "key_secret": None}, "answers (REFUSED|NOTAUTH). See that"),
        ({"key_secret": "?"}, "is not base64"),
        ({"key_secret": None}, "Give both, or none"),
        ({"records": [{"record": "www.elsewhere.test", "texts": ["one"]}]}, "www.elsewhere.test"),
        ({"records": [{"record": "www..test", "texts": ["one"]}]}, "is not a name"),
        (
            {"records": [{"record": "a.bind.test", "zone": "strange.test", "texts": ["one"]}]},
            "strange.test|a.bind.test",
        ),
        ({"records": [{"record": "a.bind.test", "texts": []}]}, "no texts"),
    ],
)
def test_refused(servers: Servers, zone: str, options: dict[str, Any], told: str) -> None:
    """What a server refuses is told with what to do, and not with the secret."""
    done = change(servers, f"refused.{zone}", "one", **options)
    assert done["failed"] and not done.get("changed")
    assert re.search(told, done["msg"]), done["msg"]
    assert KEY_SECRET not in str(done)


def test_nobody_there(servers: Servers) -> None:
    """A server that does not answer is named, with what was wanted of it."""
    port = free_ports(1)[0]
    done = change(servers, "a.bind.test", "one", server=f"127.0.0.1:{port}", timeout=1)
    assert f"could not look up SOA of a.bind.test at 127.0.0.1 port {port}" in done["msg"]
    assert "has no address" in change(servers, "a.bind.test", "one", server="no.such.name.invalid")["msg"]


def test_zones(servers: Servers) -> None:
    """Aliases are followed, into other zones too, and the zone is found of names that do not exist; what ends nowhere is told."""
    names = ["_acme-challenge.www.bind.test", "alias.bind.test", "not.there.bind.test", "bind.test", "loop1.bind.test"]
    done = did(DNS_ZONE_INFO, records=names, resolvers=[servers.bind.server])
    keys = ("target", "zone", "prefix")
    assert [tuple(item.get(key) for key in keys) for item in done["records"]] == [
        ("www.knot.test", "knot.test", "www"),
        ("www.knot.test", "knot.test", "www"),
        ("not.there.bind.test", "bind.test", "not.there"),
        ("bind.test", "bind.test", ""),
        (None, None, None),
    ]
    assert "do not end: loop1.bind.test -> loop2.bind.test" in done["msg"]


def test_wait(servers: Servers) -> None:
    """It is waited until a slow secondary serves what the primary has, and where the alias of a name leads."""
    both = [servers.bind.server, servers.secondary.server]
    os.kill(servers.secondary.pid, signal.SIGSTOP)
    threading.Timer(0.5, os.kill, (servers.secondary.pid, signal.SIGCONT)).start()
    change(servers, "slow.bind.test", "one", "two")
    record = {"record": "slow.bind.test", "texts": ["two", "one"]}
    done = did(DNS_WAIT, records=[record], servers=both, resolvers=both[:1], deadline=20)
    assert not done.get("failed"), done
    assert 0.3 < done["seconds"] < 15
    assert done["records"][0]["servers"] == [f"127.0.0.1 port {server.rpartition(':')[2]}" for server in both]

    change(servers, "www.knot.test", "far")
    alias = {"record": "alias.bind.test", "texts": ["far"]}
    done = did(DNS_WAIT, records=[alias], servers=[servers.knot.server], resolvers=both[:1])
    assert (done["records"][0]["target"], done.get("failed")) == ("www.knot.test", None)


def test_not_served(servers: Servers) -> None:
    """At the end of the deadline the server is named that does not serve a record, for each record."""
    change(servers, "half.bind.test", "one")
    records = [{"record": "half.bind.test", "texts": ["one", "two"]}, {"record": "none.bind.test", "texts": ["one"]}]
    done = did(DNS_WAIT, records=records, servers=[servers.bind.server], resolvers=[servers.bind.server], deadline=1)
    where = f"127.0.0.1 port {servers.bind.port} does not serve"
    assert done["records"][0]["msg"].startswith(f"{where} half.bind.test yet: 1 of its 2 texts are missing. See")
    assert done["records"][1]["msg"].startswith(f"{where} none.bind.test yet: it has no such record. See")


def test_silent(servers: Servers) -> None:
    """A server that says nothing is passed over with a warning where another one answers, and none is told of when all are silent."""
    change(servers, "quiet.bind.test", "one")
    silent = f"127.0.0.1:{free_ports(1)[0]}"
    change(servers, "still.bind.test", "one")
    records = [{"record": f"{name}.bind.test", "texts": ["one"]} for name in ("quiet", "still")]
    options = {"records": records, "resolvers": [servers.bind.server]}
    done = did(DNS_WAIT, servers=[silent, servers.bind.server, servers.knot.server], timeout=1, **options)
    assert "failed" not in done, done
    # One word on each, however many records it does not answer for.
    assert len(done["warnings"]) == 2
    told = {text.partition(" at ")[2] for text in done["warnings"]}
    lame = f"127.0.0.1 port {servers.knot.port}: it answers REFUSED."
    assert told == {lame, f"{silent.replace(':', ' port ')}: no answer in time."}
    done = did(DNS_WAIT, servers=[silent], timeout=1, deadline=1, **options)
    assert done["msg"].startswith(
        "2 of 2 records failed: quiet.bind.test: no name server answers for quiet.bind.test: "
    )


def test_lookups(servers: Servers) -> None:
    """Addresses, texts and CAA records are found, the last ones also above a name; a name without is no failure."""
    resolver = Resolver([servers.bind.server], deadline=Deadline.after(20))
    assert resolver.addresses("www.bind.test") == ["192.0.2.1", "2001:db8::1"]
    assert resolver.addresses("not.there.bind.test") == resolver.texts("not.there.bind.test") == []
    assert resolver.caa("*.www.bind.test") == (
        "www.bind.test",
        [Caa(128, "issue", "other.example; accounturi=https://ca.example/1")],
    )
    assert resolver.caa("deep.below.bind.test") == ("bind.test", [Caa(0, "issue", "ca.example")])
    assert [str(server) for server in resolver.authoritative("bind.test")] == ["ns1.bind.test (127.0.0.1)"]
    with pytest.raises(DnsError, match=r"authoritative servers of www\.bind\.test: it has no NS records"):
        resolver.authoritative("www.bind.test")


def test_no_answer() -> None:
    """A look-up without an answer ends in time, and says what was looked up."""
    resolver = Resolver([f"127.0.0.1:{free_ports(1)[0]}"], deadline=Deadline.after(2), timeout=0.2)
    for look in (
        resolver.texts,
        resolver.addresses,
        resolver.caa,
        resolver.zone,
        resolver.authoritative,
        resolver.alias,
    ):
        with pytest.raises(DnsError, match=r"www\.bind\.test: no answer in time. See that the resolver"):
            look("www.bind.test")
