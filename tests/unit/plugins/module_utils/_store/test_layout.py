# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directories of a certificate."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import layout
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError


def test_nothing_there(place: layout.Home) -> None:
    """A store that is not there holds nothing."""
    assert layout.names(place.store) == []
    assert layout.current_version(place) is None
    assert layout.version_numbers(place) == []


@pytest.mark.parametrize("target", ["/etc", "versions/../..", "versions/abc", "versions", "0001", "x/0001"])
def test_foreign_current(place: layout.Home, target: str) -> None:
    """A current that the store did not make is reported, not used and not replaced."""
    Path(place.directory).mkdir(parents=True)
    os.symlink(target, place.current)
    with pytest.raises(StoreError, match="none of this store's versions"):
        layout.current_version(place)


def test_directory_as_current(place: layout.Home) -> None:
    """A directory in the place of current is reported."""
    Path(place.current).mkdir(parents=True)
    with pytest.raises(StoreError, match="directory is in the way"):
        layout.current_version(place)


@pytest.mark.parametrize(("store", "name"), [("relative", "www"), ("/etc/webpki", "../x"), ("/etc/webpki", "")])
def test_refused_homes(store: str, name: str) -> None:
    """A home is only made of an absolute store and a proper name."""
    with pytest.raises(StoreError):
        layout.home(store, name)
