# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of all modules, run as they stand, as one story: from an account to a certificate that is given up again.

They speak of www.example.com, of files in /etc/webpki, and of Let's Encrypt. Here www.example.com is a booted host, the
controller has an /etc of its own, example.com is a zone of a real name server, and under the names of Let's Encrypt answers the lab's CA.
"""

from __future__ import annotations

import json
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import yaml

from tests.lab.name_server import KEY_SECRET, Bind, Zone
from tests.lab.paths import REPOSITORY
from tests.lab.pebble import Pebble

from . import playbook
from .fleet import Fleet
from .playbook import Run

MODULES = sorted(path.stem for path in (REPOSITORY / "plugins" / "modules").glob("*.py"))
LETS_ENCRYPT = ["acme-staging-v02.api.letsencrypt.org", "acme-v02.api.letsencrypt.org"]

#: What the reader has beside the examples: a web server, and what it is told between them.
OWN = """
- name: Make what the host has
  ansible.builtin.shell: mkdir -p /var/www/html && groupadd --force --system ssl-cert

- name: Use the certificate
  ansible.builtin.copy:
    dest: /etc/nginx/conf.d/www.conf
    content: |
      server {
          listen 80 default_server;
          listen 443 ssl;
          root /var/www/html;
          ssl_certificate /etc/webpki/www/current/fullchain.pem;
          ssl_certificate_key /etc/webpki/www/current/privkey.pem;
      }
    mode: "0644"

- name: Reload nginx
  ansible.builtin.service: {name: nginx, state: reloaded}

- name: Reload nginx again
  ansible.builtin.service: {name: nginx, state: reloaded}

- name: Trust the CA as the world does
  ansible.builtin.copy: {content: "{{ roots }}", dest: /usr/local/share/ca-certificates/story.crt, mode: "0644"}

- name: From now on
  ansible.builtin.command: update-ca-certificates

- name: Trust it no longer
  ansible.builtin.shell: rm /usr/local/share/ca-certificates/story.crt && update-ca-certificates
"""
STORY = [
    "See which profiles the CA offers",
    "Show them",
    "Register an account",
    "Look the account up",
    "Say whether there is one",
    "Make what the host has",
    "Order a certificate",
    "Show what to place",
    "See how an order stands",
    "Show it",
    "Answer the challenge for a name",
    "Stop answering",
    "See which certificates are due, with a key and a request for each of those",
    "Show why",
    "Let nginx start before its certificate has come",
    "Use the certificate",
    "Reload nginx",
    "Place what the CA wants to see",
    "See what a CA will see",
    "See whether the CA may issue",
    "Show the records that let only this account have certificates",
    "Find out where the proof for a name is to be put",
    "Show the zone",
    "Place the proof for a name and its wildcard",
    "Wait until all servers serve it",
    "Wait until the CA will see what was placed",
    "Have the names validated",
    "Remove it again",
    "Have the certificate issued",
    "Put the issued certificate in place",
    "Reload nginx again",
    "Look at all certificates in the store",
    "Say how long each is valid",
    "Trust the CA as the world does",
    "From now on",
    "Ask the CA for the status of those on this host",
    "Fail when one of them is revoked, or does not lead to a root",
    "Trust it no longer",
    "See what a certificate of this host says",
    "Ask the CA when it wants it renewed",
    "Show whether it is due, and why",
    "Look at a file",
    "Look at all versions of a certificate",
    "Show their serial numbers",
    "See what a web server serves",
    "Look at the certificate in the store",
    "Make sure that it is the one that is served on this host",
    "Give up what an order left behind",
    "Revoke a certificate whose key was stolen",
    "Remember that the certificate was revoked, so that the next run has another one issued",
    "Give it a new key in the same file",
    "Give it a new key",
    "Give the account up",
]
#: Where the name server of example.com is: BIND listens at addresses that an interface has.
NAME_SERVER = "127.0.0.1"
ZONE = ["@ NS ns1", '@ CAA 0 issue "pebble.letsencrypt.org"', f"ns1 A {NAME_SERVER}"]
#: Gives the command that follows an /etc of its own, in which the names of Let's Encrypt lead to an address, and a name server.
PRIVATE_ETC = """
mount -t tmpfs none "$0"
mkdir "$0/upper" "$0/work"
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$0/upper,workdir=$0/work" /etc
echo "$1" >>/etc/hosts
rm -f /etc/resolv.conf
echo "nameserver $2" >/etc/resolv.conf
shift 2
exec "$@"
"""


def examples(module: str) -> list[dict[str, Any]]:
    """The tasks in the examples of a module."""
    text = (REPOSITORY / "plugins" / "modules" / f"{module}.py").read_text()
    tasks: list[dict[str, Any]] = yaml.safe_load(text.partition('EXAMPLES = r"""\n')[2].partition('"""')[0])
    return tasks


@contextmanager
def front(ca: Pebble) -> Iterator[None]:
    """Answer where Let's Encrypt has its directory; all that the directory names is answered by the CA itself."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = f"{self.headers['Host']}:{ca.port}"
            context = ssl.create_default_context(cafile=str(ca.ca_bundle))
            request = urllib.request.Request(ca.directory_url, headers={"Host": name})
            with urllib.request.urlopen(request, timeout=5, context=context) as reply:
                body = reply.read()
            self.send_response(200 if self.path == "/directory" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca.directory / "api" / "server.pem", ca.directory / "api" / "server-key.pem")
    with ThreadingHTTPServer((ca.options.address, 443), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def told(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """What came of the story."""
    here = tmp_path_factory.mktemp("examples")
    tasks = {task["name"]: task for module in MODULES for task in examples(module)}
    tasks.update((task["name"], task) for task in yaml.safe_load(OWN))
    play = here / "play.json"
    play.write_text(json.dumps([{"hosts": "web1", "gather_facts": False, "tasks": [tasks[name] for name in STORY]}]))
    for name in ("www.example.com", "example.com"):
        fleet.lab.dns.add_a(name, fleet.host("web1").address)
    etc = here / "etc"
    etc.mkdir()
    bind = Bind(here / "bind", [Zone("example.com", ZONE)], NAME_SERVER, 53)
    with fleet.ca("letsencrypt", api_names=LETS_ENCRYPT) as ca, front(ca), bind:
        names = " ".join([ca.options.address, *LETS_ENCRYPT])
        within = ["unshare", "--mount", "sh", "-euc", PRIVATE_ETC, str(etc), names, NAME_SERVER]
        trust = {"REQUESTS_CA_BUNDLE": str(ca.ca_bundle)}
        secret = ["-e", json.dumps({"vault_dns_key": KEY_SECRET, "roots": ca.roots_file.read_text()})]
        return playbook.run(str(play), fleet.lab.inventory, here / "home", *secret, environment=trust, within=within)


@pytest.mark.hosts
@pytest.mark.parametrize("module", MODULES)
def test_examples(told: Run, module: str) -> None:
    """The examples of a module run as they stand, and do what they say."""
    for task in examples(module):
        assert task["name"] in STORY
        assert told.of(task["name"]), f"{task['name']}: {told.screen}"
    told.good()


def test_story() -> None:
    """Each example stands in the story once."""
    names = [task["name"] for module in MODULES for task in examples(module)]
    own = [task["name"] for task in yaml.safe_load(OWN)]
    assert sorted(names + own) == sorted(STORY)
