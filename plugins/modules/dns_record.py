#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Adds texts to TXT records at a zone's primary server, and removes them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_record
short_description: Add texts to TXT records, or remove them, by RFC 2136
version_added: 1.0.0
description:
  - Changes TXT records at the primary server of their zone by dynamic updates (RFC 2136), signed with a key (TSIG, RFC 8945).
    BIND, Knot, PowerDNS and others take them.
  - What else a record has is left alone, so that several programs may prove names at the same time.
  - Takes any number of records. One that fails does not stop the others; the module fails at the end,
    with all results in hand.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - python >= 3.9
  - dnspython >= 2.3
options:
  server:
    description: The primary server, by its address or name, and with its port where that is not 53, as V(192.0.2.53:5353).
    type: str
    required: true
  key_name:
    description: The name of the key. Without one the server must know the address of the machine that the task runs on.
    type: str
  key_secret:
    description: The secret of the key, as base64.
    type: str
  key_algorithm:
    description: The algorithm of the key.
    type: str
    choices: [hmac-sha256, hmac-sha384, hmac-sha512, hmac-sha224, hmac-sha1]
    default: hmac-sha256
  records:
    description: The records.
    type: list
    elements: dict
    required: true
    suboptions:
      record:
        description:
          - The name of the record, in full.
          - An alias (CNAME) cannot be changed so. M(webpki.acme.dns_zone_info) tells where it leads.
        type: str
        required: true
      texts:
        description: What is to be added, or with O(state=absent) to be removed.
        type: list
        elements: str
        required: true
      zone:
        description: The zone that the record is in. By default the server is asked for it.
        type: str
      ttl:
        description: How many seconds others may remember the record, when it is changed.
        type: int
        default: 60
  timeout:
    description: How many seconds the server may take for an answer.
    type: int
    default: 10
  state:
    description: Whether the texts are to be there.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: webpki.acme.dns_wait
  - module: webpki.acme.dns_zone_info
"""

EXAMPLES = r"""
- name: Place the proof for a name and its wildcard
  webpki.acme.dns_record:
    server: ns1.example.com
    key_name: acme-key
    key_secret: "{{ vault_dns_key }}"
    records:
      - record: _acme-challenge.example.com
        texts: [LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0, 9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI]
  delegate_to: localhost

- name: Wait until all servers serve it
  webpki.acme.dns_wait:
    records:
      - record: _acme-challenge.example.com
        texts: [LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0, 9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI]
  delegate_to: localhost
"""

RETURN = r"""
records:
  description: One result for each record, in the order asked.
  type: list
  elements: dict
  returned: always
  contains:
    record:
      description: The name of the record.
      type: str
      returned: always
      sample: _acme-challenge.example.com
    zone:
      description: The zone that it is in.
      type: str
      returned: success
      sample: example.com
    texts:
      description: All texts that the record has now, those of others too.
      type: list
      elements: str
      returned: success
    changed:
      description: Whether texts were added or removed, or in check mode would be.
      type: bool
      returned: always
    failed:
      description: Only there, and then V(true), when this record failed.
      type: bool
      returned: failure
    msg:
      description: Why this record failed, and what to do.
      type: str
      returned: failure
"""

from ..module_utils._ansible.host_tasks import dns_record
from ..module_utils._ansible.module import run_module


def main() -> None:
    run_module(dns_record.DNS_RECORD)


if __name__ == "__main__":
    main()
