# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of docs/accounts.md, run as they stand; CAs of the lab take the place of those that they name."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fleet import playbook
from tests.fleet.documents import examples
from tests.integration.play import account_key
from tests.lab.fixtures import PebbleFactory
from tests.lab.paths import REPOSITORY
from tests.lab.pebble import Pebble
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

DOCUMENT = REPOSITORY / "docs" / "accounts.md"
HMAC_KEY = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


class Reader:
    """Somebody who does what the document says; `~` is a directory of the test's."""

    def __init__(self, here: Path) -> None:
        self.here = here
        self.home = here / "home"
        self.keys = self.home / ".config" / "webpki"

    def run(self, book: str, *arguments: str, **variables: Any) -> playbook.Run:
        hosts = {"web": {"hosts": {"localhost": {**LOCAL, **variables}}}}
        (self.here / "inventory.json").write_text(json.dumps({"all": {"children": hosts}}))
        return playbook.run(book, self.here / "inventory.json", self.home, *arguments)

    def play(self, text: str, ca: Pebble, **variables: Any) -> playbook.Run:
        """Run a play, at one CA."""
        path = self.here / "play.yml"
        path.write_text(text)
        return self.run(str(path), acme_ca=ca.directory_url, **variables)


def test_several_cas(pebble: PebbleFactory, webroot: Webroot, tmp_path: Path) -> None:
    """With the first CA refusing the name the second one issues, by its own account; the keys of both are changed at once."""
    listed, registration, *_plays = examples(DOCUMENT, "yaml")
    variables = yaml.safe_load(listed)
    names = ["www.example.com"]
    first = pebble(nonce_reject=0, domain_blocklist=tuple(names))
    second = pebble(nonce_reject=0, eab_keys={"kid-1": HMAC_KEY})
    assert [one["ca"] for one in variables["acme_ca"]] == ["letsencrypt", "zerossl"]
    for entry, ca in zip(variables["acme_ca"], (first, second)):
        entry.update(ca=ca.directory_url, ca_bundle=str(ca.ca_bundle))
    variables.update(
        zerossl_kid="kid-1",
        zerossl_hmac_key=HMAC_KEY,
        acme_store=str(tmp_path / "store"),
        acme_certificates=[{"name": "www", "identifiers": names, "webroot": str(webroot.directory)}],
    )
    reader = Reader(tmp_path)
    (tmp_path / "register.yml").write_text(registration)
    registered = reader.run(str(tmp_path / "register.yml"), "-vvv", **variables).good()
    run = reader.run("webpki.acme.renew", "-vvv", **variables).good()
    for one in (registered, run):
        assert HMAC_KEY not in one.screen + one.record
    record = json.loads((tmp_path / "store/www/current/issuance.json").read_text())
    assert record["ca"] == second.directory_url
    before = {path.name: path.read_bytes() for path in reader.keys.iterdir()}
    assert sorted(before) == ["account.pem", "zerossl.pem"]

    (command,) = examples(DOCUMENT, "console")
    *_options, book = shlex.split(command)
    reader.run(book, **variables).good()
    after = {path.name: path.read_bytes() for path in reader.keys.iterdir()}
    assert sorted(after) == sorted(before)
    assert not set(after.values()) & set(before.values())
    assert reader.run("webpki.acme.renew", **variables).good().changes() == []


def test_single_plays(pebble: PebbleFactory, tmp_path: Path) -> None:
    """A key that is text is changed by a play that can be run again, and contacts are sent once where none are told."""
    ca = pebble(nonce_reject=0)
    _list, _registration, rollover, contact = examples(DOCUMENT, "yaml")
    reader = Reader(tmp_path)
    reader.keys.mkdir(parents=True)
    key = account_key().decode()
    known = {"environment": {"REQUESTS_CA_BUNDLE": str(ca.ca_bundle)}}
    register = {
        **known,
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {
                "webpki.acme.account": {
                    "ca": ca.directory_url,
                    "account_key": "{{ acme_account_key }}",
                    "terms_agreed": True,
                }
            }
        ],
    }
    reader.play(yaml.safe_dump([register]), ca, acme_account_key=key).good()

    def trusting(text: str) -> str:
        return yaml.safe_dump([{**play, **known} for play in yaml.safe_load(text)])

    first = reader.play(trusting(rollover), ca, acme_account_key=key).good()
    again = reader.play(trusting(rollover), ca, acme_account_key=key).good()
    assert (bool(first.changes()), again.changes()) == (True, [])
    file = str(reader.keys / "new.pem")
    sent = reader.play(trusting(contact), ca, acme_account_key_file=file).good()
    (told,) = sent.of("Send it, whether the CA tells contacts or not")
    assert told["account"]["contact"] == ["mailto:admin@example.com"]
