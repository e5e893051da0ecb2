# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.plugin_utils import chosen_versions

from tests.unit.kept import NOW, OLD, PENDING, REVOKED, host, version

SAME_KEY = version(current=False, made={"of": "bb"})


@pytest.mark.parametrize(
    ("versions", "wanted", "expected"),
    [
        ([OLD, NOW], {}, ["bb"]),
        ([OLD, NOW], {"versions": "all"}, ["aa", "bb"]),
        ([{**OLD, "revoked": REVOKED}, NOW], {"versions": "all"}, ["bb"]),
        ([version(number=1, current=False, made={"days": -1}), NOW], {"versions": "all"}, ["bb"]),
        # What else was made with the key that was stolen.
        ([SAME_KEY, NOW], {"reason": "keyCompromise"}, ["aa", "bb"]),
        ([SAME_KEY, NOW], {"reason": "superseded"}, ["bb"]),
        ([OLD, NOW], {"reason": "keyCompromise"}, ["bb"]),
        ([{**SAME_KEY, "revoked": REVOKED}, NOW], {"reason": "keyCompromise"}, ["bb"]),
        # Again, where the CA says that it was.
        ([OLD, {**NOW, "revoked": REVOKED}], {}, ["bb"]),
        ([OLD, NOW], {"names": [], "serials": ["AA"]}, ["aa"]),
        ([OLD, NOW], {"names": "www", "serials": "a:a"}, ["aa", "bb"]),
        # What a run was to replace that was cut short, and not what took its place.
        ([{**OLD, "revoked": PENDING}, NOW], {"replace": True}, ["aa"]),
        ([{**OLD, "revoked": PENDING}, NOW], {}, ["aa", "bb"]),
        ([OLD, {**NOW, "revoked": PENDING}], {"replace": True, "versions": "all"}, ["bb"]),
        ([{**OLD, "revoked": REVOKED}, NOW], {"replace": True}, ["bb"]),
    ],
)
def test_chosen(versions: list[dict[str, Any]], wanted: dict[str, Any], expected: list[str]) -> None:
    """A name means what is in use, or what is to be revoked already; a serial number means the version that has it."""
    found = chosen_versions.of(["web1"], {"web1": host(*versions, **wanted)}, [])
    assert [one["serial"] for one in found if one["chosen"]] == expected
