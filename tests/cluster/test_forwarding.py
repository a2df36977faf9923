"""Any node serves any request: from its own backend or through the peer that has one."""
import time

import pytest

from support.mock_backend import said
from support.waiting import until


@pytest.fixture
def pair(mesh, mock):
    """A node without backends and one with a backend that nobody else can name."""
    backend = mock(models=["m"], tokens=8, itl="2ms", name="gpu")
    a = mesh.found("a", site="fra")
    b = mesh.join("b", site="par", backends=[backend.configured(data_class="confidential")],
                  invite=["--data-class", "confidential"])
    mesh.until_whole()
    mesh.until_models(["m"])
    return a, b, backend


def test_a_whole_answer_comes_through_the_peer(pair):
    a, b, backend = pair
    reply = a.chat("m")
    assert reply.status == 200, reply
    assert reply.json()["choices"][0]["message"]["content"] == said(8)
    assert reply.header("x-edgemesh-node") == "a"
    assert reply.header("x-edgemesh-backend") == "b/gpu"
    assert reply.header("x-edgemesh-hops") == "1"
    assert len(backend.requests()) == 1


def test_a_stream_comes_through_the_peer(pair):
    a, b, _ = pair
    transcript = a.stream("m").read_all()
    assert transcript.is_clean and transcript.content == said(8)


def test_a_client_that_leaves_stops_the_backend_across_the_hop(pair):
    a, b, backend = pair
    backend.steer(itl_ms=50, tokens=400)
    stream = a.stream("m")
    stream.until_content(3)
    stream.close()
    left = time.monotonic()
    until(lambda: all(row["state"] != "running" for row in backend.requests()), 5, interval=0.005)
    assert time.monotonic() - left < 0.5


def test_a_class_that_the_backend_may_not_see_is_refused(mesh, mock):
    backend = mock(models=["m"])
    a = mesh.found("a")
    mesh.join("b", backends=[backend.configured(data_class="internal")], invite=["--data-class", "confidential"])
    mesh.until_whole()
    mesh.until_models(["m"])
    assert a.chat("m", headers=[("x-edgemesh-data-class", "internal")]).status == 200
    refused = a.chat("m", headers=[("x-edgemesh-data-class", "confidential")])
    assert refused.status == 403 and refused.error["code"] == "data_class_denied"
    assert len(backend.requests()) == 1


def test_models_show_who_serves_them(pair):
    a, b, _ = pair
    row = next(r for r in a.models_with_details() if r["id"] == "m")
    assert row["nodes"] == ["b"]


def test_a_full_name_pins_the_backend_of_a_node(pair):
    a, b, _ = pair
    assert a.chat("b/gpu::m").status == 200
    assert a.chat("a/gpu::m").status == 404
