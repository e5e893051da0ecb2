# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a CA could send: JSON in which the members that matter are often there, and often of the wrong kind."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = [
    *("type", "detail", "title", "status", "identifier", "instance", "subproblems", "value", "error"),
    *("identifiers", "authorizations", "finalize", "certificate", "expires", "profile", "wildcard", "challenges"),
    *("url", "token", "contact", "orders", "termsOfServiceAgreed", "meta", "newNonce", "newAccount", "newOrder"),
    *("revokeCert", "keyChange", "renewalInfo", "profiles", "caaIdentities", "termsOfService"),
]
TEXTS = st.one_of(
    st.sampled_from(["", "dns", "valid", "pending", "http-01", "https://ca.example/1", "http://ca.example/", "//["]),
    st.text(max_size=20),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)),
    max_leaves=4,
)
json_objects = st.dictionaries(st.sampled_from(NAMES) | TEXTS, json_values, max_size=8)
