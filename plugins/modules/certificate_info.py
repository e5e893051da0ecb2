#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts of certificates in a store, in files, or in given text."""

from __future__ import annotations

DOCUMENTATION = r"""
module: certificate_info
short_description: Facts and proofs of certificates
version_added: 1.0.0
description:
  - Returns what certificates say, from the store of a host, from PEM files or from PEM text.
  - Without O(names), O(paths) and O(content), all certificates in the store.
  - Also returns what can be proven of them. The chain up to a root and the signed certificate timestamps always, and, with
    O(status), whether the CA says that they are revoked. Nothing of that makes a certificate fail, so that it can be decided on
    in the play.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.attributes
  - webpki.acme.attributes.info_module
  - webpki.acme.store
options:
  names:
    description: Certificates in the store.
    type: list
    elements: str
  paths:
    description: Files with certificates in PEM form. The facts are those of the first certificate in a file.
    type: list
    elements: path
  content:
    description: Certificates as PEM text. The facts are those of the first certificate in a text.
    type: list
    elements: str
  ca_bundle:
    description:
      - A file on the host with the roots that chains should lead to, in PEM form, for a private CA.
      - Without it they are those of the system, or of the file that the environment names as E(SSL_CERT_FILE).
    type: path
  status:
    description:
      - Whether to ask if the certificates are revoked, at the URLs of CRL and OCSP responder that they name themselves.
      - So the host needs a way to these. Proxies of the environment are used, redirects are not followed.
    type: bool
    default: false
  timeout:
    description: How many seconds each of these URLs may take, with O(status).
    type: int
    default: 10
seealso:
  - module: webpki.acme.certificate_request
  - module: webpki.acme.served_certificate_info
"""

EXAMPLES = r"""
- name: Look at all certificates in the store
  webpki.acme.certificate_info:
  register: stored

- name: Say how long each is valid
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.facts.days_left | round(1) }} days"
  loop: "{{ stored.certificates }}"
  loop_control:
    label: "{{ item.name }}"

- name: Ask the CA for the status of those on this host
  webpki.acme.certificate_info:
    status: true
  register: proven

- name: Fail when one of them is revoked, or does not lead to a root
  ansible.builtin.assert:
    that:
      - item.chain.verified
      - item.crl.status | default('good') != 'revoked'
    fail_msg: "{{ item.name }}: {{ item.chain.problem or item.crl }}"
  loop: "{{ proven.certificates }}"
  loop_control:
    label: "{{ item.name }}"

- name: Look at a file
  webpki.acme.certificate_info:
    paths:
      - /etc/ssl/certs/ca-certificates.crt
"""

RETURN = r"""
certificates:
  description:
    - One result for each certificate, in the order asked; those of O(names) first, then O(paths), then O(content).
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: The name in the store, V(none) for one from elsewhere.
      type: str
      returned: always
      sample: www
    path:
      description: The file, V(none) for one from O(content).
      type: str
      returned: always
      sample: /etc/webpki/www/current/fullchain.pem
    exists:
      description: Whether there is such a certificate.
      type: bool
      returned: success
    facts:
      description: What it says, V(none) when there is none.
      type: dict
      returned: success
      contains:
        subject_common_name:
          description: The common name of the subject, V(none) without one.
          type: str
          sample: www.example.com
        issuer:
          description: The issuer in RFC 4514 form.
          type: str
          sample: CN=E7,O=Let's Encrypt,C=US
        identifiers:
          description: The domain names and IP addresses that it is for.
          type: list
          elements: str
          sample: [www.example.com]
        serial_number:
          description: The serial number in hexadecimal digits.
          type: str
        not_before:
          description: From when it is valid, in RFC 3339 form.
          type: str
          sample: "2026-01-01T12:00:00Z"
        not_after:
          description: Until when it is valid, in RFC 3339 form.
          type: str
          sample: "2026-03-01T12:00:00Z"
        fingerprint_sha256:
          description: SHA-256 of the certificate, in lower-case hexadecimal digits.
          type: str
        key_type:
          description: The type of its key, as in M(webpki.acme.certificate_request) where it is one of those.
          type: str
          sample: ecdsa-p256
        public_key_fingerprint_sha256:
          description: SHA-256 of its public key (SubjectPublicKeyInfo), in lower-case hexadecimal digits.
          type: str
        self_signed:
          description: Whether it is signed with its own key, as a placeholder is.
          type: bool
        authority_key_identifier:
          description: The key identifier of the issuer in hexadecimal digits, V(none) when the certificate does not say.
          type: str
        days_left:
          description: Days until it expires, negative when it has.
          type: float
          sample: 42.5
        lifetime_days:
          description: Days from the beginning to the end of its validity.
          type: float
          sample: 90.0
        key_matches:
          description: Whether the private key in the store belongs to it, V(none) where none can be read.
          type: bool
        chain_length:
          description: How many certificates the file or text holds, this one included.
          type: int
          sample: 2
    chain:
      description: Whether the certificates of the file or text lead to a trusted root, V(none) when there is no certificate.
      type: dict
      returned: success
      contains:
        verified:
          description: Whether each is valid now, and signed by the next one that may do so, up to a root.
          type: bool
        root:
          description: The root in RFC 4514 form, V(none) when there is none.
          type: str
          sample: CN=ISRG Root X1,O=Internet Security Research Group,C=US
        problem:
          description: Why it leads to none, V(none) when it does.
          type: str
    scts:
      description:
        - The signed certificate timestamps (RFC 6962) in the certificate. CAs of the web PKI put some in, private ones do not.
        - Their form is looked at. Whether the logs have made these signatures is not.
      type: dict
      returned: success
      contains:
        count:
          description: How many there are.
          type: int
          sample: 2
        valid:
          description: Whether all are well-formed, of the past, signed in an allowed way, and each of another log. V(none) without any.
          type: bool
        problem:
          description: What is wrong with which, V(none) when nothing is.
          type: str
        logs:
          description: The logs, each with its C(log_id) in hexadecimal digits and the C(timestamp) in RFC 3339 form.
          type: list
          elements: dict
    crl:
      description:
        - What the CRL says that the certificate names. Its signature is verified with the issuer in the chain.
        - V(none) without O(status), and where the certificate names none.
      type: dict
      returned: success
      contains:
        status:
          description: V(good), V(revoked), or V(unknown) where nothing reliable could be had.
          type: str
        problem:
          description: Why it is unknown, otherwise V(none).
          type: str
        url:
          description: The URL that was asked.
          type: str
        revoked_at:
          description: Since when it is revoked, in RFC 3339 form, V(none) when it is not.
          type: str
        reason:
          description: The reason by its name in RFC 5280, such as V(keyCompromise), V(none) where the CA gives none.
          type: str
        this_update:
          description: From when this is, in RFC 3339 form.
          type: str
        next_update:
          description: Until when something newer is promised, in RFC 3339 form, V(none) where it is not.
          type: str
    ocsp:
      description: The same, with the same members, from the OCSP responder that the certificate names. Many CAs have none any more.
      type: dict
      returned: success
    failed:
      description: Only there, and then V(true), when this certificate could not be read.
      type: bool
      returned: failure
    msg:
      description: Why it could not be read, and what to do.
      type: str
      returned: failure
missing_libraries:
  description: The Python libraries that the host lacks.
  type: list
  elements: str
  returned: when one is missing
  sample: [cryptography]
"""

from ..module_utils._ansible.host_tasks import info
from ..module_utils._ansible.module import run_module


def main() -> None:
    run_module(info.CERTIFICATE_INFO)


if __name__ == "__main__":
    main()
