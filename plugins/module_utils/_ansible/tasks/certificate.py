# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates: orders finalized, certificates fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..._acme import account, certificate, libraries
from ..._acme.certificate import Issuance, Issued
from ..._acme.chain import Chain
from ..._acme.errors import invalid_input
from ..._acme.parallel import each, following
from ..ca_task import CaTask
from ..conversation import conversation
from ..results import collected, failure, items


def issued(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return the certificate of each order, with its chain; finalize those that are not valid yet."""
    wanted = params["orders"]
    names = [item["name"] or item["url"] or "" for item in wanted]
    if check_mode:
        shown = [{"name": name, "changed": True, "url": item["url"]} for name, item in zip(names, wanted)]
        return collected("orders", shown)
    with conversation(params) as client:
        account.sign_in(client)
        begun = each(wanted, lambda item: _issuance(item, params["retrieve_alternates"]), 1)
        done = following(begun, lambda all_: certificate.issue_all(client, all_, params["concurrency"]))
    for name, one in zip(names, done):
        if isinstance(one, Issued) and one.passed_over:
            why = one.passed_over
            warn(f"{name}: could not {why.doing}: {why.problem}. The CA's default chain is used.")
    return collected("orders", items(names, done, _described))


def _issuance(item: Mapping[str, Any], alternates: bool) -> Issuance:
    return Issuance(
        item["url"],
        csr_der(item["csr"], "finalize the order"),
        item["preferred_chain"],
        alternates,
        item["finalize"],
        item["preferred_chain_fallback"],
    )


def _described(done: Issued) -> dict[str, Any]:
    return {
        # A certificate that was issued is not lost to a chain that does not exist.
        **(failure(done.error) if done.error else {}),
        "changed": done.changed,
        "url": done.url,
        "profile": done.profile,
        **_shown(done.chain),
        "alternates": [_shown(one) for one in done.others],
    }


def _shown(chain: Chain) -> dict[str, str]:
    return {"certificate": chain.certificate, "chain": chain.chain, "fullchain": chain.fullchain}


def csr_der(pem: str, doing: str) -> bytes:
    """Return a request that was given as PEM; raise AcmeError that says what is wrong with it."""
    try:
        csr = libraries.x509.load_pem_x509_csr(pem.encode("utf-8"))
    except ValueError:
        hint = "Give what webpki.acme.certificate_request returns."
        raise invalid_input("the CSR is not a PKCS#10 request in PEM form", hint, doing) from None
    return csr.public_bytes(libraries.serialization.Encoding.DER)


_CERTIFICATE_ITEM = {
    "name": {"type": "str"},
    "url": {"type": "str", "required": True},
    "csr": {"type": "str", "required": True},
    "finalize": {"type": "str"},
    "preferred_chain": {"type": "str"},
    "preferred_chain_fallback": {"type": "bool", "default": False},
}
_CERTIFICATE_OPTIONS = {
    "orders": {"type": "list", "elements": "dict", "required": True, "options": _CERTIFICATE_ITEM},
    "retrieve_alternates": {"type": "bool", "default": False},
}

CERTIFICATE = CaTask(issued, _CERTIFICATE_OPTIONS)
