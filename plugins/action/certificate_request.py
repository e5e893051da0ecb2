# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Twin of the module certificate_request."""

from __future__ import annotations

# Ansible imports an action once, and the filters that its arguments pass through in the process of each host, unless what these
# import is there already: hence those two that nothing here uses.
from ..module_utils._acme import ca  # noqa: F401
from ..module_utils._ansible.host_tasks.request import CERTIFICATE_REQUEST
from ..module_utils._store import libraries
from ..plugin_utils import refusals  # noqa: F401
from ..plugin_utils.task_action import HostAction


class ActionModule(HostAction):
    """Runs the task of the module of the same name."""

    TASK = CERTIFICATE_REQUEST

    def _runs_here(self) -> bool:
        # The task says only when something is due what it lacks; then it is too late to run in another Python.
        return super()._runs_here() and not libraries.MISSING
