# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.ca import KNOWN_CAS, directory_url
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._acme.url import is_https_url


@pytest.mark.parametrize("ca", sorted(KNOWN_CAS))
def test_known_ca(ca: str) -> None:
    """A known name stands for an https URL."""
    assert directory_url(ca) == KNOWN_CAS[ca]
    assert is_https_url(KNOWN_CAS[ca])


def test_own_ca() -> None:
    """Any https URL is a CA."""
    assert directory_url("https://ca.internal:14000/dir") == "https://ca.internal:14000/dir"


@pytest.mark.parametrize(
    "ca", ["", "letsencrpyt", "LetsEncrypt", "http://ca.example/", "ca.example", "https://[", "https://"]
)
def test_unknown_ca(ca: str) -> None:
    """What is neither a known name nor an https URL is refused with the names that are known."""
    with pytest.raises(AcmeError, match="letsencrypt_staging") as caught:
        directory_url(ca)
    assert caught.value.problem.type == ErrorType.INVALID_INPUT
