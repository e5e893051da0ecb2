# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where things lie in the store.

STORE/NAME/current -> versions/0003
STORE/NAME/versions/0003/{privkey.pem,certificate.pem,chain.pem,fullchain.pem,issuance.json,revoked.json}
STORE/NAME/staged/{privkey.pem,request.csr,forced,order.json,fullchain.pem,issuance.json,unfinished}
STORE/NAME/put_off.json
STORE/NAME/challenges/DIGEST -> WEBROOT/.well-known/acme-challenge/TOKEN
STORE/.responder, the number of the process that answers tls-alpn-01 challenges
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from . import files
from .errors import StoreError, doing
from .names import certificate_name

PRIVATE_KEY = "privkey.pem"
CERTIFICATE = "certificate.pem"
CHAIN = "chain.pem"
FULLCHAIN = "fullchain.pem"
ISSUANCE = "issuance.json"
REVOKED = "revoked.json"
REQUEST = "request.csr"
ORDER = "order.json"
# Says beside a request that it was asked for whatever the state of the certificate.
FORCED = "forced"
# Says beside a staged key that what is current is not in use yet; an empty staged/ says the same.
UNFINISHED = "unfinished"

_VERSION = re.compile(r"[0-9]{4,}\Z")


@dataclass(frozen=True)
class Home:
    """The directory of one certificate in a store."""

    store: str
    name: str

    @property
    def directory(self) -> str:
        return os.path.join(self.store, self.name)

    @property
    def current(self) -> str:
        return os.path.join(self.directory, "current")

    @property
    def versions(self) -> str:
        return os.path.join(self.directory, "versions")

    @property
    def staged(self) -> str:
        return os.path.join(self.directory, "staged")

    @property
    def challenges(self) -> str:
        return os.path.join(self.directory, "challenges")

    @property
    def put_off(self) -> str:
        return os.path.join(self.directory, "put_off.json")

    @property
    def fullchain(self) -> str:
        return os.path.join(self.current, FULLCHAIN)

    def in_staged(self, file: str) -> str:
        return os.path.join(self.staged, file)


def home(store: str, name: str) -> Home:
    """The home of a certificate; StoreError when the name cannot be one, or the store is no absolute path."""
    if not os.path.isabs(store):
        raise StoreError(f"the store {store!r} is not an absolute path")
    return Home(store, certificate_name(name))


def names(store: str) -> list[str]:
    """The names of all certificates in a store, sorted; none when there is no store."""
    with doing(f"list the store {store}"):
        try:
            entries = sorted(os.listdir(store))
        except FileNotFoundError:
            return []
    return [entry for entry in entries if _is_name(entry) and os.path.lexists(Home(store, entry).current)]


def _is_name(entry: str) -> bool:
    try:
        return bool(certificate_name(entry))
    except StoreError:
        return False


def current_version(place: Home) -> str | None:
    """The version that current points to, such as "0003"; None when there is no current."""
    target = files.link_target(place.current)
    if target is None:
        return None
    head, _slash, version = target.rpartition("/")
    if head != "versions" or not _VERSION.match(version):
        raise StoreError(
            f"{place.current} points to {target}, which is none of this store's versions",
            "Remove that link if the store may manage it.",
        )
    return version


def is_unfinished(place: Home) -> bool:
    """Whether a deployment was cut short after the switch: staged/ says so, or holds no key except the current one."""
    if not os.path.lexists(place.staged):
        return False
    in_use = files.read(os.path.join(place.current, PRIVATE_KEY))
    alone = in_use is not None and files.read(place.in_staged(PRIVATE_KEY)) in (None, in_use)
    return alone or os.path.lexists(place.in_staged(UNFINISHED))


def version_numbers(place: Home) -> list[str]:
    """All finished versions, oldest first."""
    with doing(f"list {place.versions}"):
        try:
            entries = os.listdir(place.versions)
        except FileNotFoundError:
            return []
    return sorted((entry for entry in entries if _VERSION.match(entry)), key=int)
