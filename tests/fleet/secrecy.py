# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Searching what was written for secrets, in whatever form it may hold them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

#: Where something was found or looked for, and what stands there.
Place = tuple[str, bytes]

#: Shorter lines (the last one of a key may have two characters) are found anywhere.
_SHORTEST = 20
_LARGEST = 32 * 1024 * 1024


@dataclass(frozen=True)
class Secret:
    """What must not be found. forms: how it may be written -> what is searched for."""

    name: str
    forms: Mapping[str, bytes]


def password(name: str, text: str) -> Secret:
    """A secret that is a text: itself, what it may be written as, and digests by which it could be found by trying."""
    data = text.encode()
    digests = {"digest": data, "digest of its JSON": json.dumps(text).encode()}
    forms = {
        "text": data,
        "JSON": json.dumps(text)[1:-1].encode(),
        "part of a URL": urllib.parse.quote(text, safe="").encode(),
        "hexadecimal": data.hex().encode(),
        **_base64("base64", data),
        **{form: hashlib.sha256(told).hexdigest().encode() for form, told in digests.items()},
    }
    return Secret(name, forms)


def private_key(name: str, pem: str, passphrase: str | None = None) -> Secret:
    """A private key: each line of its PEM text, and its private numbers by themselves."""
    forms: dict[str, bytes] = {}
    for number, line in enumerate(pem.splitlines()):
        if len(line) >= _SHORTEST and not line.startswith("-----"):
            forms[f"line {number}"] = line.encode()
            forms.update(_base64(f"base64 of line {number}", line.encode()))
    key = serialization.load_pem_private_key(pem.encode(), passphrase.encode() if passphrase else None)
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        values = {"d": numbers.d, "p": numbers.p, "q": numbers.q}
        length = key.key_size // 8
    else:
        values = {"d": key.private_numbers().private_value}
        length = (key.key_size + 7) // 8
    for number_name, value in values.items():
        data = value.to_bytes(length, "big").lstrip(b"\0")
        forms.update(
            {
                f"{number_name}, bytes": data,
                f"{number_name}, decimal": str(value).encode(),
                f"{number_name}, hexadecimal": data.hex().encode(),
                f"{number_name}, HEXADECIMAL": data.hex().upper().encode(),
                f"{number_name}, he:xa": data.hex(":").encode(),
                **_base64(f"{number_name}, base64", data),
            }
        )
    return Secret(name, forms)


def found(secrets: Iterable[Secret], places: Iterable[Place]) -> list[str]:
    """Where which secret stands, and in which form, a line for each; empty when there is none."""
    listed = [(secret.name, form, needle) for secret in secrets for form, needle in secret.forms.items()]
    return [f"{place}: {name} ({form})" for place, data in places for name, form, needle in listed if needle in data]


def files(directory: Path, allowed: Callable[[Path], bool] = lambda path: False, since: float = 0.0) -> Iterator[Place]:
    """All files below a directory with their names, but those that are allowed to hold secrets.

    :param since: a time, in seconds as time.time() gives them; what was not changed after it is left out.
    """
    for parent, _directories, names in os.walk(directory):
        for name in names:
            path = Path(parent, name)
            try:
                status = path.lstat()
                regular = stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST
                if regular and status.st_mtime >= since and not allowed(path):
                    yield str(path), bytes(path) + b"\n" + path.read_bytes()
            except FileNotFoundError:
                # Others work in /tmp too.
                continue


def _base64(form: str, data: bytes) -> dict[str, bytes]:
    """What base64 makes of data, whatever stands before and behind it, in both alphabets."""
    forms = {}
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + data)
        # The characters that only bits of the data decide about.
        part = text[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]
        forms[f"{form} {shift}"] = part
        forms[f"{form}url {shift}"] = part.translate(bytes.maketrans(b"+/", b"-_"))
    return forms
