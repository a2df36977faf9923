"""Local backends come and go: found by the clock, at a model miss, at recovery; each once; nodes never."""
import json
import socket
import threading
import time

import pytest

from support.gateway import Gateway
from support.mock_backend import MockBackend
from support.name_table import NameTable
from support.ports import SLOWDOWN, is_free
from support.python_backend import PythonBackend
from support.waiting import until

PORTS = (1337, 52415, 5001, 5000, 30000, 1234, 8774, 8775)  # of the well-known ones, those that are rarely taken


@pytest.fixture
def port():
    """A well-known port that is free in both families, for now."""
    free = [p for p in PORTS if is_free("127.0.0.1", p)]
    if not free:
        pytest.skip(f"all of {PORTS} are in use on this machine")
    return free[0]


@pytest.fixture
def at(started, tmp_path, port):
    """Makes a started mock on that port."""
    def make(kind="openai", **options):
        backend = MockBackend(tmp_path, kind, port=port, **options)
        started.append(backend)
        return backend.start()
    return make


@pytest.fixture
def seeker(gateway):
    """Makes a node that discovers."""
    def make(*backends, **options):
        return gateway(*backends, discovery={"local": True}, until_models=False, **options)
    return make


def on_port(node, port):
    return [row for row in node.backends() if row["url"].rsplit(":", 1)[-1].split("/")[0] == str(port)]


def found(node, port, seconds=5, **more):
    return until(lambda: [r for r in on_port(node, port) if r["health"] == "ready" and all(r[k] == v for k, v in more.items())],
                 seconds, 0.05, what=f"a backend on port {port}: {node.backends()}")[0]


def test_a_new_backend_is_found_by_the_clock(at, seeker, port):
    node = seeker()
    started = time.monotonic()
    time.sleep(0.5)  # the first scan is over
    at(models=["late-model"])
    row = found(node, port, 19)
    assert row["name"] == f"openai-{port}" and row["source"] == "discovered"
    assert time.monotonic() - started < 15 * 1.2 + 1
    until(lambda: node.chat("late-model").status == 200, 2)


def test_a_miss_finds_a_new_backend_within_its_request(at, seeker):
    node = seeker()
    time.sleep(2.5)  # searches are two seconds apart
    at(models=["late-model"])
    start = time.monotonic()
    reply = node.chat("late-model", max_tokens=1)
    assert reply.status == 200, reply
    assert time.monotonic() - start < 2 * SLOWDOWN


def test_many_misses_share_one_search(at, seeker, port):
    backend = at(models=["there"])
    node = seeker()
    found(node, port)
    time.sleep(2.5)
    before = len(backend.requests("/"))
    start = time.monotonic()
    replies = []
    threads = [threading.Thread(target=lambda: replies.append(node.chat("nowhere").status)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == [404] * 20
    assert time.monotonic() - start < 3 * SLOWDOWN
    assert len(backend.requests("/")) - before < 12, "one probe, not twenty"


def test_a_backend_that_vanishes_is_down_and_comes_back(at, seeker, port):
    backend = at(models=["m"])
    node = seeker()
    found(node, port)
    until(lambda: node.chat().status == 200, 3)
    backend.kill()
    assert node.chat().status in (502, 503)
    until(lambda: on_port(node, port)[0]["health"] == "down", 20, 0.1)
    assert len(on_port(node, port)) == 1, "it is not forgotten at once"
    backend.restart()
    found(node, port, 10)
    until(lambda: node.chat().status == 200, 3)


def test_another_kind_on_the_port_is_found_as_what_it_is(at, seeker, port):
    backend = at("llamacpp", models=["old"])
    node = seeker()
    found(node, port, kind="llamacpp")
    backend.kill()
    at("ollama", models=["new"])
    found(node, port, 40, kind="ollama")
    assert len(on_port(node, port)) == 1, node.backends()
    until(lambda: node.chat("new").status == 200, 3)


def test_recovery_is_a_reason_to_look(mock, at, seeker, port):
    """A machine that comes back brings more than one server."""
    known = mock(models=["a"])
    node = seeker(known)
    until(lambda: node.backend(known.name)["health"] == "ready", 5)
    known.kill()
    until(lambda: node.backend(known.name)["health"] == "down", 20, 0.1)
    time.sleep(2)
    at(models=["b"])
    known.restart()
    until(lambda: node.backend(known.name)["health"] == "ready", 8, 0.05)
    found(node, port, 3)


def test_a_port_is_first_connected_to_without_a_byte(seeker, port):
    """And one that stays silent is asked once a scan, not all the time."""
    seen = []
    with socket.create_server(("127.0.0.1", port)) as listener:
        def accept():
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                client.settimeout(5)
                row = []
                seen.append(row)
                threading.Thread(target=read, args=(client, row), daemon=True).start()

        def read(client, row):
            try:
                row.append(client.recv(4096))
            except OSError as error:
                row.append(error)
            client.close()
        threading.Thread(target=accept, daemon=True).start()
        node = seeker()
        until(lambda: len(seen) >= 2 and all(seen[:2]), 8)
        time.sleep(3)
        assert seen[0] == [b""], "a connection alone"
        assert seen[1][0].startswith(b"GET / HTTP/1.1\r\n")
        # `/` and what recognition asks after an empty answer, nothing beyond.
        assert len(seen) <= 3, seen
        assert on_port(node, port) == []


def test_a_backend_that_a_configured_name_leads_to_is_there_once(at, seeker, port, tmp_path):
    """The name is resolved after discovery has found the address."""
    at(models=["m"])
    names = NameTable(tmp_path, llm_test="hang")
    node = seeker({"name": "mine", "kind": "openai", "url": f"http://llm.test:{port}/v1"}, environment=names.environment)
    until(lambda: [r for r in on_port(node, port) if r["source"] == "discovered"], 5)
    names.set(llm_test="127.0.0.1")
    until(lambda: [(r["name"], r["health"]) for r in on_port(node, port)] == [("mine", "ready")], 15, 0.1,
          what=f"mine alone: {node.backends()}")
    until(lambda: node.chat().header("x-edgemesh-backend") == "mine", 3)


def test_a_stream_survives_that_its_backend_is_configured(at, seeker, port):
    at(models=["m"], tokens=60, itl="20ms")
    node = seeker()
    found(node, port)
    until(lambda: "m" in node.models(), 3)
    with node.stream() as stream:
        stream.until_content(5)
        node.write_config(backends=[{"name": "mine", "kind": "openai", "url": f"http://127.0.0.1:{port}/v1"}])
        assert node.ask("/admin/v1/reload", "POST").status == 200
        until(lambda: [r["name"] for r in on_port(node, port)] == ["mine"], 5)
        transcript = stream.read_all()
    assert transcript.is_clean and len(transcript.content.split()) == 60


def test_two_nodes_on_well_known_ports_do_not_discover_each_other(mock, started, tmp_path):
    free = [p for p in PORTS if is_free("127.0.0.1", p)]
    if len(free) < 4:
        pytest.skip(f"fewer than four of {PORTS} are free")
    backend = mock(models=["m"])
    nodes = []
    for i in range(2):
        node = Gateway(tmp_path, [backend], discovery={"local": True})
        node.api, node.admin = ("127.0.0.1", free[2 * i]), ("127.0.0.1", free[2 * i + 1])
        node.write_config(listen={"api": f"127.0.0.1:{node.api[1]}", "admin": f"127.0.0.1:{node.admin[1]}"})
        started.append(node)
        nodes.append(node.start())
    time.sleep(2.5)
    for node in nodes:
        assert node.chat("nowhere").status == 404  # looks again
        assert [row for p in free[:4] for row in on_port(node, p)] == [], node.backends()


@pytest.fixture
def other_node():
    """Something that says that it is an EdgeMesh node, and keeps what it is sent."""
    backend = PythonBackend(headers=[("x-edgemesh-node", "other")])
    yield backend
    backend.close()


@pytest.mark.parametrize("kind", ["openai", "auto"])
def test_a_configured_node_is_told_where_the_request_has_been(other_node, gateway, kind):
    path = "/v1" if kind == "openai" else ""
    node = gateway({"name": "b", "kind": kind, "url": f"http://127.0.0.1:{other_node.port}{path}"})
    assert node.chat().status == 200
    assert node.chat(headers=[("x-edgemesh-hops", "feedfeedfeedfeed")]).status == 200
    first, second = ([h["x-edgemesh-hops"] for m, _, h in other_node.seen if m == "POST"])
    assert len(first) == 16 and int(first, 16) >= 0
    assert second == f"feedfeedfeedfeed,{first}", "this node is added to those before it"
    assert node.chat(headers=[("x-edgemesh-hops", f"feedfeedfeedfeed, {first}")]).status == 508


def test_a_loop_is_508_and_opens_no_breaker(mock, gateway):
    inner = gateway(mock(models=["m"]))
    outer = gateway({"name": "inner", "kind": "openai", "url": f"http://127.0.0.1:{inner.api[1]}/v1"})
    assert outer.chat().status == 200
    inner.write_config(backends=[{"name": "outer", "kind": "openai", "url": f"http://127.0.0.1:{outer.api[1]}/v1"}])
    assert inner.ask("/admin/v1/reload", "POST").status == 200
    until(lambda: [r["health"] for r in inner.backends() if r["name"] == "outer"] == ["ready"], 5)
    until(lambda: [row["backends"] for row in inner.models_with_details()] == [["outer"]], 5)
    reply = outer.chat()
    assert reply.status == 508 and reply.error["code"] == "loop_detected", reply
    assert [r["breaker"] for r in outer.backends() + inner.backends()] == ["closed", "closed"]
    # Where there is another way, the loop is not the answer.
    spare = mock(models=["m"])
    inner.write_config(backends=[*inner.settings["backends"], spare.configured(priority=1)])
    inner.ask("/admin/v1/reload", "POST")
    until(lambda: inner.chat().status == 200, 5, 0.2)
    assert outer.chat().status == 200
    assert json.dumps(spare.requests()).count('"/v1/chat/completions"') == 2
