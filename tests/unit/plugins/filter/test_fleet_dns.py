# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose tasks place DNS records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.filter.fleet_dns import NEEDED, PROVIDERS, STEPS, dns_records, dns_tasks

ROLE = Path(__file__).parents[4] / "roles/certificates"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_provided(provider: str) -> None:
    """Each provider has both files; one whose collection is missing is refused with what to install."""
    for step in STEPS:
        assert (ROLE / "tasks/dns" / provider / f"{step}.yml").is_file()
    found = dns_tasks({"provider": provider, provider: {NEEDED.get(provider, ""): "given"}}, "", "/play")
    if PROVIDERS[provider]:
        collection = PROVIDERS[provider][0].rpartition(".")[0]
        assert found["present"] == found["cleanup"] == ""
        assert found["problem"].startswith(f"the DNS provider {provider} needs the module {collection}.")
        assert found["problem"].endswith(f"ansible-galaxy collection install {collection}")
    else:
        assert found == {step: f"dns/{provider}/{step}.yml" for step in STEPS} | {"problem": ""}


def test_own(tmp_path: Path) -> None:
    """Tasks of the user's own, in a directory or as two files, go before those of a provider."""
    for step in STEPS:
        (tmp_path / f"{step}.yml").touch()
    expected = {**{step: str(tmp_path / f"{step}.yml") for step in STEPS}, "problem": ""}
    for own in (
        str(tmp_path),
        {step: f"{step}.yml" for step in STEPS},
        {step: str(tmp_path / f"{step}.yml") for step in STEPS},
    ):
        assert dns_tasks({"provider": "route53"}, own, str(tmp_path)) == expected
    assert dns_tasks({}, tmp_path.name, str(tmp_path.parent)) == expected


@pytest.mark.parametrize(
    ("settings", "own", "told"),
    [
        ({}, "", "nothing says how DNS records are placed. Give acme_dns with a provider, or acme_dns_tasks"),
        ({"provider": "nobody"}, "", "acme_dns.provider is 'nobody'. Give one of rfc2136, route53,"),
        (
            {"provider": "azure", "azure": {"tenant": "t"}},
            "",
            "acme_dns has the provider azure, but no azure.resource_group.",
        ),
        ({"provider": "rfc2136"}, "", "acme_dns has the provider rfc2136, but no rfc2136.server."),
        ({}, "none", "acme_dns_tasks: there is no file /play/none/present.yml"),
        ({}, {"present": "a.yml"}, "acme_dns_tasks is neither a directory nor the two files present and cleanup"),
    ],
)
def test_refused(settings: dict[str, Any], own: Any, told: str) -> None:
    """Where there are no tasks it is said what to give."""
    found = dns_tasks(settings, own, "/play")
    assert found["problem"].startswith(told)
    assert [found[step] for step in STEPS] == ["", ""]


def test_nothing_ordered() -> None:
    """Where the CA made no order there are no records."""
    assert (
        dns_records({"orders": [{"name": "one", "identifiers": ["a.test"], "challenge": [["*", ["dns-01"]]]}]}, {})
        == []
    )
