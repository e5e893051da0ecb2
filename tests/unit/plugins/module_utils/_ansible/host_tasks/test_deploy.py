# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates put in place on a host that somebody else has a hand in, or whose server does not go along."""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.webpki.acme.plugins.module_utils._ansible.host_tasks import use
from ansible_collections.webpki.acme.plugins.module_utils._ansible.host_tasks.deploy import CERTIFICATE_DEPLOY
from ansible_collections.webpki.acme.plugins.module_utils._ansible.host_tasks.request import CERTIFICATE_REQUEST
from ansible_collections.webpki.acme.plugins.module_utils._ansible.task import Task

from tests.unit.issuer import Issuer
from tests.unit.tls_port import Server

NAMES = ["a.example"]


def run(task: Task, check: bool = False, **options: Any) -> dict[str, Any]:
    """The result of a task; options that are not given have their defaults."""
    checked = ArgumentSpecValidator(task.argument_spec).validate(options)
    assert checked.error_messages == []
    return task.outcome(checked.validated_parameters, check)


class Host:
    """A store, and a server that reads it when it is told to, unless it is stubborn; each time is noted in `log`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.store = directory / "store"
        self.issuer = Issuer()
        self.server = Server(directory, self.issuer)
        self.log = directory / "log"
        self.log.touch()

    def load(self) -> None:
        """What the server does when it is told to."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        current = self.store / "www" / "current"
        context.load_cert_chain(current / "fullchain.pem", current / "privkey.pem")
        self.server.contexts["a.example"] = context
        self.server.default = "a.example"

    def request(self, **more: Any) -> dict[str, Any]:
        wanted = [{"name": "www", "identifiers": NAMES, **more}]
        return run(CERTIFICATE_REQUEST, store=str(self.store), certificates=wanted)

    def issued(self) -> str:
        (found,) = self.request(force=True)["certificates"]
        return self.issuer.answer(found["csr"])

    def deploy(self, fullchain: str, check: bool = False, **more: Any) -> dict[str, Any]:
        item = {"name": "www", "identifiers": NAMES, "fullchain": fullchain, **more}
        return run(CERTIFICATE_DEPLOY, check, store=str(self.store), certificates=[item])

    def used(self) -> dict[str, Any]:
        """The options for a server that notes what was current when it was told."""
        command = f"/bin/sh -c 'readlink {self.store}/www/current >>{self.log}'"
        return {"reload": [command], "served_on": f"127.0.0.1:{self.server.number}", "roll_back_unserved": True}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """The 30 seconds of patience are cut short here."""
    monkeypatch.setattr(use, "_DEADLINE", 0.1)
    made = Host(tmp_path)
    yield made
    made.server.socket.close()


def test_roll_back_unserved(host: Host) -> None:
    """What is not served after the reload goes back, is reloaded again, and is made good by the next run, without an order."""
    host.deploy(host.issued())
    host.load()
    second = host.issued()
    failed = host.deploy(second, **host.used())
    (result,) = failed["certificates"]
    assert (failed["failed"], failed["rolled_back"], result["version"], result["changed"]) == (
        True,
        True,
        "0001",
        False,
    )
    for words in ("it serves another certificate", "expected is", "version 0001 is in place again", "no new order"):
        assert words in result["msg"]
    assert host.log.read_text() == "versions/0002\nversions/0001\n"
    assert os.readlink(host.store / "www/current") == "versions/0001"

    (found,) = host.request()["certificates"]
    assert (found["due"], found["unfinished"], found["fullchain"]) == (False, True, second)
    host.server.contexts.clear()
    again = host.deploy(second, reload=host.used()["reload"])
    assert (again["rolled_back"], again["certificates"][0]["version"]) == (False, "0002")
    host.load()
    assert host.deploy(second, **host.used())["changed"] is False
    (found,) = host.request()["certificates"]
    assert (found["due"], found["unfinished"]) == (False, False)


def test_reload_that_fails(host: Host) -> None:
    """What cannot be reloaded is not served either, so it goes back as well, and both failures are told."""
    host.deploy(host.issued())
    failed = host.deploy(host.issued(), **{**host.used(), "reload": ["/bin/false"]})
    (result,) = failed["certificates"]
    assert (failed["rolled_back"], result["version"]) == (True, "0001")
    assert (
        "'/bin/false' failed: exit code 1; version 0001 is in place again, but not in use: '/bin/false'"
        in result["msg"]
    )


def test_not_asked_for(host: Host) -> None:
    """By default what is not served stays, and counts as unfinished."""
    host.deploy(host.issued())
    host.load()
    failed = host.deploy(host.issued(), **{**host.used(), "roll_back_unserved": False})
    (result,) = failed["certificates"]
    assert (failed["rolled_back"], result["version"], result["changed"]) == (False, "0002", True)
    assert host.log.read_text() == "versions/0002\n"


def test_nowhere_to_look(host: Host) -> None:
    """Whoever wants it back has to say where it is served."""
    result = host.deploy(host.issued(), roll_back_unserved=True)
    assert "roll_back_unserved is set, but not served_on" in result["msg"]
    assert not (host.store / "www/current").exists()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("part", [".", "www", "www/versions", "www/staged"])
def test_writable_by_others(host: Host, part: str) -> None:
    """A store that others could change is mended by the first task that looks, which says so, and changes nothing more."""
    host.deploy(host.issued())
    host.issued()
    (host.store / part).chmod(0o777)
    foreseen = run(
        CERTIFICATE_REQUEST, True, store=str(host.store), certificates=[{"name": "www", "identifiers": NAMES}]
    )
    assert "would be given mode 0755" in foreseen["warnings"][0]
    assert mode(host.store / part) == 0o777
    first, second = host.request(), host.request()
    (told,) = first["warnings"]
    assert "could be changed by other users (mode 0777): it was given mode 0755" in told
    assert (first["changed"], mode(host.store / part)) == (True, 0o755)
    assert (second["changed"], second.get("warnings")) == (False, None)


def test_exposed_keys(host: Host) -> None:
    """A key that others could read is mended where it waits and where it is used, and each time it is said what that means."""
    fullchain = host.issued()
    waiting = host.store / "www/staged/privkey.pem"
    waiting.chmod(0o644)
    (told,) = host.deploy(fullchain)["warnings"]
    assert f"{waiting} could be read by other users (mode 0644): it was given mode 0600" in told
    key = host.store / "www/versions/0001/privkey.pem"
    assert mode(key) == 0o600
    key.chmod(0o644)
    (found,) = host.request()["certificates"]
    assert found["differs"]
    mended = host.deploy(fullchain)
    assert f"{key} had mode 0644 in place of 0600: others could use this private key" in mended["warnings"][0]
    assert (mended["changed"], mode(key)) == (True, 0o600)
    assert "warnings" not in host.deploy(fullchain)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize(("part", "all_fail"), [(".", True), ("www", False), ("www/versions", False)])
def test_owned_by_someone_else(host: Host, part: str, all_fail: bool) -> None:
    """A store of someone else is refused, and so is a part of it, without harm to the others; nothing in it is touched."""
    host.deploy(host.issued())
    fullchain = host.issued()
    os.chown(host.store / part, 12345, 12345)
    before = sorted(str(path) for path in host.store.rglob("*"))
    for result in (host.request(), host.deploy(fullchain)):
        assert result["failed"]
        assert "belongs to user 12345, who could put other keys and certificates there" in result["msg"]
        assert (result["certificates"] == []) == all_fail
    assert sorted(str(path) for path in host.store.rglob("*")) == before
