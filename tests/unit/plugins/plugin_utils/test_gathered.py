# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.webpki.acme.plugins.plugin_utils import gathered

from tests.unit.fleet import due, failed, good, host, listed

HOSTS = {
    "web1": host((listed(), good()), (listed("api"), failed("api")), context={"run": 1}),
    "web2": host((listed("mail"), due("mail")), context={"run": 2}),
}


def test_entries() -> None:
    """Each certificate is there with its host, without those that could not be looked at."""
    found = [(entry["host"], entry["certificate"]) for entry in gathered.entries(list(HOSTS), HOSTS)]
    assert found == [("web1", "www"), ("web2", "mail")]


def test_what_was_known_before() -> None:
    """A host is new when its first task ran once more."""
    assert gathered.runs(list(HOSTS), HOSTS) == [1, 2]
    assert gathered.new(list(HOSTS), HOSTS, [1]) == ["web2"]
    assert gathered.new(list(HOSTS), HOSTS, []) == ["web1", "web2"]


def test_read() -> None:
    """The variables of each host are asked for once, however often they are looked at then."""
    asked: list[str] = []

    class Hostvars(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            asked.append(name)
            return super().__getitem__(name)

    found = gathered.read(list(HOSTS), ["db1"], Hostvars(**HOSTS, db1={"acme_certificates": [listed()]}))
    assert len(gathered.entries(list(HOSTS), found)) == len(gathered.runs(list(HOSTS), found)) == 2
    assert found["db1"]["acme_certificates"] == [listed()]
    assert sorted(asked) == ["db1", "web1", "web2"]
