"""What was used, by whom, and what it cost: kept before the last bytes of an answer, through any end of the process."""
import json
import threading

import pytest

from support.gateway import run
from support.waiting import until


PRICES = {"m": {"input": 1.5, "output": 6}}


@pytest.fixture
def node(mock, keyed):
    return keyed({**mock("openai", models=["m"], tokens=10).configured(), "name": "cloud", "prices": PRICES})


def cost_of(usage):
    return round((usage["prompt_tokens"] * 1.5 + usage["completion_tokens"] * 6))  # millionths


def test_two_teams_know_what_each_of_them_spent(node):
    node.make("group", name="red"), node.make("group", name="blue")
    red, blue = node.key(name="r", group="red"), node.key(name="b", group="blue")
    used = {"red": [node.chat_as(red["key"]).json()["usage"] for _ in range(3)], "blue": [node.chat_as(blue["key"]).json()["usage"]]}
    rows = {row["group"]: row for row in node.usage("?group_by=group&interval=month")}
    names = {g["name"]: g["id"] for g in node.ask("/admin/v1/groups").json()["data"]}
    for team, all_of_it in used.items():
        row = rows[names[team]]
        assert row["requests"] == len(all_of_it) and row["group_name"] == team
        assert row["completion_tokens"] == sum(u["completion_tokens"] for u in all_of_it)
        assert row["cost"] == sum(cost_of(u) for u in all_of_it)
    done = run("usage", "--group-by", "group", "--interval", "month", "--config", node.config_path)
    assert done.returncode == 0 and names["red"] in done.stdout and "red" in done.stdout and "blue" in done.stdout, done
    only = run("usage", "--group-by", "group", "--only", "group=red", "--config", node.config_path)
    assert only.returncode == 0 and names["red"] in only.stdout and names["blue"] not in only.stdout
    csv = run("usage", "--group-by", "key", "--csv", "--config", node.config_path)
    assert csv.returncode == 0 and red["id"] in csv.stdout


def test_a_stream_is_charged_by_what_the_backend_told_though_the_client_did_not_ask(node):
    key = node.key(name="a")
    transcript = node.stream_as(key["key"]).read_all()
    assert transcript.is_clean and transcript.usage is None
    row = node.usage("?group_by=key")[0]
    assert row["key"] == key["id"] and row["requests"] == 1 and row["completion_tokens"] == 10 and row["estimated"] == 0


def test_what_was_produced_before_a_client_left_is_charged_as_estimated(mock, keyed):
    node = keyed({**mock("openai", models=["m"], tokens=10000, itl="5ms").configured(), "prices": PRICES})
    key = node.key(name="a")
    stream = node.stream_as(key["key"])
    stream.until_content(20)
    stream.close()
    until(lambda: node.usage("?group_by=key"), 5, what="a row")
    row = node.usage("?group_by=key")[0]
    assert row["requests"] == 1 and row["estimated"] == 1 and row["completion_tokens"] > 0 and row["cost"] > 0


def test_an_attempt_that_failed_is_charged_to_nobody(mock, keyed):
    bad, good = mock("openai", models=["m"], tokens=5), mock("openai", models=["m"], tokens=5)
    node = keyed({**bad.configured(), "name": "bad", "priority": 0}, {**good.configured(), "name": "good", "priority": 1})
    bad.steer("error-500")
    key = node.key(name="a")
    assert node.chat_as(key["key"]).status == 200
    rows = {row["backend"]: row["requests"] for row in node.usage("?group_by=backend")}
    assert rows["good"] == 1 and rows.get("bad", 0) == 0


def test_usage_survives_kill_9_the_moment_the_answer_is_there(node):
    key = node.key(name="a")
    for round_ in range(1, 4):
        assert node.chat_as(key["key"]).status == 200
        node.kill()
        node.start()
        assert node.usage("?group_by=key")[0]["requests"] == round_


def test_kill_9_under_load_loses_no_answered_request_and_counts_none_twice(node):
    """Every answer that a client has seen to its end is on record once, and no charge twice."""
    key = node.key(name="a")["key"]
    answered = []

    def ask():
        while True:
            try:
                reply = node.chat_as(key)
            except Exception:
                return
            if reply.status != 200 or not reply.complete:
                return
            answered.append(reply.header("x-request-id"))
    for _ in range(3):
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for t in threads:
            t.start()
        before = len(answered)
        until(lambda: len(answered) > before + 100, 10, what="answers")
        node.kill()
        for t in threads:
            t.join()
        node.start()
    counted = sum(row["requests"] for row in node.usage("?group_by=key"))
    lines = []
    after = 0
    while rows := node.audit(f"?action=request&after={after}&limit=1000"):
        lines += rows
        after = rows[-1]["number"]
    charges = [row["subject"] for row in lines]
    assert len(charges) == len(set(charges)), "no charge twice"
    assert len(answered) <= counted == len(charges) <= len(answered) + 3 * 8, (len(answered), counted, len(charges))


def test_changes_and_refusals_stand_in_the_audit_log_without_gaps(node):
    key = node.key(name="a", models=["m"])
    node.chat_as(key["key"], "m")
    node.ask(f"/admin/v1/keys/{key['id']}", "PATCH", {"name": "b"})
    node.chat_as("em_wrong")
    node.ask(f"/admin/v1/keys/{key['id']}", "DELETE")
    until(lambda: any(row["action"] == "request.refused" for row in node.audit()), 5, what="the refusal")
    rows = node.audit("?limit=1000")
    numbers = [row["number"] for row in rows]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert {"key.create", "key.update", "key.revoke", "request.refused"} <= {row["action"] for row in rows}
    assert all(row["subject"] == key["id"] for row in node.audit("?action=key.update"))
    request = node.audit("?action=request")[0]
    assert request["actor"] == key["id"] and request["details"]["backends"] == ["cloud"] and request["details"]["data_class"]
    text = json.dumps(rows) + json.dumps(request)
    assert "Hello!" not in text and key["key"] not in text
    done = run("audit", "--action", "key.*", "--config", node.config_path)
    assert done.returncode == 0 and "key.revoke" in done.stdout


def test_audit_entries_go_to_a_file_too(mock, keyed, tmp_path):
    path = tmp_path / "audit.jsonl"
    node = keyed(mock("openai", models=["m"]), audit={"file": str(path)})
    key = node.key(name="a")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(e["action"], e["subject"]) for e in lines] == [("key.create", key["id"])] and path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    node.ask(f"/admin/v1/keys/{key['id']}", "DELETE")
    assert "key.revoke" in path.read_text()


def test_a_failing_backend_is_no_charge(mock, keyed):
    backend = mock("openai", models=["m"], tokens=5, faults=["error-500"])
    node = keyed({**backend.configured(), "prices": PRICES})
    key = node.key(name="a", budget={"amount": 1, "unit": "money", "period": "day"})
    assert node.chat_as(key["key"]).status >= 500
    until(lambda: node.usage("?group_by=key") or True, 1)
    assert sum(row["cost"] for row in node.usage("?group_by=key")) == 0


def test_usage_of_keys_is_kept_when_the_node_ends_in_order(node):
    key = node.key(name="a")
    for _ in range(5):
        node.chat_as(key["key"])
    node.stop()
    node.start()
    assert node.usage("?group_by=key")[0]["requests"] == 5


@pytest.mark.parametrize("query", ["?group_by=colour", "?interval=week", "?from=yesterday", "?to=0&from=10", "?x=1", "?format=xml"])
def test_a_question_that_is_not_understood_is_refused_by_name(node, query):
    reply = node.ask("/admin/v1/usage" + query)
    assert reply.status == 400 and reply.error["param"], reply
