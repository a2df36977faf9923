"""The client leaves: the backend's socket is closed within 100 ms, in every phase, however the client leaves."""
import socket
import time

import pytest

from support.gateway import chat_body
from support.http_client import Connection
from support.mock_backend import KINDS
from support.ports import SLOWDOWN
from support.waiting import until

LIMIT_MS = 100
PHASES = {
    # phase: how the mock is set
    "before headers": {"faults": ["hang"]},
    "before first token": {"timing": {"ttft_ms": 60_000, "itl_ms": 20, "tokens": 50}},
    "mid-stream": {"timing": {"ttft_ms": 0, "itl_ms": 20, "tokens": 100_000}},
}
WAYS = {
    "close": lambda connection: connection.close(),
    "reset": lambda connection: connection.reset(),
    "half-close": lambda connection: connection.half_close(),
}


def leave(node, backend, connection, way):
    """Leaves, and returns the milliseconds until the backend saw it."""
    left_at = time.time() * 1000
    WAYS[way](connection)
    row = until(lambda: next((r for r in backend.requests() if r["state"] == "client_left"), None), 10,
                what=f"the backend noticing; it knows {backend.requests()}")
    return row["left_ms"] - left_at


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("phase", PHASES)
def test_a_client_that_leaves_stops_the_backend(mock, gateway, phase, stream, way):
    backend = mock()
    node = gateway(backend)
    backend.steer(*PHASES[phase].get("faults", ()), **PHASES[phase].get("timing", {}))
    with Connection(node.api, timeout=20) as connection:
        connection.send_request("POST", "/v1/chat/completions", chat_body("m", "a", stream=stream))
        until(lambda: backend.requests() and backend.requests()[0]["state"] == "running", 5)
        if phase == "mid-stream" and not stream:
            time.sleep(0.2)  # the backend makes a whole answer piece by piece
        elif phase == "mid-stream":
            until(lambda: backend.requests()[0]["tokens_sent"] > 3, 5)
        took = leave(node, backend, connection, way)
    assert took <= LIMIT_MS * SLOWDOWN, f"{took:.0f} ms"
    until(lambda: node.backend(backend.name)["in_flight"] == 0, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_every_dialect_is_stopped_mid_stream(mock, gateway, kind):
    backend = mock(kind, models=["m"], tokens=100_000, itl="20ms")
    node = gateway(backend)
    with node.stream(node.models()[0]) as stream:
        stream.until_content(5)
        took = leave(node, backend, stream.connection, "close")
    assert took <= LIMIT_MS * SLOWDOWN, f"{took:.0f} ms"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_client_that_leaves_while_the_gateway_connects(mock, gateway, stream):
    """No backend takes the connection: nothing is left over when the client goes."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    filling = [socket.socket() for _ in range(8)]
    for filler in filling:  # fill the queue of connections that nobody accepts
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    node = gateway({"name": "silent", "kind": "openai", "url": url, "models": ["m"]}, until_models=False)
    try:
        with Connection(node.api) as connection:
            connection.send_request("POST", "/v1/chat/completions", chat_body("m", "a", stream=stream))
            time.sleep(0.2)
        until(lambda: node.backend("silent")["in_flight"] == 0, 3)
        until(lambda: all(not s.get("busy") for s in node.sessions()), 3)
    finally:
        for filler in filling:
            filler.close()
        listener.close()
    assert node.get("/healthz").status == 200


def test_a_client_that_leaves_during_a_silent_stream_with_an_early_head(mock, gateway):
    backend = mock()
    node = gateway(backend, commit={"patience": "100ms"})
    backend.steer("hang")
    with node.stream() as stream:
        assert stream.head().status == 200
        took = leave(node, backend, stream.connection, "close")
    assert took <= LIMIT_MS * SLOWDOWN, f"{took:.0f} ms"


def test_leaving_is_499_and_no_failure_of_the_backend(mock, gateway):
    backend = mock(tokens=100_000, itl="20ms")
    node = gateway(backend)
    for _ in range(5):
        with node.stream() as stream:
            stream.until_content()
    until(lambda: node.metric("edgemesh_requests_total", status="499") == 5, 5)
    row = node.backend(backend.name)
    assert "closed" in str(row.get("breaker")), row
    assert node.chat(max_tokens=2).status == 200


def test_a_session_can_be_cancelled_by_the_operator(mock, gateway):
    backend = mock(tokens=100_000, itl="20ms")
    node = gateway(backend)
    with node.stream() as stream:
        stream.until_content()
        busy = until(lambda: [s for s in node.sessions() if s.get("model") == "m"], 3)
        assert node.ask(f"/admin/v1/sessions/{busy[0]['id']}", "DELETE").status in (200, 202, 204)
        until(lambda: backend.requests()[0]["state"] == "client_left", 3)
        transcript = stream.read_all()
    assert not transcript.done
    assert node.ask("/admin/v1/sessions/s-99-99", "DELETE").status == 404


def test_many_clients_leave_at_once(mock, gateway):
    backend = mock(tokens=100_000, itl="50ms")
    node = gateway(backend)
    streams = [node.stream() for _ in range(100)]
    for stream in streams:
        stream.until_content()
    for stream in streams:
        stream.close()
    until(lambda: all(r["state"] == "client_left" for r in backend.requests()), 5)
    until(lambda: node.backend(backend.name)["in_flight"] == 0, 3)
