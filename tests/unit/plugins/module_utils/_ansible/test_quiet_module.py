# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What modules write to the system's log."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.webpki.acme.plugins.module_utils._ansible.quiet_module import QuietModule

SPEC = {
    "certificates": {
        "type": "list",
        "elements": "dict",
        "options": {"name": {"type": "str"}, "private_key": {"type": "str", "no_log": True}},
    }
}
KEY = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----\n"


def test_no_key_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a module was called with is logged, but for a key inside a list, whose line breaks the log shows as \\n."""
    logged: list[Any] = []
    monkeypatch.setattr(AnsibleModule, "log", lambda module, msg, log_args=None: logged.append((msg, log_args)))
    with patch_module_args({"certificates": [{"name": "www", "private_key": KEY}]}):
        QuietModule(argument_spec=SPEC)
    assert "www" in str(logged)
    assert "MIGH" not in str(logged)
