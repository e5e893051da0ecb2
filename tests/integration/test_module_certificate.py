# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509

from tests.integration.play import PROVEN, Play
from tests.lab.fixtures import PebbleFactory
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

TASKS = """
- name: foretold
  webpki.acme.certificate: &two
    orders:
      - {name: one, url: "{{ ordered.orders[0].url }}", csr: "{{ request.certificates[0].csr }}"}
      - {name: two, url: "{{ ordered.orders[1].url }}", csr: "{{ request.certificates[1].csr }}"}
  check_mode: true

- name: foretold without an order
  webpki.acme.certificate:
    orders:
      - {name: one, url: "", csr: ""}
  check_mode: true

- name: issued
  webpki.acme.certificate: *two

- name: again
  webpki.acme.certificate: *two

- name: some fail
  webpki.acme.certificate:
    orders:
      - {name: garbage, url: "{{ ordered.orders[2].url }}", csr: "not a request"}
      - {name: not ready, url: "{{ unproven.orders[0].url }}", csr: "{{ request.certificates[2].csr }}"}
      - {name: unknown, url: "{{ ordered.orders[2].url }}0", csr: "{{ request.certificates[2].csr }}"}
      - {name: nothing, url: "", csr: "{{ request.certificates[2].csr }}"}
      - {name: no chain, url: "{{ ordered.orders[0].url }}", csr: "{{ request.certificates[0].csr }}",
         preferred_chain: No Such Root}
      - {name: other names, url: "{{ spare.orders[0].url }}", csr: "{{ request.certificates[0].csr }}"}
      - {url: "{{ ordered.orders[2].url }}", csr: "{{ request.certificates[2].csr }}"}

- name: alternates
  webpki.acme.certificate:
    orders:
      - {name: one, url: "{{ ordered.orders[0].url }}", csr: "{{ request.certificates[0].csr }}"}
    retrieve_alternates: true
  register: alternates

- name: by key
  webpki.acme.certificate:
    orders:
      - name: one
        url: "{{ ordered.orders[0].url }}"
        csr: "{{ request.certificates[0].csr }}"
        preferred_chain: "{{ other_key }}"

- name: the other chain
  webpki.acme.certificate:
    orders:
      - name: one
        url: "{{ ordered.orders[0].url }}"
        csr: "{{ request.certificates[0].csr }}"
        preferred_chain: "{{ other_root }}"
"""
#: An order that is not proven, and one for other names that is.
MORE = """
- name: unproven
  webpki.acme.order:
    orders:
      - {name: unproven, identifiers: [unproven.example.com]}
  register: unproven

- name: spare
  webpki.acme.order:
    orders:
      - {name: spare, identifiers: [two.example.com]}
    take_up: false
  register: spare
"""


@pytest.fixture(scope="module")
def done(pebble: PebbleFactory, webroot: Webroot, tmp_path_factory: pytest.TempPathFactory) -> Play:
    ca = pebble(alternate_roots=1, authz_reuse=100)
    root = x509.load_pem_x509_certificate(ca.roots()[1].encode())
    given = {
        "webroot": str(webroot.directory),
        "other_root": common_name(root.subject),
        "other_key": key_identifier(root),
    }
    return Play(tmp_path_factory.mktemp("certificate"), ca, PROVEN + MORE + TASKS, **given)


def key_identifier(root: x509.Certificate) -> str:
    """As OpenSSL shows it."""
    digits = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex().upper()
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def common_name(name: x509.Name) -> str:
    return str(name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value)


def item(result: Any, name: str) -> Any:
    """The order of a name."""
    return next(one for one in result["orders"] if one["name"] == name)


def names(pem: str) -> list[str]:
    """The names that a certificate is for."""
    extensions = x509.load_pem_x509_certificate(pem.encode()).extensions
    return sorted(
        extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    )


def test_issued(done: Play) -> None:
    """Certificates are issued once, as check mode foretold, and the next time the same ones are fetched."""
    assert done.changed("foretold", "issued", "again") == [True, True, False]
    assert [(one["name"], one["changed"]) for one in done["issued"]["orders"]] == [("one", True), ("two", True)]
    for name in ("one", "two"):
        assert item(done["again"], name) == {**item(done["issued"], name), "changed": False}
    assert done.changed("foretold without an order") == [True]


def test_chain(done: Play) -> None:
    """A certificate is for the names of the order and the key of the request, and comes with its chain."""
    one = item(done["issued"], "one")
    assert names(one["certificate"]) == ["also-one.example.com", "one.example.com"]
    assert one["fullchain"] == one["certificate"] + one["chain"]
    leaf, issuer = x509.load_pem_x509_certificates(one["fullchain"].encode())
    leaf.verify_directly_issued_by(issuer)
    request = x509.load_pem_x509_csr(done["request"]["certificates"][0]["csr"].encode())
    assert leaf.public_key() == request.public_key()


def test_alternates(done: Play) -> None:
    """Other chains are fetched when they are wanted, and one is chosen by the name of an issuer in it."""
    default, other = item(done["alternates"], "one"), item(done["the other chain"], "one")
    assert item(done["issued"], "one")["alternates"] == []
    assert [one["fullchain"] for one in default["alternates"]] == [other["fullchain"]]
    assert [one["fullchain"] for one in other["alternates"]] == [default["fullchain"]]
    assert other["certificate"] == default["certificate"]
    assert item(done["by key"], "one")["fullchain"] == other["fullchain"]


@pytest.mark.parametrize(
    ("name", "problem", "said"),
    [
        ("garbage", "invalidInput", "could not finalize the order: the CSR is not a PKCS#10 request"),
        ("not ready", "orderNotReady", "Answer its challenges first (webpki.acme.challenge)"),
        ("unknown", "badResponse", "could not read the order"),
        ("nothing", "invalidInput", "the order has no URL"),
        ("no chain", "invalidInput", "no chain has the issuer 'No Such Root' (offered: Pebble "),
        ("other names", "unauthorized", "could not finalize the order"),
    ],
)
def test_one_fails(done: Play, name: str, problem: str, said: str) -> None:
    """A certificate that is not issued has its problem, and a type to branch on."""
    failed = item(done["some fail"], name)
    assert (failed["failed"], failed["changed"]) == (True, False)
    assert failed["problem"]["type"].rpartition(":")[2] == problem
    assert said in failed["msg"]


def test_the_others_are_issued(done: Play) -> None:
    """An order that fails does not keep the others from being issued."""
    assert done["some fail"]["msg"].startswith("6 of 7 orders failed: garbage: ")
    assert done["some fail"]["changed"] is True
    three = done["some fail"]["orders"][-1]
    assert (three["name"], names(three["certificate"])) == (three["url"], ["three.example.com"])
