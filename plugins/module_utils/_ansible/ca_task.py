# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of a CA-side module: the options that all of these share, and failures that carry the CA's problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._acme import libraries
from .._acme.errors import AcmeError
from .arguments import ACME, ACME_EXCLUSIVE
from .private import exposed
from .results import failure
from .task import Task


@dataclass(frozen=True)
class CaTask(Task):
    """A task whose `run` may also raise AcmeError; `own` are its options besides the shared ones."""

    missing: Mapping[str, str] = field(default_factory=lambda: libraries.MISSING)

    @property
    def argument_spec(self) -> dict[str, Any]:
        """All options."""
        return {**ACME, **self.own}

    @property
    def mutually_exclusive(self) -> list[tuple[str, str]]:
        """The pairs of options of which one may be given."""
        return [*ACME_EXCLUSIVE, *self.own_exclusive]

    def _attempt(self, options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
        for option in ("account_key_file", "new_account_key_file"):
            told = exposed(options.get(option))
            if told:
                warn(told)
        try:
            return super()._attempt(options, check_mode, warn)
        except AcmeError as error:
            return failure(error)
