# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.authorization import AUTHORIZATION

from tests.unit.scripted_ca import ScriptedCA

from ..conftest import Runner
from .conftest import proof


@pytest.mark.parametrize("status", ["deactivated", "revoked", "expired", "invalid"])
def test_given_up(ca: ScriptedCA, run: Runner, status: str) -> None:
    """An authorization that is good for nothing any more is left as it is."""
    ca.on("/authz/1", proof(ca, status=status))
    (one,) = run(AUTHORIZATION, authorizations=[ca.url("/authz/1")])["authorizations"]
    assert (one["changed"], one["status"], one["identifier"]) == (False, status, "a.example")
    assert [request.payload for request in ca.asked("/authz/1")] == [None]


@pytest.mark.parametrize("check_mode", [False, True])
def test_give_up(ca: ScriptedCA, run: Runner, check_mode: bool) -> None:
    """One that is good for something is given up, in check mode only in words."""
    ca.on("/authz/1", proof(ca, status="valid"), proof(ca, status="deactivated"))
    (one,) = run(AUTHORIZATION, check_mode, authorizations=[ca.url("/authz/1")])["authorizations"]
    assert (one["changed"], one["status"]) == (True, "valid" if check_mode else "deactivated")
