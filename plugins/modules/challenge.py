#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: challenge
short_description: Answer the challenges of orders at an ACME CA
version_added: 1.0.0
description:
  - Tells the CA that what its challenges want to see is in place (RFC 8555, section 7.5.1), and waits until each order is
    ready to be finalized.
  - All orders are handled at once. When one fails the others are finished all the same, and RV(orders) has them all.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.acme
  - webpki.acme.attributes
  - webpki.acme.attributes.actiongroup_acme
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
    details: An order that is ready or valid is left as it is.
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
      challenge:
        description: The types of challenge to answer for this order, in place of O(challenge).
        type: list
        elements: str
        choices: [http-01, dns-01, dns-account-01, dns-persist-01, tls-alpn-01]
      authorizations:
        description:
          - What RV(webpki.acme.order#module:orders[].authorizations) was for this order.
          - Saves asking the CA for each of them again.
        type: list
        elements: dict
        default: []
  challenge:
    description:
      - The types of challenge to answer, the preferred one first. Of each name the first one that the CA offers for it is answered.
      - For wildcards CAs offer those of the DNS only, for IP addresses only V(http-01) and V(tls-alpn-01).
    type: list
    elements: str
    choices: [http-01, dns-01, dns-account-01, dns-persist-01, tls-alpn-01]
    default: [http-01]
  state_directory:
    description:
      - A directory on the machine that the task runs on, an absolute path. It is made when it does not exist.
      - With it names that could not be validated are remembered until they are, for
        O(webpki.acme.order#module:state_directory).
    type: path
seealso:
  - module: webpki.acme.order
  - module: webpki.acme.challenge_webroot
"""

EXAMPLES = r"""
- name: Have the names validated
  webpki.acme.challenge:
    ca: letsencrypt_staging
    account_key_file: /etc/webpki/account.pem
    orders:
      - name: www
        url: "{{ ordered.orders[0].url }}"
        authorizations: "{{ ordered.orders[0].authorizations }}"
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
      description: Which name failed, what the CA saw, and what to do next.
      type: str
    problem:
      description: The problem document (RFC 7807), with a subproblem for each name when several failed.
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
    status:
      description: V(ready), V(processing) or V(valid).
      type: str
    finalize:
      description: Where the request is sent to, for O(webpki.acme.certificate#module:orders[].finalize); null unless the order is V(ready).
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
from ..module_utils._ansible.tasks import challenge


def main() -> None:
    run_module(challenge.CHALLENGE)


if __name__ == "__main__":
    main()
