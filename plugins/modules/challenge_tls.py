#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers tls-alpn-01 challenges from a small server of its own."""

from __future__ import annotations

DOCUMENTATION = r"""
module: challenge_tls
short_description: Answer tls-alpn-01 challenges on a host
version_added: 1.0.0
description:
  - Starts a small server that answers the CA's connections for tls-alpn-01 (RFC 8737), and does nothing else, or ends it.
  - Its keys and certificates are made on the host for this. Once it listens they are in its memory only, and it has no rights any
    more where the task is root's. Until then each key is, for a moment, in a temporary file that is for the user of the task alone.
  - It ends by itself when O(lifetime) is over.
  - A store has one such server. With O(state=present) a new one takes the place of the one that runs, and O(state=absent) ends it,
    also where another run has started it, as nobody can tell whether that run is still at work.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.attributes
  - webpki.acme.store
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: partial
    details: With O(state=present) the server is started anew each time, as each order has its own challenges.
options:
  challenges:
    description: The challenges. With O(state=absent) they are not looked at, as all are answered by one server.
    type: list
    elements: dict
    default: []
    suboptions:
      identifier:
        description: The domain name or IP address that is proven.
        type: str
        required: true
      server_name:
        description: The name that the CA asks for, from RV(webpki.acme.order#module:orders[].authorizations[].challenges).
        type: str
        required: true
      digest:
        description: SHA-256 of the key authorization, in hexadecimal, from the same place.
        type: str
        required: true
  listen:
    description:
      - Where the server listens, an address and a port. V(*) stands for all addresses of the host, and an IPv6 address has brackets.
      - The CA connects to port 443. Where a web server holds that, let it hand on the connections that ask for C(acme-tls/1).
    type: str
    default: "*:443"
  lifetime:
    description:
      - After how many seconds the server ends by itself.
      - It has to answer until the CA has looked, so for longer than the O(webpki.acme.challenge#module:deadline) of the step that
        waits for that, and of all of them where several CAs or accounts are asked one after the other.
    type: int
    default: 900
  state:
    description: Whether there is to be such a server.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: webpki.acme.order
  - module: webpki.acme.challenge
"""

EXAMPLES = r"""
- name: Answer the challenge for a name
  webpki.acme.challenge_tls:
    challenges:
      - identifier: "{{ one.identifier }}"
        server_name: "{{ one.challenges['tls-alpn-01'].server_name }}"
        digest: "{{ one.challenges['tls-alpn-01'].digest }}"
  vars:
    one: "{{ ordered.orders[0].authorizations[0] }}"

- name: Stop answering
  webpki.acme.challenge_tls:
    state: absent
"""

RETURN = r"""
challenges:
  description: One result for each challenge, in the order asked.
  type: list
  elements: dict
  returned: always
  contains:
    identifier:
      description: As given.
      type: str
      returned: always
    digest:
      description: As given.
      type: str
      returned: always
    changed:
      description: Whether it is answered now, or in check mode would be.
      type: bool
      returned: always
    failed:
      description: Only there, and then V(true), when this challenge is not answered.
      type: bool
      returned: failure
    msg:
      description: Why it is not answered, and what to do.
      type: str
      returned: failure
"""

from ..module_utils._ansible.host_tasks import tls
from ..module_utils._ansible.module import run_module


def main() -> None:
    run_module(tls.CHALLENGE_TLS)


if __name__ == "__main__":
    main()
