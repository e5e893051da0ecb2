#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate_revoke
short_description: Revoke certificates at an ACME CA
version_added: 1.0.0
description:
  - Revokes certificates (RFC 8555, section 7.6), on the word of the account that they were issued to, or of whoever has
    the certificate's private key.
  - Then looks whether the certificate revocation list (CRL) of the issuer has them, where they name one. CAs publish it late,
    so what it says is told, and never a failure.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.acme
  - webpki.acme.attributes
  - webpki.acme.attributes.actiongroup_acme
attributes:
  check_mode:
    support: full
    details: The CA is not contacted, so every certificate counts as one to be revoked.
  diff_mode:
    support: full
  idempotent:
    support: full
    details: A certificate that was revoked before is no change.
options:
  certificates:
    description:
      - The certificates.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What the result calls it; by default its file.
        type: str
      certificate:
        description:
          - The certificate as PEM text; of a chain the first one. Mutually exclusive with O(certificates[].certificate_file).
          - The certificate of its issuer, next in the chain, is what its CRL is verified with.
        type: str
      certificate_file:
        description: The certificate as a PEM file on the machine that the task runs on.
        type: path
      private_key:
        description:
          - The certificate's private key as PEM text. The request is then signed with it, and needs no account.
          - Mutually exclusive with O(certificates[].private_key_file).
        type: str
      private_key_file:
        description: The certificate's private key as a PEM file on the machine that the task runs on.
        type: path
      private_key_passphrase:
        description: The passphrase of the private key, when it is encrypted.
        type: str
      reason:
        description: Why, by its name in RFC 5280, section 5.3.1.
        type: str
        choices: [unspecified, keyCompromise, affiliationChanged, superseded, cessationOfOperation]
  crl_wait:
    description:
      - For how many seconds the CRLs are looked at again until they have all certificates. They are looked at once in any case.
      - Not longer than O(deadline) allows.
    type: int
    default: 0
seealso:
  - module: webpki.acme.certificate_version_info
  - module: webpki.acme.certificate_revoked
"""

EXAMPLES = r"""
- name: Revoke a certificate whose key was stolen
  webpki.acme.certificate_revoke:
    ca: letsencrypt_staging
    account_key_file: /etc/webpki/account.pem
    certificates:
      - name: www
        certificate: "{{ issued.orders[0].certificate }}"
        reason: keyCompromise
  delegate_to: localhost
"""

RETURN = r"""
certificates:
  description: One for each of O(certificates), in that sequence.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: As given.
      type: str
    changed:
      description: Whether it was revoked just now.
      type: bool
    crl:
      description:
        - What the CRL says of it, which was verified with the certificate of the issuer. V(none) for one that names no CRL, and in
          check mode.
      returned: success
      type: dict
      contains:
        status:
          description:
            - V(revoked) when it is listed. V(good) when it is not yet. V(unknown) when there is no CRL to rely on, and then
              RV(certificates[].crl.problem) says why.
          type: str
        url:
          description: Where the certificate says that the CRL is.
          type: str
        problem:
          description: Why there is no answer, or none.
          type: str
        reason:
          description: Why it was revoked, by its name in RFC 5280; none where none is given.
          type: str
        revoked_at:
          description: Since when it is revoked, in RFC 3339.
          type: str
        this_update:
          description: When the CRL was made, in RFC 3339.
          type: str
        next_update:
          description: When there will be another one, in RFC 3339.
          type: str
    failed:
      description: Present and V(true) when this one failed; C(msg) and C(problem) say why.
      type: bool
    msg:
      description: What was being done, where, why it failed and what to do next.
      type: str
    problem:
      description: The problem document (RFC 7807); its C(type) is stable.
      type: dict
    problem_url:
      description: The URL that was asked when it failed, or null.
      returned: failure
      type: str
    retry_after:
      description: When the CA wants to be asked again, as ISO 8601 in UTC, or null.
      returned: failure
      type: str
problem:
  description:
    - The problem document (RFC 7807) of what failed, of several the first one. Its C(type) is a URI that stays the same, to branch on.
    - A C(type) that begins with C(urn:ietf:params:acme:error:) is the CA's own, with C(urn:webpki:acme:error:) it was found here.
  returned: failure
  type: dict
  contains:
    type:
      description: The URI that says which kind of problem it is.
      type: str
    title:
      description: A short text for the type, or null.
      type: str
    detail:
      description: What happened, for people.
      type: str
    status:
      description: The HTTP status, or null.
      type: int
    identifier:
      description: The name that it is about, or null.
      type: str
    subproblems:
      description: Problems of the same form, such as one for each name.
      type: list
      elements: dict
problem_url:
  description: The URL that was asked when it failed, or null.
  returned: failure
  type: str
retry_after:
  description: When the CA wants to be asked again, as ISO 8601 in UTC, or null.
  returned: failure
  type: str
"""

from ..module_utils._ansible.module import run_module
from ..module_utils._ansible.tasks import revocation


def main() -> None:
    run_module(revocation.CERTIFICATE_REVOKE)


if __name__ == "__main__":
    main()
