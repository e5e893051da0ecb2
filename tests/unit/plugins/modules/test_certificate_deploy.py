# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""certificate_deploy as a process."""

from __future__ import annotations

import json
import os
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import key as keys

from tests.unit.issuer import Issuer
from tests.unit.module_process import run_module, run_through_ansible

NAMES = ["a.example", "b.example"]


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def issue(store: Path, issuer: Issuer, name: str = "www", **more: Any) -> dict[str, Any]:
    """A staged key and a certificate for it, as an item for the module."""
    wanted = [{"name": name, "identifiers": NAMES, "force": True}]
    staged = run_module("certificate_request", store=str(store), certificates=wanted)
    return {"name": name, "identifiers": NAMES, "fullchain": issuer.answer(staged["certificates"][0]["csr"]), **more}


def deploy(store: Path, *certificates: dict[str, Any], **more: Any) -> dict[str, Any]:
    return run_module("certificate_deploy", store=str(store), certificates=list(certificates), **more)


def test_through_ansible(tmp_path: Path, store: Path, issuer: Issuer) -> None:
    """In check mode nothing is written, the first run deploys, the second one changes nothing; no key is ever shown."""
    links = {"fullchain": str(tmp_path / "www.pem"), "privkey": str(tmp_path / "www.key")}
    item = issue(store, issuer, links=links, mode="u=rw,g=r")
    options = {"store": str(store), "certificates": [item], "validate": ["true"]}
    foreseen, printed = run_through_ansible("certificate_deploy", "--check", "--diff", **options)
    assert foreseen["changed"]
    assert "+new version: a.example, b.example; ecdsa-p256; issued by CN=Test Issuer" in printed
    assert f"+{links['fullchain']} -> {store}/www/current/fullchain.pem" in printed
    assert os.listdir(store / "www") == ["staged"]
    first, printed = run_through_ansible("certificate_deploy", "--diff", "-vvvv", **options)
    assert first["changed"]
    (result,) = first["certificates"]
    assert (result["version"], result["path"]) == ("0001", f"{store}/www/current")
    assert Path(links["privkey"]).read_text().startswith("-----BEGIN PRIVATE KEY-----")
    assert stat.S_IMODE(Path(links["privkey"]).stat().st_mode) == 0o640
    assert "PRIVATE KEY" not in printed
    second, _printed = run_through_ansible("certificate_deploy", **options)
    assert not second["changed"]


def test_shared_key(store: Path, issuer: Issuer) -> None:
    """A key that is handed over is deployed, and stays out of all that Ansible shows."""
    key = keys.generate(keys.KeyType.ECDSA_P256)
    pem = keys.to_pem(key).decode()
    item = {"name": "shared", "fullchain": issuer.fullchain(key.public_key(), NAMES), "private_key": pem}
    result, printed = run_through_ansible(
        "certificate_deploy", "-vvvv", "--diff", store=str(store), certificates=[item]
    )
    assert result["changed"]
    assert (store / "shared/current/privkey.pem").read_text() == pem
    assert pem.splitlines()[1] not in printed


def test_placeholder(store: Path, issuer: Issuer) -> None:
    """A placeholder is made once, gives way to the issued certificate, and never comes back."""
    item = {"name": "www", "identifiers": NAMES}
    first = deploy(store, item, state="placeholder")
    assert first["changed"]
    assert first["certificates"][0]["facts"]["self_signed"]
    assert not deploy(store, item, state="placeholder")["changed"]
    issued = issue(store, issuer)
    assert deploy(store, issued)["certificates"][0]["version"] == "0002"
    assert not deploy(store, item, state="placeholder")["changed"]
    assert os.readlink(store / "www/current") == "versions/0002"


def test_validate(tmp_path: Path, store: Path, issuer: Issuer) -> None:
    """The commands run once, without a shell, after the switch; not when nothing changed."""
    log = tmp_path / "log"
    script = tmp_path / "test config"
    script.write_text(f'#!/bin/sh\nreadlink {store}/*/current >>{log}\necho "$#:$1" >>{log}\n')
    script.chmod(0o755)
    items = [issue(store, issuer), issue(store, issuer, "mail")]
    validate = [f"'{script}' 'a b;c'"]
    assert deploy(store, *items, validate=validate)["changed"]
    assert log.read_text() == "versions/0001\nversions/0001\n1:a b;c\n"
    assert not deploy(store, *items, validate=validate)["changed"]
    assert len(log.read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("command", "told"),
    [("sh -c 'echo it is wrong >&2; exit 3'", "exit code 3: it is wrong"), ("/no/such/command -t", "No such file")],
)
def test_roll_back(store: Path, issuer: Issuer, command: str, told: str) -> None:
    """When a command fails, everything is as before, the result has its output, and the next run can go on."""
    deploy(store, issue(store, issuer))
    items = [issue(store, issuer), issue(store, issuer, "mail")]
    result = deploy(store, *items, validate=["true", command])
    assert result["failed"]
    assert result["rolled_back"]
    assert not result["changed"]
    assert told in result["msg"]
    assert [item["version"] for item in result["certificates"]] == ["0001", None]
    assert os.readlink(store / "www/current") == "versions/0001"
    assert not (store / "mail/current").exists()
    result = deploy(store, *items, validate=["true"])
    assert result["changed"]
    assert not result["rolled_back"]


def test_each_on_its_own(store: Path, issuer: Issuer) -> None:
    """What must not be deployed is refused with the reason; the current certificate stays, and the others are deployed."""
    deploy(store, issue(store, issuer))
    bad = issue(store, issuer, identifiers=["a.example"])
    other = {"name": "other", "fullchain": bad["fullchain"]}
    good = issue(store, issuer, "mail")
    empty = {"name": "empty"}
    result = deploy(store, bad, other, good, empty)
    assert result["failed"]
    assert result["changed"]
    assert result["msg"].startswith(
        "3 of 4 certificates failed: www: the certificate is for other names: no longer b.example"
    )
    assert [bool(item.get("failed")) for item in result["certificates"]] == [True, True, False, True]
    assert "no private key waits" in result["certificates"][1]["msg"]
    assert "no fullchain" in result["certificates"][3]["msg"]
    assert os.readlink(store / "www/current") == "versions/0001"
    assert os.readlink(store / "mail/current") == "versions/0001"


def test_file_in_the_way(tmp_path: Path, store: Path, issuer: Issuer) -> None:
    """A real file in the place of a link is left alone, and named."""
    path = tmp_path / "www.pem"
    path.write_text("precious")
    result = deploy(store, issue(store, issuer, links={"fullchain": str(path)}))
    assert f"a file is in the way of the link {path}" in result["msg"]
    assert path.read_text() == "precious"
    assert not (store / "www/current").exists()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"keep": 0}, "keep is 0"),
        ({"certificates": [{"name": "a"}, {"name": "a"}]}, "'a' is listed twice"),
        (
            {"certificates": [{"name": name, "links": {"fullchain": "/tmp/x.pem"}} for name in ("a", "b")]},
            "'/tmp/x.pem' is listed twice",
        ),
        ({"certificates": [{"name": "a", "fullchain": "x", "mode": "rw"}]}, "not a file mode"),
        ({"certificates": [{"name": "a", "fullchain": "x", "owner": "no-such-user"}]}, "no user 'no-such-user'"),
    ],
)
def test_refused_options(store: Path, options: dict[str, Any], why: str) -> None:
    """Options that make no sense are refused."""
    result = run_module("certificate_deploy", **{"store": str(store), "certificates": [], **options})
    assert result["failed"]
    assert why in result["msg"]


def test_mended_mode(store: Path, issuer: Issuer) -> None:
    """A key whose mode was changed by hand is mended, and the diff says so."""
    item = issue(store, issuer)
    deploy(store, item)
    key = store / "www/versions/0001/privkey.pem"
    key.chmod(0o644)
    result = deploy(store, item, diff=True)
    assert result["changed"]
    assert [(entry["before"], entry["after"]) for entry in result["diff"]] == [
        (
            f"{key} mode 0644 owner {os.geteuid()}:{os.getegid()}\n",
            f"{key} mode 0600 owner {os.geteuid()}:{os.getegid()}\n",
        )
    ]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_missing_library(store: Path) -> None:
    """A host without cryptography is told which library it lacks."""
    result = deploy(store, {"name": "www"}, without=("cryptography",))
    assert result["missing_libraries"] == ["cryptography"]


def test_put_to_use(tmp_path: Path, store: Path, issuer: Issuer) -> None:
    """What failed to reload is in place, but unfinished; deployed once more it is reloaded and finished, and no third time."""
    log, broken = tmp_path / "log", tmp_path / "broken"
    broken.touch()
    reload = [f"/bin/sh -c 'readlink {store}/www/current >>{log}; ! test -e {broken}'"]
    item = issue(store, issuer, reload=reload)
    first = deploy(store, item)
    assert (first["changed"], first["failed"], first["reloaded"]) == (True, True, [])
    assert "will be put to use" in first["certificates"][0]["msg"]
    wanted = {"name": "www", "identifiers": NAMES}
    (found,) = run_module("certificate_request", store=str(store), certificates=[wanted])["certificates"]
    assert (found["due"], found["unfinished"]) == (False, True)
    broken.unlink()
    second = deploy(store, item)
    assert (second["changed"], second["reloaded"]) == (True, reload)
    third = deploy(store, item)
    assert (third["changed"], third["reloaded"]) == (False, [])
    assert log.read_text() == "versions/0001\n" * 2


def test_no_place_to_look(store: Path, issuer: Issuer) -> None:
    """A place that cannot be looked at is told before anything is changed."""
    result = deploy(store, issue(store, issuer, served_on="443"))
    assert "served_on is '443'" in result["msg"]
    assert not (store / "www/current").exists()


def test_put_off(store: Path, issuer: Issuer) -> None:
    """When the CA wants to be asked again is told by the next look, until it is asked all the same or a certificate came."""
    wanted = {"name": "www", "identifiers": NAMES, "ca": "https://ca.example"}

    def look(**more: Any) -> dict[str, Any]:
        (told,) = run_module("certificate_request", store=str(store), certificates=[{**wanted, **more}])["certificates"]
        return dict(told)

    csr = look()["csr"]
    until = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=1)
    note = {**wanted, "retry_after": until.isoformat(), "reason": "too many"}
    assert not run_module("certificate_deploy", store=str(store), certificates=[note], check=True)["changed"]
    assert look()["put_off"] is None
    assert not deploy(store, note)["changed"]
    told = look()
    assert (told["due"], told["csr"]) == (True, csr)
    assert told["put_off"] == {"until": until.isoformat().replace("+00:00", "Z"), "reason": "too many"}
    assert look(force=True)["put_off"] is None
    deploy(store, {**wanted, "fullchain": issuer.answer(csr)})
    assert (look()["put_off"], sorted(os.listdir(store / "www"))) == (None, ["current", "versions"])


def test_several_cas(store: Path, issuer: Issuer) -> None:
    """Any of several CAs may have issued it, one that put it off does not keep the others from being asked, and an order is one's."""
    cas = ["https://one.example", "https://two.example"]

    def look(*asked: str) -> dict[str, Any]:
        wanted = {"name": "www", "identifiers": NAMES, "ca": list(asked)}
        (told,) = run_module("certificate_request", store=str(store), certificates=[wanted])["certificates"]
        return dict(told)

    csr = look(*cas)["csr"]
    until = (datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=1)).isoformat()
    later = (datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=2)).isoformat()
    waits = [
        {"name": "www", "identifiers": NAMES, "ca": ca, "retry_after": time, "reason": "busy"}
        for ca, time in zip(cas, (later, until))
    ]
    deploy(store, waits[0])
    one = {"ca": cas[0], "until": later.replace("+00:00", "Z"), "reason": "busy"}
    assert (look(*cas)["put_off"], look(*cas)["put_off_by"]) == (None, [one])
    # Both in one call.
    assert not deploy(store, *waits).get("failed")
    both = look(*cas)
    assert [wait["ca"] for wait in both["put_off_by"]] == cas
    assert both["put_off"]["until"] == until.replace("+00:00", "Z")
    (store / "www/staged/order.json").write_text(json.dumps({"ca": cas[1], "url": "https://two.example/order/1"}))
    assert (look(*cas)["order_url"], look(*cas)["order_ca"]) == ("https://two.example/order/1", cas[1])
    assert (look(cas[0])["order_url"], look(cas[0])["order_ca"]) == (None, None)
    deploy(store, {"name": "www", "ca": cas[1], "fullchain": issuer.answer(csr)})
    assert look(*cas)["due"] is False
    (reason,) = look(cas[0])["reasons"]
    assert (reason["code"], reason["text"]) == ("ca", f"it was issued by {cas[1]}, wanted is {cas[0]}")
