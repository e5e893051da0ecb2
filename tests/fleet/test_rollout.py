# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate that several hosts share reaches a few of them at a time, and no more of them once it failed on one."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from .fleet import Fleet, certificate
from .playbook import Run

pytestmark = pytest.mark.hosts

SERVICES = {"web1": "nginx", "web2": "nginx", "web3": "apache2"}
BROKEN = "/etc/nginx/conf.d/broken.conf"
#: When the certificate was switched, and when what uses it was reloaded afterwards.
TIMES = "stat -c %.9Y /etc/webpki/joined/current /run/reloaded"


class Runs(NamedTuple):
    """One host after the other, a run with trouble on the first one, and the next one, after it was mended."""

    one_by_one: Run
    trouble: Run
    mended: Run
    #: Host -> when the certificate was switched and used in the first and in the last run.
    times: tuple[dict[str, list[float]], dict[str, list[float]]]
    #: What each host served before the trouble, after it, and in the end.
    served: tuple[dict[str, str], dict[str, str], dict[str, str]]
    #: Host -> the versions of the certificate after the run with trouble, and where `current` leads.
    versions: dict[str, str]
    #: How many requests the CA saw in the last run.
    requests: int


@pytest.fixture(scope="module")
def runs(fleet: Fleet) -> Runs:
    """All share one certificate; in the run with trouble web2 has one of its own to get as well."""

    def hosts(**options: Any) -> dict[str, dict[str, Any]]:
        listed = {
            host: [certificate("joined", shared=True, reload=["/usr/bin/touch /run/reloaded"], **options)]
            for host in SERVICES
        }
        if options:
            listed["web2"].append(certificate("own"))
            for host, service in SERVICES.items():
                listed[host][0]["reload"].insert(0, service)
        return {host: {"acme_certificates": entries} for host, entries in listed.items()}

    def served() -> dict[str, str]:
        return {host: fleet.look(host, "joined.example.test").fingerprint for host in SERVICES}

    def times() -> dict[str, list[float]]:
        return {host: [float(line) for line in fleet.host(host).ssh(TIMES).split()] for host in SERVICES}

    for host in SERVICES:
        fleet.serve(host)
    wanted = hosts(served_on="127.0.0.1:443", key_type="ecdsa-p384")
    fleet.point(wanted)
    look = {"name": "See which keys are known", "ansible.builtin.debug": {"msg": "{{ __certificates_keys }}"}}
    play = {"hosts": "web", "gather_facts": False, "roles": ["webpki.acme.certificates"], "tasks": [look]}
    one_by_one = fleet.run(hosts(), playbook_=[play], acme_serial_reload=1).good()
    for host, variables in hosts().items():
        fleet.serve(host, variables["acme_certificates"])
    first = served(), times()

    fleet.host("web1").ssh(f"echo 'nonsense on;' > {BROKEN}")
    trouble = fleet.run(wanted, acme_serial_reload=[1, "100%"])
    second = served()
    versions = {host: fleet.host(host).ssh("cd /etc/webpki/joined; ls versions; readlink current") for host in SERVICES}
    fleet.host("web1").ssh(f"rm {BROKEN}")
    before = fleet.requests()
    mended = fleet.run(wanted, acme_serial_reload="34%").good()
    asked = fleet.requests() - before
    return Runs(one_by_one, trouble, mended, (first[1], times()), (first[0], second, served()), versions, asked)


def test_one_after_the_other(runs: Runs) -> None:
    """A host gets the certificate only when those in the turns before have reloaded; in the end all have the same."""
    for times in runs.times:
        in_sequence = [time for host in SERVICES for time in times[host]]
        assert in_sequence == sorted(in_sequence)
    assert len(set(runs.served[0].values())) == 1


def test_it_ends_where_it_fails(runs: Runs) -> None:
    """Where the first host takes the certificate back no other one gets it: they keep and serve what they have."""
    assert runs.served[1] == runs.served[0]
    assert set(runs.versions.values()) == {"0001\nversions/0001\n"}


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("web1", "joined: rolled back, as 'nginx -t' failed"),
        ("web2", "joined: not installed here, because it failed on web1. "),
        ("web3", "joined: not installed here, because it failed on web1. "),
    ],
)
def test_each_is_told(runs: Runs, host: str, words: str) -> None:
    """The host where it failed is told why, the others on which host it did, each in one message."""
    (message,) = runs.trouble.messages(host)
    assert message.startswith(words)
    assert "own:" not in message


def test_what_is_not_shared_goes_on(runs: Runs, fleet: Fleet) -> None:
    """A certificate that a host does not share is installed there all the same."""
    assert [
        (item["name"], item["changed"]) for item in runs.trouble.of("Install and put to use", "web2")[0]["certificates"]
    ] == [("own", True)]
    assert fleet.host("web2").ssh("ls /etc/webpki/own/versions") == "0001\n"


def test_the_next_run_goes_on(runs: Runs, fleet: Fleet) -> None:
    """Once it is mended the certificate that was issued goes to all hosts, without a further order."""
    assert runs.requests == 0
    assert len(set(runs.served[2].values())) == 1
    for host in SERVICES:
        seen = fleet.look(host, "joined.example.test")
        assert (seen.error, seen.certificate.public_key().key_size) == ("", 384)
        assert (
            fleet.host(host).ssh("cd /etc/webpki/joined; readlink current; ls") == "versions/0002\ncurrent\nversions\n"
        )


def test_keys_are_forgotten(runs: Runs) -> None:
    """Of the key that went from host to host Ansible knows nothing any more after the last turn."""
    assert runs.one_by_one.of("Read the keys of shared certificates for the other hosts", "web1")
    assert [values["msg"] for values in runs.one_by_one.of("See which keys are known")] == [{}] * len(SERVICES)
