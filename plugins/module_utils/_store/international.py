# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Domain names with letters outside ASCII, in the form in which they stand in a certificate.

The idna package is no requirement, as the standard library does for most names. It is loaded only when asked for: its tables
are large.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

# IDNA 2008 keeps these four; IDNA 2003, all that the standard library knows, maps them away, to another name.
_DEVIATIONS = frozenset("\u00df\u03c2\u200c\u200d")


def to_ascii(domain: str) -> str:
    """The A-labels of a domain name; ValueError, that says why, when it has none."""
    encode = idna_encoder()
    if encode is None and _DEVIATIONS & set(domain):
        raise ValueError("it has a letter that needs the Python package idna, or write its xn-- form")
    try:
        return (encode(domain) if encode else domain.encode("idna")).decode("ascii")
    except UnicodeError as error:
        raise ValueError(f"it has no international form ({error})") from error


def idna_encoder() -> Callable[[str], bytes] | None:
    """The IDNA 2008 encoder of the idna package, or None where there is none."""
    try:
        idna = importlib.import_module("idna")
    except ImportError:
        return None

    def encode(name: str) -> bytes:
        return bytes(idna.encode(name, uts46=True))

    return encode
