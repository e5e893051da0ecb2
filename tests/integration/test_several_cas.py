# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several CAs in order of preference: the role asks the next one where one is away, busy, or refuses a name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.fleet import playbook
from tests.integration.faults import hours, instead, problem
from tests.integration.play import account_key
from tests.lab.fault_proxy import End, Fault, FaultProxy, Reply, Rule, Step
from tests.lab.fixtures import PebbleFactory
from tests.lab.pebble import Pebble
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

BOOK = [{"hosts": "all", "gather_facts": False, "roles": ["webpki.acme.certificates"]}]
BLOCKED = "blocked.example.com"

AWAY: Fault = instead(lambda: Reply(end=End.RESET))
BUSY: Fault = instead(lambda: problem(429, "rateLimited", Retry_After=hours()))


class Site:
    """Machines with a web server and certificates, and an account of its own at each CA."""

    def __init__(self, here: Path, webroot: Webroot, *hosts: str) -> None:
        self.here = here
        self.webroot = webroot
        self.hosts = hosts
        self._before = self._files()

    def store(self, host: str) -> Path:
        """Where a host keeps its certificates."""
        return self.here / host

    def run(
        self, cas: Sequence[tuple[str, Pebble]], *names: str, own: Mapping[int, Any] | None = None, **more: Any
    ) -> playbook.Run:
        """The role, for one certificate for each of the names; CAS are URLs, with the CA that has the bundle for it.

        OWN are settings that CAs have of their own, by their numbers.
        """
        variables: dict[str, Any] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "acme_ca": [
                {
                    "ca": url,
                    "ca_bundle": str(ca.ca_bundle),
                    "account_key_file": str(self.here / f"account-{number}.pem"),
                    **(own or {}).get(number, {}),
                }
                for number, (url, ca) in enumerate(cas, 1)
            ],
            "acme_terms_agreed": True,
            "acme_deadline": 30,
            "acme_certificates": [
                {"name": name, "identifiers": [name], "webroot": str(self.webroot.directory)} for name in names
            ],
            **more,
        }
        hosts = {name: {**variables, "acme_store": str(self.store(name))} for name in self.hosts}
        (self.here / "play.json").write_text(json.dumps(BOOK))
        (self.here / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
        return playbook.run(str(self.here / "play.json"), self.here / "hosts.json", self.here / "home", "-vvv")

    def issuer(self, name: str, host: str = "web") -> str:
        """The CA that a certificate is recorded to be from."""
        record = json.loads((self.store(host) / name / "current" / "issuance.json").read_text())
        return str(record["ca"])

    def left(self) -> list[str]:
        """The challenge files of these runs that are still there; others have the webroot too."""
        return sorted(self._files() - self._before)

    def _files(self) -> set[str]:
        return {path.name for path in self.webroot.directory.rglob("*") if path.is_file()}


@pytest.fixture
def site(tmp_path: Path, webroot: Webroot) -> Site:
    return Site(tmp_path, webroot, "web")


def test_away(pebble: PebbleFactory, site: Site) -> None:
    """Where the preferred CA is away the next one issues, which is fine until the renewal: that begins with the preferred one."""
    first, second = pebble(nonce_reject=0), pebble(nonce_reject=0, authz_reuse=1)
    with FaultProxy.before(first, Rule(Step.DIRECTORY, AWAY, times=None)) as proxy:
        cas = [(proxy.directory_url, first), (second.directory_url, second)]
        run = site.run(cas, "www.example.com").good()
        (said,) = run.of("Say what failed and is tried once more")
        assert "www.example.com: could not read the directory of the CA" in said["msg"][0]
        assert f"Now it is asked for at {second.directory_url}." in said["msg"][0]
        assert site.issuer("www.example.com") == second.directory_url
        assert site.left() == []
        proxy.follow()
        assert site.run(cas, "www.example.com").good().changes() == []
        assert proxy.orders == []
        site.run(cas, "www.example.com", acme_force=["www.example.com"]).good()
        assert site.issuer("www.example.com") == proxy.directory_url


def test_name_refused(pebble: PebbleFactory, site: Site) -> None:
    """A name that one CA refuses is asked for at the next; the others stay with the first, in one round."""
    first = pebble(nonce_reject=0, domain_blocklist=(BLOCKED,))
    second = pebble(nonce_reject=0)
    with FaultProxy.before(second) as proxy:
        cas = [(first.directory_url, first), (proxy.directory_url, second)]
        site.run(cas, "www.example.com", BLOCKED).good()
        assert site.issuer("www.example.com") == first.directory_url
        assert site.issuer(BLOCKED) == proxy.directory_url
        assert len(proxy.orders) == 1
    keys = {path.name: path.read_text() for path in site.here.glob("account-*.pem")}
    assert sorted(keys) == ["account-1.pem", "account-2.pem"]
    assert len(set(keys.values())) == 2
    assert site.left() == []


def test_busy_and_refused(pebble: PebbleFactory, site: Site) -> None:
    """Where none of the CAs issues, what each of them said is told; one that named a time is not asked before that."""
    first, second = pebble(nonce_reject=0), pebble(nonce_reject=0, domain_blocklist=(BLOCKED,))
    with FaultProxy.before(first, Rule(Step.NEW_ORDER, BUSY, times=None)) as proxy:
        cas = [(proxy.directory_url, first), (second.directory_url, second)]
        told = site.run(cas, BLOCKED).messages("web")[-1]
        assert f"{BLOCKED}: (1) {proxy.directory_url}: could not create the order" in told
        assert "the lab says no (rateLimited)" in told
        assert f"(2) {second.directory_url}: could not create the order" in told
        assert "(rejectedIdentifier)" in told
        asked = len(proxy.requests)
        told = site.run(cas, BLOCKED).messages("web")[-1]
        assert f"{BLOCKED}: (1) {proxy.directory_url}: not asked again before " in told
        assert f"(2) {second.directory_url}: could not create the order" in told
        assert len(proxy.requests) == asked


def test_shared(pebble: PebbleFactory, webroot: Webroot, tmp_path: Path) -> None:
    """A certificate that hosts share goes to all of them, in their turns, from whichever CA, whose account key nobody is shown."""
    first, second = pebble(nonce_reject=0), pebble(nonce_reject=0, authz_reuse=1)
    site = Site(tmp_path, webroot, "web1", "web2")
    shared = {"name": "www", "identifiers": ["www.example.com"], "webroot": str(webroot.directory), "shared": True}
    key = account_key("correct horse").decode()
    secrets = {"account_key": key, "account_key_passphrase": "correct horse", "account_key_file": None}
    with FaultProxy.before(first, Rule(Step.NEW_ORDER, BUSY, times=None)) as proxy:
        cas = [(proxy.directory_url, first), (second.directory_url, second)]
        run = site.run(cas, acme_certificates=[shared], acme_serial_reload=1, own={2: secrets}).good()
    assert {site.issuer("www", host) for host in site.hosts} == {second.directory_url}
    keys = {(site.store(host) / "www/current/privkey.pem").read_bytes() for host in site.hosts}
    assert len(keys) == 1
    assert site.left() == []
    assert not any(secret in run.screen + run.record for secret in ("correct horse", key.splitlines()[1]))


def test_not_proven(pebble: PebbleFactory, site: Site, tmp_path: Path) -> None:
    """A name that could not be proven is not asked for at another CA, where it would fail as well."""
    first, second = pebble(nonce_reject=0), pebble(nonce_reject=0, authz_reuse=1)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    own = {"name": "www", "identifiers": ["www.example.com"], "webroot": str(elsewhere)}
    with FaultProxy.before(second) as proxy:
        cas = [(first.directory_url, first), (proxy.directory_url, second)]
        failed = site.run(cas, acme_certificates=[own])
        assert failed.failed() == {"web"}
        assert "www: could not wait for the validation" in failed.messages("web")[-1]
        assert proxy.requests == []


def test_list_of_names(site: Site) -> None:
    """What is no CA in the list is told before anything is asked for."""
    run = site.run([], "www.example.com", acme_ca=["letsencrypt", {"ca": "zerossl", "account_file": "/x"}])
    assert "Entry 2 of acme_ca has 'account_file', which is none of ca, " in " ".join(run.messages("web"))
