# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one error of the store, and the translation of the operating system's errors into it."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

_HINTS = {
    errno.EACCES: "Run the task as a user who may do that (become: true).",
    errno.EPERM: "Run the task as a user who may do that (become: true).",
    errno.EROFS: "The file system is mounted read-only; choose another store or remount it.",
    errno.ENOSPC: "Free some space on that file system.",
    errno.EDQUOT: "Free some space: the disk quota is used up.",
    errno.ENOTDIR: "A part of that path is a file where a directory is wanted.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
}


class StoreError(Exception):
    """Something on this host is not as it must be: message says what, hint says what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}. {self.hint}" if self.hint else self.message


@contextlib.contextmanager
def doing(what: str) -> Iterator[None]:
    """Turns an OSError inside the block into a StoreError "cannot WHAT: why" with a hint for the usual causes.

    Also a ValueError: a path with a NUL in it, or that cannot be encoded.
    """
    try:
        yield
    except ValueError as error:
        raise StoreError(f"cannot {what!r}: {error}", "Correct the path.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(f"cannot {what}: {reason}", _HINTS.get(error.errno or 0, "")) from error
