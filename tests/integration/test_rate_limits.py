# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What exceeds a rate limit is left for the next run, and a name that failed is not asked for again at once: the role, run after run.

Pebble has no rate limits, so they are given; nothing but what is asked for is counted.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fleet import playbook
from tests.fleet.documents import examples
from tests.integration.play import Play
from tests.lab.fixtures import PebbleFactory
from tests.lab.paths import REPOSITORY
from tests.lab.pebble import Pebble
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

BOOK = [{"hosts": "all", "gather_facts": False, "roles": ["webpki.acme.certificates"]}]
GUIDE = REPOSITORY / "docs" / "rate-limits.md"
SAY = "Say what is left for the next run"


class Machine:
    """This machine, with certificates `a` to `d` for a name of its own each, and runs of the role on it."""

    def __init__(self, here: Path, ca: Pebble, webroot: Path) -> None:
        self.here = here
        self.ca = ca
        self._before = 0
        self._variables: dict[str, Any] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "acme_ca": ca.directory_url,
            "acme_ca_bundle": str(ca.ca_bundle),
            "acme_account_key_file": str(here / "account.pem"),
            "acme_terms_agreed": True,
            "acme_store": str(here / "store"),
            "acme_state_directory": str(here / "state"),
            "acme_certificates": [
                {"name": name, "identifiers": [f"{name}.example.co.uk"], "webroot": str(webroot)} for name in "abcd"
            ],
        }

    def run(self, **more: Any) -> playbook.Run:
        self._before = self._asked()
        (self.here / "play.json").write_text(json.dumps(BOOK))
        hosts = {"all": {"hosts": {"web": {**self._variables, **more}}}}
        (self.here / "hosts.json").write_text(json.dumps(hosts))
        return playbook.run(str(self.here / "play.json"), self.here / "hosts.json", self.here / "home")

    def limited(self, count: int, seconds: float, **more: Any) -> playbook.Run:
        rate = {"count": count, "seconds": seconds}
        return self.run(acme_rate_limits={self.ca.directory_url: {"certificates_per_domain": rate}}, **more)

    @property
    def orders(self) -> int:
        """How many orders the last run has asked for."""
        return self._asked() - self._before

    @property
    def installed(self) -> list[str]:
        return [name for name in "abcd" if (self.here / "store" / name / "current").exists()]

    @property
    def renewed(self) -> list[str]:
        """The certificates of which there is a second version."""
        return [name for name in "abcd" if len(list((self.here / "store" / name / "versions").iterdir())) == 2]

    def known(self, subject: str) -> Mapping[str, Any]:
        """What is kept of the CA."""
        found: Mapping[str, Any] = json.loads((self.here / "state" / f"{subject}.json").read_text())
        return dict(found[self.ca.directory_url])

    def _asked(self) -> int:
        return (self.ca.directory / "pebble.log").read_text().count("POST /order-plz -> calling handler")


@pytest.fixture
def machine(pebble: PebbleFactory, webroot: Webroot, tmp_path: Path) -> Machine:
    return Machine(tmp_path, pebble(nonce_reject=0), webroot.directory)


def left(run: playbook.Run) -> list[str]:
    """What the host was told of, that it is left."""
    return [line for values in run.of(SAY, "web") for line in values["msg"]]


def test_left_for_the_next_run(machine: Machine) -> None:
    """Of four certificates of one domain two are issued, none by the run after that, and the others when there is room again.

    Of renewals those come first that end soonest.
    """
    first = machine.limited(2, 3600).good()
    assert (machine.installed, machine.orders) == (["a", "b"], 2)
    told = left(first)
    assert [line.partition(":")[0] for line in told] == ["c", "d"]
    assert all("it issues no more than 2 certificates for example.co.uk in an hour" in line for line in told)

    second = machine.limited(2, 3600).good()
    assert (machine.installed, machine.orders) == (["a", "b"], 0)
    assert [line.partition(":")[0] for line in left(second)] == ["c", "d"]
    assert second.changes() == []

    # Then a window of two seconds is over, however quick a run is.
    time.sleep(2)
    third = machine.limited(2, 2).good()
    assert (machine.installed, machine.orders, left(third)) == (["a", "b", "c", "d"], 2, [])
    assert machine.known("limits")["orders"] == {}

    # Now all are due for renewal, and `a` and `b` end first.
    limits = {"orders_per_account": {"count": 2, "seconds": 3600}}
    by_age = {"acme_renewal_info": False, "acme_renew_fraction": 0.999999999}
    machine.run(acme_rate_limits={machine.ca.directory_url: limits}, **by_age).good()
    assert (machine.renewed, machine.orders) == (["a", "b"], 2)


def test_failed_name(machine: Machine, webroot: Webroot, tmp_path: Path) -> None:
    """A name that could not be validated is not asked for again at once; by force it is, and then it is forgotten."""
    one = {"name": "a", "identifiers": ["a.example.co.uk"], "webroot": str(tmp_path)}
    first = machine.run(acme_certificates=[one])
    assert (first.failed(), machine.orders) == ({"web"}, 1)
    assert machine.known("failures")["a.example.co.uk"]["count"] == 1

    good = {"name": "b", "identifiers": ["b.example.co.uk"], "webroot": str(webroot.directory)}
    second = machine.run(acme_certificates=[one, good])
    assert (second.failed(), machine.orders, machine.installed) == ({"web"}, 1, ["b"])
    (told,) = second.messages("web")[-1:]
    assert "a.example.co.uk: it is not asked for again before 20" in told
    assert "With force (acme_force in the roles) it is asked for all the same." in told

    mended = {**one, "webroot": str(webroot.directory)}
    machine.run(acme_certificates=[mended], acme_force=["a"]).good()
    assert machine.installed == ["a", "b"]
    assert machine.known("failures") == {}


def test_guide(pebble: PebbleFactory, tmp_path: Path) -> None:
    """The examples of the guide are taken by the role and the modules as they stand, but for the CA and the paths."""
    ca = pebble(nonce_reject=0)

    def here(text: str) -> str:
        for place, own in {
            "/var/lib/webpki": str(tmp_path / "state"),
            "~/.config/webpki/account.pem": str(tmp_path / "account.pem"),
            "letsencrypt": ca.directory_url,
        }.items():
            text = text.replace(place, own)
        return text

    directory, limits, tasks = (here(text) for text in examples(GUIDE, "yaml"))
    machine = Machine(tmp_path, ca, tmp_path)
    run = machine.run(acme_certificates=[], **yaml.safe_load(directory), **yaml.safe_load(limits))
    assert run.good().changes() == []
    account = "- name: account\n  webpki.acme.account: {terms_agreed: true}\n\n"
    done = Play(tmp_path, ca, account + tasks)
    assert done.changed("Order") == [True]
