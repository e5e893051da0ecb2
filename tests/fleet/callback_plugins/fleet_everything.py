# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every event that Ansible gives to callbacks as a line of JSON, each result whole, as plugins that feed other programs do.

It does not write what no such plugin may write: the arguments that a task had in the end, which Ansible hands over as they are.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.executor.task_result import CallbackTaskResult
from ansible.playbook.task import Task
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: fleet_everything
type: aggregate
short_description: Writes every event as a line of JSON
description: Writes to the file that the environment variable FLEET_EVERYTHING names.
"""


class CallbackModule(CallbackBase):
    """Results of tasks and of each item of a loop, differences, and tasks as they were written."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "fleet_everything"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._file = open(os.environ["FLEET_EVERYTHING"], "w", encoding="utf-8")  # noqa: SIM115

    def v2_on_any(self, *args: Any, **kwargs: Any) -> None:
        """Something has happened."""
        self._file.write(json.dumps([*map(_told, args), *map(_told, kwargs.values())], default=repr) + "\n")
        self._file.flush()


def _told(value: Any) -> Any:
    if isinstance(value, CallbackTaskResult):
        return {"host": value.host.name, "task": value.task.get_name(), "result": dict(value.result)}
    if isinstance(value, Task):
        return {"name": value.get_name(), "args": value.args, "vars": value.vars, "defaults": value.module_defaults}
    return value
