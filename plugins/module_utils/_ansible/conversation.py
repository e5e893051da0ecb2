# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The conversation with a CA that a module's options describe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .._acme.client import Client
from .._acme.deadline import Deadline
from .._acme.directory import directory_url
from .._acme.errors import invalid_input
from .._acme.key import Key
from .._acme.transport import Transport


@contextmanager
def conversation(params: Mapping[str, Any], *, signed: bool = True) -> Iterator[Client]:
    """Yield a client for the CA; without `signed` no account key is loaded. Connections are closed at the end."""
    deadline = Deadline.after(params["deadline"])
    # Wrong options are found before the CA is contacted.
    url = directory_url(params["ca"])
    key = account_key(params) if signed else None
    transport = Transport(
        verify=_verify(params),
        request_timeout=params["request_timeout"],
        deadline=deadline,
        connections=params["concurrency"],
    )
    try:
        yield Client(transport, url, deadline, key=key, account_url=params["account_uri"], nonces=params["concurrency"])
    finally:
        transport.close()


def account_key(params: Mapping[str, Any], prefix: str = "") -> Key:
    """Load the account key, or with the prefix "new_" the one that takes its place."""
    file, text = params[f"{prefix}account_key_file"], params[f"{prefix}account_key"]
    passphrase = params[f"{prefix}account_key_passphrase"]
    if not (file or text):
        raise invalid_input("no account key is given", "Give account_key_file or account_key.")
    pem = text.encode("utf-8") if text else read_file(file, "account key")
    what = f"account key {file}" if file else "account key"
    return Key.load(pem, passphrase.encode("utf-8") if passphrase else None, what=what)


def read_file(path: str, what: str) -> bytes:
    """Return a file's content; raise AcmeError that says why it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        hint = "Give the path on the machine that the task runs on, readable for the user it runs as."
        raise invalid_input(f"the {what} {path} cannot be read: {error.strerror}", hint) from None


def _verify(params: Mapping[str, Any]) -> bool | str:
    if not params["validate_certs"]:
        return False
    bundle: str | None = params["ca_bundle"]
    if bundle:
        read_file(bundle, "CA bundle")
    return bundle or True
