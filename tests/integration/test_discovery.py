"""Backends are found and recognised by themselves."""
import json

import pytest

from support.gateway import Gateway, run
from support.mock_backend import KINDS, MockBackend
from support.ports import is_free
from support.waiting import until

KNOWN_PORTS = {"ollama": 11434, "llamacpp": 8080, "vllm": 8000}


@pytest.fixture
def known(started, tmp_path):
    """A mock on the port that its kind usually has, where that port is free."""
    def make(kind, **options):
        port = KNOWN_PORTS[kind]
        if not is_free("127.0.0.1", port):
            pytest.skip(f"port {port} is in use on this machine")
        backend = MockBackend(tmp_path, kind, port=port, **options)
        started.append(backend)
        return backend.start()
    return make


@pytest.mark.parametrize("kind", KNOWN_PORTS)
def test_a_local_backend_is_found_and_serves(known, gateway, kind):
    known(kind, models=["found-model"])
    node = gateway(discovery={"local": True}, until_models=False)
    until(lambda: any("found-model" in m for m in node.models()), 10)
    row = next(r for r in node.backends() if r["kind"] == kind)
    assert row["name"] == f"{kind}-{KNOWN_PORTS[kind]}"
    assert node.chat(next(m for m in node.models() if "found-model" in m)).status == 200


def test_without_any_configuration_a_node_finds_backends(known, started, tmp_path):
    known("llamacpp", models=["found-model"])
    node = Gateway(tmp_path, configured=False)
    node.process.arguments += ["--api", f"127.0.0.1:{node.api[1]}", "--admin", f"127.0.0.1:{node.admin[1]}",
                               "--data-dir", str(tmp_path / "data")]
    started.append(node)
    node.start(until_models=False)
    until(lambda: "found-model" in node.models(), 10)
    assert node.stream("found-model").read_all().is_clean


def test_the_configured_backend_wins_over_the_found_one(known, gateway):
    backend = known("llamacpp", models=["m"])
    node = gateway({"name": "mine", "kind": "llamacpp", "url": f"http://localhost:{backend.port}"}, discovery={"local": True})
    until(lambda: "m" in node.models(), 10)
    rows = [r for r in node.backends() if str(backend.port) in json.dumps(r)]
    assert [r["name"] for r in rows] == ["mine"]


def test_a_backend_that_starts_later_is_found_on_a_miss(known, gateway):
    node = gateway(discovery={"local": True}, until_models=False)
    assert node.chat("late-model").status in (404, 503)
    known("llamacpp", models=["late-model"])
    until(lambda: node.chat("late-model").status == 200, 20, 0.3)


@pytest.mark.parametrize("kind", KINDS)
def test_auto_recognises_every_kind(mock, gateway, kind):
    backend = mock(kind, models=["m"])
    node = gateway({"name": "guess", "kind": "auto", "url": backend.url})
    row = node.backend("guess")
    # Cognis is llama-server on the wire.
    assert row["kind"] == {"cognis": "llamacpp"}.get(kind, kind) or row.get("recognised") == kind, row
    assert node.chat(node.models()[0]).status == 200


def test_another_node_is_no_backend_of_discovery(known, started, tmp_path, gateway, mock):
    if not is_free("127.0.0.1", 8000):
        pytest.skip("port 8000 is in use on this machine")
    inner = Gateway(tmp_path, [mock(models=["inner-model"])])
    inner.api = ("127.0.0.1", 8000)
    inner.write_config(listen={"api": "127.0.0.1:8000", "admin": f"127.0.0.1:{inner.admin[1]}"})
    started.append(inner)
    inner.start()
    node = gateway(discovery={"local": True}, until_models=False)
    with pytest.raises(AssertionError):
        until(lambda: "inner-model" in node.models(), 3, 0.2)
    listed = run("discover", "--json").stdout
    assert "edgemesh" in listed


def test_a_node_behind_a_node_serves_and_a_loop_is_refused(mock, gateway):
    inner = gateway(mock(models=["m"]))
    outer = gateway({"name": "inner", "kind": "openai", "url": f"http://127.0.0.1:{inner.api[1]}/v1"})
    assert outer.chat().status == 200
    # Now the inner one also points at the outer one, and nobody else has this model.
    inner.write_config(backends=[{"name": "outer", "kind": "openai", "url": f"http://127.0.0.1:{outer.api[1]}/v1", "models": ["m"]}])
    inner.ask("/admin/v1/reload", "POST")
    until(lambda: [r["name"] for r in inner.backends()] == ["outer"], 5)
    reply = until(lambda: (r := outer.chat(timeout=30)).status != 200 and r, 10, 0.3)
    assert reply.status in (508, 502, 503, 404), reply


def test_a_request_that_passed_this_node_is_508(mock, gateway):
    """The hop header counts where another node sends it as a backend's client: a loop through one other node."""
    backend = mock(models=["m"])
    node = gateway(backend)
    node.chat()
    assert not any("x-edgemesh-hops" == n for n, _ in pairs(backend.requests()[-1]["headers"])), "not for ordinary backends"
    inner = gateway(mock(models=["k"]))
    outer = gateway({"name": "inner", "kind": "openai", "url": f"http://127.0.0.1:{inner.api[1]}/v1"})
    assert outer.chat("k").status == 200


def pairs(headers):
    return headers.items() if isinstance(headers, dict) else [tuple(h) for h in headers]


def test_a_closed_port_gets_no_request_and_discover_is_quick(mock):
    done = run("discover", "--json", seconds=15)
    assert done.returncode == 0
    json.loads(done.stdout)
