# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daily run over new hosts: web servers whose configuration names certificates that do not exist yet."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from .fleet import Fleet, Variables, certificate
from .playbook import Run

pytestmark = pytest.mark.hosts

NGINX = {"reload": ["nginx"], "served_on": "127.0.0.1:443"}
APACHE = {"reload": ["apache2"], "served_on": "127.0.0.1:443"}
SHARED = certificate("api", webroot="/var/www/api", shared=True, **NGINX)
HOSTS: dict[str, Variables] = {
    "web1": {
        "acme_webserver": "nginx",
        "acme_certificates": [
            certificate("shop", "shop.example.test", "www.shop.example.test", webroot="/var/www/shop", **NGINX),
            certificate("blog", webroot="/var/www/blog", key_type="rsa-2048", **NGINX),
            SHARED,
        ],
    },
    "web2": {
        "acme_webserver": "nginx",
        "acme_certificates": [certificate("forum", webroot="/var/www/forum", **NGINX), SHARED],
    },
    "web3": {
        "acme_webserver": "apache",
        "acme_certificates": [
            certificate("docs", webroot="/var/www/docs", **APACHE),
            certificate("wiki", "wiki.example.test", "w.example.test", webroot="/var/www/wiki", **APACHE),
        ],
    },
}
CERTIFICATES = [(host, entry["name"]) for host, variables in HOSTS.items() for entry in variables["acme_certificates"]]
NAMES = [
    (host, entry["identifiers"], name)
    for host, variables in HOSTS.items()
    for entry in variables["acme_certificates"]
    for name in entry["identifiers"]
]


class Runs(NamedTuple):
    """Three runs in a row, with what the CA and the hosts had to do with the first and the last."""

    check: Run
    first: Run
    second: Run
    requests: tuple[int, int, int]
    files: tuple[dict[str, str], dict[str, str]]


@pytest.fixture(scope="module")
def runs(fleet: Fleet) -> Runs:
    """In check mode, for real, and again."""
    fleet.point(HOSTS)
    before, requests = fleet.files(), fleet.requests()
    check = fleet.run(HOSTS, "--check", "--diff").good()
    files, requests_check = (before, fleet.files()), fleet.requests() - requests
    first = fleet.run(HOSTS).good()
    requests_first = fleet.requests() - requests
    second = fleet.run(HOSTS).good()
    return Runs(check, first, second, (requests_check, requests_first, fleet.requests() - requests), files)


def test_check_mode_touches_nothing(runs: Runs, fleet: Fleet) -> None:
    """In check mode not a file on the hosts is written, the CA is not contacted, and no account key is made."""
    before, after = runs.files
    assert after == before
    assert runs.requests[0] == 0


@pytest.mark.parametrize(("host", "name"), CERTIFICATES)
def test_check_mode_tells(runs: Runs, host: str, name: str) -> None:
    """Check mode says of each certificate that it would be issued, by whom and why, and what would be reloaded."""
    told = [line for values in runs.check.of("Say what is due and what follows", host) for line in values["msg"]]
    own = [line for line in told if line.startswith(f"{name}: to be issued by ")]
    assert len(own) == 1
    assert "there is no certificate yet" in own[0]
    assert "reload" in own[0]


@pytest.mark.parametrize(("host", "names", "name"), NAMES)
def test_each_host_serves_its_own(runs: Runs, fleet: Fleet, host: str, names: list[str], name: str) -> None:
    """After the first run a visitor of each name, on each of its hosts, gets the certificate for exactly its names."""
    seen = fleet.look(host, name)
    assert seen.error == ""
    assert seen.names == set(names)


def test_shared_is_one(runs: Runs, fleet: Fleet) -> None:
    """A shared certificate is the same on both of its hosts."""
    assert fleet.look("web1", "api.example.test").fingerprint == fleet.look("web2", "api.example.test").fingerprint


def test_key_type(runs: Runs, fleet: Fleet) -> None:
    """Each certificate has the key type that was asked for, P-256 where none was."""
    sizes = {
        name: fleet.look("web1", f"{name}.example.test").certificate.public_key().key_size for name in ("blog", "shop")
    }
    assert sizes == {"blog": 2048, "shop": 256}


def test_key_made_by_another_run(runs: Runs, fleet: Fleet) -> None:
    """No two certificates of different names have the same key."""
    seen = [fleet.look(host, name).certificate.public_key() for host, _names, name in NAMES]
    keys = {key.public_numbers() for key in seen}
    assert len(keys) == len({entry for _host, entry in CERTIFICATES})


def test_one_conversation(runs: Runs) -> None:
    """All hosts are served by one look at the CA's directory and one account, in one task each."""
    for task in ("Register or find the account", "Order", "Answer the challenges", "Fetch the certificates"):
        assert [len(values["results"]) for values in runs.first.of(task)] == [1]


def test_second_run_changes_nothing(runs: Runs) -> None:
    """Run again, nothing changes."""
    assert runs.second.count("changed") == {}


def test_second_run_leaves_the_ca_alone(runs: Runs) -> None:
    """Run again, the CA is not contacted."""
    assert runs.requests[2] == runs.requests[1] > 0


def test_keys_are_private(runs: Runs, fleet: Fleet) -> None:
    """Private keys are readable for root only, and nothing but the keys is hidden from others."""
    for host in HOSTS:
        listed = fleet.host(host).ssh("find /etc/webpki -type f -printf '%f %m %u\\n' | sort -u").splitlines()
        assert listed == [
            "certificate.pem 644 root",
            "chain.pem 644 root",
            "fullchain.pem 644 root",
            "issuance.json 644 root",
            "privkey.pem 600 root",
        ]


def test_nothing_is_left_over(runs: Runs, fleet: Fleet) -> None:
    """No challenge file, no staged key and no file of Ansible stays on a host."""
    for host in HOSTS:
        assert (
            fleet.host(host).ssh(
                "find /var/www /etc/webpki /root/.ansible/tmp \\( -path '*/acme-challenge/*' -o -name staged -o -name '*tmp*' -mindepth 1 \\)"
            )
            == ""
        )
