# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode, where no order was made that could be looked at."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import Task
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.certificate import CERTIFICATE
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.challenge import CHALLENGE
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.order import ORDER

from tests.unit.scripted_ca import ScriptedCA

from ..conftest import Runner
from .conftest import ONE, orders


@pytest.mark.parametrize(
    ("task", "given"),
    [
        (ORDER, {"orders": ONE}),
        (CHALLENGE, {"orders": [{"name": "one", "url": ""}]}),
        (CERTIFICATE, {"orders": [{"name": "one", "url": "", "csr": ""}]}),
    ],
)
def test_check_mode_without_an_order(ca: ScriptedCA, run: Runner, task: Task, given: dict[str, Any]) -> None:
    """A whole chain of tasks can be run in check mode: each counts as a change, and the CA is not talked to."""
    result = run(task, check_mode=True, **given)
    assert (result["changed"], orders(result)[0][:2]) == (True, ("one", True))
    assert not result["orders"][0]["url"]
    assert ca.requests == []
