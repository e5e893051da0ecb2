# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles in a play of the user's own: own web server configuration, own handler, variables given to the role only.

One of the hosts lacks python3-cryptography.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from . import sites
from .fleet import Fleet, certificate
from .playbook import Run

pytestmark = pytest.mark.hosts

HOSTS = {"web3": {}, "web4": {}}
RELOAD = {"served_on": "127.0.0.1:443", "validate": "test -e /etc/webpki"}
LINKED = {
    "links": {"fullchain": "/etc/ssl/red.pem", "privkey": "/etc/ssl/private/red.key"},
    "owner": "www-data",
    "group": "www-data",
    "mode": "0640",
}
CERTIFICATES = {
    "web3": [
        certificate("red", reload=["apache2"], **RELOAD, **LINKED),
        certificate("green", reload=["apache2"], **RELOAD),
    ],
    "web4": [certificate(name, reload=["/usr/sbin/nginx -s reload"], **RELOAD) for name in ("blue", "yellow")],
}
TOLD = "/var/tmp/acme-certificate-changed"


def play(fleet: Fleet, **more: Any) -> list[dict[str, Any]]:
    """A play that gives the roles everything as variables of their own."""
    listed = "{{ certificates_of[inventory_hostname] + more | default([]) }}"
    given = {**fleet.acme, "acme_certificates": "{{ certificates_of[inventory_hostname] }}"}
    return [
        {
            "hosts": "web",
            "gather_facts": False,
            "vars": {"certificates_of": CERTIFICATES},
            "tasks": [
                {
                    "name": "Put placeholders",
                    "ansible.builtin.include_role": {"name": "webpki.acme.webserver", "tasks_from": "placeholder"},
                    "vars": given,
                },
                {
                    "name": "Serve",
                    "ansible.builtin.copy": {
                        "dest": "{{ configuration_path }}",
                        "content": "{{ configuration }}",
                        "mode": "0644",
                    },
                    "notify": "Restart",
                },
                {"name": "Use it", "ansible.builtin.meta": "flush_handlers"},
                {
                    "name": "Issue",
                    "ansible.builtin.include_role": {"name": "webpki.acme.certificates"},
                    "vars": {**given, "acme_certificates": listed, **more},
                },
            ],
            "handlers": [
                {
                    "name": "Restart",
                    "ansible.builtin.service": {
                        "name": "{{ 'apache2' if inventory_hostname == 'web3' else 'nginx' }}",
                        "state": "restarted",
                    },
                },
                {
                    "name": "Tell",
                    "ansible.builtin.shell": f"echo changed >> {TOLD}",
                    "listen": "acme certificate changed",
                },
            ],
        }
    ]


def told(fleet: Fleet) -> dict[str, int]:
    """Host -> how often the user's handler has run there."""
    return {name: int(fleet.host(name).ssh(f"cat {TOLD} 2>/dev/null | wc -l")) for name in HOSTS}


class Runs(NamedTuple):
    """The runs in their sequence, each with how often the user's handler had run after it."""

    check: tuple[Run, dict[str, int]]
    first: tuple[Run, dict[str, int]]
    forced: tuple[Run, dict[str, int]]
    files: tuple[dict[str, str], dict[str, str]]


@pytest.fixture(scope="module")
def runs(fleet: Fleet) -> Runs:
    """In check mode, for real, and once more with one certificate forced, and a mistake in another one of each host."""
    # Not a name in it is known to the CA's role: it stands in no variable of an inventory.
    hosts = {
        name: {
            "configuration_path": sites.PATHS[fleet.host(name).spec.server],
            "configuration": sites.configuration(fleet.host(name).spec.server, CERTIFICATES[name]),
        }
        for name in HOSTS
    }
    fleet.host("web3").ssh("a2enmod -q ssl")
    fleet.host("web4").reinstall()
    fleet.clean(["web4"])
    fleet.point({name: {"acme_certificates": listed} for name, listed in CERTIFICATES.items()})

    def run(*arguments: str, **more: Any) -> tuple[Run, dict[str, int]]:
        done = fleet.run(hosts, *arguments, playbook_=play(fleet, **more), acme={})
        return done, told(fleet)

    before = fleet.files()
    check = run("--check", "--diff")
    files = before, fleet.files()
    first = run()
    for done, _told in (check, first):
        done.good()
    mistake = {"name": "sl/ash", "identifiers": ["slash.example.test"]}
    return Runs(check, first, run(acme_force=["red"], more=[mistake]), files)


@pytest.mark.parametrize(("host", "name"), [(host, entry["name"]) for host in HOSTS for entry in CERTIFICATES[host]])
def test_served(runs: Runs, fleet: Fleet, host: str, name: str) -> None:
    """With a web server and a play of the user's own each host serves what was issued for it."""
    seen = fleet.look(host, f"{name}.example.test")
    assert (seen.error, seen.names) == ("", {f"{name}.example.test"})


def test_check_mode_on_a_bare_host(runs: Runs) -> None:
    """Check mode works on a host that lacks the library, says that it would be installed, and touches nothing."""
    before, after = runs.files
    assert after == before
    assert any(values["changed"] for values in runs.check[0].of("Install the Python library cryptography", "web4"))


def test_library_is_installed_where_it_lacks(runs: Runs, fleet: Fleet) -> None:
    """The role installs python3-cryptography on the host that lacks it, and on no other."""
    fleet.host("web4").ssh("python3 -c 'import cryptography'")
    assert {one.host for one in runs.first[0].results if "Python library" in one.task} == {"web4"}
    assert runs.forced[0].of("Install the Python library cryptography") == []


def test_users_handler_runs_once_a_host(runs: Runs) -> None:
    """A handler that listens to the topic runs once on a host, however many certificates changed there."""
    assert runs.check[1] == {"web3": 0, "web4": 0}
    assert runs.first[1] == {"web3": 1, "web4": 1}


def test_users_handler_runs_only_where_something_changed(runs: Runs) -> None:
    """A handler that listens to the topic runs only on hosts with a change."""
    assert runs.forced[1] == {"web3": 2, "web4": 1}


def test_users_handler_runs_beside_a_failure(runs: Runs) -> None:
    """A handler runs on a host that fails because of one certificate and has a change in another."""
    run, times = runs.forced
    assert run.failed() == {"web3", "web4"}
    assert all("has a slash in it" in message for host in HOSTS for message in run.messages(host))
    assert times["web3"] == 2


def test_links_and_access(runs: Runs, fleet: Fleet) -> None:
    """Files and links are as the entry of the certificate wants them."""
    look = "stat -L -c '%a %U %G' /etc/ssl/private/red.key; stat -L -c %a /etc/ssl/red.pem; readlink /etc/ssl/red.pem"
    assert fleet.host("web3").ssh(look).splitlines() == [
        "640 www-data www-data",
        "644",
        "/etc/webpki/red/current/fullchain.pem",
    ]


def test_force_reissues_only_what_it_names(runs: Runs, fleet: Fleet) -> None:
    """acme_force reissues the certificates that it names, and says that this was the reason."""
    run = runs.forced[0]
    found = {
        one["name"]: one["reasons"]
        for values in run.of("Find out which certificates are due")
        for one in values["certificates"]
        if not one.get("failed")
    }
    assert found == {"red": [{"code": "forced", "text": "asked for"}], "green": [], "blue": [], "yellow": []}
    assert fleet.host("web3").ssh("cd /etc/webpki; ls */versions").split() == [
        "green/versions:",
        "0001",
        "0002",
        "red/versions:",
        "0001",
        "0002",
        "0003",
    ]


def test_commands_instead_of_services(runs: Runs) -> None:
    """An entry of reload that is a path is run as a command, once, however many certificates name it."""
    (installed,) = runs.first[0].of("Install and put to use", "web4")
    assert installed["reloaded"] == ["/usr/sbin/nginx -s reload"]
