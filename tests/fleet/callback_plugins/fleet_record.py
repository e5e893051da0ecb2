# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes each result that Ansible gives to callbacks as a line of JSON, so that tests need not read the screen."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.executor.task_result import CallbackTaskResult
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: fleet_record
type: aggregate
short_description: Writes each result as a line of JSON
description: Writes to the file that the environment variable FLEET_RECORD names.
"""


class CallbackModule(CallbackBase):
    """One line for each task and host, and at the end one with the statistics."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "fleet_record"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._file = open(os.environ["FLEET_RECORD"], "w", encoding="utf-8")  # noqa: SIM115

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        """A task went well on a host."""
        self._record("ok", result)

    def v2_runner_on_skipped(self, result: CallbackTaskResult) -> None:
        """A task was passed over on a host."""
        self._record("skipped", result)

    def v2_runner_on_failed(self, result: CallbackTaskResult, ignore_errors: bool = False) -> None:
        """A task failed on a host."""
        self._record("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_unreachable(self, result: CallbackTaskResult) -> None:
        """A host could not be reached."""
        self._record("unreachable", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """The play is over."""
        self._write({"stats": {host: stats.summarize(host) for host in sorted(stats.processed)}})

    def _record(self, status: str, result: CallbackTaskResult) -> None:
        self._write(
            {"host": result.host.name, "task": result.task.name, "status": status, "result": dict(result.result)}
        )

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, default=str) + "\n")
        self._file.flush()
