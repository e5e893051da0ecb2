# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An AnsibleModule that keeps secrets out of the system's log also where they stand inside lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.parameters import remove_values


class QuietModule(AnsibleModule):
    """As AnsibleModule, which by itself writes a private key that is part of a list to the system's log."""

    def __init__(self, **options: Any) -> None:
        AnsibleModule.__init__(self, **options)

    def log(self, msg: str, log_args: Mapping[str, Any] | None = None) -> None:
        """Write to the system's log, without secrets."""
        # A list gets there as its repr(), in which the line breaks of a key are two characters: not what is searched for.
        secrets = {repr(secret)[1:-1] for secret in self.no_log_values}
        arguments = {name: remove_values(value, secrets) for name, value in (log_args or {}).items()}
        AnsibleModule.log(self, remove_values(msg, secrets), arguments)
