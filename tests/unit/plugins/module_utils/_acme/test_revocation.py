# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Revocation at a scripted CA."""

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._acme.client import Client
from ansible_collections.webpki.acme.plugins.module_utils._acme.errors import AcmeError
from ansible_collections.webpki.acme.plugins.module_utils._acme.key import Key
from ansible_collections.webpki.acme.plugins.module_utils._acme.problem import ErrorType
from ansible_collections.webpki.acme.plugins.module_utils._acme.revocation import RevocationReason, revoke

from tests.unit import jose
from tests.unit.scripted_ca import Fault, ScriptedCA, fault, problem, reply

DER = b"\x30\x03\x02\x01\xff"


@pytest.mark.parametrize("reason", [None, *RevocationReason])
def test_by_account_key(ca: ScriptedCA, client: Client, reason: RevocationReason | None) -> None:
    """The account revokes with the certificate in base64url, and the code of the reason where one is given."""
    ca.on("/revoke-cert", reply())
    assert revoke(client, DER, reason, None) is True
    request = ca.asked("/revoke-cert")[0]
    assert request.protected["kid"] == ca.url("/account/1")
    assert jose.decode(request.payload.pop("certificate")) == DER
    assert request.payload == ({} if reason is None else {"reason": reason.value})


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("unspecified", 0),
        ("keyCompromise", 1),
        ("affiliationChanged", 3),
        ("superseded", 4),
        ("cessationOfOperation", 5),
    ],
)
def test_reasons(name: str, code: int) -> None:
    """The reasons have the names and codes of RFC 5280 section 5.3.1."""
    assert RevocationReason[name] == code


@pytest.mark.parametrize("algorithm", ["RS256", "ES384"])
def test_by_certificate_key(ca: ScriptedCA, client: Client, keys: dict[str, Key], algorithm: str) -> None:
    """The certificate's own key revokes too: it is sent along, and no account is named."""
    ca.on("/revoke-cert", reply())
    assert revoke(client, DER, RevocationReason.keyCompromise, keys[algorithm]) is True
    assert ca.asked("/revoke-cert")[0].protected["jwk"] == keys[algorithm].public_jwk()


def test_already_revoked(ca: ScriptedCA, client: Client) -> None:
    """A certificate that had been revoked before is no error."""
    ca.on("/revoke-cert", problem("alreadyRevoked"))
    assert revoke(client, DER, None, None) is False


def test_lost_reply(ca: ScriptedCA, client: Client) -> None:
    """A revocation whose reply was lost is asked for again."""
    ca.on("/revoke-cert", fault(Fault.RESET), problem("alreadyRevoked"))
    revoke(client, DER, None, None)
    assert len(ca.asked("/revoke-cert")) == 2


def test_refused(ca: ScriptedCA, client: Client) -> None:
    """A refusal is an error with the CA's reason."""
    ca.on("/revoke-cert", problem("unauthorized", 403, "not yours"))
    with pytest.raises(AcmeError, match="could not revoke the certificate at .*not yours") as caught:
        revoke(client, DER, None, None)
    assert caught.value.problem.type == ErrorType.UNAUTHORIZED


def test_not_offered(ca: ScriptedCA, client: Client) -> None:
    """A CA without revokeCert cannot do it."""
    ca.on("/directory", reply({name: url for name, url in ca.directory().items() if name != "revokeCert"}))
    with pytest.raises(AcmeError, match="offers no revoke_cert"):
        revoke(client, DER, None, None)
