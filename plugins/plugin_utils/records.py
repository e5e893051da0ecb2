# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DNS records of a run: what orders need, where that is to be put, and what became of it.

A record is what an order names, such as _acme-challenge.www.example.com, and a target is where its aliases (CNAME) lead. Both
have texts, as several orders may need the same record, and several records may lead to the same target.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from . import challenges

Record = dict[str, Any]


def wanted(planned: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]]) -> list[Record]:
    """Return the records that the orders of a plan need, given their results by their names."""
    found: dict[str, Record] = {}
    for order in planned["orders"]:
        for material in _materials(order, results.get(order["name"], {})):
            _add(found, {"record": material["record"]}, [material["value"]])
    return list(found.values())


def targets(records: Sequence[Record], zones: Mapping[str, Any], more: Sequence[Record] = ()) -> list[Record]:
    """Return what is to be put where, given the result of webpki.acme.dns_zone_info; together with `more` targets."""
    found: dict[str, Record] = {}
    for one in more:
        _add(found, one, one["texts"])
    looked = {item["record"]: item for item in zones.get("records") or [] if not item.get("failed")}
    for one in records:
        place = looked.get(one["record"])
        if place:
            told = {"record": place["target"], "zone": place["zone"]}
            _add(found, told, one["texts"])
    return list(found.values())


def refused(given: Sequence[Record], *results: Mapping[str, Any]) -> dict[str, str]:
    """Return why a provider did not place targets, by their names, given the results of its tasks that failed.

    Where a result tells of single ones it is about these, otherwise about all.
    """
    names = {target["record"] for target in given}
    told: dict[str, str] = {}
    for result in results:
        single = dict(_single(result))
        if not single and result.get("failed"):
            single = dict.fromkeys(names, str(result.get("msg") or "it failed"))
        told = {**single, **told}
    return {record: reason for record, reason in told.items() if record in names}


def problems(
    records: Sequence[Record],
    zones: Mapping[str, Any],
    trouble: Mapping[str, str],
    waited: Mapping[str, Any],
    before: Mapping[str, str],
) -> dict[str, str]:
    """Return why records are not in place, by their names; of others what was said `before`.

    trouble: what `refused` returned; waited: the result of webpki.acme.dns_wait for the targets.
    """
    looked = {item["record"]: item for item in zones.get("records") or []}
    served = {item["record"]: item for item in waited.get("records") or []}
    told: dict[str, str | None] = dict(before)
    for one in records:
        place = looked.get(one["record"])
        reason = _reason(place, zones)
        if place and not reason:
            reason = trouble.get(place["target"]) or _reason(served.get(place["target"]), waited)
        told[one["record"]] = reason
    return {record: reason for record, reason in told.items() if reason}


def problem(order: Mapping[str, Any], found: Mapping[str, Any], dns: Mapping[str, Any]) -> str | None:
    """Return why a record that an order needs, given its result, is not in place; None when all are.

    dns: the fact that the role has made of what became of the records.
    """
    for material in _materials(order, found):
        known = dns.get("problems")
        reason = "it was not placed" if known is None else known.get(material["record"])
        if reason:
            return f"the DNS record {material['record']} is not in place: {reason}"
    return None


def _reason(item: Mapping[str, Any] | None, of_all: Mapping[str, Any]) -> str | None:
    """Return why an item of a result failed, or the whole result, which then has no items; None when it did not."""
    if item is None:
        return str(of_all.get("msg") or "it was not looked for")
    return str(item["msg"]) if item.get("failed") else None


def _materials(order: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    for authorization, kind in challenges.to_prove(order, found):
        if kind in challenges.BY_RECORD:
            yield authorization["challenges"][kind]


def _add(found: dict[str, Record], told: Mapping[str, Any], texts: Sequence[str]) -> None:
    one = found.setdefault(told["record"], {**told, "texts": []})
    one["texts"] = list(dict.fromkeys([*one["texts"], *texts]))


def _single(result: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the names and reasons of the targets that a task failed for: items of its loop, or of its result."""
    for item in [*(result.get("results") or []), *(result.get("records") or [])]:
        record = _record_of(item)
        if item.get("failed") and record:
            yield record, str(item.get("msg") or "it failed")


def _record_of(item: Any) -> str | None:
    """Return the target that an item is about: one itself, a result of one, or a list that begins with one."""
    while item:
        if isinstance(item, Mapping):
            if isinstance(item.get("record"), str):
                return str(item["record"])
            item = item.get("item")
        elif isinstance(item, Sequence) and not isinstance(item, str):
            item = item[0]
        else:
            return None
    return None
