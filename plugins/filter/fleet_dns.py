# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prove by DNS: what the role `certificates` places where, by whose tasks, and what became of it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.plugins.loader import module_loader

from ..plugin_utils import records
from ..plugin_utils.steps import by_name

# The modules, not of this collection, that the tasks of each provider use.
PROVIDERS: dict[str, tuple[str, ...]] = {
    "rfc2136": (),
    "route53": ("amazon.aws.route53",),
    "cloudflare": ("community.general.cloudflare_dns",),
    "hetzner": ("community.dns.hetzner_dns_record",),
    "azure": ("azure.azcollection.azure_rm_dnsrecordset", "azure.azcollection.azure_rm_dnsrecordset_info"),
    "gcp": (
        "google.cloud.gcp_dns_managed_zone_info",
        "google.cloud.gcp_dns_resource_record_set",
        "google.cloud.gcp_dns_resource_record_set_info",
    ),
    "desec": (),
}
# The settings without which they cannot do.
NEEDED = {"rfc2136": "server", "azure": "resource_group", "gcp": "project", "desec": "token"}
STEPS = ("present", "cleanup")


def dns_records(planned: Mapping[str, Any], ordered: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the DNS records that the orders need, each once with all its texts."""
    return records.wanted(planned, by_name(ordered, "orders"))


def dns_targets(
    wanted: Sequence[dict[str, Any]], zones: Mapping[str, Any], more: Sequence[dict[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Return what is to be put where, each place once, given the result of webpki.acme.dns_zone_info; `more` places are added."""
    return records.targets(wanted, zones, more)


def dns_refused(targets: Sequence[dict[str, Any]], results: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return why a provider did not place or remove targets, by their names, given the results of its tasks that failed."""
    return records.refused(targets, *results)


def dns_problems(
    wanted: Sequence[dict[str, Any]],
    zones: Mapping[str, Any],
    refused: Mapping[str, str],
    waited: Mapping[str, Any],
    before: Mapping[str, str],
) -> dict[str, str]:
    """Return why records are not in place, by their names; of others what was said `before`."""
    return records.problems(wanted, zones, refused, waited, before)


def dns_tasks(settings: Mapping[str, Any], own: Any, directory: str) -> dict[str, str]:
    """Return the files with the tasks, by their steps: the user's own, or those of the provider that the settings name.

    A path of the user's own is one from the directory of the playbook. `problem` says why there are none; empty when there are.
    """
    try:
        files = _own_tasks(own, directory) if own else _provided_tasks(settings)
    except ValueError as error:
        return {**dict.fromkeys(STEPS, ""), "problem": str(error)}
    return {**files, "problem": ""}


def _own_tasks(own: Any, directory: str) -> dict[str, str]:
    given = own if isinstance(own, Mapping) else {step: os.path.join(str(own), f"{step}.yml") for step in STEPS}
    if set(given) != set(STEPS):
        raise ValueError("acme_dns_tasks is neither a directory nor the two files present and cleanup")
    files = {step: os.path.join(directory, os.path.expanduser(str(given[step]))) for step in STEPS}
    for file in files.values():
        if not os.path.isfile(file):
            raise ValueError(f"acme_dns_tasks: there is no file {file}")
    return files


def _provided_tasks(settings: Mapping[str, Any]) -> dict[str, str]:
    provider = str(settings.get("provider") or "")
    if not provider:
        raise ValueError(
            "nothing says how DNS records are placed. Give acme_dns with a provider, or acme_dns_tasks with tasks of your own."
        )
    if provider not in PROVIDERS:
        known = ", ".join(PROVIDERS)
        raise ValueError(f"acme_dns.provider is {provider!r}. Give one of {known}, or acme_dns_tasks.")
    needed = NEEDED.get(provider)
    if needed and not (settings.get(provider) or {}).get(needed):
        raise ValueError(f"acme_dns has the provider {provider}, but no {provider}.{needed}. Give that.")
    for module in PROVIDERS[provider]:
        if not module_loader.find_plugin_with_context(module).resolved:
            raise ValueError(
                f"the DNS provider {provider} needs the module {module}, which is not there. "
                f"Install its collection on the controller: ansible-galaxy collection install {module.rpartition('.')[0]}"
            )
    return {step: f"dns/{provider}/{step}.yml" for step in STEPS}


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return them by name."""
        return {
            "dns_records": dns_records,
            "dns_targets": dns_targets,
            "dns_refused": dns_refused,
            "dns_problems": dns_problems,
            "dns_tasks": dns_tasks,
        }
