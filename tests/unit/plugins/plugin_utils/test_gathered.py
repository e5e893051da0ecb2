# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

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
    """A host is new when its first task ran once more, and each run is planned for once."""
    before = {"runs": gathered.runs(["web1"], HOSTS, None)}
    assert before == {"runs": [1]}
    assert gathered.new(list(HOSTS), HOSTS, before) == ["web2"]
    assert gathered.new(list(HOSTS), HOSTS, None) == ["web1", "web2"]
    assert gathered.runs(["web2"], HOSTS, before) == [1, 2]
