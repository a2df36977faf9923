"""`script/server --demo-mesh`: what a visitor sees first."""
import os
import re
import signal

import pytest

from support.gateway import chat_body
from support.http_client import request
from support.paths import BINARY, ROOT
from support.ports import is_free
from support.process import Process
from support.sse import Stream
from support.waiting import until


def free_block(count=32):
    return next(p for p in range(20000, 32000, count) if all(is_free("127.0.0.1", p + i) for i in range(count)))


@pytest.fixture
def demo(tmp_path, started):
    port = free_block()
    process = Process("demo", ["/usr/bin/env", "bash", ROOT / "script" / "server", "--demo-mesh"], tmp_path,
                      {"EDGEMESH_BIN": str(BINARY), "EDGEMESH_DEMO_PORT": str(port), "EDGEMESH_DEMO_FOLDER": str(tmp_path / "demo")})
    process.process = process
    started.append(process)
    process.start()
    process.wait_for_output("demo-mesh: ready", 60)
    yield process, port
    process.stop()


def pids(process):
    return {name: int(pid) for name, pid in re.findall(r"^  (\w+) +http.* pid (\d+)", process.log(), re.M)}


def alive(pid):
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False


def test_the_demo_streams_from_a_near_node_and_from_the_other_one_when_that_is_killed(demo):
    process, port = demo
    laptop = ("127.0.0.1", port + 20)
    stream = Stream(laptop, "/v1/chat/completions", chat_body("demo", "Hello!", stream=True), (), 30)
    transcript = stream.read_all()
    assert transcript.is_clean and transcript.content
    nodes = pids(process)
    assert set(nodes) == {"fra", "ber", "laptop"}

    def served_by():
        reply = request(laptop, "POST", "/v1/chat/completions", chat_body("demo", "Hello!"), timeout=30)
        assert reply.status == 200, reply
        assert reply.header("x-edgemesh-hops") == "1" and reply.header("x-edgemesh-node") == "laptop"
        return reply.header("x-edgemesh-backend").split("/")[0]
    nearest = served_by()
    os.kill(nodes[nearest], signal.SIGKILL)
    other = served_by()
    assert {nearest, other} == {"fra", "ber"}

    process.signal(signal.SIGINT)
    assert process.wait(30) == 0
    until(lambda: not any(alive(pid) for pid in nodes.values()), 10, what="all of it ended")
    until(lambda: all(is_free("127.0.0.1", port + offset) for offset in (0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31)), 10)


def test_the_demo_refuses_to_share_a_port_and_leaves_nothing_behind(demo, tmp_path):
    _, port = demo
    second = Process("second", ["/usr/bin/env", "bash", ROOT / "script" / "server", "--demo-mesh"], tmp_path,
                     {"EDGEMESH_BIN": str(BINARY), "EDGEMESH_DEMO_PORT": str(port), "EDGEMESH_DEMO_FOLDER": str(tmp_path / "second")})
    second.start()
    try:
        assert second.wait(60) != 0
        assert "demo-mesh:" in second.log()
    finally:
        second.kill()
    assert request(("127.0.0.1", port), "GET", "/readyz").status == 200
