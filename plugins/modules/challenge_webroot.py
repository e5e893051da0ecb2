#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Places http-01 challenge files below document roots, and removes them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: challenge_webroot
short_description: Place or remove http-01 challenge files below document roots
version_added: 1.0.0
description:
  - Places the files by which a CA checks that a host is in control of a name (RFC 8555, section 8.3), or removes them.
  - They lie at C(WEBROOT/.well-known/acme-challenge/TOKEN), are readable by all, and belong to the owner of the webroot.
  - Symbolic links below the webroot are not followed, whoever put them there.
  - Takes any number of files. One that fails does not stop the others; the module fails at the end,
    with all results in hand.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.attributes
  - webpki.acme.attributes.files
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
requirements:
  - python >= 3.9
options:
  store:
    description: The directory on the host that holds the certificates, an absolute path.
    type: path
    default: /etc/webpki
  challenges:
    description: The challenges.
    type: list
    elements: dict
    required: true
    suboptions:
      webroot:
        description: The document root that the web server serves for the name; a directory that exists.
        type: path
        required: true
      token:
        description: The token of the challenge, which becomes the name of the file.
        type: str
        required: true
      content:
        description: What the file is to hold. Required with O(state=present).
        type: str
      certificate:
        description:
          - The name, in O(store), of the certificate that the challenge is for.
          - The host then remembers the file there until it is removed, so that M(webpki.acme.certificate_deploy) removes
            what a run has left that was cut short. To be given for both states.
        type: str
  orders:
    description:
      - Orders to remember, with O(state=present), beside the requests that wait in O(store), so that the next run takes them up when this
        one is cut short. M(webpki.acme.certificate_request) returns them as
        RV(webpki.acme.certificate_request#module:certificates[].order_url).
    type: list
    elements: dict
    default: []
    suboptions:
      certificate:
        description: The name, in O(store), of the certificate that the order is for. Without a request there it is not remembered.
        type: str
        required: true
      ca:
        description: The CA, written as for M(webpki.acme.certificate_request).
        type: str
      url:
        description: The URL of the order, from M(webpki.acme.order).
        type: str
        required: true
  state:
    description: Whether the files are to be there. One that is not there to be removed, or has lost its webroot, is fine.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: webpki.acme.order
  - module: webpki.acme.challenge
"""

EXAMPLES = r"""
- name: Place what the CA wants to see
  webpki.acme.challenge_webroot:
    challenges:
      - webroot: /var/www/html
        token: "{{ item.challenges['http-01'].token }}"
        content: "{{ item.challenges['http-01'].content }}"
  loop: "{{ ordered.orders[0].authorizations }}"
  loop_control:
    label: "{{ item.identifier }}"

- name: Remove it again
  webpki.acme.challenge_webroot:
    state: absent
    challenges:
      - webroot: /var/www/html
        token: "{{ item.challenges['http-01'].token }}"
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
    webroot:
      description: The document root.
      type: str
      returned: always
      sample: /var/www/html
    token:
      description: The token.
      type: str
      returned: always
      sample: LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0
    path:
      description: The file.
      type: str
      returned: success
      sample: /var/www/html/.well-known/acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0
    changed:
      description: Whether it was placed or removed, or in check mode would be.
      type: bool
      returned: always
    failed:
      description: Only there, and then V(true), when this challenge failed.
      type: bool
      returned: failure
    msg:
      description: Why this challenge failed, and what to do.
      type: str
      returned: failure
"""

from ..module_utils._ansible.host_tasks import webroot
from ..module_utils._ansible.module import run_module


def main() -> None:
    run_module(webroot.CHALLENGE_WEBROOT)


if __name__ == "__main__":
    main()
