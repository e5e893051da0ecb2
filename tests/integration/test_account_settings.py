# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the roles find what they sign in to a CA with, and what a play's own module_defaults are to them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fleet import playbook
from tests.integration.play import account_key
from tests.lab.fixtures import PebbleFactory
from tests.lab.pebble import Pebble
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

Hosts = Mapping[str, Mapping[str, Any]]


class Machines:
    """Hosts of which each has a certificate of its own name, and plays for them."""

    def __init__(self, here: Path, webroot: Webroot) -> None:
        self.here = here
        self._webroot = webroot

    def run(self, hosts: Hosts, play: Mapping[str, Any]) -> playbook.Run:
        """One play on all of them, with these variables of theirs in the inventory."""
        known = {name: {**self._variables(name), **variables} for name, variables in hosts.items()}
        (self.here / "hosts.json").write_text(json.dumps({"all": {"hosts": known}}))
        (self.here / "play.json").write_text(json.dumps([{"hosts": "all", "gather_facts": False, **play}]))
        return playbook.run(str(self.here / "play.json"), self.here / "hosts.json", self.here / "home", "-vvv")

    def versions(self, host: str) -> list[str]:
        """The versions of its certificate that a host keeps."""
        return sorted(path.name for path in (self.here / host / "www/versions").iterdir())

    def _variables(self, name: str) -> dict[str, Any]:
        return {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "acme_store": str(self.here / name),
            "acme_terms_agreed": True,
            "acme_deadline": 30,
            "acme_certificates": [
                {"name": "www", "identifiers": [f"{name}.example.com"], "webroot": str(self._webroot.directory)}
            ],
        }


@pytest.fixture
def machines(tmp_path: Path, webroot: Webroot) -> Machines:
    return Machines(tmp_path, webroot)


@pytest.fixture
def ca(pebble: PebbleFactory) -> Pebble:
    return pebble(nonce_reject=0)


def test_a_key_for_each_host(machines: Machines, ca: Pebble) -> None:
    """Each host's key is found where the host has it, whatever else of its variables cannot be seen from another one."""
    keys = [account_key("correct horse").decode() for _host in range(3)]
    hosts = {
        "web1": {"acme_account_key": keys[0], "acme_ca": "{{ directory }}"},
        "web2": {"acme_account_key": keys[1], "acme_ca": "{{ directory }}"},
        "web3": {
            "acme_account_key": "{{ key_of_all }}",
            "acme_ca": [{"ca": ca.directory_url, "account_key": keys[2]}],
        },
    }
    seen_by_the_role = {"directory": ca.directory_url, "acme_ca_bundle": str(ca.ca_bundle)}
    play = {
        "vars": {"acme_account_key_passphrase": "correct horse", "key_of_all": ""},
        "roles": [{"role": "webpki.acme.certificates", "vars": seen_by_the_role}],
    }
    run = machines.run(hosts, play).good()
    accounts = {one["account_uri"] for results in run.of("Register or find the account") for one in results["results"]}
    assert len(accounts) == 3
    secrets = ["correct horse", *(key.splitlines()[1] for key in keys)]
    assert not any(secret in run.screen + run.record for secret in secrets)


def test_a_key_out_of_sight(machines: Machines, ca: Pebble) -> None:
    """A key that only its own host can see fails that host with what to do, and no other."""
    keys = {name: account_key().decode() for name in ("web1", "web2")}
    hosts = dict.fromkeys(keys, {"acme_account_key": "{{ keys_of_all[inventory_hostname] }}"})
    given = {"keys_of_all": keys, "acme_ca": ca.directory_url, "acme_ca_bundle": str(ca.ca_bundle)}
    run = machines.run(hosts, {"vars": given, "roles": ["webpki.acme.certificates"]})
    assert run.failed() == {"web2"}
    assert "of another host of this play cannot be seen here. Give such variables" in run.messages("web2")[-1]
    assert machines.versions("web1") == ["0001"]


def test_defaults_of_the_play(machines: Machines, ca: Pebble, tmp_path: Path) -> None:
    """What the play sets for the group counts where the roles say nothing, and never what they do say."""
    own = {
        "acme_ca": ca.directory_url,
        "acme_account_key_file": str(tmp_path / "account.pem"),
        "acme_revoke": ["www"],
    }
    others = {"ca": "https://ca.invalid/directory", "account_key_file": str(tmp_path / "other.pem")}
    defaults = {
        # Without it the CA's certificate is refused, as nothing says who vouches for it.
        "group/webpki.acme.acme": {**others, "validate_certs": False},
        "webpki.acme.account": {**others, "state": "absent"},
        "webpki.acme.certificate_revoke": others,
        "webpki.acme.certificate_deploy": {"keep": 1},
    }

    def role(name: str, **more: Any) -> None:
        task = {"ansible.builtin.include_role": {"name": f"webpki.acme.{name}", **more}}
        run = machines.run({"web1": own}, {"module_defaults": defaults, "tasks": [task]})
        assert run.failed() == set(), run.screen

    role("ca_account")
    role("certificates")
    before = (tmp_path / "account.pem").read_bytes()
    role("ca_account", tasks_from="rollover")
    assert (tmp_path / "account.pem").read_bytes() != before
    own["acme_force"] = ["www"]
    role("certificates")
    assert machines.versions("web1") == ["0002"]
    role("revocation")
    assert (tmp_path / "web1/www/current/revoked.json").exists()
    assert not (tmp_path / "other.pem").exists()
