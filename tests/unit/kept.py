# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts as the role `revocation` sees them, with the versions in their stores, in plain dictionaries."""

from __future__ import annotations

import functools
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.webpki.acme.plugins.filter import fleet_revocation
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.unit.fleet import CA, listed

SERVED = {"served_on": "127.0.0.1:443"}
PENDING = {"reason": "keyCompromise", "at": None}
REVOKED = {"reason": "keyCompromise", "at": "2026-01-01T00:00:00Z"}


@functools.cache
def key(label: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def certificate(
    serial: str, *names: str, of: str = "", days: float = 60, self_signed: bool = False
) -> x509.Certificate:
    """A certificate with this serial number; `of`: what its key is called, by default by the number."""

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    label = of or serial
    end = datetime.now(timezone.utc) + timedelta(days=days)
    builder = x509.CertificateBuilder(
        name(label if self_signed else "CA"), name(label), key(label).public_key(), int(serial, 16)
    )
    builder = builder.not_valid_before(end - timedelta(days=90)).not_valid_after(end)
    builder = builder.add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, names))), critical=False)
    return builder.sign(key(label if self_signed else "CA"), hashes.SHA256())


def version(
    name: str = "www",
    number: int = 1,
    serial: str = "aa",
    current: bool = True,
    names: tuple[str, ...] = (),
    key_matches: bool | None = True,
    made: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """What webpki.acme.certificate_version_info says of a version. What the host says beside the certificate is all wrong."""
    pem = certificate(serial, *(names or (f"{name}.example.com",)), **(made or {})).public_bytes(Encoding.PEM).decode()
    lies: dict[str, Any] = {"self_signed": True, "days_left": -1.0, "identifiers": []}
    lies.update(serial_number="ff", fingerprint_sha256="ff", public_key_fingerprint_sha256="ff")
    return {
        "name": name,
        "version": f"{number:04d}",
        "current": current,
        "fullchain": pem,
        "private_key_path": f"/etc/webpki/{name}/versions/{number:04d}/privkey.pem",
        "ca": CA,
        "revoked": None,
        "facts": {**lies, "key_matches": key_matches},
        "msg": "",
        **more,
    }


def print_of(told: dict[str, Any]) -> str:
    """The fingerprint of a version's certificate."""
    return x509.load_pem_x509_certificate(told["fullchain"].encode()).fingerprint(hashes.SHA256()).hex()


def host(*versions: dict[str, Any], account: dict[str, Any] | None = None, **wanted: Any) -> dict[str, Any]:
    """The variables of a host with these versions, on which www is to be revoked unless told otherwise."""
    defaults = {
        "names": ["www"],
        "serials": [],
        "versions": "current",
        "reason": "",
        "signed_by": "account",
        "replace": False,
        "certificates": [listed("www", **SERVED)],
        "account": {"ca": [{"ca": CA}], "key_file": "/keys/account.pem", **(account or {})},
    }
    return {"__revocation_wanted": {**defaults, **wanted}, "__revocation_found": {"versions": list(versions)}}


def plan(others: tuple[str, ...] = (), more: dict[str, Any] | None = None, **hosts: dict[str, Any]) -> dict[str, Any]:
    return fleet_revocation.revocation_plan(list(hosts), {**hosts, **(more or {})}, others)


OLD = version(number=1, serial="aa", current=False)
NOW = version(number=2, serial="bb")
SEEN = print_of(NOW)
