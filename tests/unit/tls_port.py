# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS ports to look at."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from pathlib import Path

from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys

from tests.unit.issuer import Issuer, pem


class Server:
    """A TLS server with a certificate per name, which can be changed while it runs."""

    def __init__(self, directory: Path, issuer: Issuer) -> None:
        self.directory = directory
        self.issuer = issuer
        self.fingerprints: dict[str, str] = {}
        self.contexts: dict[str, ssl.SSLContext] = {}
        self.default = ""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.number = self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def use(self, name: str, *, left: float = 90) -> str:
        """Serves a new certificate for a name; returns its fingerprint."""
        key = keys.generate(keys.KeyType.ECDSA_P256)
        leaf = self.issuer.certificate(key.public_key(), [name], left)
        path = self.directory / "pair.pem"
        path.write_text(keys.to_pem(key).decode() + pem(leaf, self.issuer.intermediate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        self.contexts[name] = context
        self.default = self.default or name
        der = ssl.PEM_cert_to_DER_cert(pem(leaf))
        return hashlib.sha256(der).hexdigest()

    def run(self) -> None:
        while True:
            try:
                connection, _address = self.socket.accept()
            except OSError:
                return
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.sni_callback = self.choose
            try:
                with context.wrap_socket(connection, server_side=True) as tls:
                    tls.recv(1)
            except OSError:
                pass

    def choose(self, tls: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        tls.context = self.contexts.get(name or "", self.contexts[self.default])


class Port(Server):
    """A server with one certificate; FINGERPRINT is its SHA-256, BUNDLE a file with its root."""

    def __init__(self, directory: Path) -> None:
        issuer = Issuer()
        super().__init__(directory, issuer)
        (directory / "roots.pem").write_text(pem(issuer.root))
        self.bundle = str(directory / "roots.pem")
        self.fingerprint = self.use("a.example")
