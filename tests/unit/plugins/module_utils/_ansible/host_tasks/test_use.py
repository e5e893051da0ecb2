# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Putting changed certificates to use. Services under systemd are reloaded by the tests on booted hosts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._ansible.host_tasks import use
from ansible_collections.webpki.acme.plugins.module_utils._ansible.served import Endpoint
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError
from ansible_collections.webpki.acme.plugins.module_utils._store.facts import Facts

from tests.unit.tls_port import Port


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Port]:
    running = Port(tmp_path)
    yield running
    running.socket.close()


def facts(*identifiers: str) -> Facts:
    """The facts of a certificate for these names."""
    then = datetime(2026, 1, 1, tzinfo=timezone.utc)
    return Facts(None, "CN=x", identifiers, "01", then, then, "aa", "ecdsa-p256", "bb", False, None, True, 2)


def item(**options: Any) -> dict[str, Any]:
    return {"name": "www", "reload": [], "served_on": None, "roll_back_unserved": False, **options}


@pytest.mark.parametrize(
    ("served_on", "identifiers", "endpoint"),
    [
        (None, ["a.example"], None),
        ("127.0.0.1:443", ["a.example"], Endpoint("127.0.0.1", 443, "a.example", "aa")),
        ("[::1]:8443", ["*.a.example", "a.example"], Endpoint("::1", 8443, "a.example", "aa")),
        ("web:443", ["*.a.example"], Endpoint("web", 443, "web", "aa")),
    ],
)
def test_where_to_look(served_on: str | None, identifiers: list[str], endpoint: Endpoint | None) -> None:
    """A certificate is looked for where it should be served, by one of its names that is no wildcard."""
    assert use.of(item(served_on=served_on), facts(*identifiers)).endpoint == endpoint


@pytest.mark.parametrize("place", ["443", "web", "web:https", ":443", "::1:443", "web:0", "web:65536"])
def test_no_place_to_look(place: str) -> None:
    """What is no host with a port is refused, with an example."""
    with pytest.raises(StoreError, match="Give a host and a port, such as 127.0.0.1:443"):
        use.of(item(served_on=place), facts("a.example"))


def script(directory: Path, name: str, ends: str = "exit 0") -> str:
    """A command that notes that it ran."""
    path = directory / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >>{directory}/log\n{ends}\n')
    path.chmod(0o755)
    return str(path)


def test_once_for_all(tmp_path: Path) -> None:
    """A command runs once, with its arguments and without a shell, however many certificates name it."""
    command = f"{script(tmp_path, 'tell')} 'a b;c' $HOME"
    uses = {name: use.Use((command,), None) for name in ("www", "api")}
    assert use.put_to_use(uses) == ([command], {})
    assert (tmp_path / "log").read_text() == f"tell a b;c {Path.home()}\n"


def test_failures_stay_apart(tmp_path: Path) -> None:
    """A certificate fails for what it names itself, with the words of the first command that failed; the others run on."""
    good, bad = script(tmp_path, "good"), script(tmp_path, "bad", "echo it is broken >&2; exit 3")
    missing = str(tmp_path / "missing")
    uses = {"www": use.Use((good, bad, missing), None), "api": use.Use((good,), None), "old": use.Use((missing,), None)}
    reloaded, problems = use.put_to_use(uses)
    assert reloaded == [good]
    assert {name: problem.message for name, problem in problems.items()} == {
        "www": f"{bad!r} failed: exit code 3: it is broken",
        "old": f"{missing!r} failed: No such file or directory",
    }
    assert (tmp_path / "log").read_text() == "good \nbad \n"


def test_service_that_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without systemd too, a service that does not run is started. Played, as above."""
    script(tmp_path, "service", '[ "$2" = start ]')
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(use, "_SYSTEMD", str(tmp_path / "none"))
    assert use.put_to_use({"www": use.Use(("nginx",), None)}) == (["nginx"], {})
    assert (tmp_path / "log").read_text() == "service nginx status\nservice nginx start\n"


@pytest.mark.parametrize(
    ("systemd", "ran"),
    [(True, "systemctl reload-or-restart nginx\n"), (False, "service nginx status\nservice nginx reload\n")],
)
def test_services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, systemd: bool, ran: str) -> None:
    """A service is reloaded by whoever runs it. Played, as all hosts of the lab are run by systemd."""
    for name in ("systemctl", "service"):
        script(tmp_path, name)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(use, "_SYSTEMD", str(tmp_path if systemd else tmp_path / "none"))
    assert use.put_to_use({"www": use.Use(("nginx",), None)}) == (["nginx"], {})
    assert (tmp_path / "log").read_text() == ran


def test_services_that_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the service's manager says is told."""
    script(tmp_path, "service", "echo nginx: unrecognized service; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(use, "_SYSTEMD", str(tmp_path / "none"))
    _reloaded, problems = use.put_to_use({"www": use.Use(("nginx",), None)})
    assert str(problems["www"]).startswith(
        "nginx could not be reloaded: exit code 1: nginx: unrecognized service. Mend"
    )


def test_seen(port: Port, tmp_path: Path) -> None:
    """A certificate is in use when it is seen where it should be served, after the reload."""
    seen = Endpoint("127.0.0.1", port.number, "a.example", port.fingerprint)
    command = script(tmp_path, "reload")
    assert use.put_to_use({"www": use.Use((command,), seen)}) == ([command], {})


def test_not_seen(port: Port, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another certificate is served both are named. The 30 seconds of patience are cut short here."""
    monkeypatch.setattr(use, "_DEADLINE", 0.1)
    other = Endpoint("127.0.0.1", port.number, "a.example", "00" * 32)
    seen = Endpoint("127.0.0.1", port.number, "a.example", port.fingerprint)
    _reloaded, problems = use.put_to_use({"www": use.Use((), other), "api": use.Use((), seen)})
    assert list(problems) == ["www"]
    assert (
        f":{port.number}, asked for a.example: it serves another certificate, with SHA-256 {port.fingerprint}"
        in problems["www"].message
    )
    assert f"expected is the certificate with SHA-256 {'00' * 32}" in problems["www"].message


def test_not_looked_for(tmp_path: Path, port: Port) -> None:
    """Where the reload failed nobody waits for the new certificate."""
    bad = script(tmp_path, "bad", "exit 1")
    other = Endpoint("127.0.0.1", port.number, "a.example", "00" * 32)
    _reloaded, problems = use.put_to_use({"www": use.Use((bad,), other)})
    assert problems["www"].message == f"{bad!r} failed: exit code 1"
