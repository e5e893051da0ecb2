# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What deploying one certificate would change; made before anything is touched, and all there is to check mode."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from . import certificate as certificates
from . import chain as chains
from . import files, installed, layout, placeholder, placement, record
from . import key as keys
from .errors import StoreError
from .facts import Facts
from .key_type import KeyType

if TYPE_CHECKING:
    from .libraries import PrivateKey, x509


@dataclass(frozen=True)
class Delivery:
    """What is to be in place. Without fullchain it is a placeholder, made only where there is no certificate yet.

    private_key is used instead of the staged one. identifiers are normalised; None: the names are not checked.
    access is for the private key; the other files have the same owner, and mode 0644. links: see placement.LINKABLE.
    """

    name: str
    fullchain: str | None = None
    private_key: str | None = field(default=None, repr=False)
    identifiers: tuple[str, ...] | None = None
    access: files.Access = files.PRIVATE
    links: Mapping[str, str] = field(default_factory=dict)
    ca: str | None = None
    profile: str | None = None


@dataclass(frozen=True)
class Plan:
    """The changes, none of them made yet. contents is empty when the current version stays."""

    place: layout.Home
    facts: Facts
    present: installed.Installed | None
    contents: Mapping[str, tuple[bytes, files.Access]] = field(repr=False)
    access: Mapping[str, files.Access]
    links: Mapping[str, tuple[str | None, str]]
    clear_staged: bool
    unfinished: bool

    @property
    def changed(self) -> bool:
        return bool(self.contents or self.access or self.links or self.unfinished)


def make(place: layout.Home, delivery: Delivery, now: datetime) -> Plan:
    """Looks at everything and refuses (StoreError) what must not be deployed."""
    present = installed.load(place)
    links = placement.to_link(place, delivery.links)
    if delivery.fullchain is None and present is not None and present.chain and present.key is not None:
        chain, key = present.chain, present.key
    elif delivery.fullchain is None:
        key = keys.generate(KeyType.ECDSA_P256)
        chain = (placeholder.build(key, _identifiers(delivery), now),)
    else:
        chain = certificates.load_chain(delivery.fullchain.encode("utf-8", "replace"), "fullchain")
        key = _key(place, delivery, present, chain[0])
        chains.check(chain, key, delivery.identifiers, now)
    stays = (
        present is not None
        and present.chain == chain
        and present.key is not None
        and keys.fits(key, present.key.public_key())
        and (delivery.fullchain is None or not present.damaged())
    )
    facts = certificates.facts(chain[0], "fullchain", key, len(chain))
    return Plan(
        place=place,
        facts=facts,
        present=present,
        contents={} if stays else _contents(chain, key, facts, delivery),
        access=placement.to_mend(present.directory, delivery.access) if present and stays else {},
        links=links,
        clear_staged=delivery.fullchain is not None,
        unfinished=stays
        and delivery.fullchain is not None
        and (os.path.lexists(place.staged) or os.path.lexists(place.challenges)),
    )


def _key(
    place: layout.Home, delivery: Delivery, present: installed.Installed | None, leaf: x509.Certificate
) -> PrivateKey:
    """The key that the certificate is for: the given one, else the staged one, else the one in use."""
    if delivery.private_key:
        return keys.load(delivery.private_key.encode("utf-8", "replace"), "private_key")
    path = place.in_staged(layout.PRIVATE_KEY)
    pem = files.read(path)
    staged = None if pem is None else keys.load(pem, path)
    with certificates.reading("fullchain"):
        public = leaf.public_key()
    for key in (staged, present.key if present else None):
        if key is not None and keys.fits(key, public):
            return key
    if staged is None:
        raise StoreError(f"no private key waits in {place.staged}", "Stage one with certificate_request first.")
    raise StoreError(
        f"the certificate does not belong to the private key in {place.staged}",
        "Request it again for the staged key. Another run, for the same names at the same time, may have used the same order.",
    )


def _identifiers(delivery: Delivery) -> tuple[str, ...]:
    if not delivery.identifiers:
        raise StoreError("a placeholder needs identifiers", "List the names that the certificate will be for.")
    return delivery.identifiers


def _contents(
    chain: tuple[x509.Certificate, ...], key: PrivateKey, facts: Facts, delivery: Delivery
) -> dict[str, tuple[bytes, files.Access]]:
    private_key, fullchain = keys.to_pem(key), certificates.to_pem(*chain)
    contents = {
        layout.PRIVATE_KEY: private_key,
        layout.CERTIFICATE: certificates.to_pem(chain[0]),
        layout.CHAIN: certificates.to_pem(*chain[1:]),
        layout.FULLCHAIN: fullchain,
        layout.ISSUANCE: record.of(facts, delivery.ca, delivery.profile, private_key, fullchain),
    }
    wanted = placement.of_files(delivery.access)
    return {file: (data, wanted[file]) for file, data in contents.items()}
