#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: directory_info
short_description: What an ACME CA offers
version_added: 1.0.0
description:
  - Returns the directory of a CA (RFC 8555, section 7.1.1) with its terms of service and its profiles.
  - Needs no account.
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
- name: See which profiles the CA offers
  webpki.acme.directory_info:
    ca: letsencrypt_staging
  register: ca
  delegate_to: localhost

- name: Show them
  ansible.builtin.debug:
    var: ca.profiles
"""

RETURN = r"""
directory:
  description: The URLs of the CA's resources; one that it does not offer is null.
  returned: success
  type: dict
  sample:
    url: https://acme-v02.api.letsencrypt.org/directory
    new_order: https://acme-v02.api.letsencrypt.org/acme/new-order
terms_of_service:
  description: The URL of the terms to agree to, or null.
  returned: success
  type: str
website:
  description: The URL of the CA's web site, or null.
  returned: success
  type: str
caa_identities:
  description: The names by which CAA records allow this CA to issue.
  returned: success
  type: list
  elements: str
  sample: [letsencrypt.org]
external_account_required:
  description: Whether a new account needs an external account binding.
  returned: success
  type: bool
profiles:
  description: The profiles on offer, each with what the CA says of it.
  returned: success
  type: dict
  sample:
    classic: The same profile you are accustomed to
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
from ..module_utils._ansible.tasks import directory


def main() -> None:
    run_module(directory.DIRECTORY_INFO)


if __name__ == "__main__":
    main()
