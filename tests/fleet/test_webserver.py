# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role webserver alone: what it makes of names, of document roots that are there, and of a broken configuration."""

from __future__ import annotations

import contextlib
import http.client
from typing import Any, NamedTuple

import pytest

from .fleet import Fleet, certificate
from .playbook import Run

pytestmark = pytest.mark.hosts

SERVERS = {"web1": "nginx", "web3": "apache"}
NAMES = ["b\u00fccher.example.test", "2001:DB8:0::1", "192.0.2.1"]
ROOT, NEW = "/srv/there", "/srv/new"
BROKEN = {"web1": "/etc/nginx/conf.d/broken.conf", "web3": "/etc/apache2/sites-enabled/broken.conf"}
PLAY = [{"hosts": "web", "gather_facts": False, "roles": ["webpki.acme.webserver"]}]
LOOK = "stat -c '%a %U' "


class Runs(NamedTuple):
    """In check mode, with a broken configuration of somebody else, after that was mended, and again."""

    check: Run
    broken: Run
    mended: Run
    again: Run


@pytest.fixture(scope="module")
def runs(fleet: Fleet) -> Runs:
    """Two sites on each host: one with a document root that is there, with an owner and a mode of its own."""
    hosts: dict[str, dict[str, Any]] = {
        host: {
            "acme_webserver": server,
            "acme_certificates": [certificate("all", *NAMES, webroot=ROOT), certificate("six", "::1", webroot=NEW)],
        }
        for host, server in SERVERS.items()
    }
    for host, path in BROKEN.items():
        fleet.host(host).ssh(f"install -d -o www-data -m 2775 {ROOT}; rm -rf {NEW}; echo 'nonsense on;' > {path}")
    check = fleet.run(hosts, "--check", "--diff", playbook_=PLAY)
    broken = fleet.run(hosts, playbook_=PLAY)
    for host, path in BROKEN.items():
        fleet.host(host).ssh(f"rm {path}")
    mended = fleet.run(hosts, playbook_=PLAY).good()
    return Runs(check, broken, mended, fleet.run(hosts, playbook_=PLAY).good())


@pytest.mark.parametrize("host", SERVERS)
def test_document_roots(runs: Runs, fleet: Fleet, host: str) -> None:
    """A document root that is there keeps its owner and mode, one that is missing is made."""
    assert runs.check.failed() == set()
    assert fleet.host(host).ssh(LOOK + ROOT).strip() == "2775 www-data"
    assert fleet.host(host).ssh(LOOK + NEW).strip() == "755 root"


@pytest.mark.parametrize("host", SERVERS)
def test_loaded_by_the_next_run(runs: Runs, host: str) -> None:
    """Sites that could not be loaded because of something else are loaded by the next run; then nothing changes."""
    assert runs.broken.failed() == set(SERVERS)
    (message,) = runs.broken.messages(host)
    assert message
    assert not runs.mended.of("Configure the sites", host)[0]["changed"]
    assert runs.mended.of("Reload the web server", host)[0]["changed"]
    assert runs.again.changes() == []


@pytest.mark.parametrize("name", ["xn--bcher-kva.example.test", "[2001:db8::1]", "192.0.2.1", "[::1]"])
@pytest.mark.parametrize("host", SERVERS)
def test_names(runs: Runs, fleet: Fleet, host: str, name: str) -> None:
    """A site answers to its names, however they were written: the international ones, and addresses of both kinds."""
    root = NEW if name == "[::1]" else ROOT
    directory = ".well-known/acme-challenge"
    fleet.host(host).ssh(f"install -d {root}/{directory}; echo {root} > {root}/{directory}/x")
    with contextlib.closing(http.client.HTTPConnection(fleet.host(host).address, timeout=10)) as connection:
        connection.request("GET", f"/{directory}/x", headers={"Host": name})
        assert connection.getresponse().read().decode().strip() == root
