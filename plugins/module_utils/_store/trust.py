# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a chain leads to a root that is trusted here: those of a file, or of the system."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from . import certificate as certificates
from . import chain as chains
from . import files
from .errors import StoreError

if TYPE_CHECKING:
    from .libraries import x509

# Where Debian, Enterprise Linux, SUSE, and Alpine and the BSDs have them. OpenSSL tells of none of the first two.
_OF_THE_SYSTEM = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)

_END = b"-----END CERTIFICATE-----"


class Roots:
    """The roots in a file; without one those of the system. StoreError when the file holds none."""

    def __init__(self, path: str | None) -> None:
        self._own = path
        candidates = [path] if path else [os.environ.get("SSL_CERT_FILE") or "", *_OF_THE_SYSTEM]
        self.path = next((one for one in candidates if os.path.exists(one)), path)
        self._by_subject: dict[str, list[x509.Certificate]] | None = None
        if path:
            self._read()

    def root_of(self, chain: Sequence[x509.Certificate], now: datetime) -> x509.Certificate:
        """The trusted root that a chain leads to, which need not be in it. StoreError that says why there is none.

        A chain may have more than it takes, such as what one of its roots has from an older one.
        """
        for length in range(1, len(chain) + 1):
            with certificates.reading("the chain"):
                root = self._issuer(chain[length - 1])
            if root is not None:
                lower = chain[: length - 1] if chain[length - 1] == root else chain[:length]
                chains.hold_together([*lower, root], now)
                return root
        chains.hold_together(chain, now)
        name = certificates.shown_name(chain[-1].issuer) or "an issuer without a name"
        raise StoreError(f"it leads to {name}, which is not among the roots in {self.path or 'the system'}")

    def _issuer(self, certificate: x509.Certificate) -> x509.Certificate | None:
        known = self._read()
        if certificate in known.get(_key(certificate.subject), ()):
            return certificate
        candidates = known.get(_key(certificate.issuer), ())
        return next((root for root in candidates if certificates.signed_by(certificate, root)), None)

    def _read(self) -> dict[str, list[x509.Certificate]]:
        if self._by_subject is None:
            found: dict[str, list[x509.Certificate]] = {}
            data = files.read(self.path) if self.path else None
            if data is None and self._own:
                raise StoreError(f"{self._own} does not exist", "Give a file with CA certificates in PEM form.")
            for block in (data or b"").split(_END)[:-1]:
                # One that cannot be read, such as an old one of the system, says nothing against the others.
                with contextlib.suppress(StoreError), certificates.reading("a root"):
                    (root,) = certificates.load_chain(block + _END, "a root")
                    found.setdefault(_key(root.subject), []).append(root)
            if self._own and not found:
                raise StoreError(f"{self._own} holds no CA certificate in PEM form")
            self._by_subject = found
        return self._by_subject


def _key(name: x509.Name) -> str:
    return name.rfc4514_string()
