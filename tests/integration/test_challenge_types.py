# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role, with names that are proven by challenges of all types."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from cryptography import x509

from tests.fleet import playbook
from tests.fleet.documents import examples
from tests.fleet.looking import look
from tests.lab.fixtures import PebbleFactory
from tests.lab.loopback import nginx, stream_module
from tests.lab.one_zone import OneZone
from tests.lab.paths import REPOSITORY
from tests.lab.pebble import Pebble
from tests.lab.ports import free_ports, wait_for_port
from tests.lab.service import Service
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

BOOK = [{"hosts": "all", "gather_facts": False, "roles": ["webpki.acme.certificates"]}]
#: What a user writes for a DNS provider of his own: here the lab's name server, which is told over HTTP.
TELL = """
- name: Tell the name server
  ansible.builtin.uri:
    url: "{{ name_server }}/%s"
    method: POST
    body_format: json
    body: {host: "{{ item.0.record }}.", value: "{{ item.1 }}"}
  loop: "{{ acme_dns_records | subelements('texts') }}"
"""


class Site:
    """A host, which is this machine, with a CA that validates on it."""

    def __init__(self, here: Path, ca: Pebble, webroot: Webroot, zone: OneZone, tls_port: int) -> None:
        self.here = here
        self.ca = ca
        self.webroot = webroot
        for name, verb in (("present", "set-txt"), ("cleanup", "clear-txt")):
            (here / f"{name}.yml").write_text(TELL % verb)
        (here / "play.json").write_text(json.dumps(BOOK))
        self._variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "acme_ca": ca.directory_url,
            "acme_ca_bundle": str(ca.ca_bundle),
            "acme_account_key_file": str(here / "account.pem"),
            "acme_terms_agreed": True,
            "acme_deadline": 60,
            "acme_store": str(here / "store"),
            "acme_tls_alpn_listen": f"127.0.0.1:{tls_port}",
            "acme_dns_tasks": str(here),
            "acme_dns_resolvers": [zone.server],
            "acme_dns_servers": [ca.dns.server],
            "name_server": f"http://{ca.dns.address}:{ca.dns.management_port}",
        }

    def run(self, *certificates: Mapping[str, Any], **variables: Any) -> playbook.Run:
        """A run of the role for these certificates."""
        entries = [{"webroot": str(self.webroot.directory), **one} for one in certificates]
        hosts = {"web": {**self._variables, **variables, "acme_certificates": entries}}
        (self.here / "hosts.json").write_text(json.dumps({"all": {"hosts": hosts}}))
        return playbook.run(str(self.here / "play.json"), self.here / "hosts.json", self.here / "home")

    def names(self, certificate: str) -> set[str]:
        """The names of a certificate that is in the store."""
        pem = (self.here / "store" / certificate / "current" / "certificate.pem").read_bytes()
        extensions = x509.load_pem_x509_certificate(pem).extensions
        return {str(name.value) for name in extensions.get_extension_for_class(x509.SubjectAlternativeName).value}


@pytest.fixture(scope="module")
def site(pebble: PebbleFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    here, tls_port = tmp_path_factory.mktemp("site"), free_ports(1)[0]
    with Webroot(here / "webroot") as webroot:
        ca = pebble(nonce_reject=0, http_port=webroot.port, tls_port=tls_port)
        with OneZone("example.com", ca.dns) as zone:
            yield Site(here, ca, webroot, zone, tls_port)


#: The certificates of the examples in the document, by their names.
DOCUMENTED: dict[str, dict[str, Any]] = {
    one["name"]: {option: value for option, value in one.items() if option != "webroot"}
    for text in examples(REPOSITORY / "docs" / "challenges.md", "yaml")
    for one in yaml.safe_load(text).get("acme_certificates", [])
}


def test_each_type(site: Site) -> None:
    """Each name is proven by what its rule says, all in one run; nothing is left behind, and the next run changes nothing."""
    wanted = [one for name, one in DOCUMENTED.items() if name != "standing"]
    site.run(*wanted).good()
    for one in wanted:
        assert site.names(one["name"]) == set(one["identifiers"])
    asked = {path.rpartition("/")[0] for path in site.webroot.requests}
    assert asked == {"GET /.well-known/acme-challenge"}
    assert [path for path in site.webroot.directory.rglob("*") if path.is_file()] == []
    assert not (site.here / "store" / ".responder").exists()
    assert site.run(*wanted).good().changes() == []


def test_dns_persist(site: Site) -> None:
    """The first run says which record it takes, and its host remembers the order; with that record no other one is made."""
    own = DOCUMENTED["standing"]
    failed = site.run(own)
    assert failed.failed() == {"web"}
    remembered = json.loads((site.here / "store/standing/staged/order.json").read_text())
    assert remembered["url"].startswith(site.ca.directory_url.removesuffix("dir"))
    message = failed.messages("web")[-1]
    records = dict(re.findall(r'(_validation-persist\.\S+) TXT "([^"]+)"', message))
    assert list(records) == ["_validation-persist.example.com"]
    for record, value in records.items():
        site.ca.dns.set_txt(record, value)
    run = site.run(own).good()
    assert site.names("standing") == {"example.com", "*.example.com"}
    again = site.run(own, acme_force=["standing"]).good()
    assert again.changes()
    assert not [one for each in (run, again) for one in each.results if "DNS" in one.task]


def test_next_type(site: Site) -> None:
    """Where a name cannot be proven by the first type the next one is tried, if that is asked for."""
    own = {
        "name": "next",
        "identifiers": ["n.example.com", "*.n.example.com"],
        "challenge": ["http-01", "dns-01"],
        "webroot": str(site.here / "elsewhere"),
    }
    (site.here / "elsewhere").mkdir()
    failed = site.run(own)
    assert failed.failed() == {"web"}
    assert "http-01" in failed.messages("web")[-1] or "404" in failed.messages("web")[-1]
    # That a name failed just now, which is remembered, does not hold up the next type.
    run = site.run({**own, "challenge_fallback": True}, acme_state_directory=str(site.here / "state")).good()
    (told,) = run.of("Say what failed and is tried once more")
    assert told["msg"][0].endswith("Now its names are proven by the next types of challenge.")
    assert site.names("next") == set(own["identifiers"])


#: What is around the example for nginx in the document: a site on a port of its own.
NGINX = """
load_module {module};
{user}daemon off;
pid {here}/nginx.pid;
error_log stderr;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {here}/temporary;
    proxy_temp_path {here}/temporary;
    fastcgi_temp_path {here}/temporary;
    uwsgi_temp_path {here}/temporary;
    scgi_temp_path {here}/temporary;
    server {{
        listen 127.0.0.1:{sites} ssl;
        server_name www.example.com;
        ssl_certificate {here}/site.pem;
        ssl_certificate_key {here}/site.pem;
        return 204;
    }}
}}
"""


@pytest.fixture
def behind_nginx(pebble: PebbleFactory, tmp_path: Path) -> Iterator[Site]:
    """A host whose nginx holds the port at which the CA looks, and hands on as the document says."""
    front, acme, sites = free_ports(3)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "roots.pem"))
    authority.issue_cert("www.example.com").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "site.pem"))
    user = "user root;\n" if os.geteuid() == 0 else ""
    text = NGINX.format(module=stream_module(), here=tmp_path, sites=sites, user=user)
    (documented,) = examples(REPOSITORY / "docs" / "challenges.md", "nginx")
    for port, here in (("listen 443;", f"listen {front};"), (":10443;", f":{acme};"), (":8443;", f":{sites};")):
        assert port in documented
        documented = documented.replace(port, here)
    (tmp_path / "nginx.conf").write_text(text + documented)
    arguments = [str(nginx()), "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-e", "stderr"]
    server = Service(arguments, tmp_path / "nginx.log", mark=tmp_path)
    ca = pebble(nonce_reject=0, tls_port=front)
    with OneZone("example.com", ca.dns) as zone, Webroot(tmp_path / "webroot") as webroot:
        server.start()
        try:
            wait_for_port("127.0.0.1", front, server.check)
            yield Site(tmp_path, ca, webroot, zone, acme)
            assert look("127.0.0.1", "www.example.com", tmp_path / "roots.pem", front).error == ""
        finally:
            server.stop()


def test_behind_nginx(behind_nginx: Site) -> None:
    """Where nginx holds the port it hands on what is for the challenge, and serves its sites meanwhile."""
    own = {"name": "www", "identifiers": ["www.example.com", "127.0.0.1"], "challenge": "tls-alpn-01"}
    behind_nginx.run(own).good()
    assert behind_nginx.names("www") == set(own["identifiers"])


def test_refused(site: Site) -> None:
    """What cannot be proven as it is asked for is told before the CA is asked."""
    failed = site.run(
        {"name": "type", "identifiers": ["r.example.com"], "challenge": "http-02"},
        {"name": "wildcard", "identifiers": ["*.r.example.com"]},
        {"name": "address", "identifiers": ["127.0.0.1"], "challenge": ["dns-01"]},
    )
    assert failed.failed() == {"web"}
    for told in (
        "type: challenge is 'http-02'. Give one of http-01, ",
        "wildcard: *.r.example.com is a wildcard, which cannot be proven by http-01. ",
        "address: 127.0.0.1 is an address, which cannot be proven by dns-01. ",
    ):
        assert told in failed.messages("web")[-1]
    assert failed.of("Order") == []
