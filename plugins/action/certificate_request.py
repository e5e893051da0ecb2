# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Twin of the module certificate_request."""

from __future__ import annotations

from ..module_utils._acme import ca
from ..module_utils._ansible.host_tasks.request import CERTIFICATE_REQUEST
from ..module_utils._store import libraries
from ..plugin_utils import refusals
from ..plugin_utils.task_action import HostAction

# Ansible imports an action once, but the filters that its arguments pass through in the process of each host. What these import is
# there already when it was imported here.
PRELOADED = (ca, refusals)


class ActionModule(HostAction):
    """Runs the task of the module of the same name."""

    TASK = CERTIFICATE_REQUEST

    def _runs_here(self) -> bool:
        # The task says only when something is due what it lacks; then it is too late to run in another Python.
        return super()._runs_here() and not libraries.MISSING
