"""Clients that are slow, idle, half-open or do not read: each costs bounded time and memory, and nobody else notices."""
import time

import pytest

from support.gateway import chat_body
from support.http_client import Closed, Connection, request_bytes
from support.mock_backend import said
from support.ports import SLOWDOWN
from support.waiting import until


def test_a_head_that_never_ends_is_given_up(mock, gateway):
    node = gateway(mock(), timeouts={"head": "300ms"})
    with Connection(node.api) as connection:
        connection.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-A")
        start = time.monotonic()
        try:
            assert connection.read_reply().status == 408
        except Closed:
            pass
        assert 0.2 < time.monotonic() - start < 3 * SLOWDOWN
    assert node.chat().status == 200


def test_a_dripping_head_is_given_up_too(mock, gateway):
    """Each byte comes in time, the head does not."""
    node = gateway(mock(), timeouts={"head": "400ms"})
    with Connection(node.api) as connection:
        start = time.monotonic()
        with pytest.raises((OSError, Closed)):
            for byte in b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 200:
                connection.send(bytes([byte]))
                time.sleep(0.05)
            connection.read_reply()
        assert time.monotonic() - start < 5 * SLOWDOWN


def test_a_body_that_stops_is_given_up(mock, gateway):
    backend = mock()
    node = gateway(backend, timeouts={"idle": "400ms", "head": "400ms", "total": "5s"})
    with Connection(node.api) as connection:
        connection.send(request_bytes(node.api, "POST", "/v1/chat/completions", chat_body("m", "a"))[:-10])
        try:
            assert connection.read_reply().status in (400, 408)
        except Closed:
            pass
    assert backend.requests() == []


def test_an_idle_connection_is_closed(mock, gateway):
    node = gateway(mock(), timeouts={"keep_alive": "300ms"})
    with Connection(node.api) as connection:
        assert connection.exchange("GET", "/healthz").status == 200
        assert connection.is_closed_by_peer(3)


def test_idle_connections_do_not_keep_others_out(mock, gateway):
    node = gateway(mock())
    idle = [Connection(node.api) for _ in range(300)]
    try:
        assert node.chat().status == 200
    finally:
        for connection in idle:
            connection.close()


def test_connections_beyond_the_limit_are_refused(mock, gateway):
    node = gateway(mock(), limits={"connections": 20})
    held = []
    try:
        for _ in range(40):
            held.append(Connection(node.api, timeout=3))
        outcomes = []
        for connection in held:
            try:
                outcomes.append(connection.exchange("GET", "/healthz").status)
            except (OSError, Closed):
                outcomes.append("closed")
        assert outcomes.count(200) <= 20
        assert set(outcomes) <= {200, 503, "closed"}
    finally:
        for connection in held:
            connection.close()
    until(lambda: node.get("/healthz").status == 200, 5)


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_a_reader_that_does_not_read_pauses_the_backend(mock, gateway):
    """A backend that sends as fast as it can, a client that takes nothing: memory stays bounded, the upstream waits."""
    backend = mock(tokens=3_000_000)
    node = gateway(backend)
    before = resident_kib(node.process.pid)
    with node.stream(receive_buffer=4096, timeout=60) as stream:
        stream.until_content()
        until(lambda: _stands_still(backend), 30, 0.3, "the backend being paused")
        assert backend.requests()[0]["tokens_sent"] < 1_000_000
        assert resident_kib(node.process.pid) - before < 16_000 * max(1, SLOWDOWN / 2)
        assert node.chat(max_tokens=2).status == 200, "others are served meanwhile"
    until(lambda: backend.requests()[0]["state"] == "client_left", 5)


def _stands_still(backend):
    first = backend.requests()[0]["tokens_sent"]
    time.sleep(0.3)
    return backend.requests()[0]["tokens_sent"] == first > 0


def test_a_slow_reader_gets_everything(mock, gateway):
    count = 20_000
    node = gateway(mock(tokens=count))
    with node.stream(receive_buffer=4096, timeout=120) as stream:
        for _ in range(50):
            stream.next_event()
            time.sleep(0.002)
        transcript = stream.read_all()
    assert transcript.is_clean
    assert transcript.content == said(count)


def test_a_client_that_half_closes_counts_as_gone(mock, gateway):
    backend = mock(tokens=1000, itl="20ms")
    node = gateway(backend)
    with node.stream() as stream:
        stream.until_content()
        stream.connection.half_close()
        until(lambda: backend.requests()[0]["state"] == "client_left", 3)
