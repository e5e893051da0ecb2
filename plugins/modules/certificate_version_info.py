#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The versions of certificates that the store of a host keeps."""

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate_version_info
short_description: The versions of certificates that a store keeps
version_added: 1.0.0
description:
  - Returns the versions of certificates that the store of a host keeps, the current ones and those before them.
  - So a certificate is found by its serial number, also after it was renewed.
  - With O(names) and O(serial_numbers) the versions that either of them asks for; without both, all.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.attributes
  - webpki.acme.attributes.info_module
  - webpki.acme.store
options:
  names:
    description: All versions of these certificates. A name that is not in the store has none.
    type: list
    elements: str
  serial_numbers:
    description:
      - The versions with these serial numbers, of whichever certificate.
      - In hexadecimal digits, with or without colons. To be quoted, as YAML takes some of them for other numbers.
    type: list
    elements: str
seealso:
  - module: webpki.acme.certificate_info
  - module: webpki.acme.certificate_revoke
  - module: webpki.acme.certificate_revoked
"""

EXAMPLES = r"""
- name: Look at all versions of a certificate
  webpki.acme.certificate_version_info:
    names: [www]
  register: kept

- name: Show their serial numbers
  ansible.builtin.debug:
    msg: "{{ item.version }}: {{ item.facts.serial_number }}{{ ', in use' if item.current else '' }}"
  loop: "{{ kept.versions }}"
  loop_control:
    label: "{{ item.version }}"
"""

RETURN = r"""
versions:
  description: One result for each version, by the names of the certificates, and of each the oldest first.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: The name of the certificate.
      type: str
      sample: www
    version:
      description: The number of the version.
      type: str
      sample: "0003"
    current:
      description: Whether it is the one in use.
      type: bool
    fullchain:
      description: The certificate with its chain in PEM form, V(none) when it cannot be read.
      type: str
    private_key_path:
      description: The file with its private key, V(none) when that cannot be read.
      type: str
      sample: /etc/webpki/www/versions/0003/privkey.pem
    ca:
      description: The CA that it was issued by, as it was given to M(webpki.acme.certificate_deploy). V(none) when it is not known.
      type: str
    revoked:
      description: What M(webpki.acme.certificate_revoked) wrote down of it; V(none) when that is nothing.
      type: dict
      contains:
        reason:
          description: Why, by its name in RFC 5280; V(none) when none was given.
          type: str
        at:
          description: When it was revoked, in RFC 3339. V(none) when it is only to be.
          type: str
    facts:
      description: What it says, as returned by M(webpki.acme.certificate_info). V(none) when it cannot be read.
      type: dict
    msg:
      description: Why it cannot be read; empty when it can.
      type: str
"""

from ..module_utils._ansible.host_tasks import kept
from ..module_utils._ansible.module import run_module


def main() -> None:
    run_module(kept.CERTIFICATE_VERSION_INFO)


if __name__ == "__main__":
    main()
