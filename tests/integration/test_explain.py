"""Why a request goes where it goes: constraints, data classes, virtual models; `explain` answers from the same code."""
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.gateway import chat_body, run


def explain(node, model="m", headers=None, **fields):
    return node.ask("/admin/v1/explain", "POST", chat_body(model, "Hello!", **fields)).json()


def test_explain_names_the_choice_and_every_refusal(mock, gateway):
    one, two, three = mock(models=["m"]), mock(models=["m"]), mock(models=["other"])
    node = gateway(one, two, three)
    node.ask(f"/admin/v1/backends/{two.name}/drain", "POST")
    answer = explain(node)
    rows = {row["backend"]: row for row in answer["candidates"]}
    assert answer["choice"] and one.name in json.dumps(answer["choice"])
    assert rows[two.name]["refused_by"] and "drain" in json.dumps(rows[two.name]["refused_by"])
    assert rows[three.name]["refused_by"] and "model" in json.dumps(rows[three.name]["refused_by"])
    assert not rows[one.name].get("refused_by")


def test_the_command_prints_the_same(mock, gateway, tmp_path):
    one = mock(models=["m"])
    node = gateway(one)
    admin = f"{node.admin[0]}:{node.admin[1]}"
    done = run("explain", "--model", "m", "--admin", admin, "--json")
    assert done.returncode == 0, done
    assert one.name in json.dumps(json.loads(done.stdout)["choice"])
    assert one.name in run("explain", "--model", "m", "--admin", admin).stdout
    path = tmp_path / "request.json"
    path.write_text(json.dumps(chat_body("m", "a")))
    assert run("explain", "--model", "m", "--admin", admin, path).returncode == 0
    assert run("explain", "--model", "nobody", "--admin", admin).returncode in (0, 1)


def test_explain_runs_nothing(mock, gateway):
    one = mock(models=["m"])
    node = gateway(one)
    explain(node)
    assert one.requests() == []


def test_a_request_goes_only_where_its_class_may(mock, gateway):
    safe, cloud = mock(models=["m"]), mock(models=["m"])
    node = gateway(safe.configured(data_class="confidential", priority=1), cloud.configured(data_class="public", priority=0))
    for _ in range(5):
        assert node.chat(headers=[("x-edgemesh-data-class", "confidential")]).header("x-edgemesh-backend") == safe.name
    assert node.chat(headers=[("x-edgemesh-data-class", "public")]).header("x-edgemesh-backend") == cloud.name


def test_no_allowed_backend_is_403_also_on_failover(mock, gateway):
    safe, cloud = mock(models=["m"]), mock(models=["m"])
    node = gateway(safe.configured(data_class="confidential"), cloud.configured(data_class="public"))
    confidential = [("x-edgemesh-data-class", "confidential")]
    safe.steer("error-500")
    for _ in range(4):
        assert node.chat(headers=confidential).status >= 500
    assert cloud.requests() == [], "a retry never lowers the class"
    only_cloud = gateway(cloud.configured(data_class="public"))
    reply = only_cloud.chat(headers=confidential)
    assert reply.status == 403
    assert reply.error["code"] == "data_class_denied"
    assert cloud.requests() == []


def test_a_host_name_gets_the_lowest_class_by_default(mock, gateway):
    backend = mock(models=["m"])
    named = backend.configured()
    named["url"] = named["url"].replace("127.0.0.1", "localhost")
    node = gateway(named)
    assert node.chat().status == 200
    assert node.chat(headers=[("x-edgemesh-data-class", "internal")]).status == 403


def test_ollamas_cloud_models_get_the_lowest_class(mock, gateway):
    backend = mock("ollama", models=["big:cloud", "small:7b"])
    node = gateway(backend)
    confidential = [("x-edgemesh-data-class", "confidential")]
    assert node.chat("small:7b", headers=confidential).status == 200
    assert node.chat("big:cloud", headers=confidential).status == 403


VIRTUAL = [{"name": "assistant", "routes": [
    {"when": {"prompt_tokens_max": 50, "tools": False}, "use": "small"},
    {"use": "large"}]}]


def test_a_virtual_model_sends_simple_prompts_to_the_laptop_and_hard_ones_to_the_cluster(mock, gateway):
    laptop, cluster = mock(models=["small"]), mock(models=["large"])
    node = gateway(laptop, cluster, models=VIRTUAL)
    easy = node.chat("assistant", "Hi")
    assert easy.header("x-edgemesh-backend") == laptop.name
    assert easy.header("x-edgemesh-model") == "small"
    assert easy.json()["model"] == "assistant"
    assert node.chat("assistant", "word " * 400).header("x-edgemesh-backend") == cluster.name
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    assert node.chat("assistant", "Hi", tools=[tool]).header("x-edgemesh-backend") == cluster.name
    assert "assistant" in node.models()
    assert node.get("/v1/models/assistant").json()["virtual"] is True


def test_a_virtual_model_falls_to_its_next_route(mock, gateway):
    laptop, cluster = mock(models=["small"]), mock(models=["large"])
    node = gateway(laptop, cluster, models=VIRTUAL)
    laptop.kill()
    assert node.chat("assistant", "Hi").header("x-edgemesh-backend") == cluster.name


@pytest.mark.parametrize("stream", [False, True])
def test_a_virtual_models_name_is_what_the_client_sees(mock, gateway, stream):
    node = gateway(mock(models=["small"]), models=[{"name": "assistant", "routes": [{"use": "small"}]}])
    if stream:
        assert {c["model"] for c in node.stream("assistant").read_all().chunks} == {"assistant"}
    else:
        assert node.chat("assistant").json()["model"] == "assistant"


def test_priority_tiers_are_kept(mock, gateway):
    first, second = mock(models=["m"]), mock(models=["m"])
    node = gateway(first.configured(priority=0), second.configured(priority=5))
    for _ in range(10):
        assert node.chat().header("x-edgemesh-backend") == first.name


def test_load_is_spread(mock, gateway):
    # All are chosen for before the first one answers: until then only their number weighs, not the times learned.
    backends = [mock(models=["m"], ttft="2s") for _ in range(2)]
    node = gateway(*backends)
    with ThreadPoolExecutor(20) as clients:
        assert all(r.status == 200 for r in clients.map(lambda _: node.chat(), range(20)))
    counts = [len(b.requests()) for b in backends]
    assert sum(counts) == 20 and min(counts) >= 8, counts
