# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When certificates are to be renewed: what their CA says of each, and what follows from that now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Union

from ..._acme import renewal_info
from ..._acme.client import Client
from ..._acme.errors import AcmeError, invalid_input
from ..._acme.parallel import each
from ..._acme.renewal_info import RenewalInfo
from ..._store.errors import StoreError
from .. import age
from ..ca_task import CaTask
from ..conversation import conversation
from ..renewal import Known, Question, decided
from ..renewal_memory import RenewalMemory
from ..results import collected, items

# So many certificates may take the time until a CA that does not answer is given up; the others are not asked for.
_PATIENCE = 3
# A connection for so many certificates, up to as many as may be.
_PER_CONNECTION = 5

Answer = Union[RenewalInfo, AcmeError]


def info(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return for each certificate whether it is due, and why."""
    try:
        limits = age.age(params)
    except StoreError as error:
        raise invalid_input(error.message, error.hint) from None
    if limits.emergency_fraction is None:
        limits = replace(limits, emergency_fraction=age.EMERGENCY_FRACTION)
    questions = each(params["certificates"], _question, 1)
    with conversation(params, signed=False) as client:
        now = client.deadline.clock.now()
        memory = RenewalMemory(params["state_directory"], params["ca"], now, warn)
        known = _ask(client, [one for one in questions if isinstance(one, Question)], memory, params, now)
    if not check_mode:
        memory.keep()
    names = [item["name"] for item in params["certificates"]]
    results = [
        one if isinstance(one, AcmeError) else decided(one, known.get(one.identifier), limits, now) for one in questions
    ]
    _warn(params["ca"], names, questions, known, warn)
    listed = items(names, results, lambda result: {"changed": False, **result})
    due = [item["name"] for item in listed if item.get("due")]
    if params["only_due"]:
        # What nobody reads takes its time all the same, on its way through Ansible.
        listed = [item for item in listed if item.get("due") or item.get("failed")]
    return collected("certificates", listed, due=due)


def _question(item: Mapping[str, Any]) -> Question:
    facts = item["facts"]
    try:
        if facts is None and item["certificate"]:
            # Reading one takes cryptography.
            from ..._store import certificate as certificates

            leaf = certificates.load_chain(item["certificate"].encode("utf-8", "replace"), "certificate")[0]
            facts = certificates.facts(leaf, "certificate").to_record()
        if facts is None:
            raise invalid_input("there is no certificate", "Give it as PEM, or its facts.", renewal_info.DOING)
        return Question.of(facts)
    except StoreError as error:
        raise invalid_input(error.message, error.hint, renewal_info.DOING) from None
    except ValueError as error:
        hint = "Give facts as webpki.acme.certificate_info returns them."
        raise invalid_input(str(error), hint, renewal_info.DOING) from None


def _ask(
    client: Client, questions: Sequence[Question], memory: RenewalMemory, params: Mapping[str, Any], now: datetime
) -> dict[str | None, Known]:
    """Return what is known of the certificates, by their identifiers, after the CA was asked for those that are not remembered."""
    # RFC 9773 section 4.3: never after its end. Without an identifier of its issuer nobody can ask.
    wanted = {one.identifier: None for one in questions if one.identifier and one.not_after > now}
    known: dict[str | None, Known] = {one: found for one in wanted if (found := memory.recent(one))}
    todo = [one for one in wanted if one not in known]
    for identifier, answer in zip(todo, _answers(client, todo, params["concurrency"]) if todo else ()):
        known[identifier] = memory.learn(identifier, answer)
    return known


def _answers(client: Client, identifiers: Sequence[str], limit: int) -> list[Answer]:
    down: list[AcmeError] = []

    def answer(identifier: str) -> RenewalInfo:
        if len(down) >= _PATIENCE:
            raise down[0]
        try:
            return renewal_info.fetch(client, identifier)
        except AcmeError as error:
            if renewal_info.concerns_all(error):
                down.append(error)
            raise

    client.progress.begin("certificates asked for", len(identifiers))
    # A connection costs as much as a few requests.
    return each(identifiers, answer, min(limit, len(identifiers) // _PER_CONNECTION + 1), client.progress)


def _warn(
    ca: str,
    names: Sequence[str],
    questions: Sequence[Question | AcmeError],
    known: Mapping[str | None, Known],
    warn: Callable[[str], None],
) -> None:
    """Tell once what is about many certificates."""
    troubles: dict[str, list[str]] = {}
    explained: dict[str, list[str]] = {}
    for name, question in zip(names, questions):
        found = known.get(question.identifier) if isinstance(question, Question) else None
        if found and found.trouble:
            troubles.setdefault(found.trouble, []).append(name)
        if found and found.explanation_url:
            explained.setdefault(found.explanation_url, []).append(name)
    if troubles:
        first, count = next(iter(troubles.items())), sum(map(len, troubles.values()))
        whose = f"{first[1][0]}" + (f" and {count - 1} more" if count > 1 else "")
        warn(f"{ca} did not say when to renew {whose}, so lifetime decides: {first[0]}")
    for url, about in explained.items():
        warn(
            f"{ca} explains when to renew {about[0]}{f' and {len(about) - 1} more' if len(about) > 1 else ''} at {url}"
        )


_OWN: dict[str, Any] = {
    "certificates": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "certificate": {"type": "str"},
            "facts": {"type": "dict"},
        },
    },
    **age.OPTIONS,
    "state_directory": {"type": "path"},
    "only_due": {"type": "bool", "default": False},
}

RENEWAL_INFO = CaTask(info, _OWN)
