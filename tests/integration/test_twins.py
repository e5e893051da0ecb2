# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ways in which a task runs: in Ansible's own process, and as a module."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.lab.fixtures import PebbleFactory
from tests.lab.paths import REPOSITORY

ACTIONS = REPOSITORY / "plugins" / "action"
MODULES = REPOSITORY / "plugins" / "modules"
WWW = {"name": "www", "identifiers": ["www.example.org"]}
UNKNOWN = "https://{{ ca_host }}/my-order/unknown"
ENDED = {
    "name": "ended",
    "facts": {
        "not_before": "2025-01-01T00:00:00Z",
        "not_after": "2025-04-01T00:00:00Z",
        "fingerprint_sha256": "00",
        "serial_number": "01",
        "authority_key_identifier": "01",
    },
}

# Name of the task, module, options. Those that would change something are in check mode, or about things that are not there:
# so both ways find the same world.
TASKS: list[tuple[str, str, dict[str, Any]]] = [
    ("directory", "directory_info", {}),
    ("account", "account", {"terms_agreed": True, "contact": ["mailto:admin@example.org"]}),
    ("account_info", "account_info", {}),
    ("order", "order", {"orders": [{"name": "a", "identifiers": ["a.example.org", "b.example.org"]}]}),
    ("order_info", "order_info", {"orders": [{"url": "{{ order_url }}"}, {"name": "none", "url": UNKNOWN}]}),
    ("challenge", "challenge", {"orders": [{"name": "none", "url": UNKNOWN}]}),
    ("certificate", "certificate", {"orders": [{"name": "none", "url": UNKNOWN, "csr": "not a CSR"}]}),
    ("authorization", "authorization", {"authorizations": ["https://{{ ca_host }}/authZ/unknown"]}),
    ("revoke", "certificate_revoke", {"certificates": [{"name": "none", "certificate": "not a certificate"}]}),
    ("renewal", "renewal_info", {"certificates": [{"name": "none", "certificate": "not a certificate"}, ENDED]}),
    ("unknown_ca", "directory_info", {"ca": "letsdecrypt"}),
    ("bad_options", "order", {"orders": [{"name": "a"}]}),
    ("both_keys", "account_info", {"account_key": "secret"}),
    ("bad_key", "account_info", {"account_key_file": "/nowhere/account.pem"}),
    ("request", "certificate_request", {"store": "{{ store }}", "certificates": [WWW, {**WWW, "name": "a/b"}]}),
    ("place", "challenge_webroot", {"challenges": [{"webroot": "{{ store }}", "token": "a-token", "content": "a"}]}),
    ("answer", "challenge_tls", {"store": "{{ store }}", "state": "absent"}),
    ("not_answered", "challenge_tls", {"store": "{{ store }}", "listen": "443"}),
    (
        "check",
        "challenge_check",
        {"challenges": [{"identifier": "127.0.0.1", "token": "a", "content": "b", "port": 1}]},
    ),
    ("caa", "caa_info", {"identifiers": ["192.0.2.1"]}),
    ("put", "certificate_deploy", {"store": "{{ store }}", "state": "placeholder", "certificates": [WWW]}),
    ("refused", "certificate_deploy", {"store": "{{ store }}", "certificates": [{**WWW, "fullchain": "none"}]}),
    ("look", "certificate_info", {"store": "{{ store }}", "names": ["www", "none"]}),
    ("served", "served_certificate_info", {"endpoints": [{"host": "127.0.0.1", "port": 1}]}),
    ("kept", "certificate_version_info", {"store": "{{ store }}", "names": ["www", "none"]}),
    ("kept_wrong", "certificate_version_info", {"store": "{{ store }}", "serial_numbers": ["none"]}),
    ("given_up", "certificate_revoked", {"store": "{{ store }}", "certificates": [{"name": "www", "version": "9"}]}),
    ("dns_zone", "dns_zone_info", {"records": ["a..test"], "resolvers": ["127.0.0.1:1"]}),
    ("dns_change", "dns_record", {"server": "127.0.0.1:99999", "records": []}),
    ("dns_wait", "dns_wait", {"records": [], "resolvers": ["127.0.0.1"]}),
    ("bad_store", "certificate_info", {"store": "/nowhere", "names": ["a/b"]}),
]
# What tells the way that was gone, not what was found.
VOLATILE = {
    "ansible_facts",
    "invocation",
    "exception",
    "module_stdout",
    "module_stderr",
    "deprecations",
    "_ansible_parsed",
    "days_left",
    "seconds",
}


def play(directory: Path, ca: dict[str, str], as_module: bool) -> dict[str, Any]:
    """Run all tasks in one play, one way; return what they registered."""
    # A task that becomes another user, be it the same one, cannot run in Ansible's own process.
    way = {"become": True, "become_method": "ansible.builtin.su"} if as_module else {}
    tasks: list[dict[str, Any]] = []
    for name, module, options in TASKS:
        task = {"name": name, f"webpki.acme.{module}": options, "register": name, "ignore_errors": True, **way}
        tasks.append(task)
        if name == "order":
            tasks.append({"ansible.builtin.set_fact": {"order_url": "{{ order.orders[0].url }}"}})
    answer = {name: f"{{{{ {name} }}}}" for name, _module, _options in TASKS}
    result = directory / f"result-{as_module}.json"
    tasks.append(
        {"ansible.builtin.copy": {"content": "{{ all_answers | to_json }}", "dest": str(result), "mode": "0600"}}
    )
    book = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {
            "all_answers": answer,
            "store": str(directory / "store"),
            "ca_host": ca["ca"].split("/")[2],
            "ansible_python_interpreter": sys.executable,
        },
        "module_defaults": {"group/webpki.acme.acme": {**ca, "account_key_file": str(directory / "account.pem")}},
        "tasks": tasks,
    }
    path = directory / "play.json"
    path.write_text(json.dumps([book]))
    subprocess.run(["ansible-playbook", str(path)], check=True, capture_output=True, timeout=120, env={**os.environ})
    registered: dict[str, Any] = json.loads(result.read_text())
    return {name: _steady(values) for name, values in registered.items()}


def _steady(values: Any) -> Any:
    if isinstance(values, dict):
        return {name: _steady(value) for name, value in values.items() if name not in VOLATILE}
    return [_steady(value) for value in values] if isinstance(values, list) else values


def test_each_module_has_a_twin() -> None:
    """Every module has an action plugin, and a task here."""
    modules = {path.stem for path in MODULES.glob("*.py")}
    assert {path.stem for path in ACTIONS.glob("*.py")} == modules
    assert {module for _name, module, _options in TASKS} == modules


@pytest.mark.lab
def test_same_results(pebble: PebbleFactory, tmp_path: Path) -> None:
    """Both ways give the same results, for good options and for bad ones."""
    ca = pebble(authz_reuse=100)
    options = {"ca": ca.directory_url, "ca_bundle": str(ca.ca_bundle)}
    play(tmp_path, options, as_module=False)
    # The account and the order are there now, so that both of the compared runs find them.
    inside = play(tmp_path, options, as_module=False)
    as_module = play(tmp_path, options, as_module=True)
    for name, _module, _options in TASKS:
        assert as_module[name] == inside[name], name
    assert inside["order"]["changed"] is False
    assert [name for name, values in inside.items() if values.get("failed")] == [
        "order_info",
        "challenge",
        "certificate",
        "authorization",
        "revoke",
        "renewal",
        "unknown_ca",
        "bad_options",
        "both_keys",
        "bad_key",
        "request",
        "not_answered",
        "refused",
        "kept_wrong",
        "given_up",
        "dns_zone",
        "dns_change",
        "bad_store",
    ]
