# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A play over two hosts, step by step: the plan for it, and what comes of the conversation where all goes well."""

from __future__ import annotations

from typing import Any

from ansible_collections.webpki.acme.plugins.filter import fleet_plan

from tests.unit.fleet import authorization, due, host, listed, looped, ordered

SHARED = listed(shared=True)
#: Two hosts that share `www`, where it is due, and `web1` with an `api` of its own.
HOSTS = {
    "web1": host((SHARED, due()), (listed("api", webroot="/srv/api"), due("api"))),
    "web2": host(({**SHARED, "webroot": "/srv/other"}, due())),
}
ORDERED = looped(
    {
        "orders": [
            ordered("www", authorization("www.example.com", "tok-www")),
            ordered("api on web1", authorization("api.example.com", "tok-api")),
        ]
    }
)
#: A step that was left out.
NOTHING: dict[str, Any] = {"results": [], "skipped": True}
PLACED = {"challenges": [{"token": "tok-www", "changed": True}, {"token": "tok-api", "changed": True}]}
ONE_FAILED = {"challenges": [{"token": "tok-www", "failed": True, "msg": "no webroot"}, {"token": "tok-api"}]}
ACCOUNT = looped({"account_uri": "https://ca.example/account/1"})
ISSUED = looped({"orders": [{"name": "www", "fullchain": "new www"}, {"name": "api on web1", "fullchain": "new api"}]})


def plan(hosts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return fleet_plan.plan(list(hosts), hosts)


def with_results(hosts: dict[str, dict[str, Any]], **registered: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The hosts, each with what it registered: `with_results(HOSTS, placed={"web1": ...})`."""
    more = {
        name: {f"__certificates_{step}": by_host.get(name) for step, by_host in registered.items()} for name in hosts
    }
    return {name: {**variables, **more[name]} for name, variables in hosts.items()}
