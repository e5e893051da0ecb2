# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role `revocation` plans, passes on and tells."""

from __future__ import annotations

import functools
from base64 import b64encode
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.webpki.acme.plugins.filter import fleet_revocation, fleet_revoked
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.unit.fleet import CA, listed, looped

SERVED = {"served_on": "127.0.0.1:443"}
PENDING = {"reason": "keyCompromise", "at": None}
REVOKED = {"reason": "keyCompromise", "at": "2026-01-01T00:00:00Z"}


@functools.cache
def key(label: str) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def certificate(
    serial: str, *names: str, of: str = "", days: float = 60, self_signed: bool = False
) -> x509.Certificate:
    """A certificate with this serial number; `of`: what its key is called, by default by the number."""

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    label = of or serial
    end = datetime.now(timezone.utc) + timedelta(days=days)
    builder = x509.CertificateBuilder(
        name(label if self_signed else "CA"), name(label), key(label).public_key(), int(serial, 16)
    )
    builder = builder.not_valid_before(end - timedelta(days=90)).not_valid_after(end)
    builder = builder.add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, names))), critical=False)
    return builder.sign(key(label if self_signed else "CA"), hashes.SHA256())


def version(
    name: str = "www",
    number: int = 1,
    serial: str = "aa",
    current: bool = True,
    names: tuple[str, ...] = (),
    key_matches: bool | None = True,
    made: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """What webpki.acme.certificate_version_info says of a version. What the host says beside the certificate is all wrong."""
    pem = certificate(serial, *(names or (f"{name}.example.com",)), **(made or {})).public_bytes(Encoding.PEM).decode()
    lies: dict[str, Any] = {"self_signed": True, "days_left": -1.0, "identifiers": []}
    lies.update(serial_number="ff", fingerprint_sha256="ff", public_key_fingerprint_sha256="ff")
    return {
        "name": name,
        "version": f"{number:04d}",
        "current": current,
        "fullchain": pem,
        "private_key_path": f"/etc/webpki/{name}/versions/{number:04d}/privkey.pem",
        "ca": CA,
        "revoked": None,
        "facts": {**lies, "key_matches": key_matches},
        "msg": "",
        **more,
    }


def print_of(told: dict[str, Any]) -> str:
    """The fingerprint of a version's certificate."""
    return x509.load_pem_x509_certificate(told["fullchain"].encode()).fingerprint(hashes.SHA256()).hex()


def host(*versions: dict[str, Any], account: dict[str, Any] | None = None, **wanted: Any) -> dict[str, Any]:
    """The variables of a host with these versions, on which www is to be revoked unless told otherwise."""
    defaults = {
        "names": ["www"],
        "serials": [],
        "versions": "current",
        "reason": "",
        "signed_by": "account",
        "replace": False,
        "certificates": [listed("www", **SERVED)],
        "account": {"ca": [{"ca": CA}], "key_file": "/keys/account.pem", **(account or {})},
    }
    return {"__revocation_wanted": {**defaults, **wanted}, "__revocation_found": {"versions": list(versions)}}


def plan(others: tuple[str, ...] = (), more: dict[str, Any] | None = None, **hosts: dict[str, Any]) -> dict[str, Any]:
    return fleet_revocation.revocation_plan(list(hosts), {**hosts, **(more or {})}, others)


def chosen(planned: dict[str, Any]) -> list[str]:
    """The serial numbers of what is to be revoked."""
    return [one["name"].rpartition(" ")[2] for one in planned["certificates"]]


OLD = version(number=1, serial="aa", current=False)
NOW = version(number=2, serial="bb")
SAME_KEY = version(current=False, made={"of": "bb"})
SEEN = print_of(NOW)


@pytest.mark.parametrize(
    ("versions", "wanted", "expected"),
    [
        ([OLD, NOW], {}, ["bb"]),
        ([OLD, NOW], {"versions": "all"}, ["aa", "bb"]),
        ([{**OLD, "revoked": REVOKED}, NOW], {"versions": "all"}, ["bb"]),
        ([version(number=1, current=False, made={"days": -1}), NOW], {"versions": "all"}, ["bb"]),
        # What else was made with the key that was stolen.
        ([SAME_KEY, NOW], {"reason": "keyCompromise"}, ["aa", "bb"]),
        ([SAME_KEY, NOW], {"reason": "superseded"}, ["bb"]),
        ([OLD, NOW], {"reason": "keyCompromise"}, ["bb"]),
        ([{**SAME_KEY, "revoked": REVOKED}, NOW], {"reason": "keyCompromise"}, ["bb"]),
        # Again, where the CA says that it was.
        ([OLD, {**NOW, "revoked": REVOKED}], {}, ["bb"]),
        ([OLD, NOW], {"names": [], "serials": ["AA"]}, ["aa"]),
        ([OLD, NOW], {"names": "www", "serials": "a:a"}, ["aa", "bb"]),
        # What a run was to replace that was cut short, and not what took its place.
        ([{**OLD, "revoked": PENDING}, NOW], {"replace": True}, ["aa"]),
        ([{**OLD, "revoked": PENDING}, NOW], {}, ["aa", "bb"]),
        ([OLD, {**NOW, "revoked": PENDING}], {"replace": True, "versions": "all"}, ["bb"]),
        ([{**OLD, "revoked": REVOKED}, NOW], {"replace": True}, ["bb"]),
    ],
)
def test_chosen(versions: list[dict[str, Any]], wanted: dict[str, Any], expected: list[str]) -> None:
    """A name means what is in use, or what is to be revoked already; a serial number means the version that has it."""
    planned = plan(web1=host(*versions, **wanted))
    assert (chosen(planned), planned["refused"]) == (expected, [])


def test_goes_on() -> None:
    """A run after one that was cut short goes on with what is left, and replaces nothing once more that came to its end."""
    wanted = {"replace": True, "names": ["www", "mail"]}
    hosts = {
        "web1": host({**OLD, "revoked": PENDING}, NOW, **wanted),
        "web2": host(
            version(serial="cc", current=False, revoked=REVOKED),
            version(number=2, serial="dd"),
            **wanted,
        ),
        "web3": host(version("mail", serial="ee"), **wanted),
    }
    planned = plan(**hosts)
    assert chosen(planned) == ["aa", "ee"]
    assert list(planned["idle"]) == ["web2"]
    assert "Run it once more to replace this one too" in planned["idle"]["web2"][0]
    # Once that is through, or has expired, a run begins anew.
    for ended in ({"revoked": REVOKED}, {"revoked": PENDING, "made": {"days": -1}}):
        hosts["web1"] = host(version(current=False, **ended), NOW, **wanted)
        assert chosen(plan(**hosts)) == ["bb", "dd", "ee"]


@pytest.mark.parametrize(
    ("made", "why"),
    [({"self_signed": True}, "it is a self-signed placeholder"), ({"days": -1}, "it has expired")],
)
def test_nothing_to_revoke(made: dict[str, Any], why: str) -> None:
    """What nobody trusts is not revoked, and its host is told why."""
    planned = plan(web1=host(version(made=made)))
    assert chosen(planned) == []
    assert planned["idle"] == {"web1": [f"www: there is nothing to revoke on web1: {why}"]}


def test_unreadable() -> None:
    """What cannot be read is not revoked, and its host is told why."""
    planned = plan(web1=host({**NOW, "facts": None, "msg": "it is gone"}))
    assert planned["idle"] == {"web1": ["www: there is nothing to revoke on web1: it cannot be read: it is gone"]}


@pytest.mark.parametrize("text", ["no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_no_certificate(text: str) -> None:
    """What a host says of a certificate counts for nothing where there is none."""
    planned = plan(web1=host({**NOW, "fullchain": text}))
    assert chosen(planned) == []
    assert "it cannot be read: its chain holds" in planned["idle"]["web1"][0]


def test_once_for_all_hosts() -> None:
    """A certificate that several hosts have is revoked once, and all of them are told."""
    planned = plan(web1=host(NOW), web2=host({**NOW, "version": "0007"}), web3=host(version(serial="cc")))
    assert chosen(planned) == ["bb", "cc"]
    kept = [(one["host"], one["version"]) for one in planned["certificates"][0]["kept"]]
    assert kept == [("web1", "0002"), ("web2", "0007")]
    assert [conversation["number"] for conversation in planned["conversations"]] == [0]


def test_at_the_ca_that_issued_it() -> None:
    """A certificate is revoked at its own CA, with the account there; each CA and account is one conversation."""
    other, third = "https://other.example/directory", "https://third.example/directory"
    account = {"ca": [{"ca": CA}, {"ca": other, "key_file": "/keys/other.pem"}]}
    planned = plan(
        web1=host(NOW, account=account),
        web2=host(version(serial="cc", ca=other), account=account),
        web3=host(version(serial="dd", ca=third), account={"ca": [{"ca": CA}, {"ca": third}]}),
        web4=host(version(serial="ee", ca=None), account=account),
    )
    told = [(one["ca"], one["key_file"], one["host"]) for one in planned["conversations"]]
    assert told == [
        (CA, "/keys/account.pem", "web1"),
        (other, "/keys/other.pem", "web2"),
        (third, "/keys/account.pem", "web3"),
    ]
    assert [certificate["conversation"] for certificate in planned["certificates"]] == [0, 1, 2, 0]


FOREIGN = {"serial": "cc", "names": ("mail.example.com",)}
OF_WEB2 = host(version("mail", serial="cc"), certificates=[listed("mail")])


@pytest.mark.parametrize(
    ("kept", "wanted", "why"),
    [
        # Somebody who is root on web1 has put the certificate of web2 there.
        (FOREIGN, {}, "it is for mail.example.com, and acme_certificates lists it on web1 for www.example.com"),
        (
            FOREIGN,
            {"replace": True},
            "it is for mail.example.com, and acme_certificates lists it on web1 for www.example.com",
        ),
        (
            FOREIGN,
            {"certificates": []},
            "it is for mail.example.com, which acme_certificates lists on web2, and not on web1",
        ),
        ({"names": ("db.example.com",)}, {"certificates": []}, "which acme_certificates lists on db1, and not on web1"),
        ({"key_matches": False}, {}, "the key beside it on web1 is not its own"),
    ],
)
def test_disowned(kept: dict[str, Any], wanted: dict[str, Any], why: str) -> None:
    """What a host calls by the name and can see not to be its own is not revoked, unless its serial number is given."""
    elsewhere = {"db1": {"acme_certificates": [{"name": "db", "identifiers": "DB.example.com"}]}}
    found = version(**{"serial": "aa", **kept})
    planned = plan(("db1",), elsewhere, web1=host(found, **wanted), web2=OF_WEB2)
    assert (chosen(planned), planned["refused"]) == ([], [])
    (told,) = planned["disowned"]["web1"]
    assert told.startswith(f"www with serial number {kept.get('serial', 'aa')}: not revoked, as ")
    assert f"{why}. If this is the one that you mean, name it by its serial number" in told
    for host_, failed in (("web1", [told]), ("web2", [])):
        assert fleet_revoked.revocation_words(planned, {}, {}, host_)["failed"] == failed
    by_number = plan(
        web1=host(found, names=[], serials=[kept.get("serial", "aa")], **{**wanted, "replace": False}), web2=OF_WEB2
    )
    assert len(by_number["certificates"]) == 1
    assert by_number["disowned"] == {}


def test_not_disowned() -> None:
    """A certificate is a host's own with one name in common, without an entry when it is nobody else's, and without a key."""
    for kept, wanted in (
        ({"names": ("www.example.com", "mail.example.com")}, {}),
        ({"names": ("gone.example.com",)}, {"certificates": []}),
        ({"key_matches": None}, {}),
    ):
        planned = plan(web1=host(version(**kept), **wanted), web2=OF_WEB2)
        assert (chosen(planned), planned["disowned"]) == (["aa"], {})


def test_chosen_elsewhere() -> None:
    """What another host has rightly is revoked, once it is replaced on all hosts that have it, whatever they call it."""
    own = [listed("mail", **SERVED)]
    planned = plan(
        web1=host(version(**FOREIGN)), web2=host(version("mail", serial="cc"), names=["mail"], certificates=own)
    )
    assert (chosen(planned), planned["disowned"]) == (["cc"], {})
    assert [one["host"] for one in planned["certificates"][0]["kept"]] == ["web1", "web2"]


def test_ca_that_is_not_listed() -> None:
    """What is said to be from a CA outside acme_ca is not revoked there: that CA may be anybody's, and say so of anything."""
    fake = "https://fake.example/directory"
    planned = plan(web1=host(version(ca=fake)), web2=host(NOW))
    assert chosen(planned) == ["bb"]
    assert [one["ca"] for one in planned["conversations"]] == [CA]
    (told,) = planned["disowned"]["web1"]
    assert (
        "aa: not revoked, as the store on web1 says that https://fake.example/directory issued it, which is not in"
        in told
    )
    by_number = plan(web1=host(version(ca=fake), names=[], serials=["aa"]))
    assert (chosen(by_number), list(by_number["disowned"])) == ([], ["web1"])
    # One host cannot keep another one from it.
    shared = plan(web1=host({**NOW, "ca": fake}), web2=host(NOW))
    assert (chosen(shared), shared["disowned"]) == (["bb"], {})


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"names": []}, "Nothing says what is to be revoked"),
        ({"names": ["www", "mail"]}, "acme_revoke names mail, which no host of this run has in its store"),
        ({"serials": ["cc"]}, "No host of this run keeps a certificate with the serial number cc"),
        (
            {"replace": True, "certificates": []},
            "www cannot be replaced on web1: acme_certificates does not list it there",
        ),
        ({"replace": True, "certificates": [listed("www")]}, "it has no served_on there"),
        ({"replace": True, "certificates": [listed("www", served_on="nowhere")]}, "served_on is 'nowhere'"),
    ],
)
def test_refused(wanted: dict[str, Any], told: str) -> None:
    """Nothing is done when what is named is not there, or when what is to be replaced cannot be, or not be seen to be."""
    (reason,) = plan(web1=host(NOW, **wanted))["refused"]
    assert told in reason


def test_on_some_host() -> None:
    """It is enough that one host has what is named for all."""
    planned = plan(web1=host(NOW, names=["www", "mail"]), web2=host(version("mail"), names=["www", "mail"]))
    assert planned["refused"] == []


def test_no_serial_number() -> None:
    """What is no serial number is an error that says how to write one."""
    with pytest.raises(AnsibleFilterError, match="acme_revoke_serials: 'www' is not a serial number"):
        plan(web1=host(NOW, serials=["www"]))


@pytest.mark.parametrize(
    ("replace", "entry", "refused"),
    [
        (True, {"name": "www", "shared": True}, True),
        (True, {"name": "www"}, False),
        (True, {"name": "mail", "shared": True}, False),
        (False, {"name": "www", "shared": True}, False),
    ],
)
def test_shared_with_others(replace: bool, entry: dict[str, Any], refused: bool) -> None:
    """A shared certificate is replaced only when all of its hosts are there."""
    own = [listed("www", shared=True, **SERVED)]
    planned = plan(
        ("web2", "db1"),
        {"web2": {"acme_certificates": [entry]}, "db1": {}},
        web1=host(NOW, replace=replace, certificates=own),
    )
    assert [("shared with web2, which is not in this run" in reason) for reason in planned["refused"]] == [
        True
    ] * refused


def test_replacement() -> None:
    """A host has its certificates of these names issued anew: what no run has begun with by force, shared ones on all hosts."""
    shared, own = listed("joint", shared=True, **SERVED), listed("www", **SERVED)
    joint = version("joint", serial="cc")
    wanted: dict[str, Any] = {"names": ["www", "joint"], "replace": True, "certificates": [own, shared, listed("mail")]}
    planned = plan(
        web1=host(NOW, joint, **wanted),
        web2=host({**OLD, "revoked": PENDING}, version(serial="dd", number=2), **wanted),
        web3=host(**{**wanted, "certificates": [shared]}),
    )

    def of(name: str) -> tuple[list[str], list[str]]:
        listed_ = wanted["certificates"] if name != "web3" else [shared]
        found = fleet_revoked.replacement(listed_, planned, name)
        return [entry["name"] for entry in found["certificates"]], found["force"]

    assert of("web1") == (["www", "joint"], ["joint", "www"])
    assert of("web2") == (["www", "joint"], [])
    assert of("web3") == (["joint"], [])


def replaced(now: str = "cc", expected: bool | None = True, msg: str = "", **more: Any) -> dict[str, Any]:
    """What is registered on a host after certificates were replaced; expected: whether the new one is served."""
    looked = [] if expected is None else [{"as_expected": expected, "msg": msg}]
    facts = {"fingerprint_sha256": print_of(version(serial=now)), "identifiers": ["www.example.com"]}
    found = {"versions": [OLD, version(number=3, serial=now, facts=facts)]}
    return {"__revocation_now": found, "__revocation_served": {"endpoints": looked}, **more}


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (replaced(), None),
        (
            replaced(expected=False, msg="it serves another one."),
            "the new one is not seen to be served on web2: it serves",
        ),
        (replaced(expected=None), "the new one is not seen to be served on web2: nobody looked."),
        (replaced(now="bb"), "no new one is in place on web2."),
        (
            replaced(now="bb", __revocation_unreplaced="mail: broken\nwww: rolled back."),
            "no new one is in place on web2: rolled back.",
        ),
        ({"__revocation_now": {"versions": []}}, "no new one is in place on web2."),
        ({}, "no new one is in place on web2."),
        (None, "web2 is out of reach."),
    ],
)
def test_unproven(after: dict[str, Any] | None, reason: str | None) -> None:
    """A certificate is not revoked as long as one of the hosts that have it has not been seen to serve another one."""
    hosts = {name: host(NOW, replace=True) for name in ("web1", "web2")}
    hosts["web3"] = host(version(serial="dd"), replace=True)
    planned = plan(**hosts)
    hosts["web1"].update(replaced())
    hosts["web3"].update(replaced())
    present = ["web1", "web3"]
    if after is not None:
        hosts["web2"].update(after)
        present.append("web2")
    found = fleet_revoked.unproven(planned, hosts, present)
    assert list(found) == ([SEEN] if reason else [])
    assert found.get(SEEN, "").startswith(reason or "")
    asked = fleet_revoked.revocations(planned, found, hosts, 0)
    assert [one["name"][-2:] for one in asked] == ([] if reason else ["bb"]) + ["dd"]


def test_endpoints() -> None:
    """A host is looked at where it serves, for the certificate that is in place, by the first name that is no wildcard."""
    hosts = {"web1": host(NOW, replace=True), "web2": host(version(serial="dd"))}
    planned = plan(**hosts)
    hosts["web1"].update(replaced())
    hosts["web1"]["__revocation_now"]["versions"][1]["facts"]["identifiers"] = ["*.example.com", "a.example.com"]
    found = fleet_revoked.served_endpoints(planned, hosts, "web1")
    assert found == [
        {
            "host": "127.0.0.1",
            "port": 443,
            "server_name": "a.example.com",
            "fingerprint_sha256": print_of(version(serial="cc")),
        }
    ]
    assert fleet_revoked.served_endpoints(planned, hosts, "web2") == []


def test_not_replaced_needs_no_proof() -> None:
    """What is not replaced is revoked at once."""
    hosts = {"web1": host(NOW)}
    planned = plan(**hosts)
    assert planned["replaces"] is False
    assert fleet_revoked.unproven(planned, hosts, []) == {}


def test_signed_by_its_own_key() -> None:
    """The key of a certificate is read on the first host that has it, and signs."""
    hosts = {
        "web1": host({**NOW, "private_key_path": None}, signed_by="certificate", reason="keyCompromise"),
        "web2": host(NOW, signed_by="certificate"),
    }
    planned = plan(**hosts)
    path = NOW["private_key_path"]
    keys = {name: fleet_revoked.revocation_keys(planned, name) for name in hosts}
    assert keys == {"web1": [], "web2": [{"name": SEEN, "file": path}]}
    read = {"item": {"name": SEEN}, "content": b64encode(b"KEY").decode()}
    hosts["web2"]["__revocation_keys"] = {"results": [read]}
    asked = fleet_revoked.revocations(planned, {}, hosts, 0)
    assert fleet_revoked.unsigned(planned, hosts) == {}
    told = {"name": "www with serial number bb", "certificate": NOW["fullchain"], "reason": "keyCompromise"}
    assert asked == [{**told, "private_key": "KEY"}]
    assert fleet_revoked.revocations(planned, {}, hosts, 1) == []


@pytest.mark.parametrize(
    ("read", "why"),
    [
        ({"content": ""}, "its key could not be read on web1."),
        (None, "its key could not be read on web1."),
        (
            {"failed": True, "msg": "file not found: /a/privkey.pem"},
            "its key could not be read on web1: file not found: /a/privkey.pem.",
        ),
        ({"content": "?"}, "its key could not be read on web1."),
        ({"content": b64encode(b"\xff").decode()}, "its key could not be read on web1."),
    ],
)
def test_key_not_read(read: dict[str, Any] | None, why: str) -> None:
    """A certificate that is to sign for itself and cannot is not revoked on another one's word, and its hosts are told why."""
    hosts = {"web1": host(NOW, signed_by="certificate"), "web2": host(version(serial="cc"))}
    planned = plan(**hosts)
    if read is not None:
        hosts["web1"]["__revocation_keys"] = {"results": [{"item": {"name": SEEN}, **read}]}
    found = fleet_revoked.unsigned(planned, hosts)
    assert found == {SEEN: why}
    assert [one["name"][-2:] for one in fleet_revoked.revocations(planned, {}, hosts, 0)] == ["cc"]
    words = fleet_revoked.revocation_words(planned, found, looped({}), "web1")
    assert words["failed"][0].startswith(f"www with serial number bb: not revoked, as {why} Run it again")


def test_key_of_another_one() -> None:
    """A key that is not the certificate's is not read to sign for it."""
    hosts = {
        "web1": host(version(key_matches=False), names=["other"], certificates=[]),
        "web2": host(version(), signed_by="certificate"),
    }
    planned = plan(**hosts, web3=host(version("other", serial="cc")))
    assert [len(fleet_revoked.revocation_keys(planned, name)) for name in hosts] == [0, 1]


def test_no_key() -> None:
    """A certificate whose key no host has cannot sign for itself."""
    hosts = {"web1": host({**NOW, "private_key_path": None}, signed_by="certificate")}
    assert fleet_revoked.unsigned(plan(**hosts), hosts) == {SEEN: "its key could not be read on web1."}


def test_known_in_check_mode() -> None:
    """In check mode what is known to be revoked on all hosts is not foretold again; otherwise the CA is asked."""
    hosts = {"web1": host({**NOW, "revoked": REVOKED}), "web2": host({**NOW, "revoked": PENDING})}
    planned = plan(**hosts)
    assert len(fleet_revoked.revocations(planned, {}, hosts, 0, True)) == 1
    hosts["web2"] = hosts["web1"]
    planned = plan(**hosts)
    assert [len(fleet_revoked.revocations(planned, {}, hosts, 0, check)) for check in (True, False)] == [0, 1]


def done(changed: bool = True, crl: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The registered result of the revocation of the certificate with serial number bb."""
    return looped({"certificates": [{"name": "www with serial number bb", "changed": changed, "crl": crl, **more}]})


def test_marks() -> None:
    """Before they are replaced those are marked that are to be, and then what the CA has revoked, on all hosts that have them."""
    planned = plan(web1=host(NOW, replace=True, reason="superseded"), web2=host(NOW), web3=host(version(serial="cc")))
    mark = [{"name": "www", "version": "0002", "reason": "superseded"}]
    assert [fleet_revoked.versions_to_mark(planned, name) for name in ("web1", "web2", "web3")] == [mark, mark, []]
    for result, marked in ((done(), mark), (done(failed=True, msg="no"), []), (looped({"msg": "no"}), [])):
        assert [fleet_revoked.versions_to_mark(planned, name, result) for name in ("web2", "web3")] == [marked, []]


CRL = {"status": "revoked", "url": "http://a/1", "revoked_at": "2026-01-01T00:00:00Z", "problem": None}


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (
            done(),
            "revoked (superseded). It names no CRL. web1 still uses it: the next run of webpki.acme.renew replaces it.",
        ),
        (done(changed=False), "it had been revoked before. It names no CRL."),
        (done(crl=CRL), "Its CRL has it since 2026-01-01T00:00:00Z."),
        (done(crl={**CRL, "status": "good"}), "Its CRL http://a/1 does not have it yet: CAs publish it late."),
        (
            done(crl={**CRL, "status": "unknown", "problem": "no way"}),
            "Whether its CRL has it could not be seen: no way.",
        ),
    ],
)
def test_told(result: dict[str, Any], told: str) -> None:
    """A host is told of each of its certificates that it was revoked, whether that was published, and what follows."""
    planned = plan(web1=host(NOW, reason="superseded"))
    words = fleet_revoked.revocation_words(planned, {}, result, "web1")
    assert words["failed"] == []
    assert words["told"][0].startswith("www with serial number bb: ")
    assert told in words["told"][0]
    assert fleet_revoked.revocation_words(planned, {}, result, "web2") == {"told": [], "failed": []}


@pytest.mark.parametrize(
    ("withheld", "result", "told"),
    [
        (
            {SEEN: "no new one is in place on web1."},
            looped({}),
            "not revoked, as no new one is in place on web1. Run it again",
        ),
        ({}, done(failed=True, msg="not yours"), "not yours"),
        ({}, looped({"failed": True, "msg": "no such CA"}), "no such CA"),
        ({}, {}, "the CA was not asked"),
    ],
)
def test_failed(withheld: dict[str, str], result: dict[str, Any], told: str) -> None:
    """A host is told why one of its certificates was not revoked."""
    words = fleet_revoked.revocation_words(plan(web1=host(NOW)), withheld, result, "web1")
    assert words["told"] == []
    assert words["failed"][0].startswith(f"www with serial number bb: {told}")


def test_announced() -> None:
    """Before anything is done a host is told what is to be revoked where and why, and what comes first."""
    planned = plan(web1=host(NOW, replace=True, reason="superseded"), web2=host(NOW))
    words = fleet_revoked.revocation_words(planned, {}, None, "web2")
    assert words["told"] == [
        f"www with serial number bb: to be revoked at {CA} (superseded), once another one with a new key is served on web1, web2"
    ]
