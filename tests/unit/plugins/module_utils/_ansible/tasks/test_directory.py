# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.directory import DIRECTORY_INFO

from tests.unit.scripted_ca import ScriptedCA

from ..conftest import Runner


def test_directory(ca: ScriptedCA, run: Runner) -> None:
    """What a CA does not offer is shown as nothing, so that plays can ask for it without an error."""
    ca.meta = {}
    found = run(DIRECTORY_INFO)
    assert found["directory"]["new_order"] == ca.url("/new-order")
    assert (found["terms_of_service"], found["profiles"], found["external_account_required"]) == (None, {}, False)
    assert ca.asked("/new-nonce") == []
