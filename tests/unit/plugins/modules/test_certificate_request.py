# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""certificate_request as a process."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.issuer import Issuer
from tests.unit.module_process import run_module, run_through_ansible

WWW = {"name": "www", "identifiers": ["WWW.example", "bücher.example"]}


def request(store: Path, *certificates: dict[str, Any], **more: Any) -> dict[str, Any]:
    return run_module("certificate_request", store=str(store), certificates=list(certificates), **more)


def test_through_ansible(tmp_path: Path) -> None:
    """In check mode nothing is written, the first run makes a key and a request, the second one nothing."""
    options = {"store": str(tmp_path / "store"), "certificates": [WWW]}
    foreseen, printed = run_through_ansible("certificate_request", "--check", "--diff", **options)
    assert foreseen["changed"]
    assert foreseen["certificates"][0]["csr"] is None
    assert "because: there is no certificate yet" in printed
    assert not (tmp_path / "store").exists()
    first, printed = run_through_ansible("certificate_request", "--diff", "-vvvv", **options)
    assert first["changed"]
    (item,) = first["certificates"]
    assert item["reasons"] == [{"code": "missing", "text": "there is no certificate yet"}]
    assert item["csr"].startswith("-----BEGIN CERTIFICATE REQUEST-----")
    assert "PRIVATE KEY" not in printed
    second, _printed = run_through_ansible("certificate_request", **options)
    assert not second["changed"]
    assert second["certificates"] == [{**item, "changed": False}]
    foreseen, _printed = run_through_ansible("certificate_request", "--check", **options)
    assert not foreseen["changed"]


def test_not_due(tmp_path: Path) -> None:
    """A good certificate is returned with its facts, and nothing is staged for it."""
    issuer = Issuer()
    csr = request(tmp_path, WWW)["certificates"][0]["csr"]
    fullchain = issuer.answer(csr)
    deployed = run_module(
        "certificate_deploy", store=str(tmp_path), certificates=[{"name": "www", "fullchain": fullchain}]
    )
    result = request(tmp_path, WWW, diff=True)
    assert not result["changed"]
    assert "diff" not in result
    (item,) = result["certificates"]
    assert (item["due"], item["reasons"], item["csr"], item["unfinished"]) == (False, [], None, False)
    assert item["fullchain"] == fullchain
    assert fullchain.startswith(item["certificate"])
    days_left = item["facts"].pop("days_left")
    assert {**item["facts"], "days_left": pytest.approx(days_left, abs=0.01)} == deployed["certificates"][0]["facts"]
    assert not (tmp_path / "www" / "staged").exists()


def test_profiles(tmp_path: Path) -> None:
    """A certificate under any of the profiles is as wanted, and says which one it came under; under none of them it is due."""
    fullchain = Issuer().answer(request(tmp_path, WWW)["certificates"][0]["csr"])
    item = {"name": "www", "fullchain": fullchain, "profile": "classic"}
    run_module("certificate_deploy", store=str(tmp_path), certificates=[item])
    for wanted, codes in (("classic", []), (["short", "classic"], []), (["short", "long"], ["profile"]), ("", [])):
        (told,) = request(tmp_path, {**WWW, "profile": wanted}, check=True)["certificates"]
        assert ([reason["code"] for reason in told["reasons"]], told["issued_under"]) == (codes, "classic")
    assert request(tmp_path, {**WWW, "profile": ["short", "long"]}, check=True)["certificates"][0]["reasons"] == [
        {"code": "profile", "text": "its profile is classic, wanted is short or long"}
    ]


def test_interrupted(tmp_path: Path) -> None:
    """What was forced by a run that was cut short is due until it is done, and no longer."""
    issuer = Issuer()

    def deploy(csr: str) -> None:
        item = {"name": "www", "fullchain": issuer.answer(csr)}
        run_module("certificate_deploy", store=str(tmp_path), certificates=[item])

    deploy(request(tmp_path, WWW)["certificates"][0]["csr"])
    forced = request(tmp_path, {**WWW, "force": True})["certificates"][0]
    for check in (True, False):
        (item,) = request(tmp_path, WWW, check=check)["certificates"]
        assert [reason["code"] for reason in item["reasons"]] == ["interrupted"]
    assert (item["csr"], item["changed"]) == (forced["csr"], False)
    deploy(item["csr"])
    assert not request(tmp_path, WWW)["certificates"][0]["due"]


def test_taken_back(tmp_path: Path) -> None:
    """A certificate that was issued but taken back is not due but unfinished, with all that its deployment needs."""
    issuer = Issuer()
    fullchain = issuer.answer(request(tmp_path, WWW)["certificates"][0]["csr"])
    item = {"name": "www", "fullchain": fullchain}
    run_module("certificate_deploy", store=str(tmp_path), certificates=[item], validate=["false"])
    for check in (True, False):
        result = request(tmp_path, WWW, check=check)
        assert not result["changed"]
        (told,) = result["certificates"]
        assert (told["due"], told["unfinished"], told["reasons"], told["csr"]) == (False, True, [], None)
        assert (told["fullchain"], told["private_key_path"]) == (fullchain, f"{tmp_path}/www/staged/privkey.pem")
        assert told["facts"]["key_matches"]
    assert request(tmp_path, {**WWW, "force": True})["certificates"][0]["due"]
    done = run_module(
        "certificate_deploy", store=str(tmp_path), certificates=[{**item, "fullchain": told["fullchain"]}]
    )
    assert done["certificates"][0]["version"] == "0001"
    (told,) = request(tmp_path, WWW)["certificates"]
    assert (told["due"], told["unfinished"], told["fullchain"]) == (False, False, fullchain)
    assert told["private_key_path"] == f"{tmp_path}/www/versions/0001/privkey.pem"


def test_differs(tmp_path: Path) -> None:
    """A certificate whose mode or links are not as wanted is not due but differs, and is mended without a new version."""
    issuer, link = Issuer(), str(tmp_path / "www.pem")
    item = {"name": "www", "fullchain": issuer.answer(request(tmp_path, WWW)["certificates"][0]["csr"])}
    run_module("certificate_deploy", store=str(tmp_path), certificates=[item])
    wanted = {"mode": "0640", "links": {"fullchain": link}}
    (told,) = request(tmp_path, {**WWW, **wanted})["certificates"]
    assert (told["due"], told["unfinished"], told["differs"], told["changed"]) == (False, False, True, False)
    key, target = f"{tmp_path}/www/versions/0001/privkey.pem", f"{tmp_path}/www/current/fullchain.pem"
    uid, gid = os.geteuid(), os.getegid()
    assert told["differences"] == [
        f"{key} mode 0600 owner {uid}:{gid}, wanted is {key} mode 0640 owner {uid}:{gid}",
        f"nothing, wanted is {link} -> {target}",
    ]
    given_back = {"name": "www", "fullchain": told["fullchain"], **wanted}
    mended = run_module("certificate_deploy", store=str(tmp_path), certificates=[given_back])
    assert (mended["changed"], mended["certificates"][0]["version"]) == (True, "0001")
    (told,) = request(tmp_path, {**WWW, **wanted})["certificates"]
    assert (told["differs"], told["differences"]) == (False, [])


def test_no_order_for_nothing(tmp_path: Path) -> None:
    """What could not be installed in the end is refused before anything is asked for; in check mode it may be yet to come."""
    item = {**WWW, "links": {"fullchain": "/no/such/directory/x.pem"}}
    assert "no directory for the link" in request(tmp_path / "store", item)["certificates"][0]["msg"]
    assert "there is no user" in request(tmp_path / "store", {**WWW, "owner": "nobody-here"})["certificates"][0]["msg"]
    assert not (tmp_path / "store" / "www").exists()
    assert request(tmp_path / "store", item, check=True)["certificates"][0]["due"]


def test_each_on_its_own(tmp_path: Path) -> None:
    """A certificate that fails is named with the reason, the others are finished, and all results are there."""
    bad = {"name": "a/b", "identifiers": ["a.example"]}
    worse = {"name": "worse", "identifiers": ["http://a.example"]}
    result = request(tmp_path / "store", bad, WWW, worse)
    assert result["failed"]
    assert result["changed"]
    assert result["msg"].startswith("2 of 3 certificates failed: a/b: certificate name 'a/b' has a slash in it.")
    assert [item["name"] for item in result["certificates"]] == ["a/b", "www", "worse"]
    assert [item.get("failed", False) for item in result["certificates"]] == [True, False, True]
    assert "not a domain name" in result["certificates"][2]["msg"]
    assert result["certificates"][1]["csr"]
    assert os.listdir(tmp_path / "store") == ["www"]


def test_decided_elsewhere(tmp_path: Path) -> None:
    """With an emergency share an aged certificate is left to others; what they decided about it makes it due, with their reason."""
    issuer = Issuer()
    csr = request(tmp_path, WWW)["certificates"][0]["csr"]
    fullchain = issuer.answer(csr)
    deployed = {"name": "www", "fullchain": fullchain, "ca": "https://ca.example/directory"}
    run_module("certificate_deploy", store=str(tmp_path), certificates=[deployed])
    aged = {"renew_fraction": 0.9999999}
    (item,) = request(tmp_path, WWW, **aged, emergency_fraction=0.1)["certificates"]
    assert (item["due"], item["csr"], item["issued_by"]) == (False, None, "https://ca.example/directory")
    assert not (tmp_path / "www" / "staged").exists()

    reason = {"code": "renewal-info", "text": "the CA wants that"}
    decided = {"fingerprint_sha256": item["facts"]["fingerprint_sha256"], **reason}
    other = {**decided, "fingerprint_sha256": "00"}
    assert request(tmp_path, {**WWW, "renewal": other}, emergency_fraction=0.1)["certificates"] == [item]
    (item,) = request(tmp_path, {**WWW, "renewal": decided}, emergency_fraction=0.1)["certificates"]
    assert (item["due"], item["reasons"], item["csr"] is None) == (True, [reason], False)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"certificates": [WWW, WWW]}, "'www' is listed twice"),
        ({"certificates": [WWW], "renew_fraction": 0}, "between 0 and 1"),
        ({"certificates": [WWW], "renew_fraction": 33}, "between 0 and 1"),
        ({"certificates": [WWW], "emergency_fraction": 1}, "emergency_fraction is 1"),
        ({"certificates": [WWW], "run_interval": 0}, "the seconds between two runs"),
        ({"certificates": [{**WWW, "key_type": "ecdsa-p521"}]}, "key_type"),
        ({"certificates": [{**WWW, "identifiers": []}]}, "no identifiers"),
        ({"certificates": [WWW], "store": "relative"}, "not an absolute path"),
    ],
)
def test_refused_options(tmp_path: Path, options: dict[str, Any], why: str) -> None:
    """Options that make no sense are refused, and nothing is written."""
    result = run_module("certificate_request", **{"store": str(tmp_path / "store"), **options})
    assert result["failed"]
    assert why in result["msg"]
    assert not (tmp_path / "store").exists()


def test_unwritable_store(tmp_path: Path) -> None:
    """Where there can be no store, each due certificate says where and why."""
    result = request(Path("/proc/webpki"), WWW, {**WWW, "name": "mail"})
    assert result["failed"]
    assert all("cannot make the directory /proc/webpki: " in item["msg"] for item in result["certificates"])
    (tmp_path / "file").touch()
    result = request(tmp_path / "file" / "store", WWW)
    assert f"{tmp_path}/file/store/www/current: Not a directory" in result["msg"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a module as somebody else")
def test_not_allowed(tmp_path: Path) -> None:
    """A user who may not write the store is told so, and what to do."""
    code = (
        "import os; from ansible_collections.webpki.acme.plugins.module_utils._store import writing\n"
        "os.setuid(65534)\n"
        "writing.make_directory('/etc/webpki-of-nobody')"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "cannot make the directory /etc/webpki-of-nobody: Permission denied. Run the task" in process.stderr


def test_full_disk(tmp_path: Path) -> None:
    """Where nothing more can be written, that is said, and nothing half-written stays."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        result = request(tmp_path / "store", WWW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert result["failed"]
    assert "File too large" in result["msg"]
    assert [path for path in (tmp_path / "store").rglob("*") if path.is_file()] == []


def test_missing_library(tmp_path: Path) -> None:
    """A host without cryptography is told which library it lacks, and the context comes back as always."""
    result = request(tmp_path / "store", WWW, without=("cryptography",), context={"host": "web1"})
    assert result["failed"]
    assert result["missing_libraries"] == ["cryptography"]
    assert result["context"] == {"host": "web1"}
    assert not (tmp_path / "store").exists()


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """A store with a certificate for WWW."""
    item = {"name": "www", "fullchain": Issuer().answer(request(tmp_path, WWW)["certificates"][0]["csr"])}
    assert run_module("certificate_deploy", store=str(tmp_path), certificates=[item])["changed"]
    return tmp_path


def test_nothing_is_imported(deployed: Path) -> None:
    """Where nothing is due, neither cryptography nor what makes keys and requests is imported, and the answer is the same."""
    own = "ansible_collections.webpki.acme.plugins.module_utils."
    heavy = ("_store.libraries", "_store.key", "_store.certificate", "_store.request", "_ansible.host_tasks.staging")
    lean = request(deployed, WWW, without=("cryptography", *(own + name for name in heavy)))
    # A directory of what is staged is a reason to look more closely, here only at nothing.
    (deployed / "www" / "staged").mkdir()
    closely = request(deployed, WWW)
    days_left = lean["certificates"][0]["facts"].pop("days_left")
    assert closely["certificates"][0]["facts"].pop("days_left") == pytest.approx(days_left, abs=0.01)
    assert closely["certificates"][0].pop("unfinished")
    assert lean["certificates"][0].pop("unfinished") is False
    assert lean == closely


def test_what_is_to_be_put_right_is_read(deployed: Path) -> None:
    """Where a link is wanted a host needs cryptography, as what makes it does."""
    wanted = {**WWW, "links": {"fullchain": f"{deployed}/www.pem"}}
    assert request(deployed, wanted, without=("cryptography",))["missing_libraries"] == ["cryptography"]
    (item,) = request(deployed, wanted)["certificates"]
    assert (item["due"], item["differs"]) == (False, True)


@pytest.mark.parametrize("file", ["privkey.pem", "fullchain.pem", "issuance.json"])
def test_read_when_another(deployed: Path, file: str) -> None:
    """A certificate that is not as it was deployed is read, for which a host needs cryptography."""
    path = deployed / "www" / "current" / file
    path.write_text(path.read_text().replace("-\n", "-\n\n").replace("sha256", "SHA"))
    assert request(deployed, WWW, without=("cryptography",))["missing_libraries"] == ["cryptography"]
    (item,) = request(deployed, WWW)["certificates"]
    assert (item["due"], item["facts"]["key_matches"]) == (False, True)
    path.unlink()
    assert request(deployed, WWW, check=True)["certificates"][0]["due"] is (file != "issuance.json")


def test_one_of_many(deployed: Path) -> None:
    """One certificate that is due has itself read, and the results stay in the order asked."""
    mail = {**WWW, "name": "mail"}
    assert request(deployed, WWW, mail, without=("cryptography",))["missing_libraries"] == ["cryptography"]
    result = request(deployed, mail, WWW, {**WWW, "name": "a/b"})
    assert [item["name"] for item in result["certificates"]] == ["mail", "www", "a/b"]
    assert [item.get("due") for item in result["certificates"]] == [True, False, None]
