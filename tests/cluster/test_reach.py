"""Nodes that nobody can dial, relays, one-way firewalls, names and addresses that change, middleboxes that forget."""
import time

import pytest

from support.http_client import request
from support.mock_backend import said
from support.name_table import NameTable
from support.waiting import until


def reaches(node, model="m", seconds=20):
    until(lambda: model in node.models(), seconds, what=f"{node.name} offering {model}: {node.models()}")
    until(lambda: node.chat(model).status == 200, seconds, what=f"{node.name} reaching {model}")


@pytest.fixture
def laptop(mesh, mock):
    """`a`, which everybody can dial, has no backend; `b`, which nobody can dial, has one."""
    backend = mock(models=["m"], tokens=8, itl="2ms", name="gpu")
    a = mesh.found("a")
    b = mesh.join("b", backends=[backend.configured(data_class="confidential")], reach="none", invite=["--data-class", "confidential"])
    mesh.until_whole()
    reaches(a)
    return a, b, backend


def test_an_outbound_only_node_serves_through_what_it_lends(laptop):
    a, b, _ = laptop
    assert a.peers()["b"]["state"] == "alive"
    for _ in range(10):
        reply = a.chat("m")
        assert reply.status == 200, reply
        assert reply.header("x-edgemesh-backend") == "b/gpu"
        assert reply.header("x-edgemesh-hops") == "1"
    transcript = a.stream("m").read_all()
    assert transcript.is_clean and transcript.content == said(8)


def test_many_at_once_are_all_served(laptop):
    a, _, backend = laptop
    backend.steer(itl_ms=20, tokens=40)
    streams = [a.stream("m", timeout=60) for _ in range(40)]
    transcripts = [s.read_all() for s in streams]
    assert all(t.is_clean and t.content == said(40) for t in transcripts)


def test_a_client_that_leaves_stops_the_backend_across_the_lent_hop(laptop):
    a, _, backend = laptop
    backend.steer(itl_ms=50, tokens=400)
    stream = a.stream("m")
    stream.until_content(3)
    stream.close()
    left = time.monotonic()
    until(lambda: all(row["state"] != "running" for row in backend.requests()), 5, interval=0.005)
    assert time.monotonic() - left < 0.5


def test_an_outbound_only_node_is_asked_over_what_it_lends(laptop):
    a, b, _ = laptop
    drained = a.command("backends", "drain", "b/gpu")
    assert drained.returncode == 0, drained
    assert b.backend("gpu")["draining"] is True
    assert a.command("backends", "enable", "b/gpu").returncode == 0
    reaches(a)


def test_a_killed_outbound_only_node_is_avoided_and_welcome_again(laptop, mesh):
    a, b, _ = laptop
    b.kill()
    began = time.monotonic()
    refused = a.chat("m", timeout=30)
    assert refused.status in (404, 502, 503) and refused.error and time.monotonic() - began < 6
    b.restart()
    mesh.until_whole()
    reaches(a)


@pytest.fixture
def two_laptops(mesh, mock):
    """Two nodes that nobody can dial, and one that both can; the second one has the backend."""
    backend = mock(models=["m"], tokens=8, itl="2ms", name="gpu")
    relay = mesh.found("relay")
    entry = mesh.join("entry", reach="none", invite=["--data-class", "confidential"])
    owner = mesh.join("owner", backends=[backend.configured(data_class="confidential")], reach="none",
                      invite=["--data-class", "confidential"])
    mesh.until_whole()
    reaches(entry)
    return entry, relay, owner, backend


def test_two_outbound_only_nodes_use_a_relay(two_laptops):
    entry, relay, owner, backend = two_laptops
    reply = entry.chat("m")
    assert reply.status == 200, reply
    assert reply.header("x-edgemesh-hops") == "2"
    assert reply.header("x-edgemesh-node") == "entry"
    assert reply.header("x-edgemesh-backend") == "owner/gpu"
    transcript = entry.stream("m").read_all()
    assert transcript.is_clean and transcript.content == said(8)
    backend.steer(itl_ms=50, tokens=400)
    stream = entry.stream("m")
    stream.until_content(3)
    stream.close()
    left = time.monotonic()
    until(lambda: all(row["state"] != "running" for row in backend.requests()), 5, interval=0.005)
    assert time.monotonic() - left < 0.5


def test_a_second_relay_takes_over_from_one_that_is_killed(two_laptops, mesh):
    entry, relay, owner, _ = two_laptops
    other = mesh.join("other", invite=["--data-class", "confidential"])
    mesh.until_whole()
    until(lambda: {c["via"] for c in explain(entry)["candidates"]} == {"relay", "other"}, 20)
    relay.kill()
    for _ in range(10):
        assert entry.chat("m", timeout=30).status == 200
    mesh.nodes.remove(relay)
    mesh.until_whole()


def test_without_its_only_relay_a_node_says_so_and_comes_back(two_laptops, mesh):
    entry, relay, owner, _ = two_laptops
    relay.kill()
    refused = entry.chat("m", timeout=30)
    assert refused.status in (404, 502, 503, 504) and refused.error, refused
    relay.restart()
    mesh.until_whole(seconds=40)
    reaches(entry, seconds=40)


def explain(node, data_class=None):
    headers = [("x-edgemesh-data-class", data_class)] if data_class else []
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    return request(node.admin, "POST", "/admin/v1/explain", body, headers).json()


def test_a_relay_whose_class_is_too_low_is_refused(mesh, mock):
    backend = mock(models=["m"], tokens=2, name="gpu")
    founder = mesh.found("founder")
    relay = mesh.join("relay", via=founder, invite=["--data-class", "public", "--role", "full"])
    entry = mesh.join("entry", reach="none", invite=["--data-class", "confidential"])
    owner = mesh.join("owner", backends=[backend.configured(data_class="confidential")], reach="none",
                      invite=["--data-class", "confidential"])
    mesh.until_whole()
    for node in (entry, owner):  # who knows the founder alone is alone without it
        until(lambda node=node: node.peers()["relay"]["link"] == "direct", 20, what=f"{node.name} being linked to the relay")
    reaches(entry)
    founder.kill()  # from here on there is one relay alone
    mesh.nodes.remove(founder)
    until(lambda: entry.peers()["founder"]["state"] == "dead", 30)
    until(lambda: {c["via"] for c in explain(entry)["candidates"] if c["verdict"] == "eligible"} == {"relay"}, 20)
    assert entry.chat("m").status == 200
    refused = entry.chat("m", headers=[("x-edgemesh-data-class", "internal")])
    assert refused.status == 403 and refused.error["code"] == "data_class_denied"
    named = [c for c in explain(entry, "internal")["candidates"] if c["via"] == "relay"]
    assert named and all(c["refused_by"] == "relay_class" for c in named)
    assert backend.requests()[-1]["state"] != "running"


def test_a_wrong_address_is_refused_at_join_with_what_to_set(mesh):
    a = mesh.found("a")
    path = mesh.folder / "b.token"
    path.write_text(mesh.token(a))
    b = mesh._make("b", "", (), join=path, reach="127.0.0.1:9")
    b.process.start()
    assert b.process.wait(30) != 0
    assert "node.advertise" in b.log() and "127.0.0.1:9" in b.log()
    mesh.nodes.remove(b)
    # The token is not spent by that: the same node with the right address joins.
    b = mesh._make("b", "", (), join=path)
    b.start(until_models=False)
    mesh.until_whole()


def test_a_firewall_that_is_open_in_one_direction_alone(mesh, mock):
    """`a` can dial `b`, and `b` cannot dial `a`: all of a's ports look dead to it."""
    at_a, at_b = mock(models=["ma"], tokens=3, name="gpu"), mock(models=["mb"], tokens=3, name="gpu")
    a = mesh.found("a", backends=[at_a.configured(data_class="internal")], walled=True)
    b = mesh.join("b", backends=[at_b.configured(data_class="internal")], invite=["--data-class", "confidential"])
    mesh.until_whole()
    reaches(b, "ma")
    a.wall.refuse()
    a.wall.cut()
    b.restart()
    mesh.until_whole(seconds=30)
    reaches(a, "mb")
    reaches(b, "ma", seconds=40)
    for _ in range(5):
        assert b.chat("ma").header("x-edgemesh-hops") == "1"


def test_one_port_carries_links_requests_and_what_is_lent(mesh, mock):
    backend = mock(models=["m"], tokens=3, name="gpu")
    a = mesh.found("a", walled=True)
    b = mesh.join("b", walled=True)
    c = mesh.join("c", backends=[backend.configured(data_class="public")], reach="none")
    assert a.mesh == a.peer and b.mesh == b.peer
    mesh.until_whole()
    for node in (a, b):
        reaches(node)


def test_ipv6(mesh, mock):
    backend = mock(models=["m"], tokens=3, name="gpu")
    a = mesh.found("a", listen_host="::1")
    b = mesh.join("b", backends=[backend.configured(data_class="public")], listen_host="::1")
    mesh.until_whole()
    reaches(a)
    assert a.peers()["b"]["state"] == "alive"
    assert a.chat("m").header("x-edgemesh-hops") == "1"


def test_a_node_that_comes_back_at_another_address_is_found(mesh, mock):
    backend = mock(models=["m"], tokens=3, name="gpu")
    a = mesh.found("a")
    b = mesh.join("b", backends=[backend.configured(data_class="public")])
    mesh.until_whole()
    reaches(a)
    b.move()
    b.restart()
    mesh.until_whole(seconds=30)
    reaches(a, seconds=30)
    # And the other way round: nobody tells b where a is now, but a dials.
    a.move()
    a.restart()
    mesh.until_whole(seconds=30)
    reaches(a, seconds=30)


def test_a_name_is_looked_up_again_at_each_dial(mesh, mock, tmp_path):
    """The name of b leads nowhere any more; once it leads to b's new address, a finds it there."""
    backend = mock(models=["m"], tokens=3, name="gpu")
    first, second = next(mesh.spare_hosts), next(mesh.spare_hosts)
    names = NameTable(tmp_path, b_example_test=first)
    a = mesh.found("a", names=names)
    b = mesh.join("b", backends=[backend.configured(data_class="public")], host=first, reach_name="b.example.test", names=names)
    mesh.until_whole()
    reaches(a)
    b.kill()
    names.set(b_example_test=second)
    b.move(second)
    b.restart()
    mesh.until_whole(seconds=40)
    reaches(a, seconds=40)
    assert names.lookups("b.example.test") >= 2


def test_what_a_middlebox_forgets_comes_back(mesh, mock):
    """Everything that was open is forgotten at once, without a word to either end."""
    backend = mock(models=["m"], tokens=3, name="gpu")
    a = mesh.found("a", walled=True)
    b = mesh.join("b", backends=[backend.configured(data_class="public")], reach="none")
    mesh.until_whole()
    reaches(a)
    a.wall.forget()
    until(lambda: a.chat("m", timeout=10).status == 200, 60)
    mesh.until_whole(seconds=30)


def test_idle_connections_outlive_a_middlebox_that_forgets_after_20_seconds(mesh, mock):
    backend = mock(models=["m"], tokens=3, name="gpu")
    a = mesh.found("a", walled=True)
    b = mesh.join("b", backends=[backend.configured(data_class="public")], reach="none")
    mesh.until_whole()
    reaches(a)
    a.wall.forget_after(20)
    time.sleep(26)
    assert a.wall.forgotten == 0
    assert a.chat("m").status == 200
