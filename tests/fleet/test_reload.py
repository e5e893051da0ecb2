# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Putting new certificates to use: tested first, taken back when the test fails, and looked at afterwards."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from .fleet import Fleet, certificate
from .playbook import Run

pytestmark = pytest.mark.hosts

NAMES = {"web1": ["one", "two"], "web2": ["three", "six"], "web3": ["four", "five"]}
CERTIFICATES = [(host, name) for host, names in NAMES.items() for name in names]
#: What web1's nginx says of the line that is put into its configuration.
WORDS = 'unknown directive "nonsense"'
BROKEN = "/etc/nginx/conf.d/broken.conf"


class Runs(NamedTuple):
    """A run with trouble on web1 and web2, and the next one, after it was mended; with what was served when."""

    trouble: Run
    mended: Run
    served: tuple[dict[str, str], dict[str, str], dict[str, str]]
    #: Files of the store on web1 after the run with trouble, and how often web3's server had been reloaded until then.
    store: str
    reloads: int
    #: The workers of web1's server before and after that run.
    processes: tuple[str, str]
    #: What is in place of each certificate on web2 after it.
    current: str
    #: How many requests the CA saw in the mended run.
    requests: int


@pytest.fixture(scope="module")
def runs(fleet: Fleet) -> Runs:
    """The certificates are there and served when the trouble begins; then all are wanted with another type of key."""

    def hosts(back: str = "", **options: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return {
            host: {
                "acme_certificates": [
                    certificate(name, **options.get(host, {}), **({"roll_back_unserved": True} if name in back else {}))
                    for name in names
                ]
            }
            for host, names in NAMES.items()
        }

    def served() -> dict[str, str]:
        return {name: fleet.look(host, f"{name}.example.test").fingerprint for host, name in CERTIFICATES}

    for host in NAMES:
        fleet.serve(host)
    fleet.point(hosts())
    fleet.run(hosts()).good()
    for host, variables in hosts().items():
        fleet.serve(host, variables["acme_certificates"])
    first = served()

    wanted: dict[str, Any] = {"served_on": "127.0.0.1:443", "key_type": "ecdsa-p384"}
    nginx = {**wanted, "reload": ["nginx"]}
    apache = {**wanted, "reload": ["apache2"]}
    fleet.host("web1").ssh(f"echo 'nonsense on;' > {BROKEN}")
    before = reloads(fleet)
    processes = servers(fleet)
    # Nothing tells web2's server of the new certificates.
    trouble = fleet.run(hosts("six", web1=nginx, web2=wanted, web3=apache))
    processes_after = servers(fleet)
    current = fleet.host("web2").ssh("cd /etc/webpki; readlink */current; ls six/staged")
    store = fleet.host("web1").ssh("cd /etc/webpki; ls -d */versions/* */staged; readlink */current")
    counted = reloads(fleet) - before
    second = served()
    fleet.host("web1").ssh(f"rm {BROKEN}")
    requests = fleet.requests()
    mended = fleet.run(hosts("six", web1=nginx, web2=nginx, web3=apache)).good()
    asked = fleet.requests() - requests
    seen = (first, second, served())
    return Runs(trouble, mended, seen, store, counted, (processes, processes_after), current, asked)


def servers(fleet: Fleet) -> str:
    """The workers of web1's server: a reload makes others, and those before end once their last connection does."""
    return fleet.host("web1").ssh("grep -lz '^nginx: worker process$' /proc/[0-9]*/cmdline 2>/dev/null || true")


def reloads(fleet: Fleet) -> int:
    """How often web3's server has been reloaded."""
    return fleet.host("web3").ssh("journalctl -u apache2 --no-pager").count("Reloaded")


def test_broken_configuration_is_told(runs: Runs) -> None:
    """A configuration test that fails fails the host, with the server's own words, for each certificate."""
    (message,) = runs.trouble.messages("web1")
    for name in NAMES["web1"]:
        assert f"{name}: rolled back, as 'nginx -t' failed" in message
    assert message.count(WORDS) == len(NAMES["web1"])


def test_broken_configuration_is_taken_back(runs: Runs) -> None:
    """The version before is in place again, the new one waits beside it, and the server was not reloaded."""
    assert runs.store.split() == [
        "one/staged",
        "one/versions/0001",
        "two/staged",
        "two/versions/0001",
        "versions/0001",
        "versions/0001",
    ]
    (installed,) = runs.trouble.of("Install and put to use", "web1")
    assert installed["reloaded"] == []


@pytest.mark.parametrize(("host", "name"), [("web1", "one"), ("web1", "two"), ("web2", "three"), ("web2", "six")])
def test_the_old_one_goes_on(runs: Runs, host: str, name: str) -> None:
    """Where the new certificate could not be put to use the old one goes on being served."""
    assert runs.served[1][name] == runs.served[0][name]


def test_a_server_that_does_not_change(runs: Runs) -> None:
    """A host that goes on serving another certificate fails, and it is said which one it serves and which one it should."""
    message = runs.trouble.messages("web2")[-1]
    assert f"it serves another certificate, with SHA-256 {runs.served[0]['three']}" in message
    assert "expected is the certificate with SHA-256 " in message


def test_server_is_as_it_was(runs: Runs) -> None:
    """Where the configuration test fails the server goes on with the workers it had: nobody has reloaded it."""
    before, after = runs.processes
    assert before.startswith("/proc/")
    assert after == before


def test_unserved_is_taken_back(runs: Runs) -> None:
    """If asked for, a certificate that is not served gives way to the one before, and waits; another one stays."""
    six, three, *staged = runs.current.split()
    assert (six, three) == ("versions/0001", "versions/0002")
    assert {"fullchain.pem", "privkey.pem"} <= set(staged)
    message = runs.trouble.messages("web2")[-1]
    assert message.count("version 0001 is in place again") == 1
    (installed,) = runs.trouble.of("Install and put to use", "web2")
    assert installed["rolled_back"]


def test_others_are_done(runs: Runs, fleet: Fleet) -> None:
    """A host without trouble is done in the same run, its server reloaded once for all its certificates."""
    assert runs.trouble.failed() == {"web1", "web2"}
    for name in NAMES["web3"]:
        assert runs.served[1][name] != runs.served[0][name]
    assert runs.reloads == 1


def test_configuration_is_tested_once(runs: Runs) -> None:
    """The server's configuration is tested once for all certificates, before it is reloaded."""
    (installed,) = runs.trouble.of("Install and put to use", "web3")
    assert installed["invocation"]["module_args"]["validate"] == ["apachectl configtest"]


@pytest.mark.parametrize(("host", "name"), CERTIFICATES)
def test_the_next_run_makes_it_good(runs: Runs, fleet: Fleet, host: str, name: str) -> None:
    """Once the trouble is gone, the next run leads to the wanted certificates; what was well is left alone."""
    seen = fleet.look(host, f"{name}.example.test")
    assert seen.error == ""
    assert seen.certificate.public_key().key_size == 384
    assert (runs.served[2][name] == runs.served[1][name]) == (host == "web3")


def test_a_reload_is_made_up_for(runs: Runs) -> None:
    """What was issued but not put to use needs no CA: the next run installs what was taken back, and reloads."""
    assert runs.requests == 0
    assert runs.mended.of("Install and put to use", "web1")[0]["changed"]
    assert runs.mended.of("Install and put to use", "web2")[0]["reloaded"] == ["nginx"]
    assert "web3" not in runs.mended.count("changed")
