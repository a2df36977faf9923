"""SIGTERM: no new work at once, streams finish within the drain time, a second signal ends at once."""
import signal
import time

from support.http_client import Connection, request
from support.mock_backend import said
from support.ports import SLOWDOWN
from support.waiting import until


def test_readiness_falls_at_once_and_a_stream_finishes(mock, gateway):
    backend = mock(tokens=40, itl="40ms")
    node = gateway(backend)
    watching = Connection(node.api)
    assert watching.exchange("GET", "/readyz").status == 200
    with node.stream() as stream:
        stream.until_content()
        node.terminate()
        # "At once" is as fast as a signal travels.
        reply = until(lambda: (r := watching.exchange("GET", "/readyz")).status != 200 and r, 0.2, 0.005)
        assert reply.status == 503 and reply.error
        assert 1 <= int(reply.header("retry-after")) <= 60
        assert node.process.running
        transcript = stream.read_all()
    assert transcript.is_clean and transcript.content == said(40)
    watching.close()
    assert node.process.wait(5) == 0


def test_new_work_is_refused_while_draining(mock, gateway):
    node = gateway(mock(tokens=100, itl="30ms"))
    with Connection(node.api) as idle, node.stream() as stream:
        idle.exchange("GET", "/healthz")
        stream.until_content()
        node.terminate()
        until(lambda: refuses(node), 3)
        stream.read_all()
    assert node.process.wait(5) == 0


def refuses(node):
    try:
        return request(node.api, "GET", "/readyz").status == 503
    except OSError:
        return True
    except Exception:
        return True


def test_the_drain_has_an_end(mock, gateway):
    backend = mock(tokens=100_000, itl="50ms")
    node = gateway(backend, drain_timeout="1s")
    with node.stream() as stream:
        stream.until_content()
        node.terminate()
        start = time.monotonic()
        transcript = stream.read_all()
        took = time.monotonic() - start
    assert 0.8 < took < 3 * SLOWDOWN
    assert not transcript.done, "a cut stream is not made to look whole"
    assert node.process.wait(5) == 0
    until(lambda: backend.requests()[0]["state"] == "client_left", 3)


def test_a_second_signal_ends_at_once(mock, gateway):
    node = gateway(mock(tokens=100_000, itl="50ms"))
    with node.stream() as stream:
        stream.until_content()
        node.terminate()
        until(lambda: refuses(node), 3)
        assert node.process.running
        start = time.monotonic()
        node.terminate()
        node.process.wait(5)
        assert time.monotonic() - start < 1 * SLOWDOWN


def test_an_idle_node_ends_at_once(mock, gateway):
    node = gateway(mock())
    idle = Connection(node.api)
    idle.exchange("GET", "/healthz")
    start = time.monotonic()
    node.terminate()
    assert node.process.wait(5) == 0
    assert time.monotonic() - start < 2 * SLOWDOWN
    idle.close()


def test_interrupt_works_like_terminate(mock, gateway):
    node = gateway(mock())
    node.process.signal(signal.SIGINT)
    assert node.process.wait(5) == 0
