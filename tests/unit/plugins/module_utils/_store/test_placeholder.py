# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Placeholders."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import certificate as certificates
from ansible_collections.webpki.acme.plugins.module_utils._store import chain, placeholder
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys

KEY = keys.generate(keys.KeyType.ECDSA_P256)


@pytest.mark.parametrize("identifiers", [["a.example", "*.b.example"], ["192.0.2.1"], ["a" * 63 + ".example"]])
def test_placeholder(now: datetime, identifiers: list[str]) -> None:
    """A placeholder is self-signed, for the names given, valid from now for 7 days, and has a subject."""
    made = placeholder.build(KEY, identifiers, now)
    told = certificates.facts(made, "x", KEY)
    assert told.self_signed
    assert told.key_matches
    assert told.identifiers == tuple(identifiers)
    assert told.subject_common_name
    assert abs(told.not_after - now - timedelta(days=7)) < timedelta(seconds=2)
    chain.check([made], KEY, identifiers, now)
