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
    identifier:
      description: The name that it was for.
      type: str
    status:
      description: The status of the authorization.
      type: str
    url:
      description: The URL.
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
from ..module_utils._ansible.tasks import authorization


def main() -> None:
    run_module(authorization.AUTHORIZATION)


if __name__ == "__main__":
    main()
