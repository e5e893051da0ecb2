# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is kept from run to run in `state_directory`, without which a task works as well: trouble with it is a warning."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._store import memory
from .._store.errors import StoreError


class Remembered:
    """What is known of one subject, by the URL of a CA. Without a directory nothing is known, and nothing kept."""

    def __init__(self, directory: str | None, subject: str, ca: str, warn: Callable[[str], None]) -> None:
        self._directory = directory
        self._subject = subject
        self._ca = ca
        self._warn = warn

    @property
    def kept(self) -> bool:
        """Whether anything is kept."""
        return self._directory is not None

    def load(self) -> dict[str, Any]:
        """Return what is known of the CA."""
        if self._directory is None:
            return {}
        try:
            return member(memory.load(self._directory, self._subject), self._ca)
        except StoreError as error:
            self._warn(f"What earlier runs found is not known: {error}")
            return {}

    def update(self, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
        """Replace what is known by what `change`, which is called once, makes of it; other runs wait meanwhile."""
        if self._directory is None:
            change({})
            return
        called = False

        def changed(known: dict[str, Any]) -> Mapping[str, Any]:
            nonlocal called
            called = True
            return {**known, self._ca: change(member(known, self._ca))}

        try:
            for told in memory.close(self._directory):
                self._warn(told)
            memory.update(self._directory, self._subject, changed)
        except StoreError as error:
            self._warn(f"What this run asks for is not known to the next one: {error}")
            if not called:
                change({})


def member(known: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return a member that should be an object; an empty one for what is none, as others may have written there."""
    found = known.get(name)
    return dict(found) if isinstance(found, dict) else {}
