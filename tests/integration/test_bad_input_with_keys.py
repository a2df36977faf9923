"""Bad input where keys are asked for: each gives a clear error, opens nothing, changes nothing, and leaves the node serving."""
from pathlib import Path

import pytest

from support.gateway import chat_body
from support.http_client import Closed, Connection, request, request_bytes
from support.keyed_gateway import bearer

CHAT = "/v1/chat/completions"
GOOD = chat_body("m", "Hello!")


@pytest.fixture
def node(mock, keyed):
    return keyed(mock("openai", models=["m"], tokens=4))


def resident_bytes(node):
    for line in Path(f"/proc/{node.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024


def answer_to(address, sent):
    """The reply, or None where the connection was closed without one. A server that stops reading may close while we still send."""
    with Connection(address) as connection:
        try:
            connection.send(sent)
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            return connection.read_reply()
        except (Closed, ConnectionResetError):
            return None


@pytest.mark.parametrize("field", ["X-Padding", "Authorization"])
def test_ten_megabytes_of_head_are_refused_and_not_kept(node, field):
    key = node.key(name="a")["key"]
    before = resident_bytes(node)
    huge = "a" * 10_000_000
    headers = bearer(key) + [(field, huge)] if field == "X-Padding" else [(field, "Bearer " + huge)]
    for address, target in ((node.api, CHAT), (node.admin, "/admin/v1/keys")):
        for _ in range(3):
            reply = answer_to(address, request_bytes(address, "POST", target, GOOD, headers))
            assert reply is None or reply.status == 431, reply
    assert resident_bytes(node) - before < 8_000_000, "six heads of 10 MB were sent"
    assert node.chat_as(key).status == 200
    assert key not in node.log()


AUTHORIZATIONS = {
    # name: (lines, statuses); KEY stands for a good one
    "a NUL behind the key": (["Authorization: Bearer KEY\0"], {400}),
    "a NUL in the key": (["Authorization: Bearer \0KEY"], {400}),
    "a NUL and more": (["Authorization: Bearer KEY\0Bearer KEY"], {400}),
    "twice the same": (["Authorization: Bearer KEY", "Authorization: Bearer KEY"], {400}),
    "a wrong one first": (["Authorization: Bearer wrong", "Authorization: Bearer KEY"], {400}),
    "a wrong one behind": (["Authorization: Bearer KEY", "Authorization: Bearer wrong"], {400}),
    "an empty one behind": (["Authorization: Bearer KEY", "Authorization:"], {400}),
    "in another case": (["Authorization: Bearer KEY", "AUTHORIZATION: Bearer KEY"], {400}),
    "a list": (["Authorization: Bearer KEY, Bearer KEY"], {401}),
    "folded": (["Authorization: Bearer", " KEY"], {400}),
    "a blank before the colon": (["Authorization : Bearer KEY"], {400}),
    "another scheme": (["Authorization: Basic KEY"], {401}),
    "the key alone": (["Authorization: KEY"], {401}),
    "no key": (["Authorization: Bearer"], {401}),
    "a control character": (["Authorization: Bearer KEY\x07"], {400, 401}),
    "beyond ASCII": (["Authorization: Bearer KEY\xff"], {400, 401}),
    "another field": (["Proxy-Authorization: Bearer KEY"], {401}),
    "a cookie": (["Cookie: Authorization=Bearer KEY"], {401}),
}


def test_an_authorization_that_could_be_read_in_two_ways_opens_nothing(node):
    key = node.admin_key
    for name, (lines, statuses) in AUTHORIZATIONS.items():
        for address, method, target in ((node.api, "GET", "/v1/models"), (node.admin, "GET", "/admin/v1/keys")):
            head = "\r\n".join([f"{method} {target} HTTP/1.1", "Host: localhost"] + [line.replace("KEY", key) for line in lines]) + "\r\n\r\n"
            reply = answer_to(address, head.encode("latin-1"))
            assert reply is not None and reply.status in statuses, (name, target, reply)
            assert reply.error["message"] and key not in reply.body.decode(), name
    assert key not in node.log()
    assert node.chat_as(key).status == 200


def test_a_host_that_names_another_route_leads_nowhere(node):
    """Neither the Host nor an absolute target makes the clients' port answer for the admin port, or the other way round."""
    key = node.admin_key
    api, admin = (f"{a[0]}:{a[1]}" for a in (node.api, node.admin))
    for host in (admin, "localhost", f"{admin}/admin/v1/keys", "admin", "evil.example", f"{api}@evil.example", "localhost, evil.example", ""):
        reply = request(node.api, "GET", "/admin/v1/keys", None, bearer(key) + [("Host", host)])
        assert reply.status in (400, 403, 404) and reply.error, (host, reply)
        reply = request(node.admin, "POST", CHAT, GOOD, bearer(key) + [("Host", host.replace(admin, api))])
        assert reply.status in (400, 403, 404, 405) and reply.error, (host, reply)
    for target in (f"http://{admin}/admin/v1/keys", f"http://{api}/admin/v1/keys", "//admin/v1/keys", "/v1/../admin/v1/keys",
                   "/v1/%2e%2e/admin/v1/keys", "/v1/models/..%2f..%2fadmin%2fv1%2fkeys", "/admin/v1/keys?x=/v1/models", "/v1/models;/admin/v1/keys"):
        reply = request(node.api, "GET", target, None, bearer(key))
        assert reply.status in (400, 403, 404) and "data" not in reply.json(), (target, reply)
    # A page that came by another name has no key: with keys the name alone opens nothing, and is not looked at.
    for address, target in ((node.api, "/v1/models"), (node.admin, "/admin/v1/keys")):
        assert request(address, "GET", target, None, [("Host", "evil.example")]).error["code"] == "missing_api_key"


KEY_BODIES = [
    ({"name": "x", "nmae": "y"}, "nmae"), ({"name": "x", "limits": {"requests": 5}}, "limits.requests"),
    ({"name": "x", "limits": {"models": {"m": {"rpm": 1}}}}, "limits.models.m.rpm"),
    ({"name": "x", "budget": {"amount": 1, "unit": "tokens", "period": "day", "currency": "EUR"}}, "budget.currency"),
    ({"name": "x", "id": "chosen"}, "id"), ({"name": "x", "key": "em_chosen"}, "key"), ({"name": "x", "sha256": "0" * 64}, "sha256"),
    ({"name": "x", "limits": {"requests_per_minute": -1}}, "limits.requests_per_minute"),
    ({"name": "x", "limits": {"tokens_per_minute": 2**63}}, "limits.tokens_per_minute"),
    ({"name": "x", "limits": {"tokens_per_minute": -2**63 - 1}}, "limits.tokens_per_minute"),
    ({"name": "x", "limits": {"concurrency": 10**30}}, "limits.concurrency"), ({"name": "x", "limits": {"concurrency": 0}}, "limits.concurrency"),
    ({"name": "x", "limits": {"concurrency": 2**32 + 1}}, "limits.concurrency"), ({"name": "x", "limits": {"concurrency": 1.5}}, "limits.concurrency"),
    ({"name": "x", "limits": {"concurrency": "5"}}, "limits.concurrency"), ({"name": "x", "limits": {"concurrency": True}}, "limits.concurrency"),
    ({"name": "x", "max_tokens": -1}, "max_tokens"), ({"name": "x", "max_tokens": 2**64}, "max_tokens"),
    ({"name": "x", "budget": {"amount": 5, "unit": "pounds", "period": "day"}}, "budget.unit"),
    ({"name": "x", "budget": {"amount": 5, "unit": "Tokens", "period": "day"}}, "budget.unit"),
    ({"name": "x", "budget": {"amount": 5, "unit": "", "period": "day"}}, "budget.unit"),
    ({"name": "x", "budget": {"amount": 5, "unit": ["tokens"], "period": "day"}}, "budget.unit"),
    ({"name": "x", "budget": {"amount": 5, "unit": "tokens", "period": "fortnight"}}, "budget.period"),
    ({"name": "x", "budget": {"amount": -5, "unit": "tokens", "period": "day"}}, "budget.amount"),
    ({"name": "x", "budget": {"amount": 10**30, "unit": "tokens", "period": "day"}}, "budget.amount"),
    ({"name": "x", "budget": {"amount": 0.00000001, "unit": "money", "period": "day"}}, "budget.amount"),
]
GROUP_BODIES = [body for body in KEY_BODIES if body[1] not in ("max_tokens", "key", "sha256")] + [
    ({"name": "x", "role": "admin"}, "role"), ({"name": "x", "parent": "nobody"}, "parent"), ({"name": "x", "parent": 7}, "parent")]
RAW_BODIES = [b"", b"{", b"[]", b"null", b'{"name":"x"}{"name":"y"}', b'{"name":"x","name":"y"}', b'{"name":"x\x00"}', b'{"name":"\\u0000"}',
              b'{"name":"\xff"}', b'{"limits":' * 200, b'{"name":"x","limits":{"concurrency":NaN}}', b'{"name":"x","limits":{"concurrency":01}}']


def state_of(node):
    """Everything that an admin call could change, and how many changes are on record."""
    changes = [e for e in node.audit("?limit=1000") if e["outcome"] == "ok"]
    return [node.ask(f"/admin/v1/{what}").json()["data"] for what in ("keys", "groups")] + [len(changes)]


def test_admin_calls_about_keys_and_groups_take_nothing_that_they_do_not_know(node):
    group, key = node.make("group", name="team"), node.key(name="app")
    before = state_of(node)
    for bodies, at in ((KEY_BODIES, ("/admin/v1/keys", f"/admin/v1/keys/{key['id']}")),
                       (GROUP_BODIES, ("/admin/v1/groups", f"/admin/v1/groups/{group['id']}"))):
        for body, field in bodies:
            for method, target in (("POST", at[0]), ("PATCH", at[1])):
                reply = node.ask(target, method, body)
                assert reply.status in (400, 404), (method, target, body, reply)
                assert reply.error["param"] == field, (method, target, body, reply)
                assert reply.error["code"], reply
        for body in RAW_BODIES:
            for method, target in (("POST", at[0]), ("PATCH", at[1])):
                reply = node.ask(target, method, body)
                assert reply.status == 400 and reply.error["message"], (method, target, body, reply)
    for body in ({"grace": -1}, {"grace": 10**30}, {"grace": "soon"}, {"grace": 1.5}, {"grace": True}, {"grace": 5, "secret": "mine"}, [], b"{"):
        reply = node.ask(f"/admin/v1/keys/{key['id']}/rotate", "POST", body)
        assert reply.status == 400, (body, reply)
    for target in (f"/admin/v1/keys/{key['id']}", f"/admin/v1/groups/{group['id']}", "/admin/v1/keys", "/admin/v1/keys/nobody/rotate"):
        assert node.ask(target + "/more", "POST", {}).status in (404, 405), target
    assert state_of(node) == before
    assert node.chat_as(key["key"]).status == 200
