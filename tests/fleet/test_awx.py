# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs of AWX, set up as docs/awx.md says: three slices at once over one account that does not exist yet.

Each of the three booted hosts is two hosts of the inventory, so that a slice has more than one.
"""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.lab.paths import REPOSITORY
from tests.lab.pebble import Pebble

from . import job
from .documents import examples
from .fleet import Fleet, certificate
from .playbook import Run

pytestmark = pytest.mark.hosts

DOCUMENT = REPOSITORY / "docs" / "awx.md"
PLAYBOOK, REQUIREMENTS, ENVIRONMENT, INPUTS, INJECTORS, VARIABLES = examples(DOCUMENT, "yaml")
SLICES = 3
#: Host of the inventory -> booted host. The names of its certificates are those of the hosts.
PLACES = {f"{name}{number}": f"web{number}" for number in (1, 2, 3) for name in ("own", "shop")}


class Asked(NamedTuple):
    """What a CA has been asked for so far."""

    accounts: int
    orders: int
    requests: int

    @classmethod
    def of(cls, fleet: Fleet, ca: Pebble) -> Asked:
        log = (ca.directory / "pebble.log").read_text()
        return cls(log.count(" accounts in memory"), log.count("Added order "), fleet.requests(ca))


class Jobs(NamedTuple):
    """Three slices at once, the same hosts in one job, and slices at once that have a missing file for a key."""

    sliced: list[Run]
    whole: Run
    by_file: list[Run]
    #: Of the CA, after each.
    asked: tuple[Asked, Asked, Asked]
    #: The key in the credential.
    key: str
    #: The directory of the file for a key.
    keys: Path


@pytest.fixture(scope="module")
def jobs(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Jobs:
    """All with the project, the credential type and the variables of the document."""
    here = tmp_path_factory.mktemp("awx")
    (command,) = examples(DOCUMENT, "console")
    subprocess.run(shlex.split(command), cwd=here, check=True, capture_output=True)
    key = (here / "account.pem").read_text()
    (field,) = yaml.safe_load(INPUTS)["fields"]
    secret = job.injected(yaml.safe_load(INJECTORS), {field["id"]: key})
    hosts: dict[str, dict[str, Any]] = {
        name: {
            "ansible_host": fleet.host(place).address,
            "acme_certificates": [
                certificate(name.rstrip("123"), f"{name}.example.test", reload=["apache2" if "3" in name else "nginx"])
            ],
        }
        for name, place in PLACES.items()
    }
    fleet.point(hosts)
    for place in set(PLACES.values()):
        fleet.serve(place)

    with fleet.ca("awx") as ca:
        common: dict[str, Any] = {
            "project": {"renew.yml": PLAYBOOK, "collections/requirements.yml": REQUIREMENTS},
            "extra": {**yaml.safe_load(VARIABLES), "acme_ca": ca.directory_url, "acme_ca_bundle": str(ca.ca_bundle)},
        }
        # Where the credential did not win over it, a key would be made at home, where nothing can be.
        variables = {**fleet.connection, "acme_account_key_file": "~/.config/webpki/account.pem"}
        asked = []
        sliced = job.run(here / "sliced", job.sliced(hosts, SLICES), variables=variables, secret=secret, **common)
        asked.append(Asked.of(fleet, ca))
        (whole,) = job.run(here / "whole", [hosts], variables=variables, secret=secret, **common)
        asked.append(Asked.of(fleet, ca))
        variables = {**fleet.connection, "acme_account_key_file": str(here / "keys" / "account.pem")}
        common["extra"] |= {"acme_force": ["own"]}
        by_file = job.run(here / "by-file", job.sliced(hosts, SLICES), variables=variables, secret={}, **common)
        asked.append(Asked.of(fleet, ca))
        for place in set(PLACES.values()):
            listed = [one for name in hosts if PLACES[name] == place for one in hosts[name]["acme_certificates"]]
            fleet.serve(place, listed)
        roots = ca.roots_file.read_text()
    (here / "roots.pem").write_text(roots)
    return Jobs(sliced, whole, by_file, (asked[0], asked[1], asked[2]), key, here / "keys")


def test_slices(jobs: Jobs) -> None:
    """Slices that run at once succeed on all their hosts, without a home directory and a terminal."""
    for run in jobs.sliced:
        run.good()
    changed = [set(run.count("changed")) for run in jobs.sliced]
    assert changed == [{f"own{number}", f"shop{number}"} for number in (1, 2, 3)]


def test_slices_share_an_account(jobs: Jobs) -> None:
    """Slices that all find no account register one between them."""
    assert jobs.asked[0].accounts == 1


def test_slices_order_once(jobs: Jobs) -> None:
    """Each certificate is ordered once, whatever the other slices do."""
    assert jobs.asked[0].orders == len(PLACES)


@pytest.mark.parametrize("name", PLACES)
def test_slices_lose_nothing(jobs: Jobs, fleet: Fleet, name: str) -> None:
    """Each host serves its own certificate."""
    seen = fleet.look(PLACES[name], f"{name}.example.test", jobs.keys.parent / "roots.pem")
    assert (seen.error, seen.names) == ("", {f"{name}.example.test"})


def test_again(jobs: Jobs) -> None:
    """The next job, with or without slices, changes nothing and leaves the CA alone."""
    assert jobs.whole.good().changes() == []
    assert set(jobs.whole.stats) == set(PLACES)
    assert jobs.asked[1] == jobs.asked[0]


def test_key_of_the_credential_is_not_shown(jobs: Jobs) -> None:
    """Nothing that AWX keeps of a job holds a line of the account key."""
    for run in [*jobs.sliced, jobs.whole]:
        assert all(line not in run.record + run.screen for line in jobs.key.splitlines()[1:-1])


def test_slices_make_one_key(jobs: Jobs, fleet: Fleet) -> None:
    """Slices that all find no key file make one between them, and order with the same account."""
    for run in jobs.by_file:
        run.good()
    (path,) = jobs.keys.iterdir()
    assert path.name == "account.pem"
    before, after = jobs.asked[1:]
    assert (after.accounts - before.accounts, after.orders - before.orders) == (1, SLICES)


def test_what_is_only_told(jobs: Jobs) -> None:
    """The collection that the document has installed is this one."""
    own = yaml.safe_load((REPOSITORY / "galaxy.yml").read_text())
    listed = [*yaml.safe_load(REQUIREMENTS)["collections"]]
    listed += yaml.safe_load(ENVIRONMENT)["dependencies"]["galaxy"]["collections"]
    assert [one["name"] for one in listed] == [f"{own['namespace']}.{own['name']}"] * 2
