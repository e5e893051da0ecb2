# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a CA offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..._acme.shown import shown
from ..ca_task import CaTask
from ..conversation import conversation


def info(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return the directory and its meta data."""
    with conversation(params, signed=False) as client:
        found = client.directory
    return {
        "changed": False,
        "directory": {
            "url": found.url,
            "new_nonce": found.new_nonce,
            "new_account": found.new_account,
            "new_order": found.new_order,
            "revoke_cert": _shown(found.revoke_cert),
            "key_change": _shown(found.key_change),
            "renewal_info": _shown(found.renewal_info),
        },
        "terms_of_service": found.terms_of_service,
        "website": found.website,
        "caa_identities": list(found.caa_identities),
        "external_account_required": found.external_account_required,
        "profiles": dict(found.profiles),
    }


def _shown(url: str | None) -> str | None:
    # Those that not every CA has are as they came until they are asked.
    return None if url is None else shown(url)


DIRECTORY_INFO = CaTask(info)
