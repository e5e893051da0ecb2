# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/dns.md as it stands: its name servers run in networks of their own, on port 53, where the zone's NS records lead to them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab import network
from tests.lab.fixtures import LabFactory
from tests.lab.lab import Lab
from tests.lab.name_server import KEY_SECRET, Bind, Knot, Zone
from tests.lab.options import PebbleOptions
from tests.lab.paths import REPOSITORY
from tests.lab.pebble import Pebble

from . import playbook
from .documents import examples
from .playbook import Run

pytestmark = pytest.mark.hosts

DOCUMENT = REPOSITORY / "docs/dns.md"
#: The address of the name server in the document.
SERVER = "192.0.2.53"
INVENTORY, PRESENT, CLEANUP, BY_THEMSELVES = examples(DOCUMENT, "yaml")


@dataclass(frozen=True)
class Place:
    """Two name servers for example.com, and a CA that asks the first one."""

    lab: Lab
    primary: Bind | Knot
    secondary: Knot
    ca: Pebble
    here: Path

    def run(self, play: str, inventory: Mapping[str, Any], **variables: Any) -> Run:
        """Run a playbook; what the document says of the world is said of this one, and the names are asked for there."""
        known = {
            "acme_ca": self.ca.directory_url,
            "acme_ca_bundle": str(self.ca.ca_bundle),
            "acme_dns_resolvers": [self.primary.address],
            "vault_dns_key": KEY_SECRET,
        }
        path = self.here / "hosts.json"
        path.write_text(json.dumps(inventory).replace(SERVER, self.primary.address))
        return playbook.run(play, path, self.here / "home", "-e", json.dumps({**known, **variables}))

    def hosts(self) -> dict[str, Any]:
        """The inventory of the document, over a host of the lab."""
        inventory: dict[str, Any] = yaml.safe_load(INVENTORY)
        reached = yaml.safe_load(self.lab.inventory.read_text())["all"]["vars"]
        (host,) = inventory["web"]["hosts"]
        address = {"ansible_host": self.lab.hosts["web1"].address}
        inventory["web"]["hosts"][host] = {
            **address,
            **{name: reached[name] for name in reached if name.startswith("ansible_")},
        }
        return inventory

    def write(self, name: str, text: str) -> str:
        """Save an example, and return where."""
        path = self.here / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace(SERVER, self.primary.address))
        return str(path)


@pytest.fixture(scope="module", params=[Bind, Knot], ids=["bind", "knot"])
def place(
    request: pytest.FixtureRequest, hosts: LabFactory, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """The servers as the document configures them; the second one is slow, as nobody tells it of changes."""
    here = tmp_path_factory.mktemp("dns")
    lab = hosts("web1:nginx", "ns1:none", "ns2:none")
    first, second = lab.hosts["ns1"].address, lab.hosts["ns2"].address
    records = ["@ NS ns1", "@ NS ns2", f"ns1 A {first}", f"ns2 A {second}", f"www A {lab.hosts['web1'].address}"]
    kind, language = request.param, request.param.__name__.lower().replace("bind", "named")
    own = examples(DOCUMENT, language)[0].replace("SECRET", KEY_SECRET)
    # The second server takes no part in the document.
    own = own.replace("    acl: acme\n", "    acl: [acme, transfer]\n")
    for folder in ("/var/lib/bind", "/var/lib/knot"):
        own = own.replace(folder, str(here / "primary"))

    def within(host: str) -> list[str]:
        return ["ip", "netns", "exec", network.namespace(lab.name, host)]

    with contextlib.ExitStack() as stack:
        primary = kind(
            here / "primary", [Zone("example.com", records, stated=True)], first, 53, within=within("ns1"), own=own
        )
        secondary = Knot(
            here / "secondary", [Zone("example.com", primary=primary.server)], second, 53, within=within("ns2")
        )
        ca = Pebble(here / "pebble", PebbleOptions(address=lab.ca.options.address), primary)
        for server in (primary, secondary, ca):
            stack.enter_context(server)
        yield Place(lab, primary, secondary, ca, here)


def test_document(place: Place) -> None:
    """The first play of the document gets a certificate for a name and its wildcard, when both name servers serve the record."""
    done = place.run(playbook.RENEW, place.hosts()).good()
    (waited,) = done.of("Wait until all name servers serve them")
    servers = [f"ns1.example.com ({place.primary.address})", f"ns2.example.com ({place.secondary.address})"]
    assert waited["records"][0]["servers"] == servers
    (removed,) = done.of("Remove them at the primary server")
    assert removed["records"][0]["texts"] == []


@pytest.mark.parametrize("place", [Knot], ids=["knot"], indirect=True)
def test_own_tasks(place: Place) -> None:
    """The tasks that the document writes do the same, from a directory beside the playbook."""
    place.write("tasks/present.yml", PRESENT)
    place.write("tasks/cleanup.yml", CLEANUP)
    book = [{"hosts": "web", "roles": ["webpki.acme.certificates"]}]
    play = place.write("play.json", json.dumps(book))
    done = place.run(play, place.hosts(), acme_dns_tasks="tasks", acme_dns={}, acme_force=["www"]).good()
    assert len(done.of("Place the records")[0]["records"][0]["texts"]) == 2
    assert done.of("Remove the records")[0]["records"][0]["texts"] == []


@pytest.mark.parametrize("place", [Bind], ids=["bind"], indirect=True)
def test_by_themselves(place: Place) -> None:
    """The modules by themselves do what the document says."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    play = place.write("modules.yml", BY_THEMSELVES)
    done = place.run(play, {"all": {"hosts": {"localhost": local}}}).good()
    assert done.of("Say that in the DNS")[0]["records"][0]["texts"] == ["hello"]
    assert len(done.of("Wait for all name servers")[0]["records"][0]["servers"]) == 2
