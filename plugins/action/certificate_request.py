# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Twin of the module certificate_request."""

from __future__ import annotations

from typing import Any

from ansible.plugins.loader import filter_loader, test_loader

from ..module_utils._ansible.host_tasks.request import CERTIFICATE_REQUEST
from ..module_utils._store import libraries
from ..plugin_utils import ca_process, foreseen
from ..plugin_utils.task_action import HostAction

# Ansible imports an action once, but filters and tests in the process of each task of each host. What was loaded here is there
# already.
filter_loader.get("webpki.acme.plan")
test_loader.get("ansible.builtin.failed")


class ActionModule(HostAction):
    """Runs the task of the module of the same name."""

    TASK = CERTIFICATE_REQUEST

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task; where the CA is to be asked, get ready to talk to it meanwhile."""
        result = super().run(tmp, task_vars)
        asks = (result.get("context") or {}).get("renewal") or any(
            item.get("due") for item in result.get("certificates") or []
        )
        if asks and not self._task.check_mode:
            # An environment of its own may say another way to the CA, such as a proxy.
            ca_process.begin(None if self._own_environment() else foreseen.conversation(result))
        return result

    def _refuse(self) -> None:
        # In the role: of what follows there, some is done once for all hosts, and nothing is to have begun by then.
        if "run" in (self._task.args.get("context") or {}):
            self._refuse_strategies()

    def _runs_here(self) -> bool:
        # The task says only when something is due what it lacks; then it is too late to run in another Python.
        return super()._runs_here() and not libraries.MISSING
