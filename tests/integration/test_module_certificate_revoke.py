# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509

from tests.integration.play import PROVEN, Play, account_key
from tests.lab.fixtures import PebbleFactory
from tests.lab.pebble import Pebble
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

TASKS = """
- name: issued
  webpki.acme.certificate:
    orders:
      - {name: one, url: "{{ ordered.orders[0].url }}", csr: "{{ request.certificates[0].csr }}"}
      - {name: two, url: "{{ ordered.orders[1].url }}", csr: "{{ request.certificates[1].csr }}"}
      - {name: three, url: "{{ ordered.orders[2].url }}", csr: "{{ request.certificates[2].csr }}"}
  register: issued

- name: a file
  ansible.builtin.copy:
    content: "{{ issued.orders[2].fullchain }}"
    dest: "{{ here }}/three.crt"
    mode: "0644"

- name: foretold
  webpki.acme.certificate_revoke: &one
    certificates:
      - {name: one, certificate: "{{ issued.orders[0].certificate }}", reason: superseded}
  check_mode: true

- name: revoked
  webpki.acme.certificate_revoke: *one

- name: again
  webpki.acme.certificate_revoke: *one

- name: of another account
  webpki.acme.certificate_revoke:
    account_key_file: "{{ here }}/stranger.pem"
    certificates:
      - {certificate_file: "{{ here }}/three.crt"}

- name: some fail
  webpki.acme.certificate_revoke:
    certificates:
      - {name: garbage, certificate: "{{ here }}"}
      - {certificate_file: "{{ here }}/none.crt"}
      - {name: bad key, certificate: "{{ issued.orders[1].certificate }}", private_key_file: "{{ here }}/none.pem"}
      - {name: other key, certificate: "{{ issued.orders[1].certificate }}", private_key_file: "{{ here }}/stranger.pem"}
      - {certificate_file: "{{ here }}/three.crt"}

- name: by the certificate's key foretold
  webpki.acme.certificate_revoke: &two
    account_key_file: "{{ omit }}"
    certificates:
      - name: two
        certificate: "{{ issued.orders[1].certificate }}"
        private_key: "{{ lookup('ansible.builtin.file', here ~ '/store/two/staged/privkey.pem') }}"
        reason: keyCompromise
  check_mode: true

- name: by the certificate's key
  webpki.acme.certificate_revoke: *two

- name: by the certificate's key again
  webpki.acme.certificate_revoke: *two

- name: by nobody
  webpki.acme.certificate_revoke:
    account_key_file: "{{ omit }}"
    certificates:
      - {certificate_file: "{{ here }}/three.crt"}

- name: without a certificate
  webpki.acme.certificate_revoke:
    certificates:
      - {name: none}
"""


@pytest.fixture(scope="module")
def ca(pebble: PebbleFactory) -> Pebble:
    return pebble()


@pytest.fixture(scope="module")
def done(ca: Pebble, webroot: Webroot, tmp_path_factory: pytest.TempPathFactory) -> Play:
    here = tmp_path_factory.mktemp("revoke")
    (here / "stranger.pem").write_bytes(account_key())
    stranger = """
- name: stranger
  webpki.acme.account: {terms_agreed: true, account_key_file: "{{ here }}/stranger.pem"}
"""
    return Play(here, ca, PROVEN + stranger + TASKS, webroot=str(webroot.directory))


def status(ca: Pebble, done: Play, number: int) -> tuple[str, Any]:
    """How a certificate stands with the CA, and why."""
    leaf = x509.load_pem_x509_certificate(done["issued"]["orders"][number]["certificate"].encode())
    found = ca.certificate_status(f"{leaf.serial_number:x}")
    return found["Status"], found.get("Reason")


def test_by_account(ca: Pebble, done: Play) -> None:
    """A certificate is revoked once, as check mode foretold, for the reason that is given."""
    assert done.changed("foretold", "revoked", "again") == [True, True, False]
    assert done["revoked"]["certificates"] == [{"name": "one", "changed": True, "crl": None}]
    assert status(ca, done, 0) == ("Revoked", 4)


def test_by_key(ca: Pebble, done: Play) -> None:
    """Whoever has the certificate's key can revoke it without an account."""
    tasks = ["by the certificate's key foretold", "by the certificate's key", "by the certificate's key again"]
    assert done.changed(*tasks) == [True, True, False]
    assert status(ca, done, 1) == ("Revoked", 1)


def test_by_another(done: Play) -> None:
    """An account may not revoke the certificate of another, and without any key nobody may."""
    assert done.problem("of another account") == "unauthorized"
    assert done.problem("by nobody") == "invalidInput"
    assert "no account key" in done["by nobody"]["msg"]


def test_some_fail(ca: Pebble, done: Play) -> None:
    """A certificate that cannot be revoked has its problem, and does not keep the others from it."""
    result = done["some fail"]
    assert (result["failed"], result["changed"]) == (True, True)
    kinds = [one["problem"]["type"].rpartition(":")[2] if one.get("failed") else "" for one in result["certificates"]]
    assert kinds == ["invalidInput", "invalidInput", "invalidInput", "unauthorized", ""]
    named = [one["name"].rpartition("/")[2] for one in result["certificates"]]
    assert named == ["garbage", "none.crt", "bad key", "other key", "three.crt"]
    assert "could not revoke the certificate: the certificate is not a certificate in PEM form" in result["msg"]
    assert status(ca, done, 2)[0] == "Revoked"


def test_no_certificate(done: Play) -> None:
    """A certificate has to be given, as text or as a file."""
    assert "one of the following is required: certificate, certificate_file" in done["without a certificate"]["msg"]
