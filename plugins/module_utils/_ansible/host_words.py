# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is and what will be, in words, for diff mode. Never holds more than facts of certificates."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .._store import facts as certificate_facts
from .._store import files
from . import host

if TYPE_CHECKING:
    from .._store import plan, record


def certificate(facts: certificate_facts.Facts | None) -> str:
    """A certificate in one line."""
    if facts is None:
        return "no readable certificate\n"
    return (
        f"{', '.join(facts.identifiers)}; {facts.key_type}; issued by {facts.issuer}; "
        f"valid until {certificate_facts.rfc3339(facts.not_after)}; SHA-256 {facts.fingerprint_sha256}\n"
    )


def present(found: record.Version | None) -> str:
    """The current version of a certificate in one line."""
    if found is None:
        return "no certificate\n"
    return f"version {found.version}: {certificate(found.facts)}"


def deployment(planned: plan.Plan) -> dict[str, str]:
    """The diff of carrying out a plan: the certificate, then owners and modes, then links, where they change."""
    before, after = "", ""
    if planned.contents:
        before, after = present(planned.present), f"new version: {certificate(planned.facts)}"
    if planned.unfinished:
        before, after = before + "an unfinished deployment\n", after + "a finished one\n"
    for now, wanted in differences(planned.access, planned.links):
        before, after = before + (f"{now}\n" if now else ""), after + f"{wanted}\n"
    return host.titled(planned.place.name, before, after)


def differences(
    access: Mapping[str, files.Access], links: Mapping[str, tuple[str | None, str]]
) -> list[tuple[str, str]]:
    """Owners and modes, then links, as they are (empty: not there) and as they will be; the arguments as in plan.Plan."""
    told = []
    for path, wanted in access.items():
        status = os.lstat(path)
        now = files.Access(stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
        then = files.Access(
            wanted.mode,
            status.st_uid if wanted.uid == -1 else wanted.uid,
            status.st_gid if wanted.gid == -1 else wanted.gid,
        )
        told.append((_access(path, now), _access(path, then)))
    told += [(f"{path} -> {now}" if now else "", f"{path} -> {target}") for path, (now, target) in links.items()]
    return told


def _access(path: str, access: files.Access) -> str:
    return f"{path} mode {access.mode:04o} owner {access.uid}:{access.gid}"
