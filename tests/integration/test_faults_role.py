# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role makes of a fault in the middle: it says so on the host, leaves no half of anything, and the next run finishes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from tests.fleet import playbook
from tests.integration.faults import FAULTS
from tests.lab.fault_proxy import FaultProxy, Rule, Step
from tests.lab.fixtures import PebbleFactory
from tests.lab.pebble import Pebble
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

BOOK = [{"hosts": "all", "gather_facts": False, "roles": ["webpki.acme.certificates"]}]
NAME = "www.example.com"


def run(here: Path, ca: Pebble, proxy: FaultProxy, webroot: Webroot) -> playbook.Run:
    """The role on this machine, for one certificate."""
    one = {"name": "www", "identifiers": [NAME], "webroot": str(webroot.directory)}
    variables: dict[str, Any] = {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "acme_ca": proxy.directory_url,
        "acme_ca_bundle": str(ca.ca_bundle),
        "acme_account_key_file": str(here / "account.pem"),
        "acme_terms_agreed": True,
        "acme_deadline": 30,
        "acme_store": str(here / "store"),
        "acme_certificates": [one],
    }
    (here / "play.json").write_text(json.dumps(BOOK))
    (here / "hosts.json").write_text(json.dumps({"all": {"hosts": {"web": variables}}}))
    return playbook.run(str(here / "play.json"), here / "hosts.json", here / "home")


@pytest.mark.parametrize(
    ("step", "fault", "doing"),
    [
        (Step.CHALLENGE, "403 page", f"answer the http-01 challenge for {NAME}"),
        (Step.FINALIZE, "200 page", "finalize the order"),
        (Step.CERTIFICATE, "200 empty", "download the certificate"),
    ],
)
def test_next_run(pebble: PebbleFactory, tmp_path: Path, step: Step, fault: str, doing: str) -> None:
    """The order is taken up where it stands, also where its certificate was issued and did not arrive."""
    with Webroot(tmp_path / "webroot") as webroot:
        ca = pebble(nonce_reject=0, http_port=webroot.port)
        with FaultProxy.before(ca, Rule(step, FAULTS[fault], times=None)) as proxy:
            failed = run(tmp_path, ca, proxy, webroot)
            assert failed.failed() == {"web"}
            assert (
                f"could not {doing} at https://{proxy.address}:{proxy.port}{step.value}" in failed.messages("web")[-1]
            )
            assert [path for path in webroot.directory.rglob("*") if path.is_file()] == []
            assert not (tmp_path / "store/www/current").exists()
            proxy.follow()
            run(tmp_path, ca, proxy, webroot).good()
            assert len(proxy.orders) == 1
            assert run(tmp_path, ca, proxy, webroot).good().changes() == []
    current = tmp_path / "store/www/current"
    issued = x509.load_pem_x509_certificate((current / "fullchain.pem").read_bytes())
    assert issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    ) == [NAME]
