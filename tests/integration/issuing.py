# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate issued by the tasks that a play has, one after the other, without a play around them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.webpki.acme.plugins.plugin_utils.ca_tasks import TASKS
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.unit.plugins.module_utils._ansible.conftest import completed, private_key
from tests.unit.strange_ca import StrangeCA

from . import core

NAME = "a.example"

#: The requests of an issuance by their steps, each of which is asked at least once.
STEPS = ["new-account", "new-order", "authz", "challenge", "order", "finalize", "certificate"]
#: What messages call them.
DOING = {
    "new-account": "look up the account",
    "new-order": "create the order",
    "authz": "read the authorization",
    "challenge": f"answer the http-01 challenge for {NAME}",
    "order": "wait for the validation",
    "finalize": "finalize the order",
    "certificate": "download the certificate",
}


class Refused(Exception):
    """A task failed; `result` is what it returned."""

    def __init__(self, result: Mapping[str, Any]) -> None:
        super().__init__(result["msg"])
        self.result = result


class Tasks:
    """The tasks with CA, by the names of their modules: `tasks("order", orders=[...])` is a result, or raises Refused."""

    def __init__(self, ca: StrangeCA, bundle: str, directory: Path) -> None:
        self.ca = ca
        self.key_file = directory / "account.pem"
        if not self.key_file.exists():
            self.new_key()
        self.common: dict[str, Any] = {
            "ca": ca.directory_url,
            "ca_bundle": bundle,
            "account_key_file": str(self.key_file),
            "deadline": 30,
        }
        #: What all tasks warned of.
        self.warnings: list[str] = []
        #: The seconds that the last task took.
        self.seconds = 0.0

    def new_key(self) -> None:
        """Make an account key that no CA knows."""
        self.key_file.write_bytes(private_key())
        self.key_file.chmod(0o600)

    def __call__(self, name: str, **given: Any) -> Mapping[str, Any]:
        task = TASKS[name]
        options = completed(task, {**self.common, **given})
        began = time.monotonic()
        result = task.outcome(options, False)
        self.seconds = time.monotonic() - began
        self.warnings += result.get("warnings", [])
        if result.get("failed"):
            raise Refused(result)
        return result

    def account(self, **given: Any) -> Mapping[str, Any]:
        """The account, registered where it is not there."""
        return self("account", **{"terms_agreed": True, **given})

    def order(self, *names: str, **given: Any) -> Mapping[str, Any]:
        """An order for these names."""
        result = self("order", orders=[{"name": "www", "identifiers": list(names or [NAME]), **given}], take_up=False)
        return one(result)

    def prove(self, order: Mapping[str, Any], **given: Any) -> Mapping[str, Any]:
        """The same order, once its names are proven."""
        wanted = {name: order[name] for name in ("name", "url", "authorizations")}
        return one(self("challenge", orders=[wanted], **given))

    def proven(self, *names: str) -> Mapping[str, Any]:
        """An order for these names that are proven, of an account that is there."""
        self.account()
        return self.prove(self.order(*names))

    def fetch(
        self, order: Mapping[str, Any], *names: str, preferred: str | None = None, **given: Any
    ) -> Mapping[str, Any]:
        """The certificate of an order."""
        wanted = {"name": "www", "url": order["url"], "csr": csr(*(names or [NAME])), "finalize": order.get("finalize")}
        return one(self("certificate", orders=[{**wanted, "preferred_chain": preferred}], **given))

    def issue(self, *names: str, **given: Any) -> Mapping[str, Any]:
        """The certificate for these names, by all steps that it takes; it is checked that it is the one asked for."""
        wanted = list(names or [NAME])
        self.account()
        fetched = self.fetch(self.prove(self.order(*wanted, **given)), *wanted)
        check(fetched, wanted)
        return fetched


def one(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The only order in a result."""
    (found,) = result["orders"]
    return dict(found)


def csr(*names: str) -> str:
    """A certificate request for names, as PEM."""
    return x509.load_der_x509_csr(core.csr(*names)).public_bytes(Encoding.PEM).decode()


def check(fetched: Mapping[str, Any], names: Sequence[str]) -> None:
    """Fail unless a certificate was issued, for these names and the key of the request, with its issuer's."""
    leaf, *rest = x509.load_pem_x509_certificates(fetched["fullchain"].encode())
    alternative = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(name.value) for name in alternative} == set(names)
    assert leaf.public_key() == core.certificate_key().public_key()
    leaf.verify_directly_issued_by(rest[0])
