"""Metrics, the request log, sessions and remembered requests tell what happened, and no secret."""
import json

from support.http_client import request
from support.waiting import until

CANARY_KEY = "sk-canary-0123456789abcdef"
CANARY_PROMPT = "canary-prompt-bluebird"
CANARY_CLIENT = "client-key-canary-77"


def test_requests_and_tokens_are_counted(mock, gateway):
    backend = mock(models=["m"], tokens=5)
    node = gateway(backend)
    for _ in range(3):
        node.chat()
    node.stream().read_all()
    node.chat("nobody")
    until(lambda: node.metric("edgemesh_requests_total", backend=backend.name, status="200") == 4, 3)
    assert node.metric("edgemesh_requests_total", status="404") == 1
    assert node.metric("edgemesh_tokens_total", model="m", kind="completion") >= 20
    assert node.metric("edgemesh_bytes_total", direction="out") > 0
    assert node.metric("edgemesh_build_info") == 1
    assert node.metric("edgemesh_request_seconds_count") >= 4
    assert node.metric("edgemesh_ttft_seconds_count") >= 1


def test_failovers_are_counted_by_cause(mock, gateway):
    bad, good = mock(), mock()
    node = gateway(bad.configured(priority=0), good.configured(priority=1))
    bad.steer("error-500")
    node.chat()
    until(lambda: node.metric("edgemesh_failovers_total") == 1, 3)
    assert node.metric("edgemesh_failovers_total", cause="server_error") == 1
    assert node.metric("edgemesh_attempts_total", cause="ok") == 1


def test_the_metrics_are_prometheus_text(mock, gateway):
    node = gateway(mock())
    node.chat()
    reply = node.ask("/metrics")
    assert reply.header("content-type").startswith("text/plain")
    typed = set()
    for line in reply.body.decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name.startswith("edgemesh_") and kind in ("counter", "gauge", "histogram", "summary")
            assert name not in typed
            typed.add(name)
        elif line and not line.startswith("#"):
            float(line.rsplit(" ", 1)[1])


def test_labels_stay_bounded(mock, gateway):
    node = gateway(mock())
    for i in range(300):
        node.chat(f"invented-{i}")
    text = node.ask("/metrics").body.decode()
    assert "invented-" not in text
    assert len(text.splitlines()) < 2000


def test_metrics_have_a_listener_of_their_own_when_asked(mock, gateway):
    from support.ports import free_port
    port = free_port()
    node = gateway(mock(), start=False)
    node.settings["listen"]["metrics"] = f"127.0.0.1:{port}"
    node.write_config()
    node.start()
    address = ("127.0.0.1", port)
    assert request(address, "GET", "/metrics").status == 200
    assert request(address, "GET", "/healthz").status == 200
    assert request(address, "GET", "/admin/v1/status").status == 404


def test_one_json_line_per_request(mock, gateway):
    backend = mock(models=["m"], tokens=5)
    node = gateway(backend)
    node.chat(headers=[("x-request-id", "line-1")])
    node.stream(headers=[("x-request-id", "line-2")]).read_all()
    rows = until(lambda: len(chats := [row for row in node.request_log() if row["route"] == "chat"]) == 2 and chats, 3)
    assert [row["id"] for row in rows] == ["line-1", "line-2"]
    for row in rows:
        assert row["model"] == "m" and row["backend"] == backend.name and row["status"] == 200
        assert len(row["attempts"]) == 1
        assert "canary" not in json.dumps(row)
    text = json.dumps(rows[1])
    for phase in ("read", "queue", "connect", "first_byte", "first_content", "last"):
        assert phase in text


def test_a_remembered_request_shows_its_attempts(mock, gateway):
    bad, good = mock(), mock()
    node = gateway(bad.configured(priority=0), good.configured(priority=1))
    bad.steer("error-500")
    node.chat(headers=[("x-request-id", "two-tries")])
    record = until(lambda: (r := node.ask("/admin/v1/requests/two-tries")).status == 200 and r, 3).json()
    assert [a["backend"] for a in record["attempts"]] == [bad.name, good.name]
    assert record["attempts"][0]["cause"] == "server_error"
    assert node.ask("/admin/v1/requests/unknown").status == 404


def test_a_session_is_seen_while_it_streams(mock, gateway):
    backend = mock(tokens=1000, itl="20ms")
    node = gateway(backend)
    with node.stream(headers=[("x-request-id", "watch-me")]) as stream:
        stream.until_content()
        row = next(s for s in node.sessions() if "watch-me" in json.dumps(s))
        assert row["backend"] == backend.name and row["model"] == "m"


def test_status_tells_the_node(mock, gateway):
    node = gateway(mock())
    status = node.ask("/admin/v1/status").json()
    assert status["node"] == "n1" or status["node"].get("name") == "n1"
    assert status["version"]


def test_admin_errors_have_the_form_of_all_errors(mock, gateway):
    node = gateway(mock())
    assert node.ask("/admin/v1/nothing").status == 404
    assert node.ask("/admin/v1/nothing").error
    assert node.ask("/admin/v1/status", "POST").status == 405
    assert node.ask("/admin/v1/backends/nobody/probe", "POST").status == 404
    assert node.ask("/admin/v1/explain", "POST", b"{").status == 400


def test_no_secret_and_no_text_of_a_client_is_told_anywhere(mock, gateway):
    """A backend's key and a prompt that it quotes in its error: in no log, no metric, no page."""
    backend = mock(models=["m"])
    node = gateway(backend.configured(api_key=CANARY_KEY, headers={"x-extra": CANARY_KEY}), log={"level": "debug"})
    secret = [("Authorization", f"Bearer {CANARY_CLIENT}"), ("x-request-id", "canary-run")]
    assert node.chat(content=f"echo:{CANARY_PROMPT}", headers=secret).status == 200
    node.stream(content=f"echo:{CANARY_PROMPT}", headers=secret).read_all()
    assert CANARY_KEY in str(backend.requests()[-1]["headers"]), "the key must reach the backend"
    for fault in ("error-500", "error-in-200", "malformed-event", "drop-mid-stream"):
        backend.steer(fault)
        node.chat(content=f"echo:{CANARY_PROMPT} and more words", headers=secret)
        node.stream(content=f"echo:{CANARY_PROMPT} and more words", headers=secret).read_all()
    backend.kill()
    node.chat(content=CANARY_PROMPT, headers=secret)
    node.chat(f"model-{CANARY_PROMPT}", CANARY_PROMPT, headers=secret)
    node.ask("/admin/v1/explain", "POST", {"model": "m", "messages": [{"role": "user", "content": CANARY_PROMPT}]})
    pages = ["/metrics"] + [f"/admin/v1/{p}" for p in ("status", "backends", "models", "sessions", "requests/canary-run")]
    told = node.log() + "".join(node.ask(page).body.decode() for page in pages)
    for canary in (CANARY_KEY, CANARY_PROMPT, CANARY_CLIENT):
        assert canary not in told
    assert CANARY_KEY not in run_check(node)


def run_check(node):
    from support.gateway import run
    out = ""
    for command in ("check", "doctor"):
        done = run(command, "--config", node.config_path, seconds=40)
        out += done.stdout + done.stderr
    return out
