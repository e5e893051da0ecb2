# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates: orders finalized, certificates fetched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..._acme import account, certificate, libraries, order
from ..._acme.certificate import Chain
from ..._acme.client import Client
from ..._acme.errors import bad_response, invalid_input
from ..._acme.order import OrderStatus
from ..._acme.parallel import each
from ..conversation import conversation
from ..results import collected, items
from ..task import Task


def issued(params: Mapping[str, Any], check_mode: bool, warn: Callable[[str], None]) -> dict[str, Any]:
    """Return the certificate of each order, with its chain; finalize those that are not valid yet."""
    wanted = params["orders"]
    names = [item["name"] or item["url"] or "" for item in wanted]
    if check_mode:
        shown = [{"name": name, "changed": True, "url": item["url"]} for name, item in zip(names, wanted)]
        return collected("orders", shown)
    with conversation(params) as client:
        account.sign_in(client)
        alternates = params["retrieve_alternates"]
        done = each(wanted, lambda item: _issue(client, item, alternates), params["concurrency"])
    return collected("orders", items(names, done, lambda shown: shown))


def _issue(client: Client, item: Mapping[str, Any], all_chains: bool) -> dict[str, Any]:
    csr = _der(item["csr"])
    found = order.fetch(client, item["url"])
    changed = found.status != OrderStatus.VALID
    found = certificate.issue(client, found, csr)
    if found.certificate is None:
        raise bad_response("the order is valid, but names no certificate", doing="issue the certificate", url=found.url)
    preferred = item["preferred_chain"]
    default, alternates = certificate.download(client, found.certificate, alternates=bool(preferred) or all_chains)
    chosen = certificate.select(default, alternates, preferred, found.certificate)
    others = [_shown(one) for one in (default, *alternates) if one is not chosen]
    return {"changed": changed, "url": found.url, **_shown(chosen), "alternates": others}


def _shown(chain: Chain) -> dict[str, str]:
    return {"certificate": chain.certificate, "chain": chain.chain, "fullchain": chain.fullchain}


def _der(pem: str) -> bytes:
    try:
        csr = libraries.x509.load_pem_x509_csr(pem.encode("utf-8"))
    except ValueError:
        hint = "Give what webpki.acme.certificate_request returns."
        raise invalid_input("the CSR is not a PKCS#10 request in PEM form", hint, "finalize the order") from None
    return csr.public_bytes(libraries.serialization.Encoding.DER)


_CERTIFICATE_ITEM = {
    "name": {"type": "str"},
    "url": {"type": "str", "required": True},
    "csr": {"type": "str", "required": True},
    "preferred_chain": {"type": "str"},
}
_CERTIFICATE_OPTIONS = {
    "orders": {"type": "list", "elements": "dict", "required": True, "options": _CERTIFICATE_ITEM},
    "retrieve_alternates": {"type": "bool", "default": False},
}

CERTIFICATE = Task(issued, _CERTIFICATE_OPTIONS)
