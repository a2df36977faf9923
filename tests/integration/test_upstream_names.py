"""Names of backends: all their addresses are tried, they are looked up again, and a lookup that hangs is nobody else's
trouble. IPv4 and IPv6, literals in brackets."""
import json
import socket
import time

import pytest

from support.gateway import Gateway, run
from support.mock_backend import MockBackend
from support.name_table import NameTable
from support.ports import SLOWDOWN, free_port, is_free
from support.waiting import until


def has_ipv6():
    try:
        return is_free("::1", 0)
    except OSError:
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")


@pytest.fixture
def names(tmp_path):
    return NameTable(tmp_path)


def entry(port, host="llm.test", **more):
    return {"name": "b", "kind": "openai", "url": f"http://{host}:{port}/v1", **more}


@pytest.mark.parametrize("dead", ["127.0.0.9", pytest.param("::1", marks=needs_ipv6)])
def test_a_dead_first_address_is_passed_over(mock, gateway, names, dead):
    backend = mock()
    names.set(llm_test=f"{dead} 127.0.0.1")
    node = gateway(entry(backend.port), environment=names.environment)
    for _ in range(5):
        assert node.chat().status == 200
    row = json.loads(run("doctor", "--config", node.config_path, "--json", environment=names.environment).stdout)["backends"][0]
    assert row["health"] == "ready", row


def test_a_first_address_that_swallows_everything_costs_its_time_once(mock, gateway, names):
    """The second address answers, and is tried first from then on."""
    backend = mock()
    with socket.create_server(("127.0.0.9", backend.port), backlog=0) as full:
        filling = [socket.socket() for _ in range(8)]
        for one in filling:  # its queue of connections is full: the next one gets no answer
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        names.set(llm_test="127.0.0.9 127.0.0.1")
        node = gateway(entry(backend.port), environment=names.environment, timeouts={"connect": "500ms"})
        for _ in range(3):
            backend.restart()  # no connection is left to be used again
            until(lambda: node.backend("b")["health"] == "ready" and node.chat().status == 200, 10, 0.1)
            backend.forget()
        start = time.monotonic()
        assert node.chat().status == 200
        assert time.monotonic() - start < 0.5 * SLOWDOWN
        for one in filling:
            one.close()


def test_a_name_that_moves_is_followed_when_the_connection_fails(mock, gateway, names):
    old = mock(host="127.0.0.2")
    names.set(llm_test="127.0.0.2")
    node = gateway(entry(old.port), environment=names.environment)
    assert node.chat().status == 200
    new = mock(host="127.0.0.3", port=old.port)
    names.set(llm_test="127.0.0.3")
    old.kill()
    until(lambda: node.chat().status == 200, 10, 0.2)
    assert new.requests()


def test_a_name_that_appears_later_is_found(mock, gateway, names):
    backend = mock()
    node = gateway(entry(backend.port, models=["m"]), environment=names.environment, until_models=False)
    row = until(lambda: (r := node.backend("b"))["health"] == "down" and r, 10)
    assert row["detail"].startswith("the name is not known"), row
    assert node.chat().status in (502, 503)
    names.set(llm_test="127.0.0.1")
    until(lambda: node.chat().status == 200, 10, 0.2)


def test_a_lookup_that_hangs_stalls_no_other_backend(mock, gateway, names):
    names.set(slow_test="hang", quick_test="127.0.0.1")
    backend = mock(models=["m"])
    lost = [{"name": f"lost-{i}", "kind": "openai", "url": f"http://slow.test:{9 + i}/v1", "models": ["m"]} for i in range(4)]
    node = gateway(*lost, entry(backend.port, "quick.test"), environment=names.environment, until_models=False)
    until(lambda: any("b" in row["backends"] for row in node.models_with_details()), 3)
    for _ in range(20):
        start = time.monotonic()
        assert node.chat(max_tokens=1).header("x-edgemesh-backend") == "b"
        assert time.monotonic() - start < 1 * SLOWDOWN
    # Its own probe, asked for by an operator, is not stalled either; the others say what they wait for.
    assert node.ask("/admin/v1/backends/b/probe", "POST").status == 200
    until(lambda: "name server" in node.backend("lost-0")["detail"], 10, 0.1, what=node.backend("lost-0"))
    assert names.lookups("slow.test") == 4, "one lookup at a time for each"
    names.set(slow_test="127.0.0.1")  # the name server is back
    until(lambda: node.backend("lost-0")["detail"] == "connection refused", 15, 0.2, what=node.backend("lost-0"))


def test_a_node_ends_while_a_lookup_hangs(gateway, names):
    names.set(slow_test="hang")
    node = gateway(entry(9, "slow.test"), environment=names.environment, until_models=False)
    until(lambda: names.lookups("slow.test") == 1, 5)
    node.terminate()
    assert node.process.wait(5) == 0


def test_a_name_is_looked_up_again_every_thirty_seconds(mock, gateway, names):
    """While all is well: the old address goes on serving, the new one is taken nevertheless."""
    old = mock(host="127.0.0.2")
    new = mock(host="127.0.0.3", port=old.port)
    names.set(llm_test="127.0.0.2")
    node = gateway(entry(old.port), environment=names.environment)
    asked = names.lookups("llm.test")
    assert asked == 1
    started = time.monotonic()
    names.set(llm_test="127.0.0.3")
    until(lambda: names.lookups("llm.test") > asked, 35, 0.2)
    assert 25 < time.monotonic() - started
    until(lambda: node.chat(max_tokens=1).status == 200 and new.requests(), 5, 0.2)
    before = len(old.requests())
    for _ in range(5):
        node.chat(max_tokens=1)
    assert len(old.requests()) == before


@needs_ipv6
def test_ipv6_literals_in_brackets(started, tmp_path, gateway):
    backend = MockBackend(tmp_path, "openai", port=free_port("::1"))
    backend.process.arguments[backend.process.arguments.index("--listen") + 1] = f"[::1]:{backend.port}"
    backend.host = "::1"
    started.append(backend)
    backend.start()
    node = gateway({"name": "b", "kind": "openai", "url": f"http://[::1]:{backend.port}/v1"}, host="::1")
    reply = node.chat()
    assert reply.status == 200
    assert node.stream().read_all().is_clean
    assert backend.requests()[-1]["headers"]["host"] == f"[::1]:{backend.port}"
    shown = run("backends", "list", "--admin", f"[::1]:{node.admin[1]}")
    assert shown.returncode == 0 and "b" in shown.stdout, shown
    doctor = json.loads(run("doctor", "--config", node.config_path, "--json").stdout)
    assert doctor["backends"][0]["health"] == "ready", doctor


@needs_ipv6
def test_ipv6_on_the_command_line(started, tmp_path, mock):
    backend = mock()
    node = Gateway(tmp_path, configured=False, host="::1")
    node.process.arguments += ["--api", f"[::1]:{node.api[1]}", "--admin", f"[::1]:{node.admin[1]}", "--data-dir",
                               str(tmp_path / "data"), "--backend", f"openai={backend.url}"]
    started.append(node)
    node.start(until_models=False)
    until(lambda: "m" in node.models(), 10)
    assert node.chat().status == 200


@needs_ipv6
def test_a_backend_of_both_families_serves_on_whichever_is_left(mock, gateway, names, started, tmp_path):
    four = mock()
    if not is_free("::1", four.port):
        pytest.skip(f"port {four.port} of ::1 is in use")
    six = MockBackend(tmp_path, "openai", port=four.port, name="six")
    six.process.arguments[six.process.arguments.index("--listen") + 1] = f"[::1]:{four.port}"
    six.host = "::1"
    started.append(six)
    six.start()
    names.set(llm_test="::1 127.0.0.1")
    node = gateway(entry(four.port), environment=names.environment)
    assert node.chat().status == 200 and len(six.requests()) == 1
    six.kill()
    assert node.chat().status == 200
    assert len(four.requests()) == 1
