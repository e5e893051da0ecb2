# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.webpki.acme.plugins.filter import fleet_revoked

from tests.unit.fleet import CA, listed
from tests.unit.kept import NOW, OLD, PENDING, REVOKED, SERVED, host, plan, version


def chosen(planned: dict[str, Any]) -> list[str]:
    """The serial numbers of what is to be revoked."""
    return [one["name"].rpartition(" ")[2] for one in planned["certificates"]]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [({"names": "www"}, ["bb"]), ({"names": [], "serials": ["AA"]}, ["aa"]), ({"serials": "a:a"}, ["aa", "bb"])],
)
def test_named(wanted: dict[str, Any], expected: list[str]) -> None:
    """What a host of the run keeps is found by its name and by its serial number, however these are written."""
    planned = plan(web1=host(OLD, NOW, **wanted))
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
