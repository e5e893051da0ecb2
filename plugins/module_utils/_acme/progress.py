# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How far a conversation is, for those who wait for it."""

from __future__ import annotations

import threading


class Progress:
    """A count of what is done and what failed. Safe for use by several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._what = ""
        self._total = self._done = self._failed = 0

    def begin(self, what: str, total: int) -> None:
        """Count anew; `what` is such as "orders ready"."""
        with self._lock:
            self._what = what
            self._total, self._done, self._failed = total, 0, 0

    def count(self, *, failed: bool) -> None:
        """One more is over."""
        with self._lock:
            if failed:
                self._failed += 1
            else:
                self._done += 1

    def __str__(self) -> str:
        """Return it in a line, which is empty while there is nothing to count."""
        with self._lock:
            if not self._total:
                return ""
            failed = f", {self._failed} failed" if self._failed else ""
            return f"{self._done} of {self._total} {self._what}{failed}"
