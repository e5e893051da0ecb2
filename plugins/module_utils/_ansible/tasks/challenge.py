# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Challenges: answered, and waited for until each order is ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..._acme import account, authorization, challenge, order, validation
from ..._acme.challenge_material import MATERIAL
from ..._acme.client import Client
from ..._acme.errors import AcmeError
from ..._acme.order import Order, OrderStatus
from ..._acme.parallel import each, following
from ..._acme.validation import Validation
from ..ca_task import CaTask
from ..conversation import conversation
from ..results import collected, items
from . import budget

TYPES = list(MATERIAL)


def answered(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Answer the challenges of each order that is pending, and wait until it is ready."""
    wanted = params["orders"]
    names = [item["name"] or item["url"] or "" for item in wanted]
    if check_mode and not all(item["url"] for item in wanted):
        # In check mode webpki.acme.order makes no order, so there is none to look at.
        return collected("orders", [{"name": name, "changed": True, "url": None, "status": None} for name in names])
    limit = params["concurrency"]
    with conversation(params) as client:
        account.sign_in(client)
        chosen = _choose(client, wanted, params["challenge"], limit)
        if check_mode:
            return collected("orders", items(names, chosen, _expected))
        begun = _answer(client, chosen, limit)
        said = [not isinstance(one, AcmeError) and one[1] for one in begun]
        ended = following(begun, lambda all_: validation.wait_all(client, [one for one, _said in all_], limit))
        budget.ended(params, begun, ended, warn)
    return collected("orders", items(names, each(zip(ended, said), _ended, 1), _described))


def _choose(
    client: Client, wanted: Sequence[Mapping[str, Any]], default: Sequence[str], limit: int
) -> list[Validation | AcmeError]:
    """Find the challenges of all orders: in what webpki.acme.order returned, or by asking the CA."""
    asked = [item for item in wanted if not item["authorizations"]]
    found = each(asked, lambda item: _pending(client, item["url"]), limit)
    urls = [() if isinstance(one, AcmeError) else one.authorizations for one in found]
    answers = iter(zip(found, authorization.fetch_all(client, urls, limit)))

    def choose(item: Mapping[str, Any]) -> Validation:
        types = item["challenge"] or default
        if item["authorizations"]:
            return _from_result(item, types)
        one, authorizations = next(answers)
        for error in (one, authorizations):
            if isinstance(error, AcmeError):
                raise error
        url = client.account_url or ""
        pairs = validation.choose(authorizations, *types, account_url=url)  # type: ignore[arg-type]
        return Validation(item["url"], tuple((one.type, one.url, name) for one, name in pairs))

    return each(wanted, choose, 1)


def _pending(client: Client, url: str) -> Order:
    found = order.fetch(client, url)
    if found.status == OrderStatus.INVALID:
        raise validation.failure(client, found, "answer the challenges")
    return found


def _from_result(item: Mapping[str, Any], default: Sequence[str]) -> Validation:
    answers = []
    for one in item["authorizations"]:
        if one["status"] != "pending":
            continue
        name = f"*.{one['identifier']}" if one["wildcard"] else one["identifier"]
        offered, types = one["challenges"], one.get("challenge") or default
        found = [kind for kind in types if kind in offered]
        if not found:
            raise authorization.not_offered(types, name, offered, one["url"])
        usable = [kind for kind in found if not offered[kind].get("refused")]
        if not usable:
            raise authorization.refused(found[0], name, offered[found[0]]["refused"], one["url"])
        answers.append((usable[0], offered[usable[0]]["url"], name))
    return Validation(item["url"], tuple(answers))


def _answer(
    client: Client, chosen: Sequence[Validation | AcmeError], limit: int
) -> list[tuple[Validation, bool] | AcmeError]:
    """Answer all challenges of all orders together; return whether there was something to say for each, or its error."""
    todo = [(one, answer) for one in chosen if isinstance(one, Validation) for answer in one.answers]
    client.progress.begin("challenges answered", len(todo))
    outcomes = each(todo, lambda pair: challenge.answer(client, *pair[1]), limit, client.progress)
    own: dict[int, list[bool | AcmeError]] = {}
    for (one, _answer), outcome in zip(todo, outcomes):
        own.setdefault(id(one), []).append(outcome)

    def begun(one: Validation | AcmeError) -> tuple[Validation, bool]:
        if isinstance(one, AcmeError):
            raise one
        said = own.get(id(one), [])
        for outcome in said:
            if isinstance(outcome, AcmeError):
                raise outcome
        return one, any(said)

    return each(chosen, begun, 1)


def _ended(pair: tuple[Order | AcmeError, bool]) -> tuple[Order, bool]:
    found, said = pair
    if isinstance(found, AcmeError):
        raise found
    return found, said


def _expected(one: Validation) -> dict[str, Any]:
    return {"changed": bool(one.answers), "url": one.url, "status": None}


def _described(ended: tuple[Order, bool]) -> dict[str, Any]:
    found, changed = ended
    finalize = found.finalize if found.status == OrderStatus.READY else None
    return {"changed": changed, "url": found.url, "status": found.status, "finalize": finalize, "problem": None}


_CHALLENGE_ITEM = {
    "name": {"type": "str"},
    "url": {"type": "str", "required": True},
    "challenge": {"type": "list", "elements": "str", "choices": TYPES},
    "authorizations": {"type": "list", "elements": "dict", "default": []},
}
_CHALLENGE_OPTIONS = {
    "orders": {"type": "list", "elements": "dict", "required": True, "options": _CHALLENGE_ITEM},
    "challenge": {"type": "list", "elements": "str", "choices": TYPES, "default": ["http-01"]},
    "state_directory": {"type": "path"},
}

CHALLENGE = CaTask(answered, _CHALLENGE_OPTIONS)
