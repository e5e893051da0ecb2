# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real parts that the tests and the demo run against: a CA, its name server, and booted hosts.

Needs the standard library only, so that it can be used before anything else is installed.

In a test, by the fixtures (tests/lab/fixtures.py)::

    def test_an_issuance(pebble, webroot):
        ca = pebble(authz_reuse=100)      # options: tests/lab/options.py
        ca.dns.add_a("shop.test", "127.0.0.1")
        ...                               # ca.directory_url, ca.ca_bundle, ca.roots_file, webroot.directory

    def test_a_role(hosts):
        lab = hosts("web1:nginx", "web2:apache", "web3:nginx+bare")
        lab.dns.add_a("shop.test", lab.hosts["web1"].address)
        lab.hosts["web2"].reinstall()     # new, in half a second
        ...                               # lab.inventory, lab.ca, lab.hosts["web1"].ssh("nginx -t")

By hand: `make lab`, `make lab-down`, `python -m tests.lab --help`.
"""

from __future__ import annotations
