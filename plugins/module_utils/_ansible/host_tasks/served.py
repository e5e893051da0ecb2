# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The task of served_certificate_info: what TLS ports serve, beside what is expected of them."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ..._store import certificate, libraries, names
from ..._store.errors import StoreError
from .. import host, served
from ..task import Task, TaskFailed

_HINT = "Check that the server listens there, was reloaded, and uses the files in the store for this name."


def asked(options: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return what is served, in the order of the endpoints."""
    items: Sequence[host.Item] = options["endpoints"]

    def understand(item: host.Item) -> host.Result:
        server_name = names.normalise(item["server_name"] or item["host"])
        expected = item["fingerprint_sha256"]
        expected = expected.replace(":", "").lower() if expected else None
        endpoint = served.Endpoint(item["host"], item["port"], server_name, expected)
        return {"server_name": server_name, "endpoint": endpoint}

    results = host.each(items, understand, ("host", "port", "server_name"))
    endpoints = [result["endpoint"] for result in results if not result.get("failed")]
    try:
        answers = iter(served.ask_all(endpoints, options["timeout"], options["deadline"], options["ca_bundle"]))
    except StoreError as error:
        raise TaskFailed(str(error), {"endpoints": []}) from None
    for result in results:
        if not result.get("failed"):
            result.update(_result(result.pop("endpoint"), next(answers)))
    return host.collected("endpoints", results)


def _result(endpoint: served.Endpoint, answer: served.Answer) -> host.Result:
    problem = unexpected(endpoint, answer)
    result: host.Result = {
        "reachable": answer.certificate is not None,
        "fingerprint_sha256": answer.fingerprint,
        "certificate": ssl.DER_cert_to_PEM_cert(answer.certificate) if answer.certificate else None,
        "verified": answer.verified,
        "verify_error": answer.verify_error,
        "as_expected": None if endpoint.expected is None else endpoint.expected == answer.fingerprint,
        "facts": _facts(answer),
        "msg": answer.problem,
        "changed": False,
    }
    return result if problem is None else {**result, **host.failed(problem)}


def unexpected(endpoint: served.Endpoint, answer: served.Answer) -> StoreError | None:
    """Return what else is served, with what to do; None when it is what is expected there."""
    if endpoint.expected in (None, answer.fingerprint):
        return None
    told = _described(answer, _facts(answer))
    return StoreError(f"{told}; expected is the certificate with SHA-256 {endpoint.expected}", _HINT)


def _facts(answer: served.Answer) -> dict[str, Any] | None:
    if answer.certificate is None or libraries.MISSING:
        return None
    try:
        found = certificate.facts(
            certificate.load_der(answer.certificate, "the served certificate"), "the served certificate"
        )
    except StoreError:
        return None
    return found.to_dict(datetime.now(timezone.utc))


def _described(answer: served.Answer, found: Mapping[str, Any] | None) -> str:
    if answer.certificate is None:
        return f"it serves no certificate ({answer.problem})"
    more = f", issued by {found['issuer']}, valid until {found['not_after']}" if found else ""
    return f"it serves another certificate, with SHA-256 {answer.fingerprint}{more}"


_OPTIONS: dict[str, Any] = {
    "endpoints": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "host": {"type": "str", "required": True},
            "port": {"type": "int", "default": 443},
            "server_name": {"type": "str"},
            "fingerprint_sha256": {"type": "str"},
        },
    },
    "timeout": {"type": "int", "default": 10},
    "deadline": {"type": "int", "default": 30},
    "ca_bundle": {"type": "path"},
}

SERVED_CERTIFICATE_INFO = Task(asked, _OPTIONS)
