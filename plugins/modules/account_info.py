#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: account_info
short_description: An account as the ACME CA has it
version_added: 1.0.0
description:
  - Looks up the account of a key (RFC 8555, section 7.3.1).
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.acme
  - webpki.acme.attributes
  - webpki.acme.attributes.info_module
  - webpki.acme.attributes.actiongroup_acme
seealso:
  - module: webpki.acme.account
"""

EXAMPLES = r"""
- name: Look the account up
  webpki.acme.account_info:
    ca: letsencrypt
    account_key_file: /etc/webpki/account.pem
  register: found
  delegate_to: localhost

- name: Say whether there is one
  ansible.builtin.debug:
    msg: "{{ found.account_uri if found.exists else 'no account yet' }}"
"""

RETURN = r"""
exists:
  description: Whether the CA has an account for the key.
  returned: success
  type: bool
account_uri:
  description: The URL of the account, or null.
  returned: success
  type: str
  sample: https://acme-v02.api.letsencrypt.org/acme/acct/1234
account:
  description: The account, or null.
  returned: success
  type: dict
  contains:
    status:
      description: V(valid), V(deactivated) or V(revoked).
      type: str
    contact:
      description: The contacts, or null where the CA does not tell them.
      type: list
      elements: str
    orders:
      description: The URL of the account's list of orders, or null where the CA keeps none.
      type: str
problem:
  description:
    - The problem document (RFC 7807) of what failed. Its C(type) is a URI that stays the same, to branch on.
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
from ..module_utils._ansible.tasks import account


def main() -> None:
    run_module(account.ACCOUNT_INFO)


if __name__ == "__main__":
    main()
