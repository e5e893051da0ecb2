#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: order_info
short_description: Orders as the ACME CA has them
version_added: 1.0.0
description:
  - Returns orders with their authorizations and problems (RFC 8555, section 7.1.3).
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.acme
  - webpki.acme.attributes
  - webpki.acme.attributes.info_module
  - webpki.acme.attributes.actiongroup_acme
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
        description: The URL of the order.
        type: str
        required: true
seealso:
  - module: webpki.acme.order
"""

EXAMPLES = r"""
- name: See how an order stands
  webpki.acme.order_info:
    ca: letsencrypt_staging
    account_key_file: /etc/webpki/account.pem
    orders:
      - url: "{{ ordered.orders[0].url }}"
  register: found
  delegate_to: localhost

- name: Show it
  ansible.builtin.debug:
    var: found.orders[0].status
"""

RETURN = r"""
account_uri:
  description: The URL of the account.
  returned: success
  type: str
orders:
  description:
    - One for each of O(orders), in that sequence, with the members that RV(webpki.acme.order#module:orders) has.
    - In addition each of its C(authorizations) has the C(problem) that it failed with, or null.
  returned: always
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
from ..module_utils._ansible.tasks import order


def main() -> None:
    run_module(order.ORDER_INFO)


if __name__ == "__main__":
    main()
