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
      preferred_chain:
        description:
          - The common name of an issuer. Of the chains that the CA offers, the first one that has it is returned.
          - It is an error when none has it.
        type: str
  retrieve_alternates:
    description:
      - Whether to fetch the alternate chains too. They are fetched anyway where O(orders[].preferred_chain) is given.
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
    url:
      description: The URL of the order.
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
      description: Other chains, each with C(certificate), C(chain) and C(fullchain).
      type: list
      elements: dict
"""

from ..module_utils._ansible.ca_module import run_module
from ..module_utils._ansible.tasks import certificate


def main() -> None:
    run_module(certificate.CERTIFICATE)


if __name__ == "__main__":
    main()
