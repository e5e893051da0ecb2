# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names proven over TLS on hosts, where nothing has port 443, and where HAProxy has it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.paths import REPOSITORY

from .documents import examples
from .fleet import Fleet

SITE = """
server {
    listen 127.0.0.1:8443 ssl;
    server_name hap.example.test;
    ssl_certificate /etc/webpki/hap/current/fullchain.pem;
    ssl_certificate_key /etc/webpki/hap/current/privkey.pem;
}
"""


def entry(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "identifiers": [f"{name}.example.test"], "challenge": "tls-alpn-01", **more}


@pytest.mark.hosts
def test_over_tls(fleet: Fleet) -> None:
    """A host answers the CA for as long as it looks, by itself or behind HAProxy, and nothing of that stays."""
    (haproxy,) = examples(REPOSITORY / "docs" / "challenges.md", "haproxy")
    hosts: dict[str, dict[str, Any]] = {
        "web1": {"acme_certificates": [entry("alone")]},
        "web2": {
            "acme_certificates": [entry("hap", reload=["nginx"], served_on="127.0.0.1:443")],
            "acme_tls_alpn_listen": "127.0.0.1:10443",
        },
    }
    fleet.point(hosts)
    placeholder = [{"hosts": "web2", "gather_facts": False, "tasks": [PLACEHOLDER]}]
    fleet.run(hosts, playbook_=placeholder).good()
    web2 = fleet.host("web2")
    (web2.root / "etc/nginx/conf.d/own.conf").write_text(SITE)
    (web2.root / "etc/haproxy/haproxy.cfg").write_text(haproxy)
    web2.ssh("systemctl restart nginx haproxy")
    try:
        plays = [{"hosts": "web", "gather_facts": False, "roles": ["webpki.acme.certificates"]}]
        fleet.run(hosts, playbook_=plays).good()
        assert fleet.look("web2", "hap.example.test").error == ""
        for name in hosts:
            assert fleet.host(name).ssh("pgrep -f '[a]cme-tls' || true") == ""
            assert fleet.host(name).ssh("ls -A /etc/webpki").split() == [hosts[name]["acme_certificates"][0]["name"]]
        assert fleet.host("web1").ssh("ls /etc/webpki/alone/current").split()
        assert fleet.run(hosts, playbook_=plays).good().changes() == []
    finally:
        web2.ssh("systemctl stop haproxy")


PLACEHOLDER = {
    "name": "Put placeholders",
    "ansible.builtin.include_role": {"name": "webpki.acme.webserver", "tasks_from": "placeholder"},
}
