# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a task in Ansible's own process when its target is this machine, and as a module otherwise.

In Ansible's own process starting costs nothing, and the libraries are those that Ansible itself sees, whichever Python the
inventory names for localhost.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..module_utils._ansible.task import Task
from . import checked_task


class TaskAction(ActionBase):
    """The action plugin of one module."""

    _supports_async = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._refuse()
        if self._runs_here():
            with _added(self._own_environment()):
                result.update(self._outcome_or_failure())
        else:
            result.update(self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val))
        return result

    def _refuse(self) -> None:
        """Raise AnsibleActionFail where the task cannot do what the play wants."""

    def _refuse_strategies(self) -> None:
        """Refuse to be repeated for each host what is to be done once for all: some strategies pass over `run_once`."""
        strategy = str(self._task.get_play().strategy)
        if strategy.rpartition(".")[2] in ("free", "host_pinned"):
            raise AnsibleActionFail(
                f"the strategy {strategy} does for each host what is to be done once for all. "
                "Set strategy: ansible.builtin.linear for this play."
            )

    def _runs_here(self) -> bool:
        """Say whether the module would run on this machine, as this user and at once."""
        return self._connection.transport == "local" and not self._play_context.become and not self._task.async_val

    def _outcome(self) -> dict[str, Any]:
        """Return the result of the task, done here; raise AnsibleActionFail."""
        raise NotImplementedError

    def _outcome_or_failure(self) -> dict[str, Any]:
        try:
            return self._outcome()
        except AnsibleActionFail as error:
            # Ansible fails a task that raises this whatever its `failed_when` says, unlike a module that returns it.
            return {"failed": True, "changed": False, "msg": str(error)}

    def _own_environment(self) -> dict[str, str]:
        """Return the task's `environment`."""
        found: dict[str, str] = {}
        for entry in self._task.environment or []:
            templated = self._templar.template(entry) or {}
            if not isinstance(templated, Mapping):
                raise AnsibleActionFail(f"environment must be a dictionary, not {templated!r}")
            found.update({str(name): str(value) for name, value in templated.items()})
        return found


@contextlib.contextmanager
def _added(environment: Mapping[str, str]) -> Iterator[None]:
    """Add to the environment during the block: the process may go on with other items of a loop."""
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class HostAction(TaskAction):
    """The action plugin of a host-side module: a subclass names its task."""

    TASK: Task

    def _runs_here(self) -> bool:
        # The Python that the inventory names may have what Ansible's own lacks.
        return super()._runs_here() and not self.TASK.missing

    def _outcome(self) -> dict[str, Any]:
        return checked_task.outcome(self.TASK, self._task.action, self._task.args, self._task.check_mode)
