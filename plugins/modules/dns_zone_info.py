#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where DNS records are to be put."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_zone_info
short_description: Where DNS records are to be put
version_added: 1.0.0
description:
  - Follows the aliases (CNAME) of names, and tells in which zones they end.
  - So a record such as C(_acme-challenge.www.example.com) can be an alias of a name in another zone, which a machine may change
    that may not change C(example.com).
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.attributes
  - webpki.acme.attributes.info_module
  - webpki.acme.dns
options:
  records:
    description: The names, in full. They need not exist.
    type: list
    elements: str
    required: true
seealso:
  - module: webpki.acme.dns_record
  - module: webpki.acme.dns_wait
"""

EXAMPLES = r"""
- name: Find out where the proof for a name is to be put
  webpki.acme.dns_zone_info:
    records: [_acme-challenge.www.example.com]
  register: found
  delegate_to: localhost

- name: Show the zone
  ansible.builtin.debug:
    msg: "{{ found.records[0].prefix }} in {{ found.records[0].zone }}"
"""

RETURN = r"""
records:
  description: One result for each name, in the order asked.
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
      sample: www.example.com.acme.example.net
    zone:
      description: The zone that this is in, or would be in.
      type: str
      returned: success
      sample: acme.example.net
    prefix:
      description: What of it stands before the zone; empty at its top.
      type: str
      returned: success
      sample: www.example.com
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
"""

from ..module_utils._ansible.host_tasks import dns_zone_info
from ..module_utils._ansible.module import run_module


def main() -> None:
    run_module(dns_zone_info.DNS_ZONE_INFO)


if __name__ == "__main__":
    main()
