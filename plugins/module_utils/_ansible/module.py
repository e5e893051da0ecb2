# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a task as a module: options in, result or failure out. The only place where a task meets AnsibleModule."""

from __future__ import annotations

import traceback
from typing import Any

from .quiet_module import QuietModule
from .secrecy import without
from .task import Task


def run_module(task: Task) -> None:
    """Run the task with the module's options, and end the process."""
    module = QuietModule(
        argument_spec=task.argument_spec, mutually_exclusive=task.mutually_exclusive, supports_check_mode=True
    )
    result = _outcome(task, module)
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


def _outcome(task: Task, module: QuietModule) -> dict[str, Any]:
    try:
        return task.outcome(module.params, module.check_mode)
    except Exception:
        # Ansible would tell of it as it is.
        return {"failed": True, "msg": without(module.no_log_values, traceback.format_exc())}
