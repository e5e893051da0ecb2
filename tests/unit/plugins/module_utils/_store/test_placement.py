# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Owner, mode and links of a certificate's files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import files, layout, placement
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError


def test_modes(deployed: layout.Home) -> None:
    """The key has the wanted mode and all other files can be read by all; what differs is told, what is not there is not."""
    assert placement.to_mend(deployed.current, files.PRIVATE) == {}
    key, chain = (os.path.join(deployed.current, file) for file in ("privkey.pem", "chain.pem"))
    assert placement.to_mend(deployed.current, files.Access(0o640)) == {key: files.Access(0o640)}
    os.chmod(chain, 0o600)
    os.unlink(key)
    assert placement.to_mend(deployed.current, files.PRIVATE) == {chain: files.Access(0o644)}


@pytest.mark.parametrize("kind", list(placement.LINKABLE))
def test_links(deployed: layout.Home, tmp_path: Path, kind: str) -> None:
    """A link that is missing or leads elsewhere is to be changed, one that is right is not."""
    link, target = tmp_path / "link", os.path.join(deployed.current, placement.LINKABLE[kind])
    assert placement.to_link(deployed, {kind: str(link)}) == {str(link): (None, target)}
    link.symlink_to("/elsewhere")
    assert placement.to_link(deployed, {kind: str(link)}) == {str(link): ("/elsewhere", target)}
    link.unlink()
    link.symlink_to(target)
    assert placement.to_link(deployed, {kind: str(link)}) == {}


@pytest.mark.parametrize(
    ("path", "why"),
    [("relative", "not an absolute path"), ("/no/such/directory/x", "no directory"), ("/etc", "in the way")],
)
def test_impossible_links(deployed: layout.Home, path: str, why: str) -> None:
    """A link that cannot be made is refused with the reason."""
    with pytest.raises(StoreError, match=why):
        placement.to_link(deployed, {"fullchain": path})
