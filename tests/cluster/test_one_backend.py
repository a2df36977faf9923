"""Three nodes list one backend under one id: together they never send it more than its limit, and any of them may die."""
import threading
import time

import pytest

from support.counting_backend import CountingBackend
from support.http_client import Closed
from support.waiting import until

LIMIT = 6


@pytest.fixture
def shared(mesh):
    """Three nodes, each with its own connection to one backend that takes six requests at once."""
    backend = CountingBackend(hold=0.15)
    entry = backend.configured(id="llm", concurrency=LIMIT, data_class="internal")
    nodes = [mesh.found("a", backends=[entry])]
    nodes += [mesh.join(name, backends=[{**entry, "name": f"counted-{name}"}], invite=["--data-class", "confidential"]) for name in "bc"]
    mesh.until_whole()
    mesh.until_models(["m"])
    yield backend, nodes
    backend.kill()


class Load:
    """Thirty clients, spread over the nodes; each asks again at once, and elsewhere when its node is not there."""

    def __init__(self, nodes, clients=30):
        self.nodes, self.over = nodes, False
        self.outcomes = []
        self.threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(clients)]
        for t in self.threads:
            t.start()

    def _run(self, number):
        while not self.over:
            node = self.nodes[number % len(self.nodes)]
            try:
                reply = node.chat("m", timeout=20)
                status = reply.status if reply.status in (200, 503) else reply.error
            except (OSError, Closed):  # it died with the request inside
                status = None
                number += 1
            self.outcomes.append(status)
            if status != 200:
                time.sleep(0.05)

    def stop(self):
        self.over = True
        for t in self.threads:
            t.join(30)
        return self.outcomes


def test_the_limit_holds_over_all_nodes_while_two_of_three_die_and_return(shared, mesh):
    backend, (a, b, c) = shared
    load = Load([a, b, c])
    until(lambda: backend.most == LIMIT, 20, what="all places in use")
    time.sleep(1)
    for node in (b, c):
        node.kill()
    backend.forget()
    until(lambda: backend.now == LIMIT, 20, what=f"the places of the dead in use again, not {backend.now}")
    for node in (b, c):
        node.restart()
    mesh.until_whole()
    served = backend.served
    time.sleep(3)
    assert backend.served > served
    outcomes = load.stop()
    assert backend.most <= LIMIT, backend.most
    strange = [o for o in outcomes if o not in (200, 503, None)]
    assert not strange, strange[:5]


def test_one_node_uses_the_shares_of_all(shared):
    """Clients of one node alone get the whole limit: what its own share does not hold goes by the others."""
    backend, (a, b, c) = shared
    load = Load([a], clients=LIMIT)
    try:
        until(lambda: backend.now == LIMIT, 15, what="all places in use")
        backend.forget()
        load.outcomes.clear()
        time.sleep(2)
    finally:
        outcomes = load.stop()
    assert backend.most <= LIMIT
    assert outcomes.count(200) > 30 and set(outcomes) <= {200, 503}, outcomes


def test_the_share_of_a_node_that_drains_goes_to_the_others(shared):
    backend, (a, b, c) = shared
    load = Load([a])
    until(lambda: backend.now == LIMIT, 15, what="all places in use")
    for node in (b, c):
        node.stop()
    until(lambda: backend.now == LIMIT, 15, what="all places in use by one node")
    load.stop()
    assert backend.most <= LIMIT
