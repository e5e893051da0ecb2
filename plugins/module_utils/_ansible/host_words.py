# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is and what will be, in words, for diff mode. Never holds more than facts of certificates."""

from __future__ import annotations

import os
import stat

from .._store import facts as certificate_facts
from .._store import files, installed, plan


def certificate(facts: certificate_facts.Facts | None) -> str:
    """A certificate in one line."""
    if facts is None:
        return "no readable certificate\n"
    return (
        f"{', '.join(facts.identifiers)}; {facts.key_type}; issued by {facts.issuer}; "
        f"valid until {certificate_facts.rfc3339(facts.not_after)}; SHA-256 {facts.fingerprint_sha256}\n"
    )


def present(found: installed.Installed | None) -> str:
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
    for path, wanted in planned.access.items():
        status = os.lstat(path)
        now = files.Access(stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
        then = files.Access(
            wanted.mode,
            status.st_uid if wanted.uid == -1 else wanted.uid,
            status.st_gid if wanted.gid == -1 else wanted.gid,
        )
        before, after = before + _access(path, now), after + _access(path, then)
    for path, (target, wanted_target) in planned.links.items():
        before += f"{path} -> {target}\n" if target else ""
        after += f"{path} -> {wanted_target}\n"
    return titled(planned.place.name, before, after)


def titled(title: str, before: str, after: str) -> dict[str, str]:
    """One entry of a module's diff."""
    return {"before_header": title, "after_header": title, "before": before, "after": after}


def _access(path: str, access: files.Access) -> str:
    return f"{path} mode {access.mode:04o} owner {access.uid}:{access.gid}\n"
