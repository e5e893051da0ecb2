# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates taken back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..._acme import account, libraries, revocation
from ..._acme.client import Client
from ..._acme.errors import invalid_input
from ..._acme.key import Key
from ..._acme.parallel import each
from ..._acme.revocation import RevocationReason
from ..ca_task import CaTask
from ..conversation import conversation, read_file
from ..results import collected, items

REASONS = [reason.name for reason in RevocationReason]


def revoked(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Revoke each certificate, signed by its own key where that is given, else by the account's."""
    wanted = params["certificates"]
    names = [item["name"] or item["certificate_file"] or str(number + 1) for number, item in enumerate(wanted)]
    by_account = not all(item["private_key"] or item["private_key_file"] for item in wanted)
    with conversation(params, signed=by_account) as client:
        if by_account and not check_mode:
            account.sign_in(client)
        done = each(wanted, lambda item: _revoke(client, item, check_mode), params["concurrency"])
    return collected("certificates", items(names, done, lambda changed: {"changed": changed}))


def _revoke(client: Client, item: Mapping[str, Any], check_mode: bool) -> bool:
    text, path = item["certificate"], item["certificate_file"]
    pem = text.encode("utf-8") if text else read_file(path, "certificate")
    try:
        certificate = libraries.x509.load_pem_x509_certificate(pem)
    except ValueError:
        detail = f"{path or 'the certificate'} is not a certificate in PEM form"
        raise invalid_input(detail, "Give the certificate, not its key.", "revoke the certificate") from None
    key = _certificate_key(item)
    if check_mode:
        return True
    der = certificate.public_bytes(libraries.serialization.Encoding.DER)
    reason = RevocationReason[item["reason"]] if item["reason"] else None
    return revocation.revoke(client, der, reason, key)


def _certificate_key(item: Mapping[str, Any]) -> Key | None:
    text, path = item["private_key"], item["private_key_file"]
    if not (text or path):
        return None
    pem = text.encode("utf-8") if text else read_file(path, "private key")
    passphrase = item["private_key_passphrase"]
    return Key.load(pem, passphrase.encode("utf-8") if passphrase else None, what="certificate's private key")


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

CERTIFICATE_REVOKE = CaTask(revoked, {"certificates": _CERTIFICATES})
