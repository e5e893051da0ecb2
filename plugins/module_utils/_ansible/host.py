# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A list of items worked on by a host: each on its own, results in the order asked, failures at the end."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .._store import together as at_once
from .._store.errors import StoreError
from .task import TaskFailed

# Twin of doc_fragments/store.py.
STORE: dict[str, Any] = {"store": {"type": "path", "default": "/etc/webpki"}}

# Longer lists of failures hide the first one, which is the one to mend.
_FAILURES_TOLD = 10

Item = Mapping[str, Any]
Result = dict[str, Any]


def each(
    items: Sequence[Item],
    work: Callable[[Item], Result],
    identity: Sequence[str] = ("name",),
    *,
    together: bool = False,
) -> list[Result]:
    """Works on each item; a StoreError makes its result a failed one and the others go on.

    identity: the options that every result repeats, so that it can be told whose it is. together: several at once, which
    pays where files are written.
    """

    def result(item: Item) -> Result:
        return {**{option: item[option] for option in identity}, **_attempt(item, work)}

    return at_once.each(items, result) if together else [result(item) for item in items]


def failed(error: StoreError) -> Result:
    """The result of an item that failed."""
    return {"changed": False, "failed": True, "msg": str(error)}


def mode(value: Any) -> int:
    """Permission bits from what users write: a number, "0640", or "u=rw,g=r" (starting from 0600); 0600 for None."""
    text = "0600" if value is None else str(value).strip()
    try:
        # YAML has turned an unquoted 0640 into the number 416; as text it still is octal.
        bits = value if isinstance(value, int) else int(text, 8)
    except ValueError:
        bits = _symbolic(text)
    if not 0 <= bits <= 0o777:
        raise StoreError(f"the mode {text!r} is out of range", "Give it in quotes, such as '0640'.")
    return bits


def titled(title: str, before: str, after: str) -> dict[str, str]:
    """One entry of a module's diff."""
    return {"before_header": title, "after_header": title, "before": before, "after": after}


def told(mended: Sequence[str], warn: Callable[[str], None]) -> Result:
    """Warns of what had to be mended, and returns the part of the result that says so."""
    for text in mended:
        warn(text)
    return {"changed": True} if mended else {}


def collected(
    option: str, results: Sequence[Result], diffs: Sequence[Mapping[str, str]] = (), **more: Any
) -> dict[str, Any]:
    """The task's result, with those of the items under the name of their option. TaskFailed when one of them failed."""
    output: Result = {option: list(results), "changed": any(result.get("changed") for result in results), **more}
    if diffs:
        output["diff"] = list(diffs)
    failures = [result for result in results if result.get("failed")]
    if not failures:
        return output
    told = [f"{_title(result)}: {result['msg']}" for result in failures[:_FAILURES_TOLD]]
    if len(failures) > len(told):
        told.append(f"and {len(failures) - len(told)} more")
    raise TaskFailed(f"{len(failures)} of {len(results)} {option} failed: " + "; ".join(told), output)


def _symbolic(text: str) -> int:
    start = os.stat_result((stat.S_IFREG | 0o600, *[0] * 9))
    try:
        return int(AnsibleModule._symbolic_mode_to_octal(start, text))
    except ValueError as error:
        raise StoreError(
            f"{text!r} is not a file mode", "Give it in quotes, such as '0640', or as u=rw,g=r."
        ) from error


def _attempt(item: Item, work: Callable[[Item], Result]) -> Result:
    try:
        return work(item)
    except StoreError as error:
        return failed(error)


def _title(result: Result) -> str:
    if "server_name" in result:
        return f"{result['server_name']} on {result['host']}:{result['port']}"
    return str(
        result.get("name")
        or result.get("identifier")
        or result.get("record")
        or result.get("path")
        or result.get("webroot")
        or "content"
    )
