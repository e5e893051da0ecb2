# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do next, by problem type: the last sentence of an error message."""

from __future__ import annotations

from .problem import ErrorType, Problem

_HINTS: dict[str, str] = {
    ErrorType.ACCOUNT_DOES_NOT_EXIST: (
        "Register the account key with this CA first (module webpki.acme.account, role webpki.acme.ca_account), "
        "or use the key that the account was made with."
    ),
    ErrorType.BAD_CSR: "Check the names and the key type against what the CA allows in a certificate request.",
    ErrorType.BAD_NONCE: (
        "The CA refuses nonces that it has just given out: run it again later, and tell the CA's operators when that lasts."
    ),
    ErrorType.BAD_RESPONSE: (
        "Check that the directory URL is that of an ACME CA (RFC 8555), and that no proxy changes what it says; "
        "otherwise ask those who run the CA."
    ),
    ErrorType.BAD_REVOCATION_REASON: (
        "Give another reason, or none (acme_revoke_reason in the roles): CAs accept only some of those in RFC 5280."
    ),
    ErrorType.CAA: "Allow this CA in the CAA records of the name, or remove them.",
    ErrorType.CONNECTION: (
        "The CA could not reach the host: check the name's A and AAAA records, and that port 80 is open to everybody."
    ),
    ErrorType.DNS: "Check that the name exists in the public DNS and that all its name servers answer.",
    ErrorType.EXTERNAL_ACCOUNT_REQUIRED: (
        "Get a key identifier and an HMAC key from the CA's web site and give them as external_account_binding "
        "(acme_external_account_binding in the roles)."
    ),
    ErrorType.FAILED_BEFORE: (
        "Mend that, and run it again then. With force (acme_force in the roles) it is asked for all the same."
    ),
    ErrorType.INCORRECT_RESPONSE: (
        "The CA found something else than the challenge. For http-01 check that webroot is the directory that the server "
        "really serves for this name, and that no other host answers for it; for dns-01 that all name servers have the "
        "record."
    ),
    ErrorType.INVALID_CONTACT: "Give contacts as mailto: URLs with an address that the CA accepts.",
    ErrorType.INVALID_PROFILE: "Choose one of the profiles that webpki.acme.directory_info lists for this CA.",
    ErrorType.ORDER_NOT_READY: "Run it again later: the CA is not done with what comes before.",
    ErrorType.RATE_LIMITED: (
        "Run it again later, not before the time that the CA names: asking earlier only extends the wait."
    ),
    ErrorType.REJECTED_IDENTIFIER: "The CA does not issue for this name: remove it, or use another CA.",
    ErrorType.SERVER_INTERNAL: "The CA is in trouble: run it again later. What was begun is taken up.",
    ErrorType.TERMS_NOT_AGREED: "Read them, then set terms_agreed (acme_terms_agreed in the roles) to true.",
    ErrorType.UNAUTHORIZED: "Check that the account key is the one of the account that may do this.",
    ErrorType.UNREACHABLE: "Check the CA's URL, and name resolution and route on the machine that the task runs on.",
    ErrorType.UNSUPPORTED_CONTACT: "Give contacts of a kind that the CA can use: mailto: URLs, as a rule.",
    ErrorType.UNSUPPORTED_IDENTIFIER: "The CA does not issue for identifiers of this kind: remove it, or use another CA.",
    ErrorType.UNTRUSTED: (
        "Check the CA's URL; for a private CA give its bundle as ca_bundle (acme_ca_bundle in the roles)."
    ),
    ErrorType.USER_ACTION_REQUIRED: "Visit the URL that the CA names, then run this again.",
}


_NOT_THERE = "The CA has nothing at this URL for this account: it was removed, or made with another account key."
# That the names could not be proven says little, where no name has a problem of its own that says more.
_ANEW = "Run it again: what has failed or ended is ordered anew."


def hint_for(problem: Problem) -> str:
    """Return the sentence for a problem, or for the first of its subproblems that has one; empty when none has."""
    for candidate in (problem, *problem.subproblems):
        # About a name it is what CAs call a challenge that they looked for and did not find: mostly a 404.
        failed_validation = candidate.type == ErrorType.UNAUTHORIZED and candidate.identifier
        kind = ErrorType.INCORRECT_RESPONSE if failed_validation else candidate.type
        if kind == ErrorType.MALFORMED and candidate.status == 404:
            return _NOT_THERE
        if kind in _HINTS:
            return _HINTS[kind]
    return _ANEW if problem.type == ErrorType.VALIDATION_FAILED else ""
