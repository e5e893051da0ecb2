# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Authorizations: given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..._acme import account, authorization
from ..._acme.authorization import Authorization, AuthorizationStatus
from ..._acme.client import Client
from ..._acme.parallel import each
from ..ca_task import CaTask
from ..conversation import conversation
from ..results import collected, items

GIVEN_UP = (AuthorizationStatus.DEACTIVATED, AuthorizationStatus.REVOKED, AuthorizationStatus.EXPIRED)


def deactivated(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Deactivate each authorization that is still good for something."""
    wanted = params["authorizations"]
    with conversation(params) as client:
        account.sign_in(client)
        done = each(wanted, lambda url: _deactivate(client, url, check_mode), params["concurrency"])
    return collected("authorizations", items(wanted, done, _described))


def _deactivate(client: Client, url: str, check_mode: bool) -> tuple[Authorization, bool]:
    found = authorization.fetch(client, url)
    if found.status in (*GIVEN_UP, AuthorizationStatus.INVALID):
        return found, False
    return (found if check_mode else authorization.deactivate(client, url)), True


def _described(done: tuple[Authorization, bool]) -> dict[str, Any]:
    found, changed = done
    return {"changed": changed, "url": found.url, "identifier": found.name, "status": found.status}


_AUTHORIZATION_OPTIONS = {
    "authorizations": {"type": "list", "elements": "str", "required": True},
    "state": {"type": "str", "choices": ["deactivated"], "default": "deactivated"},
}

AUTHORIZATION = CaTask(deactivated, _AUTHORIZATION_OPTIONS)
