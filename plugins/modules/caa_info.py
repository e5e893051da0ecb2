#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: caa_info
short_description: Whether CAA records let an ACME CA issue, and the records that would
version_added: 1.0.0
description:
  - Looks up the CAA records (RFC 8659) that count for names and says of each name whether the CA may issue, for the account and by the
    method (RFC 8657), before the CA is asked and counts a failed attempt.
  - Returns the records to copy for those who want only this account to have certificates, and the record by which V(dns-persist-01)
    proves a name again and again.
  - It only warns, as a resolver may see another network than a CA does. With O(required=true) it fails.
  - An account key is not needed. With one the account is part of what is looked at, and of the records.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.acme
  - webpki.acme.attributes
  - webpki.acme.attributes.info_module
  - webpki.acme.attributes.actiongroup_acme
requirements:
  - dnspython >= 2.3
options:
  identifiers:
    description: The names. CAA says nothing of IP addresses.
    type: list
    elements: str
    required: true
  methods:
    description:
      - The challenges by which the names are to be proven, such as V(http-01). Each of them has to be allowed.
      - With V(dns-persist-01), and an account, it is also looked whether the record for that is there.
    type: list
    elements: str
    default: []
  challenges:
    description:
      - For single names, as they are in O(identifiers), the one challenge by which they are to be proven, in the place of O(methods).
    type: dict
    default: {}
  resolvers:
    description: The name servers to ask, as V(ADDRESS) or V(ADDRESS:PORT). By default those of the system.
    type: list
    elements: str
    default: []
  required:
    description: Whether to fail where the CA may not issue, rather than to warn.
    type: bool
    default: false
seealso:
  - module: webpki.acme.challenge_check
"""

EXAMPLES = r"""
- name: See whether the CA may issue
  webpki.acme.caa_info:
    ca: letsencrypt
    account_key_file: /etc/webpki/account.pem
    identifiers: [example.com, "*.example.com"]
    methods: [dns-01]
  register: caa
  delegate_to: localhost

- name: Show the records that let only this account have certificates
  ansible.builtin.debug:
    msg: "{{ item.name }}. {{ item.type }} {{ item.value }}"
  loop: "{{ caa.records }}"
"""

RETURN = r"""
account_uri:
  description: The URL of the account, or null when no account key was given.
  returned: success
  type: str
caa_identities:
  description: The names by which CAA records allow this CA to issue.
  returned: always
  type: list
  elements: str
  sample: [letsencrypt.org]
records:
  description: The records to copy, where the CA says by which name it may be allowed.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The name that the record is for.
      type: str
      sample: example.com
    type:
      description: V(CAA) or V(TXT).
      type: str
    value:
      description: What it holds, as zone files have it.
      type: str
      sample: 0 issue "letsencrypt.org; accounturi=https://acme-v02.api.letsencrypt.org/acme/acct/1234"
identifiers:
  description: One for each name, in the order asked.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The name.
      type: str
    permitted:
      description: Whether the CA may issue, and finds the record for V(dns-persist-01) where that is one of O(methods).
      type: bool
    holder:
      description: The name that has the records that count, itself or one above it; null where there are none.
      type: str
    caa:
      description: These records, as zone files have them.
      type: list
      elements: str
    failed:
      description: Present and V(true) when the CA may not issue and O(required) is set.
      type: bool
    msg:
      description: Why it may not, and what to do.
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
from ..module_utils._ansible.tasks import caa


def main() -> None:
    run_module(caa.CAA_INFO)


if __name__ == "__main__":
    main()
