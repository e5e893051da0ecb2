#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: renewal_info
short_description: When a CA wants certificates renewed
version_added: 1.0.0
description:
  - Asks a CA for its renewal information (ARI, RFC 9773) on any number of certificates at once, and says of each whether to renew it
    now, and why.
  - The CA suggests a window. The time inside of it is drawn by a hash of certificate and window, so each run and each host draws the same
    one. A certificate is due from that time on; before it only when no later run, by O(run_interval), would be in the window after it; and
    before the window only when no run would be inside of it.
  - Where the CA does not offer it, or does not answer, there is a warning, and the lifetime decides.
  - Needs no account. A certificate that has expired is due without asking.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.acme
  - webpki.acme.attributes
  - webpki.acme.attributes.info_module
  - webpki.acme.attributes.actiongroup_acme
options:
  certificates:
    description:
      - The certificates, all issued by O(ca). Each needs O(certificates[].certificate) or O(certificates[].facts).
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What the result calls it.
        type: str
        required: true
      certificate:
        description: The certificate as PEM; a chain may follow.
        type: str
      facts:
        description:
          - In the place of the certificate, what M(webpki.acme.certificate_info) or M(webpki.acme.certificate_request) say of it. Of that
            C(not_before), C(not_after), C(fingerprint_sha256), C(serial_number) and C(authority_key_identifier) are used.
        type: dict
  renew_fraction:
    description:
      - Where the lifetime decides, a certificate is due when this share of it, or less, is left.
      - Without this option it is a third, and a half for a lifetime of less than 10 days.
    type: float
  run_interval:
    description:
      - How many seconds there are between two runs.
      - Whatever the CA suggests, a certificate is due when what is left is too little for two more of them, so that one may fail. But not
        before half of its lifetime is over, and one that is younger than that shows that there are more runs.
    type: int
    default: 86400
  emergency_fraction:
    description:
      - A certificate is due, whatever the CA suggests, when this share of its lifetime, or less, is left. By default V(0.1).
    type: float
  state_directory:
    description:
      - A directory, as an absolute path on the machine that the task runs on, in which answers are kept until the CA wants to be asked
        again, from one run to the next. It is made when it does not exist.
      - Without it each run asks.
    type: path
  only_due:
    description:
      - Whether to return only the certificates that are due, and those that failed. That is quicker with very many.
    type: bool
    default: false
seealso:
  - module: webpki.acme.certificate_info
  - module: webpki.acme.certificate_request
"""

EXAMPLES = r"""
- name: See what a certificate of this host says
  webpki.acme.certificate_info:
    names: [www]
  register: found

- name: Ask the CA when it wants it renewed
  webpki.acme.renewal_info:
    ca: letsencrypt
    certificates:
      - name: www
        facts: "{{ found.certificates[0].facts }}"
  register: renewal
  delegate_to: localhost

- name: Show whether it is due, and why
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.reason }}"
  loop: "{{ renewal.certificates }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
due:
  description: The names of those that are to be renewed now.
  returned: success
  type: list
  elements: str
certificates:
  description: One for each of O(certificates), in that sequence, without those that O(only_due) leaves out.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: As given.
      type: str
    failed:
      description: Present and V(true) when this certificate could not be understood; RV(certificates[].msg) says why.
      type: bool
    msg:
      description: Why it failed and what to do next.
      type: str
    due:
      description: Whether to renew it now.
      type: bool
    code:
      description:
        - Why it is due, as a word to branch on. V(renewal-info) for what the CA suggests, V(lifetime) where too little is left, or
          V(expired). V(none) when it is not due.
      type: str
      sample: renewal-info
    reason:
      description: Why it is due, or what is known when it is not, for people.
      type: str
      sample: the CA wants it renewed between 2026-03-01T12:00:00Z and 2026-03-03T12:00:00Z
    window:
      description: The window that the CA suggests, V(none) when it is not known.
      type: dict
      contains:
        start:
          description: Its start in RFC 3339 form.
          type: str
        end:
          description: Its end in RFC 3339 form.
          type: str
    chosen:
      description: The time inside the window that was drawn for this certificate, V(none) without a window.
      type: str
      sample: "2026-03-02T03:14:15Z"
    in_window:
      description: Whether the window is open now, so that an order that replaces the certificate is exempt from rate limits.
      type: bool
    explanation_url:
      description: Where the CA explains the window, or V(none).
      type: str
    ask_again:
      description: When the CA is to be asked again, V(none) where it was not asked.
      type: str
    trouble:
      description: Why nothing is known from the CA, V(none) when it answered or was not to be asked.
      type: str
    certificate_id:
      description:
        - The identifier of the certificate (RFC 9773, section 4.1), as O(webpki.acme.order#module:orders[].replaces) wants it.
        - V(none) where the certificate does not name the key of its issuer.
      type: str
      sample: aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE
    fingerprint_sha256:
      description: Its fingerprint, as O(webpki.acme.certificate_request#module:certificates[].renewal) wants it.
      type: str
problem:
  description:
    - The problem document (RFC 7807) of what failed, of several the first one. Its C(type) is a URI that stays the same, to branch on.
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
from ..module_utils._ansible.tasks import renewal_info


def main() -> None:
    run_module(renewal_info.RENEWAL_INFO)


if __name__ == "__main__":
    main()
