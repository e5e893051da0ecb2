# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The conversation with a CA that a module's options describe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from .._acme.ca import directory_url
from .._acme.client import Client
from .._acme.deadline import Deadline
from .._acme.errors import invalid_input
from .._acme.key import Key
from .._acme.transport import Transport


class Conversations:
    """The conversations of this process. With `keep` they go on from task to task, of which one runs at a time."""

    def __init__(self) -> None:
        self.keep = False
        self._kept: dict[tuple[Any, ...], Client] = {}
        self._latest: Client | None = None

    def progress(self) -> str:
        """Return how far the task is that runs; empty when there is nothing to tell."""
        latest = self._latest
        return str(latest.progress) if latest else ""

    @contextmanager
    def client(self, params: Mapping[str, Any], signed: bool) -> Iterator[Client]:
        """Yield a client for the CA that the options name."""
        # Wrong options are found before the CA is contacted.
        url = directory_url(params["ca"])
        key = account_key(params) if signed else None
        verify = _verify(params)
        known_by = (url, verify, key and key.thumbprint(), params["request_timeout"], params["concurrency"])
        client = self._kept.get(known_by)
        if client:
            client.resume(params["deadline"], params["account_uri"])
        else:
            client = _client(params, url, key, verify)
        # Who asks for nothing but the directory wants to know how it is now.
        keep = self.keep and signed
        if keep:
            self._kept[known_by] = client
        self._latest = client
        try:
            yield client
        finally:
            self._latest = None
            if not keep:
                client.close()


CONVERSATIONS = Conversations()


def conversation(params: Mapping[str, Any], *, signed: bool = True) -> AbstractContextManager[Client]:
    """Return a client for the CA, for a `with` statement; without `signed` no account key is loaded."""
    return CONVERSATIONS.client(params, signed)


def _client(params: Mapping[str, Any], url: str, key: Key | None, verify: bool | str) -> Client:
    limit = params["concurrency"]
    deadline = Deadline.after(params["deadline"])
    transport = Transport(
        verify=verify, request_timeout=params["request_timeout"], deadline=deadline, connections=limit
    )
    return Client(transport, url, deadline, key=key, account_url=params["account_uri"], nonces=limit)


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
