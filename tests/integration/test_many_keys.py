"""A thousand keys in several groups at once: what each used is what was asked, to the request and the token, and limits hold."""
import json
import threading
import time
from collections import Counter

import pytest

from support.gateway import chat_body
from support.http_client import Connection
from support.keyed_gateway import bearer

KEYS, GROUPS, CLIENTS, EACH = 1000, 8, 16, 3


@pytest.fixture
def node(mock, keyed):
    return keyed({**mock("openai", models=["m"], tokens=5).configured(), "prices": {"m": {"input": 1, "output": 2}}})


class Client(threading.Thread):
    """Asks with one key after another over one connection; keeps what each answer said."""

    def __init__(self, node, turns):
        super().__init__(daemon=True)
        self.node, self.turns = node, turns
        self.statuses, self.used, self.failure = Counter(), Counter(), None

    def run(self):
        try:
            with Connection(self.node.api, 30) as connection:
                for key in self.turns:
                    reply = connection.exchange("POST", "/v1/chat/completions", chat_body("m", "Hello!", max_tokens=5), bearer(key["key"]))
                    self.statuses[key["id"], reply.status] += 1
                    if reply.status == 200:
                        usage = reply.json()["usage"]
                        self.used[key["id"], "prompt_tokens"] += usage["prompt_tokens"]
                        self.used[key["id"], "completion_tokens"] += usage["completion_tokens"]
        except Exception as error:  # reported by the test
            self.failure = error


def ask(node, turns):
    """All turns, dealt out to clients that ask at once: the counts of (key, status) and of (key, tokens)."""
    clients = [Client(node, turns[i::CLIENTS]) for i in range(CLIENTS)]
    for c in clients:
        c.start()
    for c in clients:
        c.join(120)
    assert [c.failure for c in clients] == [None] * CLIENTS
    return sum((c.statuses for c in clients), Counter()), sum((c.used for c in clients), Counter())


def imported(node, count, **fields):
    """Keys of names k0, k1, ... over all groups: as many as a thousand calls would make, in one call."""
    secrets = [f"sk-many-{i:05d}-abcdefghijklmnop" for i in range(count)]
    lines = "\n".join(json.dumps({"secret": s, "name": f"k{i}", "group": f"team-{i % GROUPS}", **fields}) for i, s in enumerate(secrets))
    reply = node.ask("/admin/v1/keys/import", "POST", lines.encode())
    assert reply.status in (200, 201), reply
    by_name, after = {}, ""
    while True:
        page = node.ask(f"/admin/v1/keys?limit=1000{after}").json()
        by_name.update({row["name"]: row for row in page["data"]})
        if not page.get("next"):
            break
        after = f"&after={page['next']}"
    return [{"id": by_name[f"k{i}"]["id"], "group": by_name[f"k{i}"]["group"], "key": s} for i, s in enumerate(secrets)]


def usage_by(node, name):
    return {row[name]: row for row in node.usage(f"?group_by={name}&interval=month")}


def test_a_thousand_keys_are_each_charged_what_they_used(node):
    groups = [node.make("group", name=f"team-{i}") for i in range(GROUPS)]
    keys = imported(node, KEYS)
    # Not alike: key number i asks 1 + i % EACH times, in an order that mixes keys and groups.
    turns = [key for turn in range(EACH) for i, key in enumerate(keys) if turn <= i % EACH]
    began = time.monotonic()
    statuses, used = ask(node, turns)
    print(f"{len(turns)} requests of {KEYS} keys in {time.monotonic() - began:.1f} s")
    assert statuses == Counter({(key["id"], 200): 1 + i % EACH for i, key in enumerate(keys)})

    by_key, by_group = usage_by(node, "key"), usage_by(node, "group")
    assert len(by_key) == KEYS and len(by_group) == GROUPS
    for i, key in enumerate(keys):
        row = by_key[key["id"]]
        prompt, completion = used[key["id"], "prompt_tokens"], used[key["id"], "completion_tokens"]
        assert (row["requests"], row["prompt_tokens"], row["completion_tokens"]) == (1 + i % EACH, prompt, completion), key
        assert row["cost"] == prompt + 2 * completion and row["estimated"] == 0
    for number, group in enumerate(groups):
        mine = [by_key[key["id"]] for i, key in enumerate(keys) if i % GROUPS == number]
        for field in ("requests", "prompt_tokens", "completion_tokens", "cost"):
            assert by_group[group["id"]][field] == sum(row[field] for row in mine), (group["name"], field)
    assert node.metric("edgemesh_usage_records_total") == len(turns)

    node.kill()  # what is on record outlives the process
    node.start()
    assert usage_by(node, "key") == by_key and usage_by(node, "group") == by_group


def test_limits_of_keys_and_groups_hold_under_load(node):
    """Each key may ask twice a minute; the first group, over all of its keys, 50 times."""
    node.make("group", name="team-0", limits={"requests_per_minute": 50})
    for i in range(1, GROUPS):
        node.make("group", name=f"team-{i}")
    keys = imported(node, KEYS, limits={"requests_per_minute": 2})
    began = time.monotonic()
    statuses, _ = ask(node, [key for _ in range(3) for key in keys])
    minutes = (time.monotonic() - began) / 60
    bounded = [i for i in range(KEYS) if i % GROUPS == 0]
    admitted = [statuses[key["id"], 200] for key in keys]
    assert sum(statuses.values()) == 3 * KEYS
    assert {status for _, status in statuses} == {200, 429}
    for i in range(KEYS):
        if i % GROUPS:
            assert 2 <= admitted[i] <= 2 + 2 * minutes + 1e-9, (i, admitted[i], minutes)
        else:
            assert admitted[i] <= 2 + 2 * minutes
    assert 50 <= sum(admitted[i] for i in bounded) <= 50 + 50 * minutes
    by_key = usage_by(node, "key")
    assert {i: by_key[key["id"]]["requests"] for i, key in enumerate(keys) if admitted[i]} == {i: n for i, n in enumerate(admitted) if n}


def test_a_limit_of_requests_lets_through_neither_more_nor_less(mock, keyed):
    """End to end: a limit of 120 lets 120 through at once and then two a second, whenever one looks."""
    node = keyed(mock("openai", models=["m"], tokens=1))
    key = node.key(name="a", limits={"requests_per_minute": 120})["key"]
    admitted, refused = [], 0  # when each was sent and answered
    with Connection(node.api, 30) as connection:
        began = sent = time.monotonic()
        while sent - began < 5:
            reply = connection.exchange("POST", "/v1/chat/completions", chat_body("m", "x", max_tokens=1), bearer(key))
            if reply.status == 200:
                admitted.append((sent, time.monotonic()))
            else:
                assert (reply.status, reply.error["code"], reply.header("retry-after")) == (429, "rate_limit_exceeded", "1"), reply
                refused += 1
            last, sent = sent, time.monotonic()
    assert refused, "the limit was never reached"
    for i in range(0, len(admitted), 7):
        for j in range(i, len(admitted)):
            stretch = admitted[j][1] - admitted[i][0]
            assert j - i + 1 <= 120 + 2 * stretch + 1e-6, f"{j - i + 1} in {stretch:.3f} s"
    assert len(admitted) >= 120 + int(2 * (last - admitted[0][1])), "capacity was lost"
