# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the files of a certificate are to lie on a host: their owner and mode, and the links to them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from . import files, layout
from .errors import StoreError

# The names under which certificates offer their files as links.
LINKABLE = {
    "fullchain": layout.FULLCHAIN,
    "privkey": layout.PRIVATE_KEY,
    "chain": layout.CHAIN,
    "certificate": layout.CERTIFICATE,
}


def of_files(access: files.Access) -> dict[str, files.Access]:
    """Owner and mode of each file of a version, given those of the private key."""
    public = files.Access(0o644, access.uid, access.gid)
    wanted = dict.fromkeys((layout.CERTIFICATE, layout.CHAIN, layout.FULLCHAIN, layout.ISSUANCE), public)
    wanted[layout.PRIVATE_KEY] = access
    return wanted


def to_mend(directory: str, access: files.Access) -> dict[str, files.Access]:
    """The files in the directory of a version that have another owner or mode: path -> how it should be."""
    paths = {os.path.join(directory, file): wanted for file, wanted in of_files(access).items()}
    return {
        path: wanted for path, wanted in paths.items() if os.path.lexists(path) and not files.has_access(path, wanted)
    }


def to_link(place: layout.Home, links: Mapping[str, str]) -> dict[str, tuple[str | None, str]]:
    """The links (see LINKABLE) to change: path -> (target now, target wanted). StoreError when they cannot be."""
    changes: dict[str, tuple[str | None, str]] = {}
    for kind, path in links.items():
        if not os.path.isabs(path):
            raise StoreError(f"the link {path!r} is not an absolute path")
        if not os.path.isdir(os.path.dirname(path)):
            raise StoreError(f"there is no directory for the link {path}", f"Make {os.path.dirname(path)} first.")
        present, wanted = files.link_target(path), os.path.join(place.current, LINKABLE[kind])
        if present != wanted:
            changes[path] = (present, wanted)
    return changes
