#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waits until all authoritative servers serve TXT records."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_wait
short_description: Wait until all authoritative servers serve TXT records
version_added: 1.0.0
description:
  - Asks each authoritative server of the zone, at each of its addresses, until it serves the texts, and fails with the name of
    a server that does not serve them at the end of O(deadline).
  - A server that gives no answer three times in a row is passed over with a warning, as resolvers do, when another one answers.
  - Where a name is an alias (CNAME), looks where it leads.
  - Takes any number of records and looks at them at the same time.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.attributes
  - webpki.acme.attributes.info_module
  - webpki.acme.dns
options:
  records:
    description: The records.
    type: list
    elements: dict
    required: true
    suboptions:
      record:
        description: The name of the record, in full.
        type: str
        required: true
      texts:
        description: What the record is to have. What else it has does not matter.
        type: list
        elements: str
        required: true
      zone:
        description: The zone that the record is in. Saves looking for aliases and for the zone.
        type: str
  servers:
    description:
      - Servers to ask in place of the authoritative ones, as V(192.0.2.53), V(192.0.2.53:5353) or by name.
      - For networks that let no questions out to the world's name servers.
    type: list
    elements: str
    default: []
seealso:
  - module: webpki.acme.dns_record
  - module: webpki.acme.dns_zone_info
"""

EXAMPLES = r"""
- name: Wait until the CA will see what was placed
  webpki.acme.dns_wait:
    records:
      - record: _acme-challenge.example.com
        texts: [LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0]
    deadline: 600
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
      description: The name that was asked for.
      type: str
      returned: always
      sample: _acme-challenge.www.example.com
    target:
      description: Where its aliases lead; the name itself when it is none.
      type: str
      returned: success
    zone:
      description: The zone of the record; V(none) with O(servers), unless it was given.
      type: str
      returned: success
    servers:
      description: The servers that were asked.
      type: list
      elements: str
      returned: success
      sample: [ns1.example.com (192.0.2.53), ns2.example.net (198.51.100.53)]
    changed:
      description: Always V(false).
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
seconds:
  description: How long it took.
  type: float
  returned: always
"""

from ..module_utils._ansible.host_tasks import dns_wait
from ..module_utils._ansible.module import run_module


def main() -> None:
    run_module(dns_wait.DNS_WAIT)


if __name__ == "__main__":
    main()
