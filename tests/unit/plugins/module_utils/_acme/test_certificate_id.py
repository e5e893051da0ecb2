# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.certificate_id import certificate_id


@pytest.mark.parametrize(
    ("issuer", "serial", "identifier"),
    [
        # RFC 9773 section 4.1
        ("69885b6b87464041e1b37b847ba0ae2cde01c8d4", "0087654321", "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"),
        ("69885b6b87464041e1b37b847ba0ae2cde01c8d4", "87654321", "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE"),
        ("ff", "7f", "_w.fw"),
        ("ff", "80", "_w.AIA"),
        ("ff", "0100", "_w.AQA"),
        ("ff", "00", "_w.AA"),
    ],
)
def test_identifier(issuer: str, serial: str, identifier: str) -> None:
    """A number whose first bit is set begins with a byte of zeros, whether or not that was written."""
    assert certificate_id(issuer, serial) == identifier


@pytest.mark.parametrize(("issuer", "serial"), [("x", "01"), ("abc", "01"), ("ff", ""), ("ff", "no"), ("ff", "-1")])
def test_no_numbers(issuer: str, serial: str) -> None:
    """What is no number is refused."""
    with pytest.raises(ValueError):
        certificate_id(issuer, serial)
