#!/usr/bin/python
# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What TLS ports really serve."""

from __future__ import annotations

DOCUMENTATION = r"""
module: served_certificate_info
short_description: Certificates that TLS ports really serve
version_added: 1.0.0
description:
  - Connects to TLS ports as a browser does and returns the certificates that they serve for a name.
  - With O(endpoints[].fingerprint_sha256) it waits until that certificate is served, and fails when it is not.
  - Takes any number of endpoints and asks them at the same time.
author: The webpki.acme authors (@webpki)
extends_documentation_fragment:
  - webpki.acme.attributes
  - webpki.acme.attributes.info_module
requirements:
  - python >= 3.9
  - cryptography >= 38 (only for RV(endpoints[].facts); without it they are V(none))
options:
  endpoints:
    description: The ports to ask.
    type: list
    elements: dict
    required: true
    suboptions:
      host:
        description: The host name or IP address to connect to.
        type: str
        required: true
      port:
        description: The port to connect to.
        type: int
        default: 443
      server_name:
        description: The name that is asked for (SNI). Without it, O(endpoints[].host).
        type: str
      fingerprint_sha256:
        description:
          - SHA-256 of the certificate that must be served, in hexadecimal digits, with or without colons.
          - The module fails when another one, or none, is served at the end of O(deadline).
        type: str
  timeout:
    description: Seconds to wait for a connection and for its handshake.
    type: int
    default: 10
  deadline:
    description: Seconds to go on asking an endpoint that does not serve the expected certificate yet.
    type: int
    default: 30
  ca_bundle:
    description:
      - A file with CA certificates in PEM form. With it, the served chains and names are verified as a browser would,
        and RV(endpoints[].verified) says how that ended.
    type: path
seealso:
  - module: webpki.acme.certificate_deploy
"""

EXAMPLES = r"""
- name: See what a web server serves
  webpki.acme.served_certificate_info:
    endpoints:
      - host: www.example.com
  register: served

- name: Look at the certificate in the store
  webpki.acme.certificate_info:
    names: [www]
  register: stored

- name: Make sure that it is the one that is served on this host
  webpki.acme.served_certificate_info:
    endpoints:
      - host: 127.0.0.1
        server_name: www.example.com
        fingerprint_sha256: "{{ stored.certificates[0].facts.fingerprint_sha256 }}"
"""

RETURN = r"""
endpoints:
  description: One result for each endpoint, in the order asked.
  type: list
  elements: dict
  returned: always
  contains:
    host:
      description: The host that was connected to.
      type: str
      returned: always
    port:
      description: The port that was connected to.
      type: int
      returned: always
    server_name:
      description: The name that was asked for.
      type: str
      returned: always
    reachable:
      description: Whether a TLS connection was made.
      type: bool
      returned: success
    fingerprint_sha256:
      description: SHA-256 of the served certificate, in lower-case hexadecimal digits; V(none) when there was none.
      type: str
      returned: success
    certificate:
      description: The served certificate in PEM form, V(none) when there was none.
      type: str
      returned: success
    verified:
      description: Whether chain and name could be verified with O(ca_bundle); V(none) without that option.
      type: bool
      returned: success
    verify_error:
      description: Why they could not be verified.
      type: str
      returned: success
      sample: self-signed certificate
    as_expected:
      description: Whether the expected certificate is served; V(none) when nothing was expected.
      type: bool
      returned: success
    facts:
      description: What the served certificate says, as returned by M(webpki.acme.certificate_info).
      type: dict
      returned: success
    failed:
      description: Only there, and then V(true), when this endpoint is not as expected.
      type: bool
      returned: failure
    msg:
      description: Why no connection was made, or what is served instead of the expected certificate. Empty otherwise.
      type: str
      returned: always
"""

from ..module_utils._ansible.host_tasks import served
from ..module_utils._ansible.module import run_module


def main() -> None:
    run_module(served.SERVED_CERTIFICATE_INFO)


if __name__ == "__main__":
    main()
