"""Any node can die: only the requests inside it notice."""
import signal
import statistics
import time

import pytest

from support.gateway import chat_body
from support.load import Loads
from support.waiting import until


@pytest.fixture
def trio(mesh, mock):
    """An entry without backends, and two nodes that have the same model."""
    one, two = (mock(models=["m"], tokens=10, itl="5ms") for _ in range(2))
    a = mesh.found("a")
    b = mesh.join("b", backends=[one.configured(data_class="internal")], invite=["--data-class", "confidential"])
    c = mesh.join("c", backends=[two.configured(data_class="internal")], invite=["--data-class", "confidential"])
    mesh.until_whole()
    until(lambda: len(a.serving("m")) == 2, 10)
    return a, b, c


def test_killing_the_owner_under_load_loses_only_streams_inside_it(trio):
    a, b, c = trio
    with Loads(16, a) as loads:
        time.sleep(1)
        b.kill()
        time.sleep(2)
    assert not loads.lost, loads.lost
    assert loads.outcomes.count("told") <= 16
    assert loads.outcomes.count("whole") > 100


def test_the_return_of_a_killed_node_disturbs_nobody(trio, mesh):
    a, b, c = trio
    b.kill()
    until(lambda: a.peers()["b"]["state"] == "dead", 15)
    with Loads(8, a) as loads:
        b.restart()
        mesh.until_whole()
        until(lambda: is_eligible(a, "b"), 10)
        time.sleep(1)
    assert set(loads.outcomes) == {"whole"}, loads.lost


def test_a_killed_node_is_dead_to_all_and_welcome_again(trio, mesh):
    a, b, c = trio
    b.kill()
    for node in (a, c):
        until(lambda node=node: node.peers()["b"]["state"] == "dead", 15)
    b.restart()
    mesh.until_whole()
    until(lambda: a.chat("b/" + b.settings["backends"][0]["name"] + "::m").status == 200, 10)


def test_a_frozen_node_costs_no_request(trio):
    a, b, c = trio
    b.process.signal(signal.SIGSTOP)
    try:
        for _ in range(20):
            began = time.monotonic()
            assert a.chat("m", timeout=30).status == 200
            assert time.monotonic() - began < 5
    finally:
        b.process.signal(signal.SIGCONT)


def refusal_of(entry, node):
    """By what the entry would refuse the node's backends now; "" when it would not, None when it knows of none."""
    rows = entry.ask("/admin/v1/explain", "POST", chat_body("m", "Hello!")).json()["candidates"]
    of_node = [row["refused_by"] or "" for row in rows if row.get("node") == node]
    return of_node[0] if of_node else None


def is_avoided(entry, node):
    return refusal_of(entry, node) in ("unreachable", None)


def is_eligible(entry, node):
    return refusal_of(entry, node) in ("", "distance", "priority")


def measured(entry, node, strike, recover, times):
    """The seconds from each strike until the entry avoids the node."""
    took = []
    for _ in range(times):
        until(lambda: is_eligible(entry, node), 20, what=f"{node} being a candidate, not {refusal_of(entry, node)}")
        time.sleep(0.3)
        began = time.monotonic()
        strike()
        until(lambda: is_avoided(entry, node), 15, interval=0.002)
        took.append(time.monotonic() - began)
        recover()
    print(f"avoided after {sorted(round(1000 * t) for t in took)} ms")
    return took


def test_a_crash_is_avoided_within_a_quarter_second(trio):
    a, b, c = trio
    took = measured(a, "b", b.kill, b.restart, 5)
    assert statistics.median(took) < 0.25, took


def test_a_frozen_node_with_traffic_is_avoided_within_a_second(trio):
    a, b, c = trio
    with Loads(6, a) as loads:
        took = measured(a, "b", lambda: b.process.signal(signal.SIGSTOP), lambda: b.process.signal(signal.SIGCONT), 6)
        until(lambda: is_eligible(a, "b"), 20)
    assert statistics.median(took) < 1, took
    assert not loads.lost, loads.lost


def test_a_black_hole_with_traffic_is_avoided_within_a_second(mesh, mock):
    """The path swallows bytes, and nobody closes anything."""
    near, far = mock(models=["m"], tokens=10, itl="5ms"), mock(models=["m"], tokens=10, itl="5ms")
    a = mesh.found("a", backends=[near.configured(data_class="internal", priority=1)], walled=True)
    b = mesh.join("b", backends=[far.configured(data_class="internal")], walled=True, invite=["--data-class", "confidential"])
    mesh.until_whole()

    def block():
        for node in (a, b):
            node.wall.block()

    def unblock():
        for node in (a, b):
            node.wall.open()

    with Loads(6, a) as loads:
        took = measured(a, "b", block, unblock, 5)
        until(lambda: is_eligible(a, "b"), 20)
    assert statistics.median(took) < 1, took
    assert not loads.lost, loads.lost


def test_a_node_that_nobody_asks_for_anything_is_sent_no_beats(trio):
    """Freezing it goes unnoticed until membership looks."""
    a, b, c = trio
    time.sleep(3)
    b.process.signal(signal.SIGSTOP)
    try:
        until(lambda: a.peers()["b"]["state"] in ("suspect", "dead"), 15)
    finally:
        b.process.signal(signal.SIGCONT)
    assert "peer_is_silent" not in a.log()


def test_a_rolling_restart_of_five_fails_no_request(mesh, mock):
    nodes = [mesh.found("a", backends=[mock(models=["m"], tokens=10, itl="5ms").configured(data_class="internal")])]
    for name in "bcde":
        backend = mock(models=["m"], tokens=10, itl="5ms")
        nodes.append(mesh.join(name, backends=[backend.configured(data_class="internal")], invite=["--data-class", "confidential"]))
    mesh.until_whole()
    mesh.until_serving("m", "abcde")
    with Loads(10, *nodes) as loads:
        for node in nodes:
            assert node.stop() == 0
            node.restart()
            mesh.until_whole()
            mesh.until_serving("m", "abcde")
    assert set(loads.outcomes) == {"whole"}, loads.lost
    assert len(loads.outcomes) > 100
