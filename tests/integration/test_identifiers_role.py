# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a certificate may be for, under which profile and with which chain: the role on this machine, at a real CA."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.fleet import playbook
from tests.lab.fault_proxy import FaultProxy
from tests.lab.fixtures import PebbleFactory
from tests.lab.options import Profile
from tests.lab.pebble import Pebble
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

BOOK = [{"hosts": "all", "gather_facts": False, "roles": ["webpki.acme.certificates"]}]
HUNDRED = [f"n{number}.example.com" for number in range(100)]
#: What each certificate is for, as it is written, and as it stands in the certificate.
NAMES = {
    "addresses": (["127.0.0.1", "0:0::1", "www.example.com"], {"127.0.0.1", "::1", "www.example.com"}),
    "international": (["Bücher.example", "例え.テスト"], {"xn--bcher-kva.example", "xn--r8jz45g.xn--zckzah"}),
    "hundred": (HUNDRED, set(HUNDRED)),
    "changing": (["a.example.com", "b.example.com"], {"a.example.com", "b.example.com"}),
    "short": (["short.example.com"], {"short.example.com"}),
}
MORE: dict[str, dict[str, Any]] = {"short": {"profile": ["none such", "short", "long"]}}


@dataclass
class Site:
    """This machine as a host of the role, and the CA behind a proxy that counts orders."""

    here: Path
    ca: Pebble
    proxy: FaultProxy
    webroot: Path

    def run(self, *certificates: dict[str, Any]) -> playbook.Run:
        """The role, for these certificates."""
        listed = [{"webroot": str(self.webroot), **one} for one in certificates]
        variables: dict[str, Any] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "acme_ca": self.proxy.directory_url,
            "acme_ca_bundle": str(self.ca.ca_bundle),
            "acme_account_key_file": str(self.here / "account.pem"),
            "acme_terms_agreed": True,
            "acme_store": str(self.here / "store"),
            "acme_certificates": listed,
        }
        (self.here / "play.json").write_text(json.dumps(BOOK))
        (self.here / "hosts.json").write_text(json.dumps({"all": {"hosts": {"web": variables}}}))
        return playbook.run(str(self.here / "play.json"), self.here / "hosts.json", self.here / "home")

    def chain(self, name: str) -> list[x509.Certificate]:
        """What is installed under this name."""
        path = self.here / "store" / name / "current" / "fullchain.pem"
        return x509.load_pem_x509_certificates(path.read_bytes())

    def names(self, name: str) -> set[str]:
        """What that is for."""
        listed = self.chain(name)[0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return {str(one.value) for one in listed}


def certificate(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "identifiers": NAMES[name][0], **MORE.get(name, {}), **more}


@pytest.fixture(scope="module")
def site(pebble: PebbleFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    here = tmp_path_factory.mktemp("site")
    with contextlib.ExitStack() as stack:
        webroot = stack.enter_context(Webroot(here / "webroot"))
        # The CA looks for the challenge of an IPv6 address there, on the same port.
        stack.enter_context(Webroot(here / "webroot", "::1", webroot.port))
        profiles = {"long": Profile("90 days"), "short": Profile("6 days", 6 * 86400)}
        ca = pebble(nonce_reject=0, http_port=webroot.port, profiles=profiles, alternate_roots=1, chain_length=2)
        proxy = stack.enter_context(FaultProxy.before(ca))
        yield Site(here, ca, proxy, webroot.directory)


@pytest.fixture(scope="module")
def issued(site: Site) -> Site:
    """The same with all certificates."""
    site.run(*map(certificate, NAMES)).good()
    return site


@pytest.mark.parametrize("name", NAMES)
def test_names(issued: Site, name: str) -> None:
    """A certificate may be for IPv4 and IPv6 addresses, international names, and a hundred names."""
    assert issued.names(name) == NAMES[name][1]


def test_profile(issued: Site) -> None:
    """Of several profiles the first one that the CA offers is asked for, and noted."""
    leaf = issued.chain("short")[0]
    assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days in (5, 6)
    noted = json.loads((issued.here / "store/short/current/issuance.json").read_text())
    assert noted["profile"] == "short"


def test_nothing_due(issued: Site) -> None:
    """The next run changes nothing, also where the profile that was chosen is the only one by then."""
    orders = len(issued.proxy.orders)
    listed = [certificate(name) for name in NAMES if name != "short"]
    assert issued.run(*listed, certificate("short", profile="short")).good().changes() == []
    assert len(issued.proxy.orders) == orders


def test_changed_names(issued: Site) -> None:
    """When the names change a new certificate is issued for the new ones, and only that one."""
    before = issued.chain("changing")[0].serial_number
    orders = len(issued.proxy.orders)
    listed = certificate("changing", identifiers=["b.example.com", "c.example.com"])
    changed = issued.run(certificate("international"), listed).good()
    assert "names differ: wanted also c.example.com, no longer a.example.com" in changed.screen
    assert issued.names("changing") == {"b.example.com", "c.example.com"}
    assert issued.chain("changing")[0].serial_number != before
    assert len(issued.proxy.orders) == orders + 1


CHAIN = {"name": "chain", "identifiers": ["chain.example.com"], "preferred_chain": "Root of nobody"}


@pytest.fixture(scope="module")
def refused(issued: Site) -> playbook.Run:
    """A run with a profile and with a chain that the CA does not offer."""
    done = issued.run(CHAIN, certificate("short", profile=["none such", "nor this"]))
    assert done.failed() == {"web"}
    return done


def test_no_such_profile(refused: playbook.Run) -> None:
    """A profile that the CA does not offer is told with those that it does."""
    told = refused.messages("web")[-1]
    assert "short: could not create the order at" in told
    assert "does not offer any of the profiles none such, nor this (offered: long, short)" in told


def test_preferred_chain(site: Site, refused: playbook.Run) -> None:
    """Without the preferred chain nothing is installed, and what was issued is there for the next run, whatever it prefers then."""
    orders = len(site.proxy.orders)
    roots = [x509.load_pem_x509_certificate(text.encode()) for text in site.ca.roots()]
    told = refused.messages("web")[-1]
    assert "chain: could not choose the chain at" in told and "'Root of nobody' (offered: " in told
    assert all(common_name(root) in told for root in roots)
    assert not (site.here / "store/chain/current").exists()

    done = site.run({**CHAIN, "preferred_chain_fallback": True})
    assert done.code == 0, done.screen
    assert "The CA's default chain is used." in " ".join(done.screen.split())
    site.chain("chain")[-1].verify_directly_issued_by(roots[0])
    assert len(site.proxy.orders) == orders


def test_other_chain(site: Site) -> None:
    """The chain that is installed leads to the preferred root, by its name or by the identifier of its key."""
    root = x509.load_pem_x509_certificate(site.ca.roots()[1].encode())
    key = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()
    preferred = {"by-name": common_name(root), "by-key": key}
    site.run(
        *(
            {"name": name, "identifiers": [f"{name}.example.com"], "preferred_chain": preferred[name]}
            for name in preferred
        )
    ).good()
    for name in preferred:
        site.chain(name)[-1].verify_directly_issued_by(root)


def common_name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)
