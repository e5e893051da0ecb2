# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new key for an account, whatever stops the change on its way."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.webpki.acme.plugins.module_utils._acme.transport import Transport
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import Task
from ansible_collections.webpki.acme.plugins.module_utils._ansible.tasks.account import ACCOUNT, ACCOUNT_INFO

from tests.fleet import playbook
from tests.integration.faults import changed, instead, problem
from tests.lab.fault_proxy import FaultProxy, Reply, Rule, Step
from tests.lab.fixtures import PebbleFactory
from tests.lab.paths import REPOSITORY
from tests.lab.pebble import Pebble
from tests.lab.webroot import Webroot

pytestmark = pytest.mark.lab

#: No change takes so many seconds.
PATIENCE = 30
#: The change, in a process of its own: given the step, the directory and the options as JSON.
CHANGE = """
import json, sys
from tests.integration.test_rollover import done, kill_at
step, directory, options = json.loads(sys.argv[1])
kill_at(step, directory)
done({**options, "rollover": "finish"})
"""
#: What Python reports before it changes a file.
STEPS = {"os.rename", "os.remove", "os.chmod", "os.chown", "os.link"}


class Account:
    """An account at a CA, whose key is in a directory of its own."""

    def __init__(self, directory: Path, ca: Pebble) -> None:
        self.directory = directory
        self.key_file = directory / "account.pem"
        self._common = {
            "ca": ca.directory_url,
            "ca_bundle": str(ca.ca_bundle),
            "account_key_file": str(self.key_file),
        }

    def __call__(self, task: Task = ACCOUNT, **given: Any) -> dict[str, Any]:
        return done({**self._common, **given}, task)

    def rolled_over_until(self, step: int) -> bool:
        """Whether the change came to its end before the step of this number, at which it is killed."""
        asked = json.dumps([step, str(self.directory), self._common])
        ended = subprocess.run([sys.executable, "-c", CHANGE, asked], cwd=REPOSITORY, timeout=PATIENCE, check=False)
        assert ended.returncode in (0, -signal.SIGKILL), step
        return ended.returncode == 0


def done(options: dict[str, Any], task: Task = ACCOUNT) -> dict[str, Any]:
    """The result of a task with these options."""
    checked = ArgumentSpecValidator(task.argument_spec).validate(options)
    assert checked.error_messages == []
    return task.run(checked.validated_parameters, False, lambda text: None)


def kill_at(number: int, directory: str) -> None:
    """Kill this process at the so manieth step: before a file is changed, before a request, or when its reply is there."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def file_step(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        # Where it has no name it is a descriptor of one of these.
        there = isinstance(arguments[0], int) or str(arguments[0]).startswith(directory)
        if (writes or event in STEPS) and there:
            step()

    send = Transport.send

    def sent(*arguments: Any, **options: Any) -> Any:
        step()
        reply = send(*arguments, **options)
        step()
        return reply

    sys.addaudithook(file_step)
    Transport.send = sent  # type: ignore[method-assign]


def test_killed(pebble: PebbleFactory, tmp_path: Path) -> None:
    """Killed at any step, the next run ends with one key, which the account has, in one file that only its owner can read."""
    directory = tmp_path / "keys"
    account = Account(directory, pebble(nonce_reject=0))
    uri = account(terms_agreed=True)["account_uri"]
    keys = set()
    for number in range(1, 100):
        ended = account.rolled_over_until(number)
        if ended:
            break
        assert account(rollover="finish")["account_uri"] == uri, number
        assert [path.name for path in directory.iterdir()] == ["account.pem"], number
        assert stat.S_IMODE(account.key_file.stat().st_mode) == 0o600
        assert account(ACCOUNT_INFO)["account_uri"] == uri
        keys.add(account.key_file.read_bytes())
    assert ended
    # Before and after each request, and each change of a file.
    assert number > 20
    assert len(keys) == number - 1


class Site:
    """A machine with accounts at two CAs that have the same key, and at a third one with its own."""

    def __init__(self, here: Path, cas: list[Pebble], webroot: Webroot) -> None:
        self.here = here
        keys = ["common.pem", "common.pem", "own.pem"]
        self.variables: dict[str, Any] = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "acme_ca": [
                {"ca": ca.directory_url, "ca_bundle": str(ca.ca_bundle), "account_key_file": str(here / key)}
                for ca, key in zip(cas, keys)
            ],
            "acme_terms_agreed": True,
            "acme_store": str(here / "store"),
            "acme_certificates": [
                {"name": "www", "identifiers": ["www.example.com"], "webroot": str(webroot.directory)}
            ],
        }
        book = [{"hosts": "web", "gather_facts": False, "roles": ["webpki.acme.ca_account"]}]
        (here / "register.json").write_text(json.dumps(book))

    def run(self, book: str, *arguments: str, **more: Any) -> playbook.Run:
        hosts = {"web": {"hosts": {"web1": {**self.variables, **more}}}}
        (self.here / "hosts.json").write_text(json.dumps({"all": {"children": hosts}}))
        return playbook.run(book, self.here / "hosts.json", self.here / "home", *arguments)

    def issued_by(self) -> str:
        """The CA of the certificate that is in use."""
        record = json.loads((self.here / "store/www/current/issuance.json").read_text())
        return str(record["ca"])

    def keys(self) -> dict[str, bytes]:
        """What is in the files of keys, by their names."""
        return {path.name: path.read_bytes() for path in self.here.glob("*.pem*")}


def without_key_change(reply: Reply) -> Reply:
    """The directory of a CA that cannot change keys."""
    return replace(reply, body=json.dumps({**json.loads(reply.body), "keyChange": None}).encode())


def test_playbook(pebble: PebbleFactory, webroot: Webroot, tmp_path: Path) -> None:
    """The playbook gives every account a new key in its place, one for those that share a file, and says so."""
    cas = [pebble(nonce_reject=0, authz_reuse=number) for number in range(3)]
    site = Site(tmp_path, cas, webroot)
    site.run(str(tmp_path / "register.json")).good()
    before = site.keys()
    site.run("webpki.acme.rollover", "--check").good()
    assert site.keys() == before
    (said,) = site.run("webpki.acme.rollover").good().of("Say which key the accounts have")
    after = site.keys()
    assert sorted(after) == sorted(before) == ["common.pem", "own.pem"]
    assert all(after[name] != before[name] for name in after)
    told = [item["msg"] for item in said["results"]]
    for message, ca, key in zip(told, cas, ["common.pem", "common.pem", "own.pem"]):
        assert f"at {ca.directory_url} has the key in {tmp_path / key}." in message
    # All of them know their keys: nothing is registered anew.
    assert site.run(str(tmp_path / "register.json")).good().changes() == []
    site.run("webpki.acme.renew").good()


def test_one_cannot(pebble: PebbleFactory, webroot: Webroot, tmp_path: Path) -> None:
    """A CA that cannot change keys keeps only those accounts from it that share its file, and it is said how to part them."""
    cas = [pebble(nonce_reject=0, authz_reuse=number) for number in range(3)]
    site = Site(tmp_path, cas, webroot)
    refusal = instead(lambda: problem(501, "serverInternal"))
    # What this one is asked for otherwise.
    with FaultProxy.before(cas[1]) as proxy:
        second = site.variables["acme_ca"][1]
        second["ca"] = proxy.directory_url
        site.run(str(tmp_path / "register.json")).good()
        before = site.keys()
        proxy.follow(Rule(Step.OTHER, refusal, times=None))
        failed = site.run("webpki.acme.rollover")
        (told,) = failed.messages("web1")
        assert f"{proxy.directory_url}: could not change the key of the account" in told
        assert f"Copy {tmp_path}/common.pem, give the copy as account_key_file in the entry of this CA" in told
        after = site.keys()
        assert after["own.pem"] != before["own.pem"]
        assert (after["common.pem"], sorted(after)) == (
            before["common.pem"],
            ["common.pem", "common.pem.new", "own.pem"],
        )

        # The first account has another key than its file by now, and is used all the same.
        renewed = site.run("webpki.acme.renew", acme_force="www")
        assert (renewed.code, bool(renewed.changes())) == (0, True)
        assert "the playbook webpki.acme.rollover" in " ".join(renewed.screen.split())
        assert site.issued_by() == cas[0].directory_url
        assert site.keys() == after

        (tmp_path / "second.pem").write_bytes(before["common.pem"])
        (tmp_path / "second.pem").chmod(0o600)
        second["account_key_file"] = str(tmp_path / "second.pem")
        assert site.run("webpki.acme.rollover").failed() == {"web1"}
        assert site.keys()["common.pem"] == after["common.pem.new"]
        assert site.run(str(tmp_path / "register.json")).good().changes() == []


def test_cannot_at_all(pebble: PebbleFactory, webroot: Webroot, tmp_path: Path) -> None:
    """No CA is told of a new key for a file while another one, where an account has the same, offers no change of keys."""
    cas = [pebble(nonce_reject=0, authz_reuse=number) for number in range(3)]
    site = Site(tmp_path, cas, webroot)
    with FaultProxy.before(cas[1], Rule(Step.DIRECTORY, changed(without_key_change), times=None)) as proxy:
        site.variables["acme_ca"][1]["ca"] = proxy.directory_url
        site.run(str(tmp_path / "register.json")).good()
        before = site.keys()
        (told,) = site.run("webpki.acme.rollover").messages("web1")
        assert f"{proxy.directory_url}: could not change the key of the account" in told
        assert "the CA offers no key_change" in told
        after = site.keys()
        assert (after["common.pem"], sorted(after)) == (before["common.pem"], ["common.pem", "own.pem"])
        assert after["own.pem"] != before["own.pem"]
        # The account at the first CA has the key that is in its file.
        site.run("webpki.acme.renew").good()
        assert site.issued_by() == cas[0].directory_url


def test_no_key(pebble: PebbleFactory, webroot: Webroot, tmp_path: Path) -> None:
    """Something else in the place of a new key keeps only that key from being changed, and is told once, with what to do."""
    cas = [pebble(nonce_reject=0, authz_reuse=number) for number in range(3)]
    site = Site(tmp_path, cas, webroot)
    site.run(str(tmp_path / "register.json")).good()
    (tmp_path / "common.pem.new").write_text("notes")
    before = site.keys()
    (told,) = site.run("webpki.acme.rollover").messages("web1")
    assert told == (
        f"{cas[0].directory_url}, {cas[1].directory_url}: could not change the key of the account: the account key "
        f"{tmp_path}/common.pem.new is not a private key in PEM form (invalidInput). The account still has the key in "
        f"{tmp_path}/common.pem: move the file away, and run it again, which makes a new key. Or, if it is one, see to its type and passphrase."
    )
    after = site.keys()
    assert {name for name in after if after[name] != before[name]} == {"own.pem"}
    (tmp_path / "common.pem.new").unlink()
    site.run("webpki.acme.rollover").good()
    assert sorted(site.keys()) == ["common.pem", "own.pem"]


def test_never_registered(pebble: PebbleFactory, webroot: Webroot, tmp_path: Path) -> None:
    """A CA at which there is no account yet keeps nobody from a new key, and gets to know that one, if any."""
    cas = [pebble(nonce_reject=0, authz_reuse=number) for number in range(3)]
    site = Site(tmp_path, cas, webroot)
    listed = site.variables["acme_ca"]
    site.run(str(tmp_path / "register.json"), acme_ca=listed[:1]).good()
    before = site.keys()
    (said,) = site.run("webpki.acme.rollover").good().of("Say where there is no account")
    assert [item["item"]["item"]["ca"] for item in said["results"]] == [ca.directory_url for ca in cas[1:]]
    after = site.keys()
    assert (sorted(after), after["common.pem"] != before["common.pem"]) == (["common.pem"], True)
    site.run("webpki.acme.renew").good()
    site.run(str(tmp_path / "register.json")).good()
    assert site.keys()["common.pem"] == after["common.pem"]

    run = site.run("webpki.acme.rollover", acme_ca=[{**listed[0], "account_key_file": str(tmp_path / "typo.pem")}])
    assert f"No CA of acme_ca has an account by the key in {tmp_path}/typo.pem" in run.messages("web1")[-1]


def test_key_as_text(pebble: PebbleFactory, webroot: Webroot, tmp_path: Path) -> None:
    """A key that does not lie in a file is left alone, and it is said what to do."""
    site = Site(tmp_path, [pebble(nonce_reject=0)], webroot)
    run = site.run("webpki.acme.rollover", acme_ca="letsencrypt_staging", acme_account_key="text")
    assert run.failed() == {"web1"}
    assert "Make a new key in a file" in run.messages("web1")[-1]
