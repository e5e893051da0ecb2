# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of docs/certificates.md, run on this machine. Where they name places of the world, the lab's take these."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fleet import playbook
from tests.fleet.documents import examples
from tests.lab.fixtures import PebbleFactory
from tests.lab.options import Profile
from tests.lab.paths import REPOSITORY
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

BOOK = [{"hosts": "all", "gather_facts": False, "roles": ["webpki.acme.certificates"]}]


def test_document(pebble: PebbleFactory, tmp_path: Path) -> None:
    """The profiles are listed, each certificate is issued as the document says, and the proof holds for all of them."""
    with contextlib.ExitStack() as stack:
        webroot = stack.enter_context(Webroot(tmp_path / "webroot"))
        stack.enter_context(Webroot(tmp_path / "webroot", "::1", webroot.port))
        profiles = {"classic": Profile("The usual"), "shortlived": Profile("Six days", 6 * 86400)}
        ca = pebble(nonce_reject=0, http_port=webroot.port, profiles=profiles)
        places = {"/var/www/html": str(webroot.directory), "192.0.2.10": "127.0.0.1", "2001:db8::10": "::1"}
        plays: list[Any] = []
        certificates: list[dict[str, Any]] = []
        for text in examples(REPOSITORY / "docs" / "certificates.md", "yaml"):
            for there, here in places.items():
                text = text.replace(there, here)
            found = yaml.safe_load(text)
            if isinstance(found, dict):
                certificates += found["acme_certificates"]
            else:
                plays.append(found)
        variables: dict[str, Any] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "acme_ca": ca.directory_url,
            "acme_ca_bundle": str(ca.ca_bundle),
            "acme_account_key_file": str(tmp_path / "account.pem"),
            "acme_terms_agreed": True,
            "acme_store": str(tmp_path / "store"),
            "acme_certificates": certificates,
        }
        local = {name: variables[name] for name in variables if name.startswith("ansible_")}
        (tmp_path / "hosts.json").write_text(
            json.dumps({"all": {"hosts": {"localhost": local}, "children": {"web": {"hosts": {"web": None}}}}})
        )
        given = {name: value for name, value in variables.items() if not name.startswith("ansible_")}

        def run(play: Any, *arguments: str, **environment: str) -> playbook.Run:
            (tmp_path / "play.json").write_text(json.dumps(play))
            more = ["-e", json.dumps(given), "-e", json.dumps(local), *arguments]
            done = playbook.run(
                str(tmp_path / "play.json"), tmp_path / "hosts.json", tmp_path / "home", *more, environment=environment
            )
            assert done.code == 0, done.screen
            return done

        profiles_play, proof_play = plays
        assert "Six days" in run(profiles_play).screen
        run(BOOK, "-l", "web")
        assert run(BOOK, "-l", "web").changes() == []
        store = {"module_defaults": {"webpki.acme.certificate_info": {"store": variables["acme_store"]}}}
        proof = run([{**proof_play[0], **store}], SSL_CERT_FILE=str(ca.roots_file))
    (looked,) = proof.of("Look at all certificates of this host")
    told = {item["name"]: item for item in looked["certificates"]}
    assert set(told) == {"www", "api", "shop"}
    assert set(told["www"]["facts"]["identifiers"]) == {"www.example.com", "xn--bcher-kva.example", "127.0.0.1", "::1"}
    assert told["api"]["facts"]["lifetime_days"] < 7
    assert all(item["chain"]["verified"] and item["crl"] is None for item in told.values())
