# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that ends between the switch of a certificate and its use."""

from __future__ import annotations

import pytest

from .fleet import Fleet, certificate


@pytest.mark.hosts
def test_reloads_in_the_next_run(fleet: Fleet) -> None:
    """A run that failed to reload is made good by the next one, with the certificate that is there."""
    fleet.clean(["web1"])
    sites = [certificate("late", reload=["/bin/false"], served_on="127.0.0.1:443")]
    hosts = {"web1": {"acme_webserver": "nginx", "acme_certificates": sites}}
    fleet.point(hosts)
    assert fleet.run(hosts).failed() == {"web1"}
    assert fleet.look("web1", "late.example.test").error
    requests = fleet.requests()

    sites[0]["reload"] = ["nginx"]
    finished = fleet.run(hosts).good()
    assert ("web1", "Install and put to use") in finished.changes()
    assert fleet.look("web1", "late.example.test").error == ""
    assert fleet.requests() == requests
    assert fleet.run(hosts).good().changes() == []
