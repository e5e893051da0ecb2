# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a CA of the lab behaves: Pebble's knobs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Profile:
    """One of the kinds of certificate that the CA offers; the validity is in seconds."""

    description: str = "The only profile of this CA"
    validity_period: int = 90 * 86400
    promote_common_name: bool = True

    def configuration(self) -> dict[str, Any]:
        """This profile in Pebble's words."""
        return {
            "description": self.description,
            "validityPeriod": self.validity_period,
            "promoteCommonName": self.promote_common_name,
        }


@dataclass(frozen=True)
class PebbleOptions:
    """How a CA behaves. The defaults are those that most tests want: strict and without delays."""

    address: str = "127.0.0.1"
    #: 0 takes a free port, here and for the management interface.
    port: int = 0
    management_port: int = 0
    #: The ports on which the CA looks for http-01 and tls-alpn-01 challenges.
    http_port: int = 80
    tls_port: int = 443
    strict: bool = True
    #: How many of 100 good nonces are refused.
    nonce_reject: int = 20
    #: How many of 100 valid authorizations are used again by a new order.
    authz_reuse: int = 0
    #: Seconds before each validation.
    validation_sleep: int = 0
    #: Skip validation, and call every challenge answered.
    always_valid: bool = False
    #: Key identifier -> base64url key. Not empty: new accounts must bind to one of them.
    eab_keys: Mapping[str, str] = field(default_factory=dict)
    #: Pebble picks one at random when an order names none, so there is only one unless asked for.
    profiles: Mapping[str, Profile] = field(default_factory=lambda: {"default": Profile()})
    #: Further roots, each with a chain of its own, offered as alternates.
    alternate_roots: int = 0
    #: Intermediate certificates between a root and a leaf.
    chain_length: int = 1
    domain_blocklist: Sequence[str] = ("blocked-domain.example",)
    key_algorithm: str = "ecdsa"
    #: Retry-After, in seconds, on authorizations and orders that are being worked on.
    retry_after: tuple[int, int] = (1, 1)
    #: Further names and addresses for the certificate of the API.
    api_names: Sequence[str] = ()

    def configuration(self, api: Path, port: int, management_port: int) -> dict[str, Any]:
        """What Pebble reads from its file; API is the directory with its own certificate."""
        return {
            "pebble": {
                "listenAddress": f"{self.address}:{port}",
                "managementListenAddress": f"{self.address}:{management_port}",
                "certificate": str(api / "server.pem"),
                "privateKey": str(api / "server-key.pem"),
                "httpPort": self.http_port,
                "tlsPort": self.tls_port,
                "ocspResponderURL": "",
                "externalAccountBindingRequired": bool(self.eab_keys),
                "externalAccountMACKeys": dict(self.eab_keys),
                "domainBlocklist": list(self.domain_blocklist),
                "keyAlgorithm": self.key_algorithm,
                "retryAfter": dict(zip(("authz", "order"), self.retry_after)),
                "profiles": {name: profile.configuration() for name, profile in self.profiles.items()},
            }
        }

    def environment(self) -> dict[str, str]:
        """What Pebble reads from its environment."""
        # Settings inherited from the caller would make two runs of a test differ.
        env = {name: "" for name in os.environ if name.startswith("PEBBLE_")}
        env.update(
            PEBBLE_WFE_NONCEREJECT=str(self.nonce_reject),
            PEBBLE_AUTHZREUSE=str(self.authz_reuse),
            PEBBLE_VA_ALWAYS_VALID=str(int(self.always_valid)),
            PEBBLE_ALTERNATE_ROOTS=str(self.alternate_roots),
            PEBBLE_CHAIN_LENGTH=str(self.chain_length),
        )
        if self.validation_sleep:
            env["PEBBLE_VA_SLEEPTIME"] = str(self.validation_sleep)
        else:
            env["PEBBLE_VA_NOSLEEP"] = "1"
        return env


#: The CA that most tests want.
DEFAULTS = PebbleOptions()
