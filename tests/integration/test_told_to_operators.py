"""What operators are told beside the admin pages: safety defaults in `check` and `doctor`, logs for programs."""
import json

import pytest

from support.gateway import run
from support.ports import free_port
from support.waiting import until


@pytest.fixture
def config(tmp_path):
    def write(**settings):
        path = tmp_path / "edgemesh.yaml"
        path.write_text(json.dumps({"node": {"name": "n1"}, "discovery": {"local": False},
                                    "listen": {"api": f"127.0.0.1:{free_port()}", "admin": f"127.0.0.1:{free_port()}"}, **settings}))
        return path
    return write


BACKENDS = [
    {"name": "by-name", "kind": "openai", "url": "http://localhost:1/v1"},
    {"name": "near", "kind": "openai", "url": "http://127.0.0.1:2/v1"},
    {"name": "private", "kind": "openai", "url": "http://10.255.255.1:3/v1", "timeouts": {"connect": "100ms"}},
    {"name": "chosen", "kind": "openai", "url": "http://127.0.0.1:4/v1", "data_class": "internal", "remote_media": True},
]


@pytest.mark.parametrize("command", ["check", "doctor"])
def test_the_defaults_that_matter_for_safety_are_printed(config, command):
    text = run(command, "--config", config(backends=BACKENDS), seconds=60).stdout
    told = {line.split(":")[0].split()[0]: line for line in text.splitlines() if "data_class" in line or "remote_media" in line}
    for name, word in (("by-name", "public"), ("near", "confidential"), ("private", "confidential")):
        assert word in told[f"backends.{name}.data_class"], told
        assert "default" in told[f"backends.{name}.data_class"]
        assert "false" in told[f"backends.{name}.remote_media"]
    assert not any(key.startswith("backends.chosen.data_class") and "default" in line for key, line in told.items())
    assert "auth.mode" in text


def test_a_log_for_programs_has_one_json_object_per_line(mock, gateway):
    backend = mock(models=["m"])
    node = gateway(backend, log={"format": "json"})
    node.chat(content="canary-4711")
    node.chat("no-such-model")
    node.post("/v1/chat/completions", b"{")
    node.get("/nowhere")
    backend.kill()
    node.chat()

    def lines():
        return [json.loads(line) for line in node.log().splitlines()]
    until(lambda: sum(1 for line in lines() if line.get("route") == "chat") == 4, 5)
    assert all("ts" in line for line in lines())
    assert "canary-4711" not in node.log()
    statuses = [line["status"] for line in lines() if line.get("route") == "chat"]
    assert statuses[:3] == [200, 404, 400] and statuses[3] in (502, 503)


def test_a_quiet_log_holds_no_requests_and_still_says_what_is_wrong(mock, gateway):
    backend = mock(models=["m"])
    node = gateway(backend, log={"level": "warn"})
    node.chat()
    backend.kill()
    node.chat()
    until(lambda: "backend_down" in node.log(), 15, 0.1)
    assert " info " not in node.log() and " request " not in node.log()


def test_a_finished_request_tells_every_attempt_and_phase(mock, gateway):
    bad, good = mock(models=["m"]), mock(models=["m"], tokens=5)
    node = gateway(bad.configured(priority=0), good.configured(priority=1))
    bad.steer("error-500")
    node.stream(headers=[("x-request-id", "tell-me")]).read_all()
    record = until(lambda: (r := node.ask("/admin/v1/requests/tell-me")).status == 200 and r, 3).json()
    assert [(a["backend"], a["cause"], a["status"]) for a in record["attempts"]] == [(bad.name, "server_error", 500), (good.name, "ok", 200)]
    phases = [record["ms"][name] for name in ("read", "queue", "connect", "first_byte", "first_content", "last")]
    assert phases == sorted(phases) and phases[-1] > 0
    assert record["tokens"]["completion"] == 5 and record["bytes_in"] > 0 and record["bytes_out"] > 0
    assert record["model"] == "m" and record["backend"] == good.name and record["stream"] is True


def test_every_metric_that_is_promised_is_there(mock, gateway):
    bad, good = mock(models=["m"]), mock(models=["m"])
    node = gateway(bad.configured(priority=0), good.configured(priority=1))
    bad.steer("error-500")
    node.chat()
    node.stream().read_all()
    text = until(lambda: (t := node.ask("/metrics").body.decode()) and 'edgemesh_requests_total{' in t and t, 3)
    for name, labels in {"requests_total": ["endpoint", "model", "backend", "status"], "in_flight": ["backend"], "request_seconds_bucket": [],
                         "ttft_seconds_bucket": [], "itl_seconds_bucket": [], "attempts_total": ["cause"], "failovers_total": ["cause"],
                         "tokens_total": ["model", "kind"], "bytes_total": ["direction"], "backend_state": ["backend"], "build_info": []}.items():
        rows = [line for line in text.splitlines() if line.startswith(f"edgemesh_{name}{{") or line.startswith(f"edgemesh_{name} ")]
        assert rows, name
        for label in labels:
            assert f'{label}="' in rows[0], rows[0]
