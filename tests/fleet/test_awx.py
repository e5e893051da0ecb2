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
SHARING = ("own1", "own2", "own3")


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
    """Three slices at once, slices at once that have a missing file for a key, and all hosts in one job.

    The last two also have a certificate that hosts of all slices share.
    """

    sliced: list[Run]
    by_file: list[Run]
    whole: Run
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
        at_home = {**fleet.connection, "acme_account_key_file": "~/.config/webpki/account.pem"}
        by_path = {**fleet.connection, "acme_account_key_file": str(here / "keys" / "account.pem")}
        asked = []
        sliced = job.run(here / "sliced", job.sliced(hosts, SLICES), variables=at_home, secret=secret, **common)
        asked.append(Asked.of(fleet, ca))

        for name in SHARING:
            hosts[name]["acme_certificates"].append(certificate("joined", shared=True))
        # It leads to a host of the first slice only.
        fleet.lab.dns.add_a("joined.example.test", fleet.host("web1").address)
        forced = {**common, "extra": {**common["extra"], "acme_force": ["own"]}}
        by_file = job.run(here / "by-file", job.sliced(hosts, SLICES), variables=by_path, secret={}, **forced)
        asked.append(Asked.of(fleet, ca))
        (whole,) = job.run(here / "whole", [hosts], variables=at_home, secret=secret, **common)
        asked.append(Asked.of(fleet, ca))
        for place in set(PLACES.values()):
            listed = [one for name in hosts if PLACES[name] == place for one in hosts[name]["acme_certificates"]]
            fleet.serve(place, listed)
        roots = ca.roots_file.read_text()
    (here / "roots.pem").write_text(roots)
    return Jobs(sliced, by_file, whole, (asked[0], asked[1], asked[2]), key, here / "keys")


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


def test_slices_make_one_key(jobs: Jobs) -> None:
    """Slices that all find no key file make one between them, and order with the same account."""
    (path,) = jobs.keys.iterdir()
    assert path.name == "account.pem"
    before, after = jobs.asked[:2]
    assert (after.accounts - before.accounts, after.orders - before.orders) == (1, SLICES + len(SHARING))


def test_shared_certificate_in_slices(jobs: Jobs) -> None:
    """A certificate that hosts of several slices share fails where its name leads to another slice, and nothing else does."""
    assert [run.failed() for run in jobs.by_file] == [set(), {"own2"}, {"own3"}]
    for run, host in zip(jobs.by_file[1:], ("own2", "own3")):
        (message,) = run.messages(host)
        assert message.startswith("joined: ")
        assert "no other host answers for it" in message


def test_whole(jobs: Jobs, fleet: Fleet) -> None:
    """The next job without slices copies what is shared, changes nothing else, and leaves the CA alone."""
    assert set(jobs.whole.good().count("changed")) == {"own2", "own3"}
    assert set(jobs.whole.stats) == set(PLACES)
    assert jobs.asked[2] == jobs.asked[1]
    seen = [fleet.look(PLACES[name], "joined.example.test", jobs.keys.parent / "roots.pem") for name in SHARING]
    assert len({one.fingerprint for one in seen}) == 1
    assert seen[0].error == ""


def test_key_of_the_credential_is_not_shown(jobs: Jobs) -> None:
    """Nothing that AWX keeps of a job holds a line of the account key."""
    for run in [*jobs.sliced, jobs.whole]:
        assert all(line not in run.record + run.screen for line in jobs.key.splitlines()[1:-1])


def test_what_is_only_told(jobs: Jobs) -> None:
    """The collection that the document has installed is this one."""
    own = yaml.safe_load((REPOSITORY / "galaxy.yml").read_text())
    listed = [*yaml.safe_load(REQUIREMENTS)["collections"]]
    listed += yaml.safe_load(ENVIRONMENT)["dependencies"]["galaxy"]["collections"]
    assert [one["name"] for one in listed] == [f"{own['namespace']}.{own['name']}"] * 2
