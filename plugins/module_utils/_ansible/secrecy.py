# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may be told of a fault of ours: its traceback, whose messages may quote what the program was at work on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from ansible.module_utils.common.parameters import remove_values

# It may as well come from a file, and then nobody has said that it is secret.
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----.*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|\Z)", re.DOTALL
)
# Shorter ones would take words out of the text that have nothing to do with them.
_SHORTEST_LINE = 8


def without(secrets: Iterable[str], text: str) -> str:
    """Return the text without these secrets, however it quotes them, and without any private key in PEM form."""
    forms = {form for secret in secrets for form in _forms(secret) if form.strip()}
    return str(remove_values(_PRIVATE_KEY.sub("(a private key)", text), forms))


def _forms(secret: str) -> Iterator[str]:
    """Yield what a secret looks like in a message."""
    yield secret
    # Line breaks are two characters there.
    yield repr(secret)[1:-1]
    yield json.dumps(secret)[1:-1]
    yield from (line for line in secret.splitlines() if len(line) >= _SHORTEST_LINE)
    # base64 has two alphabets, and may go without its padding.
    compact = "".join(secret.split()).rstrip("=")
    yield compact
    yield compact.replace("-", "+").replace("_", "/")
