#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate
short_description: Certificates from orders at an ACME CA
version_added: 1.0.0
description:
  - Finalizes orders that are ready, waits, and returns the certificates (RFC 8555, sections 7.4 and 7.4.2).
  - All orders are handled at once. When one fails the others are finished all the same, and RV(orders) has them all.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.acme
  - webpki.acme.attributes
  - webpki.acme.attributes.actiongroup_acme
attributes:
  check_mode:
    support: full
    details: The CA is not contacted, so every certificate counts as one to be issued.
  diff_mode:
    support: none
  idempotent:
    support: full
    details: An order that is valid already has its certificate fetched.
options:
  orders:
    description:
      - The orders.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What the result calls it; by default its URL.
        type: str
      url:
        description: The URL of the order. It may be empty in check mode only, where M(webpki.acme.order) makes none.
        type: str
        required: true
      csr:
        description: The certificate signing request (PKCS#10) as PEM text.
        type: str
        required: true
      finalize:
        description:
          - The URL for the request, as RV(webpki.acme.challenge#module:orders[].finalize) tells it of an order that is ready.
          - Saves looking at the order first.
        type: str
      preferred_chain:
        description:
          - Which of the chains that the CA offers is returned, by the common name of its root, or of another issuer in it, or by
            the key identifier of one of these in hexadecimal digits. A chain that leads to such a root goes before one that only
            holds such an issuer.
          - With V(smallest) the one of which a server has the least to send.
          - It is an error when none fits. The certificate has been issued by then, so the result has it all the same, with the
            CA's default chain, and the error lists what is offered.
        type: str
      preferred_chain_fallback:
        description: Whether the CA's default chain will do, with a warning, when none is the one that O(orders[].preferred_chain) says.
        type: bool
        default: false
  retrieve_alternates:
    description:
      - Whether to fetch the alternate chains too. They are fetched anyway where O(orders[].preferred_chain) is given.
      - It is an error when one of them cannot be had. The result has the certificate all the same.
    type: bool
    default: false
seealso:
  - module: webpki.acme.certificate_request
  - module: webpki.acme.certificate_deploy
"""

EXAMPLES = r"""
- name: Have the certificate issued
  webpki.acme.certificate:
    ca: letsencrypt_staging
    account_key_file: /etc/webpki/account.pem
    orders:
      - name: www
        url: "{{ ordered.orders[0].url }}"
        csr: "{{ request.certificates[0].csr }}"
  register: issued
  delegate_to: localhost
"""

RETURN = r"""
orders:
  description: One for each of O(orders), in that sequence.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: As given.
      type: str
    failed:
      description: Present and V(true) when this order failed; RV(orders[].msg) and RV(orders[].problem) say why.
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
    url:
      description: The URL of the order.
      type: str
    profile:
      description: The profile that it was issued under, or null where the CA does not say.
      type: str
    certificate:
      description: The certificate, as PEM.
      type: str
    chain:
      description: The CA's certificates that follow it, as PEM.
      type: str
    fullchain:
      description: Both, as web servers want them.
      type: str
    alternates:
      description: The chains that were not chosen, where they were fetched, each with C(certificate), C(chain) and C(fullchain).
      type: list
      elements: dict
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
from ..module_utils._ansible.tasks import certificate


def main() -> None:
    run_module(certificate.CERTIFICATE)


if __name__ == "__main__":
    main()
