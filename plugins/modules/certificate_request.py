#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Says which certificates are due, and stages keys and requests for those."""

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate_request
short_description: Find out which certificates are due and make keys and requests for them
version_added: 1.0.0
description:
  - Looks at certificates in the store of a host and says of each whether a new one is due, and why.
  - For a certificate that is due, makes a private key and a certificate signing request, and keeps both in the store until
    M(webpki.acme.certificate_deploy) is given the certificate. The private key never leaves the host.
  - What an earlier run staged is taken up again when it still fits. A certificate that it had issued, but could not put to
    use, is not due but unfinished.
  - Of a certificate that is not due, says whether its files are as they were issued, and whether their owner, their modes and
    the links to them are as wanted.
  - Takes any number of certificates. One that fails does not stop the others; the module fails at the end,
    with all results in hand.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.attributes
  - webpki.acme.attributes.files
  - webpki.acme.store
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: partial
    details: With O(certificates[].force) a new certificate is due on every run that follows a deployment.
options:
  certificates:
    description: The certificates that this host should have.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - What the certificate is called in the store.
          - One part of a path, so without slashes and without a dot in front, of at most 100 bytes.
        type: str
        required: true
      identifiers:
        description:
          - The domain names and IP addresses that the certificate is for.
          - Their order and case do not matter. International names are turned into their C(xn--) form.
        type: list
        elements: str
        required: true
      key_type:
        description: The type of the private key.
        type: str
        choices: [ecdsa-p256, ecdsa-p384, rsa-2048, rsa-3072, rsa-4096]
        default: ecdsa-p256
      key_reuse:
        description: Ask for the new certificate with the key of the current one, as long as that is of the wanted type.
        type: bool
        default: false
      force:
        description: Count the certificate as due whatever its state is.
        type: bool
        default: false
      ca:
        description:
          - The CAs of which one should have issued the certificate, written as they were for M(webpki.acme.certificate_deploy).
          - A certificate that is known to be from another one is due. Without this option any CA will do.
        type: list
        elements: str
      profile:
        description: The profile that the certificate should have been issued under, of several any. Without this option any will do.
        type: list
        elements: str
      renewal:
        description:
          - What was decided elsewhere, such as by M(webpki.acme.renewal_info), that this certificate is to be renewed, and why.
          - One with another fingerprint has been replaced since, and is not due for this reason.
        type: dict
        suboptions:
          fingerprint_sha256:
            description: The fingerprint of the certificate that it was decided for.
            type: str
            required: true
          code:
            description: The reason as a word.
            type: str
            choices: [lifetime, renewal-info]
            required: true
          text:
            description: The same for people.
            type: str
            required: true
      owner:
        description: The user, by name or number, who should own the files. Without it any will do.
        type: str
      group:
        description: The group, by name or number, that the files should have. Without it any will do.
        type: str
      mode:
        description:
          - The permissions that the private key should have, as a quoted octal number or in symbols such as V(u=rw,g=r).
          - The certificates have V(0644).
        type: raw
        default: "0600"
      links:
        description:
          - Symbolic links that should be there, for software that wants the files in another place. Their directories must exist.
          - A file or directory in the place of one is an error.
        type: dict
        suboptions:
          fullchain:
            description: Link to the certificate with its chain.
            type: path
          privkey:
            description: Link to the private key.
            type: path
          chain:
            description: Link to the chain without the certificate.
            type: path
          certificate:
            description: Link to the certificate without its chain.
            type: path
  renew_fraction:
    description:
      - A certificate is due when this share of its lifetime, or less, is left.
      - Without this option it is a third, and a half for a lifetime of less than 10 days.
    type: float
  run_interval:
    description:
      - How many seconds there are between two runs.
      - A certificate is also due when what is left is too little for two more of them, so that one may fail. But not before half of
        its lifetime is over, and one that is younger than that shows that there are more runs.
    type: int
    default: 86400
  emergency_fraction:
    description:
      - That it is decided elsewhere when a certificate is old enough, and handed in as O(certificates[].renewal). Here age alone makes
        it due only when this share of its lifetime is left, or too little for two more runs.
      - Takes the place of O(renew_fraction).
    type: float
  context:
    description:
      - Anything, and returned as it is. A role keeps here what the tasks after it need to know of this host.
    type: dict
seealso:
  - module: webpki.acme.certificate_deploy
  - module: webpki.acme.certificate_info
"""

EXAMPLES = r"""
- name: See which certificates are due, with a key and a request for each of those
  webpki.acme.certificate_request:
    certificates:
      - name: www
        identifiers: [www.example.com, example.com]
      - name: mail
        identifiers: [mail.example.com]
        key_type: rsa-3072
  register: request

- name: Show why
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.reasons | map(attribute='text') | join(', ') }}"
  loop: "{{ request.certificates | selectattr('due') }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
certificates:
  description: One result for each certificate, in the order asked.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: The name of the certificate.
      type: str
      returned: always
      sample: www
    due:
      description: Whether a new certificate is to be asked for.
      type: bool
      returned: success
    reasons:
      description: Why it is due; empty when it is not.
      type: list
      elements: dict
      returned: success
      contains:
        code:
          description:
            - A stable word to branch on, one of V(missing), V(unreadable), V(key-mismatch), V(self-signed), V(names),
              V(key-type), V(ca), V(profile), V(revoked), V(lifetime), V(renewal-info), V(expired), V(forced), V(interrupted).
            - V(interrupted) is what was forced by a run that did not come to its end.
          type: str
          sample: lifetime
        text:
          description: The same for people.
          type: str
          sample: 17 of 90 days left
    certificate:
      description:
        - The current certificate in PEM form, V(none) when there is no readable one.
        - When an issued one waits to be deployed, it is told of that one, here and in the values that follow.
      type: str
      returned: success
    fullchain:
      description: The certificate with its chain in PEM form.
      type: str
      returned: success
    issued_by:
      description: The CA that it came from, as given to M(webpki.acme.certificate_deploy), V(none) when that is not known.
      type: str
      returned: success
      sample: https://acme-v02.api.letsencrypt.org/directory
    issued_under:
      description: The profile that it came under, as given to M(webpki.acme.certificate_deploy), V(none) when that is not known.
      type: str
      returned: success
      sample: shortlived
    private_key_path:
      description: The file with its private key.
      type: str
      returned: success
      sample: /etc/webpki/www/versions/0003/privkey.pem
    facts:
      description: What it says, as returned by M(webpki.acme.certificate_info).
      type: dict
      returned: success
    csr:
      description: The staged request in PEM form when the certificate is due, otherwise V(none). Also V(none) in check mode.
      type: str
      returned: success
    order_url:
      description:
        - The URL of the order that a run which was cut short made at one of O(certificates[].ca) for the staged request, as given to
          O(webpki.acme.challenge_webroot#module:orders). V(none) when none is known.
      type: str
      returned: success
    order_ca:
      description: At which CA that order is. V(none) when none is known.
      type: str
      returned: success
    put_off:
      description:
        - Until when none of the CAs wants to be asked for a certificate that is due, as given to
          O(webpki.acme.certificate_deploy#module:certificates[].retry_after). V(none) when one may be asked, when it is another CA, when
          the names are others, and with O(certificates[].force).
      type: dict
      returned: success
      contains:
        until:
          description: The time, in RFC 3339. At most 7 days from now.
          type: str
        reason:
          description: What the CA said.
          type: str
    put_off_by:
      description: The same for each CA that does not want to be asked yet, whether others may be asked or not.
      type: list
      elements: dict
      returned: success
      contains:
        ca:
          description: The CA.
          type: str
        until:
          description: The time, in RFC 3339. At most 7 days from now.
          type: str
        reason:
          description: What the CA said.
          type: str
    unfinished:
      description:
        - Whether an earlier deployment was cut short or taken back, so that an issued certificate waits, or that the web
          server may not know the current one yet. Giving RV(certificates[].fullchain) to
          M(webpki.acme.certificate_deploy) finishes it.
        - Also when challenge files of a run that was killed are still there after an hour. That removes them too.
      type: bool
      returned: success
    differs:
      description:
        - Whether a certificate that is not due has another owner, mode or link than wanted. Giving
          RV(certificates[].fullchain) to M(webpki.acme.certificate_deploy) mends that.
      type: bool
      returned: success
    differences:
      description: What is not as wanted, and how it should be.
      type: list
      elements: str
      returned: success
      sample: ["/etc/ssl/www.pem -> /srv/www.pem, wanted is /etc/ssl/www.pem -> /etc/webpki/www/current/fullchain.pem"]
    changed:
      description: Whether a key or a request was made, or in check mode would be made.
      type: bool
      returned: always
    failed:
      description: Only there, and then V(true), when this certificate failed.
      type: bool
      returned: failure
    msg:
      description: Why this certificate failed, and what to do.
      type: str
      returned: failure
context:
  description: What was given as O(context).
  type: dict
  returned: always
missing_libraries:
  description:
    - The Python libraries that the host lacks.
    - None is needed where nothing is due and all certificates are as M(webpki.acme.certificate_deploy) left them.
  type: list
  elements: str
  returned: when one is missing that is needed
  sample: [cryptography]
"""

from ..module_utils._ansible.host_tasks import request
from ..module_utils._ansible.module import run_module


def main() -> None:
    run_module(request.CERTIFICATE_REQUEST)


if __name__ == "__main__":
    main()
