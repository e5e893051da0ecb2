# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks of the DNS providers that cannot be reached from here, run with stand-ins for their modules.

A stand-in takes the options that the real module documents, and no others, and keeps a zone in a file as the real one does.
deSEC has no module: its stand-in is a server with its API.
"""

from __future__ import annotations

import http.server
import json
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.fleet import playbook

RECORD, ZONE = "_acme-challenge.www.example.com", "example.com"

# What all stand-ins have in common. They run in Ansible's own process, which takes less time. {zones} has the texts of each
# record; {spec} are the options, from the documentation of amazon.aws 10.1, community.general 11.4, community.dns 4,
# azure.azcollection 3.12 and google.cloud 1.10.
ACTION = """\
import json
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

SPEC = {spec!r}


class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        validation = ArgumentSpecValidator(SPEC).validate(self._task.args)
        if validation.error_messages:
            raise AnsibleActionFail(validation.errors.msg)
        options = validation.validated_parameters
        with open({zones!r}) as file:
            zones = json.load(file)
        before = json.dumps(zones)
        {code}
        with open({zones!r}, "w") as file:
            json.dump({{record: texts for record, texts in zones.items() if texts}}, file)
        return {{**result, "changed": json.dumps(zones) != before}}
"""
STR, INT, SECRET = {"type": "str"}, {"type": "int"}, {"type": "str", "no_log": True}
STATE = {"type": "str", "default": "present", "choices": ["present", "absent"]}
NEEDED = {"type": "str", "required": True}
AZURE = {
    "subscription_id": STR,
    "client_id": STR,
    "secret": SECRET,
    "tenant": STR,
    "resource_group": NEEDED,
    "zone_name": NEEDED,
    "relative_name": NEEDED,
    "record_type": NEEDED,
}
GCP = {
    "project": STR,
    "auth_kind": NEEDED,
    "service_account_file": STR,
    "service_account_contents": {"type": "jsonarg", "no_log": True},
}
MANAGED = {"type": "dict", "required": True}

MODULES: dict[str, tuple[dict[str, Any], str]] = {
    "amazon.aws.route53": (
        {
            "state": {**STATE, "choices": ["present", "absent", "get"], "required": True, "default": None},
            "zone": STR,
            "record": NEEDED,
            "type": NEEDED,
            "ttl": {"type": "int", "default": 3600},
            "value": {"type": "list", "elements": "str"},
            "overwrite": {"type": "bool"},
            "retry_interval": INT,
            "access_key": STR,
            "secret_key": SECRET,
            "session_token": SECRET,
            "profile": STR,
        },
        """
name = options["record"]
there = ['"%s"' % text for text in zones.get(name, [])]
ttl = 300 if '"theirs"' in there else 60
if options["state"] == "get":
    sets = [{"name": name + ".", "ttl": ttl, "resource_records": [{"value": text} for text in there]}] if there else []
    result["resource_record_sets"] = sets
elif options["state"] == "present":
    if there and not options["overwrite"]:
        raise AnsibleActionFail("Record already exists with different value")
    assert options["ttl"] == ttl
    assert all(text[0] == text[-1] == '"' for text in options["value"])
    zones[name] = [text.strip('"') for text in options["value"]]
else:
    zones.pop(name, None)
""",
    ),
    "community.general.cloudflare_dns": (
        {
            "api_token": SECRET,
            "zone": NEEDED,
            "record": STR,
            "type": STR,
            "value": STR,
            "ttl": {"type": "int", "default": 1},
            "state": STATE,
        },
        """
texts = [text for text in zones.get(options["record"], []) if text != options["value"]]
zones[options["record"]] = texts + ([options["value"]] if options["state"] == "present" else [])
""",
    ),
    "community.dns.hetzner_dns_record": (
        {
            "hetzner_api_token": SECRET,
            "zone_name": STR,
            "prefix": STR,
            "type": NEEDED,
            "value": NEEDED,
            "ttl": INT,
            "state": {**STATE, "required": True, "default": None},
        },
        """
name = ".".join(filter(None, [options["prefix"], options["zone_name"]]))
texts = [text for text in zones.get(name, []) if text != options["value"]]
zones[name] = texts + ([options["value"]] if options["state"] == "present" else [])
""",
    ),
    "azure.azcollection.azure_rm_dnsrecordset_info": (
        AZURE,
        """
texts = zones.get(options["relative_name"] + "." + options["zone_name"])
result["dnsrecordsets"] = [{"records": [{"value": [text]} for text in texts]}] if texts else []
""",
    ),
    "azure.azcollection.azure_rm_dnsrecordset": (
        {
            **AZURE,
            "record_mode": {**STR, "default": "purge"},
            "time_to_live": INT,
            "state": STATE,
            "records": {
                "type": "list",
                "elements": "dict",
                "options": {"value": {"type": "list", "required": True, "aliases": ["entry"]}},
            },
        },
        """
name = options["relative_name"] + "." + options["zone_name"]
texts = ["".join(record["value"]) for record in options["records"] or []]
if options["state"] == "absent":
    zones.pop(name, None)
else:
    assert texts
    zones[name] = [text for text in zones.get(name, []) if options["record_mode"] == "append" and text not in texts] + texts
""",
    ),
    "google.cloud.gcp_dns_managed_zone_info": (
        {**GCP, "dns_name": {"type": "list", "elements": "str"}},
        """
result["resources"] = [
    {"name": "inside", "dnsName": options["dns_name"][0], "visibility": "private"},
    {"name": "outside", "dnsName": options["dns_name"][0], "visibility": "public"},
]
""",
    ),
    "google.cloud.gcp_dns_resource_record_set_info": (
        {**GCP, "managed_zone": MANAGED},
        """
assert options["managed_zone"]["name"] == "outside"
result["resources"] = [{"name": "example.com.", "type": "SOA", "rrdatas": ["ns1"]}] + [
    {
        "name": name + ".",
        "type": "TXT",
        "ttl": 300 if "theirs" in texts else 60,
        "rrdatas": ['"%s"' % text for text in texts],
    }
    for name, texts in zones.items()
]
""",
    ),
    "google.cloud.gcp_dns_resource_record_set": (
        {
            **GCP,
            "managed_zone": MANAGED,
            "name": NEEDED,
            "type": NEEDED,
            "ttl": INT,
            "state": STATE,
            "target": {"type": "list", "elements": "str"},
        },
        """
assert options["managed_zone"] == {"name": "outside", "dnsName": "example.com."}
name = options["name"].rstrip(".")
assert options["state"] == "absent" or options["ttl"] == (300 if "theirs" in zones.get(name, []) else 60)
zones[name] = [text.strip('"') for text in options["target"]] if options["state"] == "present" else []
""",
    ),
}

SETTINGS: dict[str, dict[str, Any]] = {
    "route53": {"access_key": "a", "secret_key": "s"},
    "cloudflare": {"api_token": "t"},
    "hetzner": {"api_token": "t"},
    "azure": {"resource_group": "dns", "client_id": "c", "secret": "s", "tenant": "t"},
    "gcp": {"project": "p", "auth_kind": "serviceaccount", "service_account_file": "/account.json"},
    "desec": {"token": "the secret"},
}

BOOK = """
- hosts: localhost
  gather_facts: false
  vars:
    acme_dns_records:
      - {record: RECORD, zone: ZONE, texts: [one, two]}
      - {record: other.example.com, zone: ZONE, texts: [three]}
  tasks:
    - &step
      name: Place them
      ansible.builtin.include_role:
        name: webpki.acme.certificates
        tasks_from: dns/PROVIDER/present.yml
      vars:
        acme_dns_settings: SETTINGS
    - &look
      name: Look
      ansible.builtin.debug: {msg: "{{ lookup('file', 'FILE') }}"}
    - <<: *step
      name: Place them again
    - <<: *look
      name: Look again
    - name: Remove them
      ansible.builtin.include_role:
        name: webpki.acme.certificates
        tasks_from: dns/PROVIDER/cleanup.yml
      vars:
        acme_dns_settings: SETTINGS
"""


class Desec(http.server.ThreadingHTTPServer):
    """deSEC's API, as far as it is used, over the zones in a file."""

    def __init__(self, zones: Path) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                _empty, _domains, zone, _rrsets, name, _kind, _end = self.path.split("/")
                texts = json.loads(zones.read_text()).get(f"{name}.{zone}")
                found = {"records": [f'"{text}"' for text in texts or []], "ttl": self._ttl(texts or [])}
                self._reply(found if texts else {"detail": "Not found."}, 200 if texts else 404)

            def do_PUT(self) -> None:
                zone = self.path.split("/")[2]
                known = json.loads(zones.read_text())
                for rrset in json.loads(self.rfile.read(int(self.headers["Content-Length"]))):
                    record = f"{rrset['subname']}.{zone}"
                    assert rrset["type"] == "TXT" and rrset["ttl"] == self._ttl(known.get(record, []))
                    known[record] = [text.strip('"') for text in rrset["records"]]
                zones.write_text(json.dumps({name: texts for name, texts in known.items() if texts}))
                self._reply([], 200)

            def _ttl(self, texts: list[str]) -> int:
                return 7200 if "theirs" in texts else 3600

            def _reply(self, body: Any, status: int) -> None:
                allowed = self.headers["Authorization"] == "Token the secret"
                self.send_response(status if allowed else 401)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, format: str, *args: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def play(here: Path, zones: Path, provider: str, settings: dict[str, Any]) -> playbook.Run:
    """The tasks of a provider, with the stand-ins."""
    for name, (spec, code) in MODULES.items():
        namespace, collection, module = name.split(".")
        plugins = here / "collections/ansible_collections" / namespace / collection / "plugins"
        for folder in ("modules", "action"):
            (plugins / folder).mkdir(parents=True, exist_ok=True)
        (plugins / "modules" / f"{module}.py").touch()
        text = ACTION.format(spec=spec, code=textwrap.indent(code, " " * 8).strip(), zones=str(zones))
        (plugins / "action" / f"{module}.py").write_text(text)
    book = BOOK.replace("PROVIDER", provider).replace("SETTINGS", json.dumps(settings)).replace("FILE", str(zones))
    (here / "play.yml").write_text(book.replace("RECORD", RECORD).replace("ZONE", ZONE))
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (here / "hosts.json").write_text(json.dumps({"all": {"hosts": {"localhost": local}}}))
    paths = f"{playbook.REPOSITORY / '.build/collections'}:{here / 'collections'}"
    environment = {"ANSIBLE_COLLECTIONS_PATH": paths}
    return playbook.run(str(here / "play.yml"), here / "hosts.json", here / "home", "-vvv", environment=environment)


def looked(done: playbook.Run, task: str) -> dict[str, list[str]]:
    """What the records had when a task looked."""
    (seen,) = done.of(task)
    return {name: sorted(texts) for name, texts in json.loads(seen["msg"]).items()}


@pytest.mark.parametrize("provider", SETTINGS)
def test_provider(tmp_path: Path, provider: str) -> None:
    """A provider's tasks place texts beside those of others, also a second time, and remove only what is theirs.

    The set of others keeps its time to live where a set is read before it is written.
    """
    zones = tmp_path / "zones.json"
    zones.write_text(json.dumps({RECORD: ["theirs"]}))
    settings = SETTINGS[provider]
    if provider == "desec":
        settings = {**settings, "url": f"http://127.0.0.1:{Desec(zones).server_port}"}
    done = play(tmp_path, zones, provider, settings)
    assert done.code == 0, done.screen
    expected = {RECORD: ["one", "theirs", "two"], "other.example.com": ["three"]}
    assert looked(done, "Look") == looked(done, "Look again") == expected
    assert json.loads(zones.read_text()) == {RECORD: ["theirs"]}
    if provider == "desec":
        assert "the secret" not in done.screen
