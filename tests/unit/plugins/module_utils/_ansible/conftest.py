# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks against a scripted CA, with their options completed as Ansible does it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key
from ansible_collections.webpki.acme.plugins.module_utils._ansible.ca_task import CaTask
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import Task
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.plugins.module_utils._acme.conftest import authority, bundle, ca, server_context
from tests.unit.scripted_ca import ScriptedCA

__all__ = ["authority", "bundle", "ca", "server_context"]


def private_key(passphrase: str = "") -> bytes:
    """A private key as PEM."""
    encryption = (
        serialization.BestAvailableEncryption(passphrase.encode()) if passphrase else serialization.NoEncryption()
    )
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def completed(task: Task, given: dict[str, Any]) -> dict[str, Any]:
    """The options of a task, with the defaults of those that are not given."""
    checked = ArgumentSpecValidator(task.argument_spec, mutually_exclusive=task.mutually_exclusive).validate(given)
    assert checked.error_messages == []
    options: dict[str, Any] = checked.validated_parameters
    return options


class Runner:
    """Runs tasks with a CA and an account key."""

    def __init__(self, ca: ScriptedCA, bundle: str, directory: Path) -> None:
        self.ca = ca
        self.key_file = directory / "account.pem"
        self.key_file.write_bytes(private_key())
        #: What the last task warned of.
        self.warnings: list[str] = []
        self._common = {"ca": ca.url("/directory"), "ca_bundle": bundle, "account_key_file": str(self.key_file)}
        ca.accounts[ca.url("/account/1")] = self.key.public_jwk()

    @property
    def key(self) -> Key:
        """The account key."""
        return Key.load(self.key_file.read_bytes())

    def __call__(self, task: Task, check_mode: bool = False, **given: Any) -> dict[str, Any]:
        """The result of a task."""
        self.warnings = []
        return task.run(completed(task, {**self._common, "deadline": 20, **given}), check_mode, self.warnings.append)


@pytest.fixture
def run(ca: ScriptedCA, bundle: str, tmp_path: Path) -> Iterator[Runner]:
    """`run(ACCOUNT, contact=[...])` is the result of a task at the scripted CA."""
    yield Runner(ca, bundle, tmp_path)


@pytest.fixture
def options(bundle: str, ca: ScriptedCA) -> Callable[..., dict[str, Any]]:
    """`options(deadline=5)` are the options that all tasks share."""

    def common(**given: Any) -> dict[str, Any]:
        return completed(CaTask(lambda *_: {}), {"ca": ca.url("/directory"), "ca_bundle": bundle, **given})

    return common
