# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a CA-side task in Ansible's own process when its target is the controller, and as a module otherwise.

In Ansible's own process the libraries are those that Ansible itself sees, whichever Python the inventory names for
localhost, and starting costs nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase

from ..module_utils._acme import libraries
from ..module_utils._acme.errors import AcmeError
from ..module_utils._ansible.results import TaskFailed, failure
from ..module_utils._ansible.task import Task


class CaAction(ActionBase):
    """The action plugin of one CA-side module: a subclass names its task."""

    TASK: Task
    _supports_async = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the result of the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self._check_strategy()
        if not self._on_controller():
            result.update(self._execute_module(task_vars=task_vars, wrap_async=self._task.async_val))
            return result
        checked, options = self.validate_argument_spec(  # type: ignore[no-untyped-call]
            argument_spec=self.TASK.argument_spec, mutually_exclusive=self.TASK.mutually_exclusive
        )
        os.environ.update(self._environment())
        # What is secret among the options must not come out again, whatever a message quotes.
        result.update(remove_values(self._result(options), checked._no_log_values))
        return result

    def _check_strategy(self) -> None:
        """Refuse to be repeated for each host where the task says once: some strategies pass over `run_once`."""
        strategy = str(self._task.get_play().strategy)
        if self._task.run_once and strategy.rpartition(".")[2] in ("free", "host_pinned"):
            raise AnsibleActionFail(
                f"the strategy {strategy} does this task once for each host, where it is to be done once for all. "
                "Set strategy: ansible.builtin.linear for this play."
            )

    def _on_controller(self) -> bool:
        """Say whether the module would run on this machine, as this user and at once."""
        return self._connection.transport == "local" and not self._play_context.become and not self._task.async_val

    def _result(self, options: Mapping[str, Any]) -> dict[str, Any]:
        for library, traceback in libraries.MISSING.items():
            return {
                "failed": True,
                "msg": missing_required_lib(library),
                "missing_libraries": list(libraries.MISSING),
                "exception": traceback,
            }
        warnings: list[str] = []
        try:
            found = self.TASK.run(options, self._task.check_mode, warnings.append)
        except TaskFailed as error:
            found = {**error.values, "failed": True, "msg": error.message}
        except AcmeError as error:
            found = failure(error)
        return {**found, "warnings": warnings} if warnings else found

    def _environment(self) -> dict[str, str]:
        """The task's `environment`. The process is this task's own, so it may be changed."""
        found: dict[str, str] = {}
        for entry in self._task.environment or []:
            templated = self._templar.template(entry) or {}
            if not isinstance(templated, Mapping):
                raise AnsibleActionFail(f"environment must be a dictionary, not {templated!r}")
            found.update({str(name): str(value) for name, value in templated.items()})
        return found
