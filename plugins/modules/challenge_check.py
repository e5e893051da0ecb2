#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asks for http-01 challenge files as a CA does."""

from __future__ import annotations

DOCUMENTATION = r"""
module: challenge_check
short_description: Ask for http-01 challenge files as a CA does
version_added: 1.0.0
description:
  - Asks for challenge files (RFC 8555, section 8.3) from the host of the task, at every A and AAAA address that the host's resolver
    knows for a name, and follows redirects as far as public CAs do.
  - CAs ask from several places in the network. On several hosts this module does too, before a CA counts a failed attempt.
  - It only warns, as a host may see another network than a CA does. With O(required=true) it fails.
  - Takes any number of challenges and asks for them at the same time.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.attributes
  - webpki.acme.attributes.info_module
requirements:
  - python >= 3.9
options:
  challenges:
    description: The challenge files.
    type: list
    elements: dict
    required: true
    suboptions:
      identifier:
        description: The name or the IP address that is to be proven.
        type: str
        required: true
      token:
        description: The token of the challenge.
        type: str
        required: true
      content:
        description: What the file holds.
        type: str
        required: true
      port:
        description: The port to ask at. CAs ask at 80.
        type: int
        default: 80
  required:
    description: Whether to fail where a file is not served as it should be, rather than to warn.
    type: bool
    default: false
  timeout:
    description: Seconds to wait for a connection, and for each answer.
    type: int
    default: 10
  deadline:
    description: Seconds to ask for all.
    type: int
    default: 30
seealso:
  - module: webpki.acme.challenge_webroot
  - module: webpki.acme.challenge
"""

EXAMPLES = r"""
- name: See what a CA will see
  webpki.acme.challenge_check:
    challenges:
      - identifier: "{{ item.identifier }}"
        token: "{{ item.challenges['http-01'].token }}"
        content: "{{ item.challenges['http-01'].content }}"
  loop: "{{ ordered.orders[0].authorizations }}"
  loop_control:
    label: "{{ item.identifier }}"
"""

RETURN = r"""
challenges:
  description: One result for each challenge, in the order asked.
  type: list
  elements: dict
  returned: always
  contains:
    identifier:
      description: The name.
      type: str
      returned: always
    token:
      description: The token.
      type: str
      returned: always
    url:
      description: Where a CA asks first.
      type: str
      returned: always
    reached:
      description: Whether every address served the file. V(none) in check mode, in which nothing is asked for.
      type: bool
      returned: always
    addresses:
      description: What each address served; empty when the name has none.
      type: list
      elements: dict
      returned: always
      contains:
        address:
          description: The address.
          type: str
        url:
          description: The URL at the end of all redirects. Those that another host makes are followed, and not told.
          type: str
        status:
          description: Its HTTP status; V(none) when there was no answer.
          type: int
        problem:
          description: What is wrong with it; empty when nothing is.
          type: str
    failed:
      description: Only there, and then V(true), when the file is not served everywhere and O(required) is set.
      type: bool
      returned: failure
    msg:
      description: Which address served what in its place, and what to do. Empty otherwise.
      type: str
      returned: always
"""

from ..module_utils._ansible.host_tasks import check
from ..module_utils._ansible.module import run_module


def main() -> None:
    run_module(check.CHALLENGE_CHECK)


if __name__ == "__main__":
    main()
