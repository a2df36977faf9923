"""Keys and groups: who may ask, for what, and what the answer says when they may not."""
import json
import os
import stat
import threading
import time
from pathlib import Path

import pytest

from support.gateway import chat_body, run
from support.http_client import request
from support.keyed_gateway import KeyedGateway, bearer
from support.waiting import until


@pytest.fixture
def node(mock, keyed):
    return keyed(mock("openai", models=["m", "n", "embed"], tokens=4))


def test_without_a_key_nothing_is_answered_but_health(node):
    for method, target, body in [("POST", "/v1/chat/completions", chat_body("m", "x")), ("POST", "/v1/embeddings", {"model": "embed", "input": "x"}),
                                 ("GET", "/v1/models", None), ("GET", "/v1/models/m", None)]:
        reply = request(node.api, method, target, body)
        assert reply.status == 401 and reply.error["code"] == "missing_api_key", reply
        assert reply.header("www-authenticate") == "Bearer"
    assert request(node.api, "GET", "/healthz").status == 200
    assert request(node.api, "GET", "/readyz").status == 200


def test_the_first_admin_key_lies_in_a_file_for_the_owner_alone(node):
    path = Path(node.settings["data_dir"]) / "admin.key"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert str(path) in node.log() and node.admin_key not in node.log()
    assert node.ask("/admin/v1/status").status == 200
    assert node.chat_as(node.admin_key).status == 200


def test_each_wrong_key_has_its_own_words(node):
    good = node.key(name="a")["key"]
    assert node.chat_as(good).status == 200
    mistyped = good[:20] + ("a" if good[20] != "a" else "b") + good[21:]
    cases = [(mistyped, 401, "invalid_api_key", "mistyped"), ("sk-foreign", 401, "invalid_api_key", "Incorrect"), ("x" * 2000, 401, "invalid_api_key", "malformed")]
    for key, status, code, word in cases:
        reply = node.chat_as(key)
        assert (reply.status, reply.error["code"]) == (status, code) and word in reply.error["message"], reply
    reply = node.post("/v1/chat/completions", chat_body("m", "x"), [("Authorization", "Basic abc")])
    assert reply.status == 401
    reply = node.post("/v1/chat/completions", chat_body("m", "x"), bearer(good) + bearer(good))
    assert reply.status == 400, "given twice"
    assert "sk-foreign" not in node.log() and good not in node.log() and mistyped not in node.log()


def test_a_key_is_expired_disabled_and_revoked(node):
    expired = node.key(name="old", expires_at="2020-01-01T00:00:00Z")
    assert node.chat_as(expired["key"]).error["code"] == "expired_api_key"
    key = node.key(name="a")
    assert node.ask(f"/admin/v1/keys/{key['id']}", "PATCH", {"disabled": True}).status == 200
    reply = node.chat_as(key["key"])
    assert (reply.status, reply.error["code"]) == (403, "api_key_disabled")
    assert node.ask(f"/admin/v1/keys/{key['id']}", "PATCH", {"disabled": False}).status == 200
    assert node.chat_as(key["key"]).status == 200
    assert node.ask(f"/admin/v1/keys/{key['id']}", "DELETE").status == 200
    reply = node.chat_as(key["key"])
    assert (reply.status, reply.error["code"]) == (401, "revoked_api_key")
    assert node.ask(f"/admin/v1/keys/{key['id']}", "PATCH", {"name": "again"}).status == 409, "for ever"


def test_a_revoked_key_is_cut_from_its_stream_within_two_seconds(mock, keyed):
    node = keyed(mock("openai", models=["m"], tokens=10000, itl="20ms"))
    key, other = node.key(name="a"), node.key(name="b")
    cut, goes_on = node.stream_as(key["key"]), node.stream_as(other["key"])
    cut.until_content(1), goes_on.until_content(1)
    revoked = time.monotonic()
    assert node.ask(f"/admin/v1/keys/{key['id']}", "DELETE").status == 200
    transcript = cut.read_all()
    assert time.monotonic() - revoked < 2
    assert not transcript.is_clean
    goes_on.until_content(3)
    goes_on.close()


def test_a_rotated_key_has_two_secrets_for_a_while(node):
    key = node.key(name="a")
    new = node.ask(f"/admin/v1/keys/{key['id']}/rotate", "POST", {"grace": 2}).json()["key"]
    assert new != key["key"]
    assert node.chat_as(new).status == 200 and node.chat_as(key["key"]).status == 200
    until(lambda: node.chat_as(key["key"]).status == 401, 6, what="the old secret's end")
    assert node.chat_as(new).status == 200


def test_the_secret_is_shown_once_and_stored_nowhere(node):
    key = node.key(name="a")["key"]
    node.stop()
    for root, _, files in os.walk(node.settings["data_dir"]):
        for name in files:
            data = (Path(root) / name).read_bytes()
            assert key.encode() not in data and key[13:56].encode() not in data, name


def test_a_key_sees_and_uses_its_models_alone(node):
    key = node.key(name="a", models=["m"])["key"]
    listed = node.get("/v1/models", bearer(key)).json()["data"]
    assert [row["id"] for row in listed] == ["m"]
    assert node.get("/v1/models/n", bearer(key)).status == 404
    assert node.chat_as(key, "m").status == 200
    reply = node.chat_as(key, "n")
    assert (reply.status, reply.error["code"], reply.error["type"]) == (403, "model_not_allowed", "permission_error")
    unknown = node.chat_as(key, "nn")
    assert unknown.status == 404 and "'n'" not in unknown.error["message"]


def test_a_key_for_a_virtual_model_reaches_its_target_through_it_only(mock, keyed):
    node = keyed(mock("openai", models=["m", "n"], tokens=2), models=[{"name": "assistant", "routes": [{"use": "m"}]}])
    key = node.key(name="a", models=["assistant"])["key"]
    reply = node.chat_as(key, "assistant")
    assert reply.status == 200 and reply.header("x-edgemesh-model") == "m"
    assert node.chat_as(key, "m").status == 403


def test_a_key_is_held_to_its_backends(mock, keyed):
    near, far = mock("openai", models=["m"], tokens=2), mock("openai", models=["m"], tokens=2)
    node = keyed({**near.configured(), "name": "near"}, {**far.configured(), "name": "far"})
    key = node.key(name="a", backends=["far"])["key"]
    for _ in range(6):
        assert node.chat_as(key).header("x-edgemesh-backend") == "far"
    nowhere = node.key(name="b", backends=["elsewhere"])["key"]
    reply = node.chat_as(nowhere)
    assert (reply.status, reply.error["code"]) == (403, "backend_not_allowed")


def test_a_key_raises_the_class_of_its_requests(mock, keyed):
    near, far = mock("openai", models=["m"], tokens=2), mock("openai", models=["m"], tokens=2)
    node = keyed({**near.configured(), "name": "near", "data_class": "internal"}, {**far.configured(), "name": "far", "data_class": "public"})
    node.make("group", name="secretive", data_class="internal")
    inside = node.key(name="a", data_class="internal")["key"]
    by_group = node.key(name="b", group="secretive")["key"]
    for key in (inside, by_group):
        for _ in range(4):
            assert node.chat_as(key).header("x-edgemesh-backend") == "near"
    reply = node.chat_as(inside, headers=[("x-edgemesh-data-class", "confidential")])
    assert (reply.status, reply.error["code"]) == (403, "data_class_denied"), "a header raises it further"
    nowhere = node.key(name="c", data_class="confidential")["key"]
    assert node.chat_as(nowhere).error["code"] == "data_class_denied"


def test_explain_shows_what_the_key_may_use(mock, keyed):
    near, far = mock("openai", models=["m"], tokens=2), mock("openai", models=["m"], tokens=2)
    node = keyed({**near.configured(), "name": "near"}, {**far.configured(), "name": "far"})
    viewer = node.key(name="v", role="viewer", backends=["far"])["key"]
    seen = lambda key: {row["backend"] for row in node.ask("/admin/v1/explain", "POST", chat_body("m", "x"), key=key).json()["candidates"]}
    assert seen(viewer) == {"far"} and seen(None) == {"near", "far"}


def test_metrics_tell_of_the_account_book(node):
    before = node.metric("edgemesh_usage_records_total")
    node.chat_as(node.admin_key)
    assert node.metric("edgemesh_usage_records_total") == before + 1
    assert node.metric("edgemesh_accounts_closed") == 0 and node.metric("edgemesh_usage_failures_total") == 0
    assert node.metric("edgemesh_keys") >= 1


def test_the_cap_of_tokens_holds_and_is_the_default(mock, keyed):
    node = keyed(mock("openai", models=["m"], tokens=50))
    key = node.key(name="a", max_tokens=5)["key"]
    for asked in ({}, {"max_tokens": 20}, {"max_completion_tokens": 20}):
        body = node.chat_as(key, **asked).json()
        assert body["choices"][0]["finish_reason"] == "length" and body["usage"]["completion_tokens"] == 5, asked
    assert node.chat_as(key, max_tokens=3).json()["usage"]["completion_tokens"] == 3


def test_requests_per_minute_are_told_and_held(node):
    key = node.key(name="a", limits={"requests_per_minute": 3})["key"]
    left = []
    for _ in range(3):
        reply = node.chat_as(key)
        assert reply.status == 200
        assert reply.header("x-ratelimit-limit-requests") == "3"
        left.append(int(reply.header("x-ratelimit-remaining-requests")))
    assert left == [2, 1, 0]
    reply = node.chat_as(key)
    assert (reply.status, reply.error["code"]) == (429, "rate_limit_exceeded")
    assert 1 <= int(reply.header("retry-after")) <= 20


def test_what_was_not_used_of_the_tokens_is_given_back(node):
    key = node.key(name="a", limits={"tokens_per_minute": 1000})["key"]
    reply = node.chat_as(key, max_tokens=500)
    assert reply.status == 200 and int(reply.header("x-ratelimit-limit-tokens")) == 1000
    again = node.chat_as(key, max_tokens=500)
    assert again.status == 200, "of 500 expected tokens a handful was used"
    reply = node.chat_as(key, max_tokens=5000)
    assert reply.status == 429 and reply.header("x-should-retry") == "false", "it never fits"


def test_requests_at_once_are_limited_and_the_tightest_is_named(mock, keyed):
    node = keyed(mock("openai", models=["m"], tokens=10000, itl="20ms"))
    node.make("group", name="team", limits={"concurrency": 2})
    a, b = node.key(name="a", group="team")["key"], node.key(name="b", group="team")["key"]
    streams = [node.stream_as(a), node.stream_as(b)]
    for s in streams:
        s.until_content(1)
    reply = node.chat_as(a)
    assert (reply.status, reply.error["code"]) == (429, "concurrency_exceeded") and "group team" in reply.error["message"], reply
    streams[0].close()
    until(lambda: node.chat_as(a, max_tokens=1).status == 200, 5, what="a place")
    streams[1].close()


def test_a_burst_of_20_against_a_budget_for_4_worst_cases_admits_4(mock, keyed):
    node = keyed(mock("openai", models=["m"], tokens=5, ttft="500ms"))
    prompt = node.chat_as(node.admin_key, max_tokens=10).json()["usage"]["prompt_tokens"]
    key = node.key(name="a", budget={"amount": 4 * (100 + prompt) + 50, "unit": "tokens", "period": "total"})["key"]
    statuses = []

    def ask():
        statuses.append(node.chat_as(key, max_tokens=100))
    threads = [threading.Thread(target=ask) for _ in range(20)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(r.status for r in statuses) == [200] * 4 + [429] * 16
    refused = next(r for r in statuses if r.status == 429)
    assert (refused.error["code"], refused.error["type"]) == ("budget_exceeded", "insufficient_quota")
    assert node.chat_as(key, max_tokens=100).status == 200, "what was not used was given back"


def test_a_budget_that_is_spent_stays_spent_over_a_restart(mock, keyed):
    node = keyed({**mock("openai", models=["m"], tokens=10).configured(), "prices": {"m": {"request": 1}}})
    key = node.key(name="a", budget={"amount": 3, "unit": "money", "period": "month"})["key"]
    for _ in range(3):
        assert node.chat_as(key).status == 200
    assert node.chat_as(key).error["code"] == "budget_exceeded"
    node.stop()
    node.start()
    assert node.chat_as(key).error["code"] == "budget_exceeded"
    free = node.key(name="b")["key"]
    assert node.chat_as(free).status == 200


def test_a_backend_without_a_price_is_never_blocked_by_money(node):
    key = node.key(name="a", budget={"amount": 0, "unit": "money", "period": "day"})["key"]
    assert node.chat_as(key).status == 200


def test_roles_open_what_they_say(node):
    group = node.make("group", name="team")
    keys = {role: node.key(name=role, role=role, group="team") for role in ("client", "viewer", "group-admin")}
    ask = lambda role, target, method="GET", body=None: node.ask(target, method, body, key=keys[role]["key"]).status
    assert ask("client", "/admin/v1/status") == 403
    assert ask("viewer", "/admin/v1/status") == 200 and ask("viewer", "/metrics") == 200 and ask("viewer", "/admin/v1/usage") == 200
    assert ask("viewer", "/admin/v1/keys") == 403 and ask("viewer", "/admin/v1/reload", "POST") == 403
    made = node.ask("/admin/v1/keys", "POST", {"name": "c", "group": group["id"]}, key=keys["group-admin"]["key"])
    assert made.status == 201 and node.chat_as(made.json()["key"]).status == 200
    unsaid = node.ask("/admin/v1/keys", "POST", {"name": "d"}, key=keys["group-admin"]["key"]).json()
    assert unsaid["group"] == group["id"], "whoever manages a group makes keys of that group"
    assert ask("group-admin", "/admin/v1/keys", "POST", {"name": "d", "group": "team", "role": "admin"}) == 403
    assert ask("group-admin", "/admin/v1/groups", "POST", {"name": "mine"}) == 403
    assert node.ask("/admin/v1/status", key="nonsense").status == 401


@pytest.mark.parametrize("body, param", [({"name": "a", "modles": ["m"]}, "modles"), ({"name": "a", "limits": {"requests_per_minute": -1}}, None),
                                         ({"name": "a", "limits": {"concurrency": 10**30}}, None), ({"name": 5}, "name"),
                                         ({"name": "a", "budget": {"amount": 1, "unit": "pounds", "period": "day"}}, None),
                                         ({"name": "a", "group": "nobody"}, "group"), ([], None)])
def test_a_wrong_field_changes_nothing_and_is_named(node, body, param):
    before = node.ask("/admin/v1/keys").json()["data"]
    reply = node.ask("/admin/v1/keys", "POST", body)
    assert reply.status in (400, 404), reply
    if param:
        assert param in (reply.error["param"] or "") or param in reply.error["message"]
    assert node.ask("/admin/v1/keys").json()["data"] == before


def test_keys_of_another_gateway_go_on_working(node):
    import hashlib
    foreign = "sk-litellm-1234567890abcdef"
    exported = {"keys": [{"token": hashlib.sha256(foreign.encode()).hexdigest(), "key_alias": "their app", "models": ["m"], "rpm_limit": 100,
                          "max_budget": 5.0, "budget_duration": "30d", "spend": 1.5, "team_id": None, "expires": None}]}
    path = node.folder / "litellm.json"
    path.write_text(json.dumps(exported))
    done = run("keys", "import", "--config", node.config_path, path)
    assert done.returncode == 0 and "1 keys imported" in done.stdout, done
    assert node.chat_as(foreign).status == 200
    assert node.chat_as(foreign, "n").status == 403


def test_the_commands_of_keys_and_groups(node):
    def command(*words):
        done = run(*words, "--config", node.config_path)
        assert done.returncode == 0, done
        return done.stdout
    command("groups", "create", "--name", "team", "--budget", "20/month")
    made = command("keys", "create", "--name", "app", "--group", "team", "--model", "m", "--requests-per-minute", "60", "--budget", "100000 tokens/day")
    key = made.strip().splitlines()[-1]
    assert node.chat_as(key).status == 200
    listed = command("keys", "list")
    assert "app" in listed and "team" in listed and "60 rpm" in listed and "100000 tokens/day" in listed and key not in listed
    ident = key[3:13]
    assert "app" in command("keys", "show", ident)
    command("keys", "update", ident, "--model", "n", "--requests-per-minute", "none")
    assert node.chat_as(key, "m").status == 403 and node.chat_as(key, "n").status == 200
    new = command("keys", "rotate", ident, "--grace", "1h").strip().splitlines()[-1]
    assert node.chat_as(new, "n").status == 200
    command("keys", "revoke", ident)
    assert node.chat_as(new, "n").status == 401
    assert "team" in command("groups", "list") and "20/month" in command("groups", "show", "team")
    wrong = run("keys", "create", "--budget", "lots", "--config", node.config_path)
    assert wrong.returncode == 2 and "--budget" in wrong.stderr


def test_keys_in_the_clear_over_a_network_are_refused_unless_allowed(keyed, tmp_path):
    node = KeyedGateway(tmp_path, [], host="127.0.0.1")
    node.settings["listen"]["api"] = "0.0.0.0:0"
    node.write_config()
    done = run("check", "--config", node.config_path)
    assert done.returncode == 2 and "allow_plain" in done.stdout + done.stderr
    node.settings["listen"]["allow_plain"] = True
    node.write_config()
    assert run("check", "--config", node.config_path).returncode == 0
