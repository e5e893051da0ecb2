# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks run by ansible-playbook on the controller against a real CA, all of a file in one go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.fleet import playbook
from tests.lab.pebble import Pebble

_LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


class Play:
    """What tasks gave, by their names, which no two share.

    Every task is run, whatever became of those before it. They have the CA and `account_key_file` (account.pem in the
    variable `here`) by default, and all else from VARIABLES.  What is secret may be in no output, at any verbosity:
    keys, and VARIABLES whose names begin with `secret`.
    """

    def __init__(self, here: Path, ca: Pebble, tasks: str, **variables: Any) -> None:
        self.here = here
        for path in here.rglob("*.pem"):
            # A key that others can read is a warning.
            path.chmod(0o600)
        given = {"here": str(here), "ca_url": ca.directory_url, **variables}
        defaults = {"ca": ca.directory_url, "ca_bundle": str(ca.ca_bundle), "account_key_file": f"{here}/account.pem"}
        self._run = playbook.run(
            str(self._written(tasks, given, defaults)), self._inventory(), here / "home", "-vvv", "--diff"
        )
        self._results = {one.task: {**one.values, "failed": one.status != "ok"} for one in self._run.results}
        self._run.good()
        leaked = [secret for secret in self._secrets(variables) if secret in self._run.screen]
        assert not leaked, f"{leaked} on the screen:\n{self._run.screen}"

    def __getitem__(self, task: str) -> Mapping[str, Any]:
        return self._results[task]

    @property
    def screen(self) -> str:
        """What stood on the screen."""
        return self._run.screen

    def changed(self, *tasks: str) -> list[bool]:
        """Whether each of these tasks changed something; the reason when one failed instead."""
        return [self[task]["msg"] if self[task]["failed"] else self[task]["changed"] for task in tasks]

    def problem(self, task: str) -> str:
        """The last part of the type of the problem that a task failed with."""
        assert self[task]["failed"]
        return str(self[task]["problem"]["type"].rpartition(":")[2])

    def _written(self, tasks: str, variables: Mapping[str, Any], defaults: Mapping[str, Any]) -> Path:
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "ignore_errors": True,
            "vars_files": [str(self.here / "variables.json")],
            "module_defaults": {"group/webpki.acme.acme": defaults},
            "tasks": yaml.safe_load(tasks),
        }
        (self.here / "variables.json").write_text(json.dumps(variables))
        path = self.here / "play.json"
        path.write_text(json.dumps([play], indent=1))
        return path

    def _inventory(self) -> Path:
        path = self.here / "inventory.json"
        path.write_text(json.dumps({"all": {"hosts": {"localhost": _LOCAL}}}))
        return path

    def _secrets(self, variables: Mapping[str, Any]) -> Iterator[str]:
        texts = [path.read_text() for path in self.here.rglob("*.pem")]
        texts += [text for name, text in variables.items() if name.startswith("secret")]
        for text in texts:
            if "CERTIFICATE" not in text:
                # The last line of a key may be so short that it is found anywhere.
                yield from (line for line in text.splitlines() if len(line) > 10 and not line.startswith("-----"))


def account_key(passphrase: str = "") -> bytes:
    """A private key that the collection did not make."""
    encryption = (
        serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    )
    private = ec.generate_private_key(ec.SECP384R1())
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


#: Orders for the certificates `one`, `two` and `three`, in `order`, whose requests are in `request`; all names are proven.
PROVEN = """
- name: account
  webpki.acme.account: {terms_agreed: true}

- name: request
  webpki.acme.certificate_request:
    store: "{{ here }}/store"
    certificates:
      - {name: one, identifiers: [one.example.com, also-one.example.com]}
      - {name: two, identifiers: [two.example.com], key_type: rsa-2048}
      - {name: three, identifiers: [three.example.com]}
  register: request

- name: order
  webpki.acme.order:
    orders:
      - {name: one, identifiers: [one.example.com, also-one.example.com]}
      - {name: two, identifiers: [two.example.com]}
      - {name: three, identifiers: [three.example.com]}
  register: ordered

- name: place
  webpki.acme.challenge_webroot:
    challenges:
      - {webroot: "{{ webroot }}", token: "{{ names[0].token }}", content: "{{ names[0].content }}"}
      - {webroot: "{{ webroot }}", token: "{{ names[1].token }}", content: "{{ names[1].content }}"}
      - {webroot: "{{ webroot }}", token: "{{ names[2].token }}", content: "{{ names[2].content }}"}
      - {webroot: "{{ webroot }}", token: "{{ names[3].token }}", content: "{{ names[3].content }}"}
  vars:
    names: "{{ ordered.orders | map(attribute='authorizations') | flatten | map(attribute='challenges.http-01') }}"

- name: prove
  webpki.acme.challenge:
    orders:
      - {url: "{{ ordered.orders[0].url }}"}
      - {url: "{{ ordered.orders[1].url }}"}
      - {url: "{{ ordered.orders[2].url }}"}
"""
