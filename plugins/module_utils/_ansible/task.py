# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CA-side task: what a module does, free of AnsibleModule, so that it can also run in Ansible's own process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .arguments import ACME, ACME_EXCLUSIVE


@dataclass(frozen=True)
class Task:
    """`run` takes the options, whether it is check mode, and a function for warnings, and returns the result.

    It raises AcmeError or TaskFailed. `own` are the options besides those that all CA-side tasks share.
    """

    run: Callable[[Mapping[str, Any], bool, Callable[[str], None]], dict[str, Any]]
    own: Mapping[str, Any] = field(default_factory=dict)
    own_exclusive: tuple[tuple[str, str], ...] = ()

    @property
    def argument_spec(self) -> dict[str, Any]:
        """All options."""
        return {**ACME, **self.own}

    @property
    def mutually_exclusive(self) -> list[tuple[str, str]]:
        """The pairs of options of which one may be given."""
        return [*ACME_EXCLUSIVE, *self.own_exclusive]
