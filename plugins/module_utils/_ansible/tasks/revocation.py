# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates taken back, and what their CA then publishes of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from functools import partial
from typing import Any

from ..._acme import account, libraries, revocation
from ..._acme.client import Client
from ..._acme.errors import AcmeError, invalid_input
from ..._acme.key import Key
from ..._acme.parallel import each
from ..._acme.revocation import RevocationReason
from ..ca_task import CaTask
from ..conversation import conversation, read_file
from ..host import titled
from ..results import collected, items

REASONS = [reason.name for reason in RevocationReason]

# Seconds for one request, and between two looks at what CAs publish once an hour or so.
_TIMEOUT, _PAUSE = 10.0, 5.0

Published = dict[str, Any]


def revoked(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Revoke each certificate, signed by its own key where that is given, else by the account's; then look at their CRLs."""
    wanted = params["certificates"]
    names = [item["name"] or item["certificate_file"] or str(number + 1) for number, item in enumerate(wanted)]
    by_account = not all(item["private_key"] or item["private_key_file"] for item in wanted)
    with conversation(params, signed=by_account) as client:
        if by_account and not check_mode:
            account.sign_in(client)
        done = each(wanted, lambda item: _revoke(client, item, check_mode), params["concurrency"])
        gone = [item for item, outcome in zip(wanted, done) if not isinstance(outcome, AcmeError)]
        seconds = min(params["crl_wait"], client.deadline.remaining())
        crls = iter([None] * len(gone) if check_mode else _published(gone, seconds, params["concurrency"]))
    told = items(names, done, lambda changed: {"changed": changed, "crl": next(crls)})
    diffs = [_diff(one["name"], item) for one, item in zip(told, wanted) if one["changed"]]
    return collected("certificates", told, **({"diff": diffs} if diffs else {}))


def _revoke(client: Client, item: Mapping[str, Any], check_mode: bool) -> bool:
    pem = _pem(item)
    try:
        certificate = libraries.x509.load_pem_x509_certificate(pem)
    except ValueError:
        detail = f"{item['certificate_file'] or 'the certificate'} is not a certificate in PEM form"
        raise invalid_input(detail, "Give the certificate, not its key.", "revoke the certificate") from None
    key = _certificate_key(item)
    if check_mode:
        return True
    der = certificate.public_bytes(libraries.serialization.Encoding.DER)
    reason = RevocationReason[item["reason"]] if item["reason"] else None
    return revocation.revoke(client, der, reason, key)


def _pem(item: Mapping[str, Any]) -> bytes:
    text: str | None = item["certificate"]
    return text.encode("utf-8") if text else read_file(item["certificate_file"], "certificate")


def _certificate_key(item: Mapping[str, Any]) -> Key | None:
    text, path = item["private_key"], item["private_key_file"]
    if not (text or path):
        return None
    pem = text.encode("utf-8") if text else read_file(path, "private key")
    passphrase = item["private_key_passphrase"]
    return Key.load(pem, passphrase.encode("utf-8") if passphrase else None, what="certificate's private key")


def _published(gone: Sequence[Mapping[str, Any]], seconds: float, limit: int) -> list[Published | None]:
    """What the CRLs say of certificates, in their order; None of one that names no CRL. At least one look, then until all are listed."""
    # Nobody else who talks to CAs needs what is behind this import.
    from ..revocation_status import REVOKED, Revocation

    end = time.monotonic() + seconds
    found: list[Published | None] = [None] * len(gone)
    left = list(range(len(gone)))
    while left:
        # Each look is a new one, but fetches a CRL that several name only once.
        look = Revocation(_TIMEOUT)
        for number, said in zip(left, each([gone[number] for number in left], partial(_listed, look), limit)):
            found[number] = None if isinstance(said, AcmeError) else said
        left = [number for number in left if (found[number] or {"status": REVOKED})["status"] != REVOKED]
        if time.monotonic() + _PAUSE > end:
            break
        time.sleep(_PAUSE)
    return found


def _listed(look: Any, item: Mapping[str, Any]) -> Published | None:
    from ..._store.certificate import load_chain
    from ..._store.errors import StoreError

    try:
        chain = load_chain(_pem(item), "the chain")
    except StoreError as error:
        # The certificate itself was read before: what follows it is not one.
        nothing = dict.fromkeys(("url", "reason", "revoked_at", "this_update", "next_update"))
        return {"status": "unknown", "problem": str(error), **nothing}
    said: Published | None = look.by_crl(chain, datetime.now(timezone.utc))
    return said


def _diff(name: str, item: Mapping[str, Any]) -> dict[str, str]:
    return titled(name, "valid\n", f"revoked ({item['reason']})\n" if item["reason"] else "revoked\n")


_ONE = {
    "name": {"type": "str"},
    "certificate": {"type": "str"},
    "certificate_file": {"type": "path"},
    "private_key": {"type": "str", "no_log": True},
    "private_key_file": {"type": "path", "no_log": False},
    "private_key_passphrase": {"type": "str", "no_log": True},
    "reason": {"type": "str", "choices": REASONS},
}
_CERTIFICATES = {
    "type": "list",
    "elements": "dict",
    "required": True,
    "options": _ONE,
    "required_one_of": [("certificate", "certificate_file")],
    "mutually_exclusive": [("certificate", "certificate_file"), ("private_key", "private_key_file")],
}

CERTIFICATE_REVOKE = CaTask(revoked, {"certificates": _CERTIFICATES, "crl_wait": {"type": "int", "default": 0}})
