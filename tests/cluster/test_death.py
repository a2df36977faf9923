"""Any node can die: only the requests inside it notice."""
import threading
import time

import pytest

from support.mock_backend import said
from support.waiting import until


@pytest.fixture
def trio(mesh, mock):
    """An entry without backends, and two nodes that have the same model."""
    one, two = (mock(models=["m"], tokens=10, itl="5ms") for _ in range(2))
    a = mesh.found("a")
    b = mesh.join("b", backends=[one.configured(data_class="internal")], invite=["--data-class", "confidential"])
    c = mesh.join("c", backends=[two.configured(data_class="internal")], invite=["--data-class", "confidential"])
    mesh.until_whole()
    until(lambda: len(next(r for r in a.models_with_details() if r["id"] == "m")["nodes"]) == 2, 10)
    return a, b, c


class Load(threading.Thread):
    """Streams through a node, one after another, until told to stop."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node, self.over, self.outcomes = node, False, []

    def run(self):
        while not self.over:
            try:
                transcript = self.node.stream("m", timeout=30).read_all()
            except Exception as error:  # the entry itself must not fail
                self.outcomes.append(f"lost: {error!r}")
                continue
            if transcript.is_clean and transcript.content == said(10):
                self.outcomes.append("whole")
            elif transcript.content and transcript.is_honest_failure:
                self.outcomes.append("told")
            else:
                self.outcomes.append(f"lost: {transcript}")


def test_killing_the_owner_under_load_loses_only_streams_inside_it(trio):
    a, b, c = trio
    loads = [Load(a) for _ in range(16)]
    for load in loads:
        load.start()
    time.sleep(1)
    b.kill()
    time.sleep(2)
    for load in loads:
        load.over = True
    for load in loads:
        load.join(40)
    outcomes = [o for load in loads for o in load.outcomes]
    assert not [o for o in outcomes if o.startswith("lost")], outcomes
    assert outcomes.count("told") <= 16
    assert outcomes.count("whole") > 100


def test_a_killed_node_is_dead_to_all_and_welcome_again(trio, mesh):
    a, b, c = trio
    b.kill()
    for node in (a, c):
        until(lambda node=node: node.peers()["b"]["state"] == "dead", 15)
    b.restart()
    mesh.until_whole()
    until(lambda: a.chat("b/" + b.settings["backends"][0]["name"] + "::m").status == 200, 10)


def test_a_frozen_node_costs_no_request(trio):
    import signal
    a, b, c = trio
    b.process.signal(signal.SIGSTOP)
    try:
        for _ in range(20):
            began = time.monotonic()
            assert a.chat("m", timeout=30).status == 200
            assert time.monotonic() - began < 5
    finally:
        b.process.signal(signal.SIGCONT)


def test_a_rolling_restart_fails_no_request(trio, mesh):
    a, b, c = trio
    loads = [Load(a) for _ in range(8)]
    for load in loads:
        load.start()
    for node in (b, c):
        node.stop()
        node.restart()
        mesh.until_whole()
        until(lambda: len(next(r for r in a.models_with_details() if r["id"] == "m")["nodes"]) == 2, 10)
    for load in loads:
        load.over = True
    for load in loads:
        load.join(40)
    outcomes = [o for load in loads for o in load.outcomes]
    assert set(outcomes) == {"whole"}, [o for o in outcomes if o != "whole"]
