# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of certificates, and the identifiers they are for."""

from __future__ import annotations

import pytest
from ansible_collections.webpki.acme.plugins.module_utils._store import international, names
from ansible_collections.webpki.acme.plugins.module_utils._store.errors import StoreError


@pytest.mark.parametrize("name", ["www", "www.example.com", "*.example.com", "a b", "bücher", "x" * 100])
def test_certificate_names(name: str) -> None:
    """A certificate may be called whatever can be one part of a path."""
    assert names.certificate_name(name) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("a/b", "slash"),
        ("../../etc/cron.d/x", "slash"),
        (".", "dot"),
        ("..", "dot"),
        (".hidden", "dot"),
        ("a\0b", "control"),
        ("a\nb", "control"),
        ("a\u202eb", "control"),
        ("x" * 101, "longer"),
        ("ü" * 51, "longer"),
        ("x" * 1_000_000, "longer"),
        ("\udc80", "control"),
    ],
)
def test_refused_certificate_names(name: str, why: str) -> None:
    """What cannot be one part of a path, or would hide in a listing, is refused with the reason."""
    with pytest.raises(StoreError, match=why) as caught:
        names.certificate_name(name)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("www.example.com", "www.example.com"),
        (" WWW.Example.COM. ", "www.example.com"),
        ("*.Example.com", "*.example.com"),
        ("localhost", "localhost"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("Bücher.example", "xn--bcher-kva.example"),
        ("*.bücher.example", "*.xn--bcher-kva.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
    ],
)
@pytest.mark.parametrize("with_idna", [True, False])
def test_identifiers(monkeypatch: pytest.MonkeyPatch, given: str, normal: str, with_idna: bool) -> None:
    """An identifier gets the form that it has in a certificate, with the idna package and without."""
    if not with_idna:
        monkeypatch.setattr(international, "idna_encoder", lambda: None)
    assert names.normalise(given) == normal


def test_deviating_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter that the standard library would turn into another name needs the idna package, or is refused."""
    pytest.importorskip("idna")
    assert names.normalise("faß.example") == "xn--fa-hia.example"
    monkeypatch.setattr(international, "idna_encoder", lambda: None)
    with pytest.raises(StoreError, match="xn--"):
        names.normalise("faß.example")


@pytest.mark.parametrize(
    "given",
    [
        "",
        ".",
        "a..b",
        ".example.com",
        "-a.example",
        "a-.example",
        "a_b.example",
        "a b.example",
        "www.example.com\n.evil",
        "http://www.example.com",
        "www.example.com:443",
        "www.example.com/x",
        "*",
        "*.",
        "*.*.example",
        "a.*.example",
        "*a.example",
        "1.2.3",
        "1.2.3.400",
        "[::1]",
        "::g",
        "*.192.0.2.1",
        "a" * 64 + ".example",
        ".".join(["a" * 60] * 5),
        "a\0.example",
        "\udc80.example",
        "ü" * 300,
        "x" * 1_000_000,
    ],
)
def test_refused_identifiers(given: str) -> None:
    """What is neither a domain name nor an IP address is refused, with advice, and without repeating a megabyte."""
    with pytest.raises(StoreError, match="not a domain name") as caught:
        names.normalise(given)
    assert "bare name" in caught.value.hint
    assert len(str(caught.value)) < 3000


def test_identifiers_are_merged() -> None:
    """The same identifier in several forms counts once, in the place where it came first."""
    given = ["b.example", "A.example", "a.example.", "B.EXAMPLE", "::1", "0:0::1"]
    assert names.normalise_all(given) == ("b.example", "a.example", "::1")


def test_no_identifiers() -> None:
    """A certificate for nothing is refused."""
    with pytest.raises(StoreError, match="no identifiers"):
        names.normalise_all([])


def test_duplicates() -> None:
    """Two certificates of one name would overwrite each other."""
    names.no_duplicates(["a", "b"], "certificate name")
    with pytest.raises(StoreError, match="certificate name 'a' is listed twice"):
        names.no_duplicates(["a", "b", "a"], "certificate name")


@pytest.mark.parametrize(
    ("wanted", "present", "said"),
    [
        (["a", "b"], ["b", "a"], ""),
        (["a", "b"], ["a"], "wanted also b"),
        (["a"], ["a", "c", "b"], "no longer b, c"),
        (["a", "b"], ["a", "c"], "wanted also b, no longer c"),
    ],
)
def test_differences(wanted: list[str], present: list[str], said: str) -> None:
    """Sets of names are compared without order, and their difference is said in words."""
    assert names.differences(wanted, present) == said
