# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a certificate is known by to the CA that issued it (RFC 9773 section 4.1)."""

from __future__ import annotations

from base64 import urlsafe_b64encode


def certificate_id(authority_key_identifier: str, serial_number: str) -> str:
    """Return it, from two numbers in hexadecimal digits; ValueError when they are none."""
    number = int(serial_number, 16)
    if number < 0:
        raise ValueError(f"the serial number {serial_number!r} is negative")
    # The contents of a DER INTEGER: a number whose first bit is set begins with a byte of zeros.
    serial = number.to_bytes(number.bit_length() // 8 + 1, "big")
    parts = (bytes.fromhex(authority_key_identifier), serial)
    return ".".join(urlsafe_b64encode(part).rstrip(b"=").decode("ascii") for part in parts)
