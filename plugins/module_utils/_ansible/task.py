# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task: what a module does, free of AnsibleModule, so that it can also run in Ansible's own process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import missing_required_lib


class TaskFailed(Exception):
    """A task failed; `values` is what it returns all the same."""

    def __init__(self, message: str, values: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.message = message
        self.values = values


def need(missing: Mapping[str, str], options: Mapping[str, Any]) -> None:
    """Raise TaskFailed when libraries are missing: name -> traceback."""
    for library, traceback in missing.items():
        # Those who look at the failure need to know whose it is.
        context = {name: value for name, value in options.items() if name == "context"}
        told = {"missing_libraries": list(missing), "exception": traceback, **context}
        raise TaskFailed(missing_required_lib(library), told)


@dataclass(frozen=True)
class Task:
    """`run` takes the options, whether it is check mode, and a function for warnings; it returns the result.

    It raises TaskFailed. `missing` are the libraries that it needs and that are not there: name -> traceback.
    """

    run: Callable[[Mapping[str, Any], bool, Callable[[str], None]], dict[str, Any]]
    own: Mapping[str, Any] = field(default_factory=dict)
    own_exclusive: tuple[tuple[str, str], ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def argument_spec(self) -> dict[str, Any]:
        """All options."""
        return dict(self.own)

    @property
    def mutually_exclusive(self) -> list[tuple[str, str]]:
        """The pairs of options of which one may be given."""
        return list(self.own_exclusive)

    def outcome(self, options: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
        """Return the result for Ansible, also of a failure, with its warnings."""
        warnings: list[str] = []
        found = self._attempt(options, check_mode, warnings.append)
        return {**found, "warnings": warnings} if warnings else found

    def _attempt(self, options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
        try:
            need(self.missing, options)
            return self.run(options, check_mode, warn)
        except TaskFailed as error:
            return {**error.values, "failed": True, "msg": error.message}
