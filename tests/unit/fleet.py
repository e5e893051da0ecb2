# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts as the role `certificates` sees them after its first task, in plain dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CA = "https://ca.example/directory"
#: What the role hands through of a host whose CA is to be asked about renewal.
RENEWAL = {"renewal": {"renew_fraction": None, "run_interval": 86400, "emergency_fraction": 0.1}}


def listed(name: str = "www", **options: Any) -> dict[str, Any]:
    """An entry of acme_certificates."""
    return {"name": name, "identifiers": [f"{name}.example.com"], "webroot": "/srv/www", **options}


def due(name: str = "www", code: str = "missing", **more: Any) -> dict[str, Any]:
    """What webpki.acme.certificate_request says of a certificate that is due."""
    nothing = {"certificate": None, "fullchain": None, "facts": None}
    reasons = [{"code": code, "text": f"it is {code}"}]
    return {"name": name, "due": True, "reasons": reasons, "csr": f"CSR of {name}", "changed": True, **nothing, **more}


def good(name: str = "www", fingerprint: str = "aa", not_after: str = "2027-01-01", **more: Any) -> dict[str, Any]:
    """What it says of one that is not."""
    facts = {"fingerprint_sha256": fingerprint, "not_after": f"{not_after}T00:00:00Z"}
    there = {
        "certificate": fingerprint,
        "fullchain": f"chain {fingerprint}",
        "private_key_path": f"/etc/webpki/{name}/current/privkey.pem",
        "facts": facts,
    }
    return {
        "name": name,
        "due": False,
        "reasons": [],
        "csr": None,
        "changed": False,
        "unfinished": False,
        **there,
        **more,
    }


def failed(name: str = "www", msg: str = "no room") -> dict[str, Any]:
    """What any module says of an item that failed."""
    return {"name": name, "failed": True, "changed": False, "msg": msg}


def host(
    *certificates: tuple[Mapping[str, Any], Mapping[str, Any]],
    key_text: str | None = None,
    context: Mapping[str, Any] | None = None,
    **account: Any,
) -> dict[str, Any]:
    """The variables of a host: pairs of what was listed and what was found, more of the context, options of the account."""
    known = {"ca": CA, "ca_bundle": "", "key_file": "/keys/account.pem", "contact": [], "terms_agreed": True}
    handed_through = {
        "certificates": [own for own, _found in certificates],
        "store": "/etc/webpki",
        "account": known | account,
        **(context or {}),
    }
    variables: dict[str, Any] = {
        "__certificates_request": {"certificates": [found for _own, found in certificates], "context": handed_through}
    }
    return variables if key_text is None else {**variables, "acme_account_key": key_text}


def looped(*results: Mapping[str, Any]) -> dict[str, Any]:
    """A step of the conversation with the CA: one result for each conversation, in their sequence."""
    return {"results": [{"item": {"number": number}, **result} for number, result in enumerate(results)]}


def authorization(name: str, token: str, status: str = "pending") -> dict[str, Any]:
    """An authorization as webpki.acme.order returns it."""
    material = {
        "url": f"https://ca.example/challenge/{token}",
        "token": token,
        "content": f"{token}.thumbprint",
        "path": f".well-known/acme-challenge/{token}",
    }
    url = f"https://ca.example/authorization/{token}"
    told = {"identifier": name, "wildcard": False, "url": url, "status": status}
    return {**told, "challenges": {"http-01": material}}


def ordered(name: str, *authorizations: Mapping[str, Any], status: str = "pending") -> dict[str, Any]:
    """An order as webpki.acme.order returns it."""
    url = f"https://ca.example/order/{name}"
    return {"name": name, "url": url, "status": status, "changed": True, "authorizations": list(authorizations)}
