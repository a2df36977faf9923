"""A Cognis host: several llama-servers on fixed ports, of which some are stopped to start others."""
import itertools
import os

import pytest

from support.mock_backend import MockBackend
from support.ports import is_free
from support.waiting import until

SLOTS = (8771, 8772, 8773, 8774, 8775)
# Each test has a loopback address of its own, so that two runs on one machine do not meet.
_hosts = (f"127.7.{os.getpid() % 250 + 1}.{n}" for n in itertools.count(1))


@pytest.fixture
def host(started, tmp_path):
    """(address, start): start(port, model) runs the slot on that port."""
    address = next(_hosts)
    if not all(is_free(address, port) for port in SLOTS):
        pytest.skip(f"{address} is in use on this machine")

    def start(port, *models, **options):
        slot = MockBackend(tmp_path, "cognis", models=models, host=address, port=port, **options)
        started.append(slot)
        return slot.start()
    return address, start


def fleet(address, **more):
    return {"name": "fleet", "kind": "cognis", "url": f"http://{address}", **more}


def names_by_health(node, health):
    return {row["name"] for row in node.backends() if row["health"] == health}


def test_one_entry_finds_the_slots_that_run(host, gateway):
    address, start = host
    start(8771, "reasoning", tokens=3)
    start(8773, "coding", tokens=3)
    node = gateway(fleet(address), until_models=False)
    until(lambda: len(node.models()) == 2, 10)
    assert names_by_health(node, "ready") == {"fleet-8771", "fleet-8773"}
    assert len(node.backends()) == len(SLOTS)
    for model in node.models():
        assert node.stream(model).read_all().is_clean


def test_a_slot_that_starts_later_is_found(host, gateway):
    address, start = host
    start(8771, "reasoning")
    node = gateway(fleet(address), until_models=False)
    until(lambda: len(node.models()) == 1, 10)
    start(8775, "vision")
    until(lambda: len(node.models()) == 2, 25, 0.2)


def test_slots_that_evict_each_other_are_followed(host, gateway):
    """One is stopped to start the other: its port refuses, then answers again. The rest serve all the time."""
    address, start = host
    steady = start(8772, "math", tokens=3)
    evicted = start(8771, "reasoning", tokens=3)
    node = gateway(fleet(address), until_models=False)
    until(lambda: len(node.models()) == 2, 10)
    math, reasoning = (next(m for m in node.models() if word in m) for word in ("math", "reasoning"))
    evicted.kill()
    start(8774, "uncensored", tokens=3)
    reply = node.chat(reasoning)
    assert reply.status in (502, 503) and reply.error
    until(lambda: any("uncensored" in m for m in node.models()), 25, 0.2)
    assert node.chat(math).status == 200
    until(lambda: "fleet-8771" in names_by_health(node, "down"), 10)
    evicted.restart()
    until(lambda: node.chat(reasoning).status == 200, 20, 0.2)
    assert steady.process.running


def test_an_open_port_that_still_loads_is_not_ready(host, gateway):
    """Cognis takes an accepted connection for readiness; /health tells better."""
    address, start = host
    start(8771, "reasoning", faults=["loading"])
    ready = start(8772, "math")
    node = gateway(fleet(address), until_models=False)
    until(lambda: names_by_health(node, "ready") == {"fleet-8772"}, 10)
    until(lambda: names_by_health(node, "warming") == {"fleet-8771"}, 10)
    assert ready.process.running


def test_case_53_its_clients_name_no_model(host, gateway):
    address, start = host
    start(8771, "reasoning", tokens=3)
    node = gateway(fleet(address), until_models=False)
    until(lambda: node.models(), 10)
    reply = node.post("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hello!"}], "temperature": 0.2, "max_tokens": 2})
    assert reply.status == 200, reply
    assert reply.json()["model"] == node.models()[0]
