#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: authorization
short_description: Give up authorizations at an ACME CA
version_added: 1.0.0
description:
  - Deactivates authorizations (RFC 8555, section 7.5.2), so that the account has to prove those names again.
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
options:
  authorizations:
    description:
      - The URLs of the authorizations.
    type: list
    elements: str
    required: true
  state:
    description:
      - What they are to be.
    type: str
    choices: [deactivated]
    default: deactivated
seealso:
  - module: webpki.acme.order_info
"""

EXAMPLES = r"""
- name: Give up what an order left behind
  webpki.acme.authorization:
    ca: letsencrypt_staging
    account_key_file: /etc/webpki/account.pem
    authorizations: "{{ ordered.orders[0].authorizations | map(attribute='url') }}"
  delegate_to: localhost
"""

RETURN = r"""
authorizations:
  description: One for each of O(authorizations), in that sequence.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The URL, as given.
      type: str
    failed:
      description: Present and V(true) when this one failed; C(msg) and C(problem) say why.
      type: bool
    identifier:
      description: The name that it was for.
      type: str
    status:
      description: The status of the authorization.
      type: str
    url:
      description: The URL.
      type: str
"""

from ..module_utils._ansible.ca_module import run_module
from ..module_utils._ansible.tasks import authorization


def main() -> None:
    run_module(authorization.AUTHORIZATION)


if __name__ == "__main__":
    main()
