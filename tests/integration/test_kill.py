"""Backends are killed at any moment under load: what had not received content is never lost."""
import random
import threading
import time

import pytest

from support.mock_backend import said
from support.waiting import until

REQUESTS = 200
TOKENS = 12


class Client(threading.Thread):
    """One request; `outcome` says how it ended."""

    def __init__(self, node, streaming):
        super().__init__(daemon=True)
        self.node, self.streaming, self.outcome = node, streaming, "unfinished"

    def run(self):
        try:
            self.outcome = self._streamed() if self.streaming else self._whole()
        except Exception as error:
            self.outcome = f"lost: {error!r}"

    def _whole(self):
        reply = self.node.chat(timeout=40)
        if reply.status != 200:
            return f"lost: {reply}"
        text = reply.json()["choices"][0]["message"]["content"]
        return "whole" if text == said(TOKENS) else f"wrong: {text!r}"

    def _streamed(self):
        transcript = self.node.stream(timeout=40).read_all()
        if transcript.is_clean:
            return "whole" if transcript.content == said(TOKENS) else f"wrong: {transcript.content!r}"
        if not transcript.content:
            return f"lost: {transcript}"
        if not transcript.is_honest_failure or not said(TOKENS).startswith(transcript.content):
            return f"dishonest: {transcript}"
        return "told"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killing_any_backend_at_any_moment_loses_nothing_without_content(mock, gateway, seed):
    chance = random.Random(seed)
    backends = [mock(tokens=TOKENS, ttft="30ms", itl="10ms") for _ in range(3)]
    node = gateway(*backends)
    clients = [Client(node, streaming=chance.random() < 0.5) for _ in range(REQUESTS)]
    for client in clients:
        client.start()
    time.sleep(chance.uniform(0.02, 0.4))
    victim = chance.choice(backends)
    victim.kill()
    for client in clients:
        client.join(60)
    outcomes = [client.outcome for client in clients]
    bad = [o for o in outcomes if o not in ("whole", "told")]
    assert not bad, f"{len(bad)} of {REQUESTS}: {bad[:5]}"
    assert outcomes.count("whole") >= REQUESTS / 3


def test_a_backend_that_dies_and_comes_back_again_and_again(mock, gateway):
    """Two of three backends are always there."""
    chance = random.Random(4)
    backends = [mock(tokens=TOKENS, ttft="10ms", itl="5ms") for _ in range(3)]
    node = gateway(*backends)
    clients = []
    for _ in range(4):
        wave = [Client(node, streaming=True) for _ in range(40)]
        for client in wave:
            client.start()
        victim = chance.choice(backends)
        time.sleep(chance.uniform(0.0, 0.2))
        victim.kill()
        for client in wave:
            client.join(60)
        clients += wave
        victim.restart()
        until(lambda: node.backend(victim.name)["health"] == "ready", 30, 0.1)
    bad = [c.outcome for c in clients if c.outcome not in ("whole", "told")]
    assert not bad, bad[:5]


def test_in_flight_counts_return_to_zero(mock, gateway):
    backends = [mock(tokens=TOKENS, itl="10ms") for _ in range(2)]
    node = gateway(*backends)
    clients = [Client(node, streaming=True) for _ in range(50)]
    for client in clients:
        client.start()
    time.sleep(0.1)
    backends[0].kill()
    for client in clients:
        client.join(60)
    until(lambda: all(row["in_flight"] == 0 for row in node.backends()), 5)
    until(lambda: node.metric("edgemesh_in_flight") == 0, 5)
