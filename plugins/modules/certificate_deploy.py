#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts issued certificates and their keys in place, together or not at all."""

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate_deploy
short_description: Put certificates and their keys in place
version_added: 1.0.0
description:
  - Puts issued certificates in place, each together with the private key that M(webpki.acme.certificate_request) staged for
    it. Key and certificates become current by one rename, so that every reader sees a pair that belongs together.
  - Refuses a certificate that does not belong to the key, is for other names, has expired or is not yet valid,
    or whose chain does not hold together up to its last certificate, by signatures and by what its CAs may sign.
    The current one then stays.
  - Tests the configuration of the web server afterwards when told how, and goes back to the versions before when it fails.
  - Then reloads the web server, and looks whether it serves the new certificate, when told where.
  - Takes any number of certificates. One that is refused does not stop the others; the module fails at the end,
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
    support: full
options:
  state:
    description:
      - V(present) deploys O(certificates[].fullchain).
      - V(placeholder) makes a key and a self-signed certificate that is valid for 7 days, where there is no certificate yet,
        so that a web server whose configuration names the files can start. A certificate that is there stays.
    type: str
    choices: [present, placeholder]
    default: present
  certificates:
    description: The certificates to put in place.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: What the certificate is called in the store.
        type: str
        required: true
      fullchain:
        description:
          - The certificate and its chain as PEM text, the certificate itself first.
          - Required with O(state=present).
        type: str
      private_key:
        description:
          - The private key as PEM text without a passphrase, for a certificate that several hosts share.
          - Without it the staged key is used, or the current one when the certificate is for that.
        type: str
      identifiers:
        description:
          - The names that the certificate must be for, no more and no less. Without them its names are not looked at.
          - With O(state=placeholder) the names that it is made for, and required.
        type: list
        elements: str
      owner:
        description: The user, by name or number, who owns the files. Without it they belong to the user of the task.
        type: str
      group:
        description: The group, by name or number, of the files.
        type: str
      mode:
        description:
          - The permissions of the private key, as a quoted octal number or in symbols such as V(u=rw,g=r).
          - The certificates have V(0644).
        type: raw
        default: "0600"
      links:
        description:
          - Symbolic links to make, for software that wants the files in another place. Their directories must exist.
          - A link that points elsewhere is replaced. A file or directory in its place is an error, and is left alone.
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
      ca:
        description: The CA that issued the certificate. M(webpki.acme.certificate_request) compares it.
        type: str
      profile:
        description: The profile that it was issued under. M(webpki.acme.certificate_request) compares it.
        type: str
      retry_after:
        description:
          - In place of O(certificates[].fullchain), when the CA gave none. The time, in ISO 8601 with its zone, at which it wants
            to be asked again, as the CA-side modules return it in RV(webpki.acme.order#module:orders[].retry_after).
          - Until then M(webpki.acme.certificate_request) returns RV(webpki.acme.certificate_request#module:certificates[].put_off)
            for the same O(certificates[].ca) and O(certificates[].identifiers).
          - Of several CAs each may have its own, so a certificate may then be given more than once.
        type: str
      reason:
        description: What the CA said, with O(certificates[].retry_after).
        type: str
      reload:
        description:
          - What to reload when the certificate, its files or its links were changed. The names of services, and commands,
            which start with a slash and are run without a shell.
          - Each is done once, however many certificates name it, and after O(validate). A service that does not run is started,
            and with systemd one that cannot reload is restarted.
          - One that takes more than 5 minutes is ended. The end of what one prints that fails is part of the message, so it
            should print no secrets.
          - When one fails, the certificates that name it fail. They stay in place, but count as unfinished in
            RV(webpki.acme.certificate_request#module:certificates[].unfinished) until they are deployed once more, which does
            this again. So do those that were changed when the module was killed before this.
        type: list
        elements: str
        default: []
      served_on:
        description:
          - A host and a port, such as V(127.0.0.1:443), where a changed certificate must be served 30 seconds later at the
            latest. It is asked for by its first name that is no wildcard.
          - When it is not served, it fails as with O(certificates[].reload). Neither is for O(state=placeholder).
        type: str
      roll_back_unserved:
        description:
          - What happens when the new certificate is not served where O(certificates[].served_on) says, or cannot be reloaded.
            By default it stays in place, and counts as unfinished. With this the version before comes back, where there is one
            that has not expired, and O(certificates[].reload) is done again. What was issued stays staged, and
            M(webpki.acme.certificate_request) returns it as unfinished, so that the next run can deploy it without a new order.
          - It needs O(certificates[].served_on), and only takes back what the same call has switched.
        type: bool
        default: false
  validate:
    description:
      - Commands that test the configuration of the software that uses the certificates, such as V(nginx -t).
      - They run one after another, without a shell, once after all certificates were switched, and only when something changed.
      - One that takes more than 5 minutes is ended and has failed.
      - When one fails, all certificates and links that this call switched are switched back, and the module fails with what
        the command printed. What was issued stays staged, and M(webpki.acme.certificate_request) then returns it as unfinished,
        so that the next run can deploy it without asking the CA again.
    type: list
    elements: str
    default: []
  keep:
    description: How many versions of each certificate stay in the store, the current one included.
    type: int
    default: 3
seealso:
  - module: webpki.acme.certificate_request
  - module: webpki.acme.served_certificate_info
"""

EXAMPLES = r"""
- name: Let nginx start before its certificate has come
  webpki.acme.certificate_deploy:
    state: placeholder
    certificates:
      - name: www
        identifiers: [www.example.com, example.com]

- name: Put the issued certificate in place
  webpki.acme.certificate_deploy:
    certificates:
      - name: www
        fullchain: "{{ issued.orders[0].fullchain }}"
        identifiers: [www.example.com, example.com]
        group: ssl-cert
        mode: "0640"
        links:
          fullchain: /etc/ssl/certs/www.pem
          privkey: /etc/ssl/private/www.key
        reload: [nginx]
        served_on: 127.0.0.1:443
    validate:
      - nginx -t
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
    changed:
      description: Whether anything of it was changed, or in check mode would be changed.
      type: bool
      returned: always
    version:
      description: The version that is current at the end, V(none) when there is none. In check mode the one that is now.
      type: str
      returned: when it was not refused
      sample: "0003"
    path:
      description: The directory of the current files.
      type: str
      returned: when it was not refused
      sample: /etc/webpki/www/current
    fingerprint_sha256:
      description: SHA-256 of the certificate that was to be deployed, in lower-case hexadecimal digits.
      type: str
      returned: when it was not refused
    not_after:
      description: Until when the certificate that was to be deployed is valid, in RFC 3339 form.
      type: str
      returned: when it was not refused
      sample: "2026-03-01T12:00:00Z"
    facts:
      description: What that certificate says, as returned by M(webpki.acme.certificate_info).
      type: dict
      returned: when it was not refused
    failed:
      description: Only there, and then V(true), when this certificate failed.
      type: bool
      returned: failure
    msg:
      description: Why this certificate failed, and what to do.
      type: str
      returned: failure
rolled_back:
  description:
    - Whether certificates were switched back, because a command of O(validate) failed,
      or because of O(certificates[].roll_back_unserved).
  type: bool
  returned: always
reloaded:
  description: What was reloaded or run, of all that O(certificates[].reload) names.
  type: list
  elements: str
  returned: always
  sample: [nginx]
missing_libraries:
  description: The Python libraries that the host lacks.
  type: list
  elements: str
  returned: when one is missing
  sample: [cryptography]
"""

from ..module_utils._ansible.host_tasks import deploy
from ..module_utils._ansible.module import run_module


def main() -> None:
    run_module(deploy.CERTIFICATE_DEPLOY)


if __name__ == "__main__":
    main()
