# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Twin of the module challenge_check."""

from __future__ import annotations

from ..module_utils._ansible.host_tasks.check import CHALLENGE_CHECK
from ..plugin_utils.task_action import HostAction


class ActionModule(HostAction):
    """Runs the task of the module of the same name."""

    TASK = CHALLENGE_CHECK
