# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The conversation with a CA that a module's options describe."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from .._acme import account
from .._acme.ca import directory_url
from .._acme.client import Client
from .._acme.deadline import Deadline
from .._acme.errors import AcmeError, invalid_input
from .._acme.key import Key
from .._acme.problem import ErrorType
from .._acme.transport import Transport

NEW = ".new"


class Conversations:
    """The conversations of this process. With `keep` they go on from task to task, of which one runs at a time."""

    def __init__(self) -> None:
        self.keep = False
        self._kept: dict[tuple[Any, ...], Client] = {}
        self._prepared: tuple[tuple[Any, ...], Client] | None = None
        self._latest: Client | None = None

    def progress(self) -> str:
        """Return how far the task is that runs; empty when there is nothing to tell."""
        latest = self._latest
        return str(latest.progress) if latest else ""

    def prepare(self, params: Mapping[str, Any], requests: int) -> None:
        """Begin to read the directory, and get ready for so many signed requests at once, for the first client with these options.

        That one may have any account. What goes wrong here is left for it to find.
        """
        with suppress(AcmeError):
            url, verify = directory_url(params["ca"]), _verify(params)
            client = _client(params, url, None, verify)
            self._prepared = _way(params, url, verify), client
            client.expect(requests)

    @contextmanager
    def client(self, params: Mapping[str, Any], signed: bool, as_given: bool) -> Iterator[Client]:
        """Yield a client for the CA that the options name."""
        # Wrong options are found before the CA is contacted.
        url = directory_url(params["ca"])
        key = account_key(params) if signed else None
        verify = _verify(params)
        new_key = None if as_given or key is None else _key_beside(params)
        if new_key:
            with self._opened(params, url, key, verify) as client:
                if _has_moved(client, new_key):
                    key = new_key
        with self._opened(params, url, key, verify) as client:
            yield client

    @contextmanager
    def _opened(self, params: Mapping[str, Any], url: str, key: Key | None, verify: bool | str) -> Iterator[Client]:
        way = _way(params, url, verify)
        known_by = (*way, key and key.thumbprint())
        client = self._kept.get(known_by)
        if key and not client:
            client = self._taken(way, key)
        if client:
            client.resume(params["deadline"], params["account_uri"])
        else:
            client = _client(params, url, key, verify)
        # Who asks for nothing but the directory wants to know how it is now.
        keep = self.keep and key is not None
        if keep:
            self._kept[known_by] = client
        self._latest = client
        try:
            yield client
        finally:
            self._latest = None
            if not keep:
                client.close()

    def _taken(self, way: tuple[Any, ...], key: Key) -> Client | None:
        """Return the client that was prepared, where it is one for this way to ask a CA."""
        prepared, self._prepared = self._prepared, None
        if prepared is None:
            return None
        if prepared[0] != way:
            # Nobody is going to ask it.
            prepared[1].close()
            return None
        prepared[1].sign_with(key)
        return prepared[1]


CONVERSATIONS = Conversations()


def conversation(
    params: Mapping[str, Any], *, signed: bool = True, as_given: bool = False
) -> AbstractContextManager[Client]:
    """Return a client for the CA, for a `with` statement; without `signed` no account key is loaded.

    Where a change of the account's key was cut short the client has the key beside the one that the options name, as soon as
    that is the one that the CA knows; with `as_given` it has the one that they name all the same.
    """
    return CONVERSATIONS.client(params, signed, as_given)


def _way(params: Mapping[str, Any], url: str, verify: bool | str) -> tuple[Any, ...]:
    return url, verify, params["request_timeout"], params["concurrency"]


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


def beside(path: str) -> str:
    """Return where the new key lies that is to take the place of this one."""
    # A link stays one.
    return os.path.realpath(path) + NEW


def _key_beside(params: Mapping[str, Any]) -> Key | None:
    path = params["account_key_file"]
    if not path or not os.path.lexists(beside(path)):
        return None
    try:
        return account_key({**params, "account_key_file": beside(path)})
    except AcmeError:
        # Whatever lies there, it is no new key.
        return None


def _has_moved(client: Client, new_key: Key) -> bool:
    try:
        return account.has_moved(client, new_key)
    except AcmeError as error:
        if error.problem.type != ErrorType.UNAUTHORIZED:
            raise
        # So a CA answers when the account is deactivated; what uses it finds that too.
        return False


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
