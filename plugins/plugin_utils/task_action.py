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
import traceback
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase

from ..module_utils._ansible.task import Task


class TaskAction(ActionBase):
    """The action plugin of one module: a subclass names its task."""

    TASK: Task
    _supports_async = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._refuse()
        if not self._runs_here():
            result.update(self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val))
            return result
        with _added(self._own_environment()):
            checked, options = self.validate_argument_spec(  # type: ignore[no-untyped-call]
                argument_spec=self.TASK.argument_spec, mutually_exclusive=self.TASK.mutually_exclusive
            )
            # What is secret among the options must not come out again, whatever a message quotes.
            secrets = checked._no_log_values
            try:
                found = self._outcome(options)
            except Exception as error:
                told = str(error) if isinstance(error, AnsibleError) else traceback.format_exc()
                raise AnsibleActionFail(remove_values(told, secrets)) from None
        result.update(remove_values(found, secrets) if secrets else found)
        return result

    def _refuse(self) -> None:
        """Raise AnsibleActionFail where the task cannot do what the play wants."""

    def _runs_here(self) -> bool:
        """Say whether the module would run on this machine, as this user and at once."""
        return self._connection.transport == "local" and not self._play_context.become and not self._task.async_val

    def _outcome(self, options: Mapping[str, Any]) -> dict[str, Any]:
        return self.TASK.outcome(options, self._task.check_mode)

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
    """The action plugin of a host-side module."""

    def _runs_here(self) -> bool:
        # The Python that the inventory names may have what Ansible's own lacks.
        return super()._runs_here() and not self.TASK.missing
