# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The directory (RFC 8555 section 7.1.1): where a CA's resources are, and what it says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import AcmeError, bad_response
from .problem import ErrorType, Problem
from .shown import word
from .transport import Response
from .url import MAX_URL, https_url

DOING = "read the directory of the CA"


@dataclass(frozen=True)
class Directory:
    """The URLs and the meta data; a URL that the CA does not offer is None.

    A URL that not every CA has is as it came: `need` refuses one that cannot be asked, so that the rest stays usable.
    """

    url: str
    new_nonce: str
    new_account: str
    new_order: str
    revoke_cert: str | None
    key_change: str | None
    renewal_info: str | None
    terms_of_service: str | None
    website: str | None
    caa_identities: tuple[str, ...]
    external_account_required: bool
    profiles: Mapping[str, str]

    @classmethod
    def from_response(cls, response: Response) -> Directory:
        """Read the directory; keys that are unknown are left alone (CAs put one there to see whether clients do)."""
        data = json_object(response, DOING)
        meta = data.get("meta")
        meta = meta if isinstance(meta, dict) else {}
        profiles = meta.get("profiles")
        identities = meta.get("caaIdentities")

        def optional(name: str) -> str | None:
            return str(data[name])[: MAX_URL + 1] if data.get(name) else None

        def required(name: str) -> str:
            if name not in data:
                raise bad_response(f"this is not an ACME directory: it has no {name}", doing=DOING, url=response.url)
            return https_url(data[name], doing=DOING, seen_at=response.url)

        return cls(
            url=response.url,
            new_nonce=required("newNonce"),
            new_account=required("newAccount"),
            new_order=required("newOrder"),
            revoke_cert=optional("revokeCert"),
            key_change=optional("keyChange"),
            renewal_info=optional("renewalInfo"),
            terms_of_service=_text(meta.get("termsOfService")),
            website=_text(meta.get("website")),
            caa_identities=tuple(word(item) for item in identities) if isinstance(identities, list) else (),
            external_account_required=meta.get("externalAccountRequired") is True,
            profiles={word(k): word(v, MAX_URL) for k, v in profiles.items()} if isinstance(profiles, dict) else {},
        )

    def need(self, name: str, doing: str) -> str:
        """Return the URL of an optional resource, or say that this CA does not offer it where it can be asked."""
        url: str | None = getattr(self, name)
        if url is None:
            problem = Problem(ErrorType.BAD_RESPONSE.value, f"the CA offers no {name} in its directory")
            raise AcmeError(problem, doing=doing, url=self.url, hint="This CA cannot do this; use one that can.")
        return https_url(url, doing=doing, seen_at=self.url)


def json_object(response: Response, doing: str) -> dict[str, Any]:
    """Return the JSON object that a reply holds."""
    try:
        data = json.loads(response.body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        kind = response.content_type or "no content type"
        raise bad_response(
            f"the reply is not a JSON object ({len(response.body)} bytes, {kind})", doing=doing, url=response.url
        )
    return data


def _text(value: Any) -> str | None:
    return word(value, MAX_URL) if isinstance(value, str) else None
