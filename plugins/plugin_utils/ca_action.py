# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin of a CA-side module: done once for all hosts, in the process that talks to the CA, telling how far it is."""

from __future__ import annotations

from typing import Any

from ansible.utils.display import Display

from . import ca_process
from .task_action import TaskAction


class CaAction(TaskAction):
    """A subclass names its task, as `ca_tasks` does."""

    TASK: str

    def _refuse(self) -> None:
        if self._task.run_once:
            self._refuse_strategies()

    def _outcome(self) -> dict[str, Any]:
        # With an environment of its own, such as a proxy, it is not for the process that others share.
        ask = ca_process.alone if self._own_environment() else ca_process.outcome
        return ask(self.TASK, self._task.args, self._task.check_mode, self._tell)

    def _tell(self, progress: str) -> None:
        # Not where the results stand, which another program may read.
        Display().display(f"{self._task.get_name()}: {progress}", stderr=True)
