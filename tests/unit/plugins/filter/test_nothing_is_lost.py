# Copyright: (c) 2026, The webpki.acme authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters in the sequence in which the role uses them, over fleets and troubles of all kinds."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Callable

from ansible_collections.webpki.acme.plugins.filter import (
    fleet_failures,
    fleet_installation,
    fleet_plan,
    fleet_results,
    fleet_rollout,
    fleet_rounds,
    fleet_words,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.fleet import CA, authorization, due, failed, good, host, listed, ordered

NAMES = ["a", "b", "c"]
#: CAs in order of preference.
SEVERAL = [{"ca": CA}, {"ca": "https://second.example/directory"}, {"ca": "https://third.example/directory"}]
Hosts = dict[str, dict[str, Any]]
Trouble = Callable[[str], bool]

FOUND = st.one_of(
    st.builds(due),
    # The certificate may be the one of another host, and due for another reason.
    st.builds(due, code=st.sampled_from(["forced", "key-mismatch", "expired"]), facts=st.just(good()["facts"])),
    st.builds(good, fingerprint=st.sampled_from(["aa", "bb"]), unfinished=st.booleans()),
    st.builds(failed),
)
#: What a host has: whether its account is one of its own, and what was found for each name that it lists.
HOST = st.tuples(st.booleans(), st.dictionaries(st.sampled_from(NAMES), FOUND))


class Run:
    """A run of the role: each thing that it does may fail, as `trouble` says, and says so with its own words."""

    def __init__(self, hosts: Hosts, trouble: Trouble) -> None:
        self.hosts = hosts
        self.trouble = trouble
        self.plan = fleet_plan.plan(list(hosts), hosts)
        self.steps = self.conversation()
        while (again := fleet_rounds.next_round(self.plan, self.steps, hosts))["conversations"]:
            earlier = fleet_rounds.earlier_steps(self.steps, again)
            self.plan = again
            now = self.conversation()
            self.steps = [{"results": one["results"] + two["results"]} for one, two in zip(earlier, now)]
        self.on_each_host("keys", self.keys)
        self.in_turns()
        self.told = {
            name: fleet_failures.failures(self.plan, self.steps, hosts, name)
            + fleet_words.left_for_later(self.plan, self.steps, name)
            for name in hosts
        }

    def conversation(self) -> list[dict[str, Any]]:
        """What the steps with the CA give in one round."""
        self.steps = []
        self.steps.append(self.step("account", lambda number: {}, whole=True))
        self.steps.append(self.step("order", self.ordered))
        self.on_each_host("placed", self.placed)
        self.steps.append(self.step("challenge", self.answered))
        self.steps.append(self.step("certificate", self.issued))
        return self.steps

    def step(self, what: str, work: Callable[[int], Any], whole: bool = False) -> dict[str, Any]:
        """A step of the conversation. One that has no account, or nothing to do, is left out."""
        results: list[dict[str, Any]] = []
        for conversation in self.plan["conversations"]:
            number, position = conversation["number"], conversation["position"]
            orders = None if what != "account" and self.steps[0]["results"][position].get("failed") else work(number)
            result: dict[str, Any] = {"account_uri": "https://ca.example/account"}
            if not orders and not whole:
                result = {"skipped": True, "skip_reason": "Conditional result was False"}
            elif self.trouble(f"{what} {number}"):
                result = self.broken(f"{what} {number}")
            elif orders:
                waiting = [one["name"] for one in orders if one.get("put_off")]
                result = {"orders": orders, **({"put_off": waiting} if waiting else {})}
            results.append({"item": conversation, **result})
        return {"results": results}

    def broken(self, what: str) -> dict[str, Any]:
        """What is said of a failure: sometimes another CA may do better."""
        kind = "unreachable" if self.trouble(f"elsewhere {what}") else "invalidInput"
        return {"failed": True, "msg": f"{what} broke", "problem": {"type": f"urn:webpki:acme:error:{kind}"}}

    def ordered(self, number: int) -> list[dict[str, Any]]:
        return [
            {"name": order["name"], "changed": False, **self.broken(f"order {order['name']}")}
            if self.trouble(f"order {order['name']}")
            else left(order["name"])
            if self.trouble(f"leaving {order['name']}")
            else ordered(order["name"], authorization("x", f"tok {order['name']}"))
            for order in fleet_plan.conversation_orders(self.plan, number)
        ]

    def placed(self, name: str) -> dict[str, Any]:
        files = fleet_results.challenge_files(self.plan, self.steps[1], name)
        if self.trouble(f"placing {name}"):
            return {"failed": True, "msg": f"placing {name} broke"}
        return {
            "challenges": [
                {**file, "failed": True, "msg": f"placing {name} {file['token']} broke"}
                if self.trouble(f"placing {name} {file['token']}")
                else file
                for file in files
            ]
        }

    def answered(self, number: int) -> list[dict[str, Any]]:
        return [
            {"name": order["name"], "changed": False, **self.broken(f"challenge {order['name']}")}
            if self.trouble(f"challenge {order['name']}")
            else {"name": order["name"], "url": order["url"], "status": "ready"}
            for order in fleet_results.orders_to_answer(self.plan, self.steps[1], self.hosts, number)
        ]

    def issued(self, number: int) -> list[dict[str, Any]]:
        orders = fleet_results.orders_to_issue(self.plan, self.steps[2], number)
        assert all(order["csr"] for order in orders)
        return [
            {"name": order["name"], "changed": False, **self.broken(f"certificate {order['name']}")}
            if self.trouble(f"certificate {order['name']}")
            else {"name": order["name"], "fullchain": f"new {order['csr']}"}
            for order in orders
        ]

    def keys(self, name: str) -> dict[str, Any]:
        asked = fleet_results.keys_to_hand_over(self.plan, self.steps[3], name)
        content = b64encode(b"key").decode()
        return {
            "results": [
                {"item": item, "msg": "no such file"}
                if self.trouble(f"key {name}")
                else {"item": item, "content": content}
                for item in asked
            ]
        }

    def deployed(self, name: str) -> dict[str, Any]:
        entries = fleet_installation.deployments(self.plan, self.steps[3], self.hosts, name)
        assert all(entry["fullchain"] for entry in entries)
        if not entries:
            return {"skipped": True}
        if self.trouble(f"deploying {name}"):
            return {"failed": True, "msg": f"deploying {name} broke", "certificates": []}
        return {
            "certificates": [
                failed(entry["name"], f"deploying {entry['name']} broke")
                if self.trouble(f"deploying {name} {entry['name']}")
                or self.trouble(f"reloading {name} {entry['name']}")
                else {"name": entry["name"], "changed": True}
                for entry in entries
            ]
        }

    def on_each_host(self, what: str, work: Callable[[str], dict[str, Any]]) -> None:
        for name, registered in {name: work(name) for name in self.hosts}.items():
            self.hosts[name][f"__certificates_{what}"] = registered

    def in_turns(self) -> None:
        """Installation, turn by turn."""
        held: dict[str, list[str]] = {}
        turns = {name: fleet_rollout.turn(self.plan, list(self.hosts), name) for name in self.hosts}
        for number in sorted({turn["number"] for turn in turns.values()}):
            now = [name for name, turn in turns.items() if turn["number"] == number]
            held = fleet_rollout.held_back(self.plan, turns[now[0]]["earlier"], list(self.hosts), self.hosts, held)
            for name in self.hosts:
                self.hosts[name]["__certificates_held"] = held
            for name in now:
                self.hosts[name]["__certificates_deployed"] = self.deployed(name)

    def deployed_on(self, name: str) -> list[str]:
        """The certificates that were put in place on a host."""
        items = self.hosts[name]["__certificates_deployed"].get("certificates", [])
        return [item["name"] for item in items if not item.get("failed")]


def left(name: str) -> dict[str, Any]:
    """An order for which a rate limit has no room."""
    put_off = {"until": "2027-01-01T00:00:00Z", "reason": "there is a limit"}
    return {"name": name, "changed": False, "url": None, "status": None, "authorizations": [], "put_off": put_off}


def fleet(
    drawn: Mapping[str, tuple[bool, Mapping[str, Any]]], shared: set[str], serial_reload: Any, several: bool
) -> Hosts:
    return {
        name: host(
            *[(listed(each, shared=each in shared), {**found, "name": each}) for each, found in certificates.items()],
            context={"serial_reload": serial_reload},
            **({"key_file": f"/keys/{name}.pem"} if own_account else {}),
            **({"ca": SEVERAL} if several else {}),
        )
        for name, (own_account, certificates) in drawn.items()
    }


@given(
    drawn=st.fixed_dictionaries({"web1": HOST, "web2": HOST, "web3": HOST}),
    shared=st.sets(st.sampled_from(NAMES)),
    serial_reload=st.sampled_from(["100%", 1, 2, [1, "100%"]]),
    several=st.booleans(),
    data=st.data(),
)
def test_nothing_is_lost(
    drawn: dict[str, Any], shared: set[str], serial_reload: Any, several: bool, data: st.DataObject
) -> None:
    """Each certificate that a run sets out to bring to a host is either put in place there, or told there: as failed, or as left."""
    kinds = ["account", "order", "leaving", "placing", "challenge", "certificate", "key", "deploying", "reloading"]
    kinds += ["elsewhere"] if several else []
    likely = data.draw(st.sets(st.sampled_from(kinds), max_size=3), "where there is trouble")
    troubles: list[str] = []

    def trouble(where: str) -> bool:
        if where.split()[0] not in likely or not data.draw(st.booleans(), where):
            return False
        troubles.append(where)
        return True

    run = Run(fleet(drawn, shared, serial_reload, several), trouble)
    for name, (_own_account, certificates) in drawn.items():
        planned = [item["certificate"] for item in [*run.plan["orders"], *run.plan["copies"]] if name in item["hosts"]]
        broken = [each for each, found in certificates.items() if found.get("failed")]
        told = [message.partition(": ")[0] for message in run.told[name]]
        assert sorted(run.deployed_on(name) + told) == sorted(planned + broken)
        # What is due is set out for, and what is not is left alone unless a shared one drifted.
        assert {each for each, found in certificates.items() if found.get("due")} <= set(planned)
        assert set(planned) <= {each for each, found in certificates.items() if not found.get("failed")}
        if not troubles:
            assert len(told) == len(broken)
