# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Revocation at a real CA."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._acme.revocation import RevocationReason, revoke

from tests.integration.core import certificate_key, der, leaf, member, new_key, obtain, stranger
from tests.lab.fixtures import PebbleFactory
from tests.lab.pebble import Pebble
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def ca(pebble: PebbleFactory) -> Pebble:
    """A strict CA that refuses one nonce in five."""
    return pebble()


def status(
    ca: Pebble, client: Client, root: Path, reason: RevocationReason | None, key: Key | None
) -> dict[str, object]:
    """Obtain a certificate, revoke it, and return what the CA holds about it."""
    chain = obtain(client, root, "a.example")
    number = f"{leaf(chain).serial_number:x}"
    number = number.zfill(len(number) + len(number) % 2)
    assert ca.certificate_status(number)["Status"] == "Valid"
    assert revoke(client, der(chain), reason, key) is True
    assert revoke(client, der(chain), reason, key) is False
    return ca.certificate_status(number)


@pytest.mark.parametrize("reason", [None, *RevocationReason])
def test_by_account_key(ca: Pebble, webroot: Webroot, reason: RevocationReason | None) -> None:
    """The account that a certificate was issued to revokes it, with the reason; a second time is no error."""
    with member(ca) as client:
        found = status(ca, client, webroot.directory, reason, None)
    assert (found["Status"], found.get("Reason") or 0) == ("Revoked", reason or 0)


def test_by_certificate_key(ca: Pebble, webroot: Webroot) -> None:
    """The certificate's own key revokes it without any account, as one has it who found the key."""
    with member(ca) as client:
        chain = obtain(client, webroot.directory, "a.example")
    with stranger(ca, new_key()) as client:
        key = Key.wrap(certificate_key())
        assert revoke(client, der(chain), RevocationReason.keyCompromise, key) is True
        assert revoke(client, der(chain), RevocationReason.keyCompromise, key) is False


def test_by_somebody_else(ca: Pebble, webroot: Webroot) -> None:
    """Neither another account nor another key may revoke a certificate."""
    with member(ca) as owner, member(ca) as other:
        chain = obtain(owner, webroot.directory, "a.example")
        for key in (None, new_key()):
            with pytest.raises(AcmeError, match="could not revoke the certificate") as caught:
                revoke(other, der(chain), None, key)
            assert caught.value.problem.type == ErrorType.UNAUTHORIZED
        assert revoke(owner, der(chain), None, None) is True
