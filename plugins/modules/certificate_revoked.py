#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes down in a store which certificates were revoked, or are to be."""

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate_revoked
short_description: Write down that certificates in a store were revoked
version_added: 1.0.0
description:
  - Writes down, beside versions of certificates in the store of a host, that they were revoked, or that they are to be as soon as
    another one is served. The CA is not asked; M(webpki.acme.certificate_revoke) does that.
  - A version that is in use, and of which this is known, is due for M(webpki.acme.certificate_request), and its key is not used
    for the next one, whatever O(webpki.acme.certificate_request#module:certificates[].key_reuse) says.
  - A key that is staged for the next one is given up as well, as it lay beside the other.
  - A version that is still to be revoked is kept, however many follow it.
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
  certificates:
    description: The versions.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name of the certificate.
        type: str
        required: true
      version:
        description: The number of the version, as M(webpki.acme.certificate_version_info) tells it.
        type: str
        required: true
      reason:
        description: Why, by its name in RFC 5280, section 5.3.1.
        type: str
  state:
    description:
      - V(revoked) when they were revoked, V(pending) when they are to be.
      - What was revoked stays so.
    type: str
    choices: [revoked, pending]
    default: revoked
seealso:
  - module: webpki.acme.certificate_revoke
  - module: webpki.acme.certificate_version_info
"""

EXAMPLES = r"""
- name: Remember that the certificate was revoked, so that the next run has another one issued
  webpki.acme.certificate_revoked:
    certificates:
      - name: www
        version: "{{ (kept.versions | selectattr('current') | first).version }}"
        reason: keyCompromise
"""

RETURN = r"""
certificates:
  description: One result for each version, in the order given.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: The name of the certificate.
      type: str
      returned: always
      sample: www
    version:
      description: The number of the version.
      type: str
      returned: success
      sample: "0003"
    changed:
      description: Whether this was not known before.
      type: bool
      returned: always
    failed:
      description: Only there, and then V(true), when it could not be written down.
      type: bool
      returned: failure
    msg:
      description: Why, and what to do.
      type: str
      returned: failure
"""

from ..module_utils._ansible.host_tasks import giving_up
from ..module_utils._ansible.module import run_module


def main() -> None:
    run_module(giving_up.CERTIFICATE_REVOKED)


if __name__ == "__main__":
    main()
