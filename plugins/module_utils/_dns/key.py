# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The key by which a name server knows who asks (TSIG, RFC 8945)."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import DnsError
from .libraries import dns
from .lookup import tidy

if TYPE_CHECKING:
    from dns.message import Message

# HMAC-MD5 is not among them: RFC 8945 section 6 leaves it to those who have nothing else.
ALGORITHMS = ("hmac-sha256", "hmac-sha384", "hmac-sha512", "hmac-sha224", "hmac-sha1")


@dataclass(frozen=True)
class Key:
    """A key; `secret` is base64, as name servers have it in their configuration."""

    name: str
    secret: str = field(repr=False)
    algorithm: str = ALGORITHMS[0]

    def sign(self, message: Message) -> None:
        """Have a message signed when it is sent; DnsError when the key cannot be used."""
        tidy(self.name)
        try:
            # Left to itself, the library passes over what is no base64.
            secret = base64.b64decode(self.secret, validate=True)
        except ValueError:
            raise DnsError(
                f"the secret of the key {self.name} is not base64",
                "Give it as it stands in the server's configuration.",
            ) from None
        message.use_tsig(dns.tsig.Key(self.name, secret, self.algorithm))
