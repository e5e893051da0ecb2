# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TLS port to look at."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from pathlib import Path

from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys

from tests.unit.issuer import Issuer, pem


class Port:
    """A TLS port that serves one certificate."""

    def __init__(self, directory: Path) -> None:
        issuer = Issuer()
        key = keys.generate(keys.KeyType.ECDSA_P256)
        leaf = issuer.certificate(key.public_key(), ["a.example"])
        (directory / "pair.pem").write_text(keys.to_pem(key).decode() + pem(leaf, issuer.intermediate))
        (directory / "roots.pem").write_text(pem(issuer.root))
        self.bundle = str(directory / "roots.pem")
        self.fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem(leaf))).hexdigest()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(directory / "pair.pem")
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.number = self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        while True:
            try:
                connection, _address = self.socket.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(connection, server_side=True) as tls:
                    tls.recv(1)
            except OSError:
                pass
