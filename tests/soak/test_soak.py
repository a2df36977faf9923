"""Mixed load with cancels and failing backends for a long time: memory stays flat, nothing is lost, nothing is left over."""
import os
import random
import threading
import time

from support.mock_backend import said
from support.ports import SLOWDOWN
from support.waiting import until

SECONDS = float(os.environ.get("EDGEMESH_SOAK_SECONDS", "1200"))
CLIENTS = 24
TOKENS = 20
SLOPE_MAX = 1.0  # MB per minute
# A backend that answers badly (not one that dies) costs retries, and those have a budget: a few are refused.
REFUSED_MAX = 0.01
REFUSALS = {429, 500, 502, 503}


class Refused(Exception):
    """An honest error status while a backend answers badly."""


def answered(reply):
    if reply.status in REFUSALS and reply.error:
        raise Refused()
    assert reply.status == 200, reply
    return reply


def resident_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def slope_per_minute(samples):
    """Least squares over (seconds, MB)."""
    count = len(samples)
    mean_t = sum(t for t, _ in samples) / count
    mean_m = sum(m for _, m in samples) / count
    spread = sum((t - mean_t) ** 2 for t, _ in samples)
    return 60 * sum((t - mean_t) * (m - mean_m) for t, m in samples) / spread


class Visitor(threading.Thread):
    """One client that does one thing after another until told to stop; keeps what should not have happened."""

    def __init__(self, node, seed, stop):
        super().__init__(daemon=True)
        self.node, self.chance, self.stop, self.mistakes, self.refused, self.done = node, random.Random(seed), stop, [], 0, 0

    def run(self):
        while not self.stop.is_set():
            act = self.chance.choice([self.whole, self.streamed, self.streamed, self.leaves, self.embeds, self.blunders, self.big])
            try:
                act()
            except Refused:
                self.refused += 1
            except Exception as error:
                self.mistakes.append(f"{act.__name__}: {error!r}")
            self.done += 1

    def whole(self):
        reply = answered(self.node.chat())
        assert reply.json()["choices"][0]["message"]["content"] == said(TOKENS), reply

    def streamed(self):
        transcript = self.node.stream().read_all()
        answered(transcript.reply)
        assert transcript.is_clean and transcript.content == said(TOKENS) or transcript.content and transcript.is_honest_failure, transcript

    def leaves(self):
        with self.node.stream() as stream:
            if self.chance.random() < 0.7:
                if stream.head().status != 200:
                    answered(stream.read_all().reply)  # an error is told with its body
                for _ in range(self.chance.randint(1, 15)):
                    stream.next_event()

    def embeds(self):
        answered(self.node.post("/v1/embeddings", {"model": "m", "input": ["a"] * 20}))

    def blunders(self):
        assert self.node.post("/v1/chat/completions", b'{"model":').status == 400
        assert self.node.chat(f"nobody-{self.chance.random()}").status == 404

    def big(self):
        answered(self.node.chat(content="x" * 300_000))


def test_soak(mock, gateway):
    backends = [mock("openai", tokens=TOKENS, itl="5ms", context=10_000_000),
                mock("ollama", models=["m"], tokens=TOKENS, itl="5ms", context=10_000_000),
                mock("vllm", tokens=TOKENS, itl="5ms", context=10_000_000)]
    node = gateway(*(b.configured(rename={"m": "m:latest"}) if b.kind == "ollama" else b for b in backends))
    stop = threading.Event()
    visitors = [Visitor(node, seed, stop) for seed in range(CLIENTS)]
    for visitor in visitors:
        visitor.start()
    start, samples, chance = time.monotonic(), [], random.Random(99)
    try:
        while (passed := time.monotonic() - start) < SECONDS:
            # At most one backend fails at a time.
            backends[0].steer(*([chance.choice(["error-500", "drop-before-first", "drop-mid-stream", "error-429"])]
                                if chance.random() < 0.3 else []))
            time.sleep(1)
            samples.append((passed, resident_mb(node.process.pid)))
    finally:
        stop.set()
    for visitor in visitors:
        visitor.join(60)
    mistakes = [m for v in visitors for m in v.mistakes]
    total, refused = sum(v.done for v in visitors), sum(v.refused for v in visitors)
    every_tenth = ", ".join(f"{mb:.0f}" for _, mb in samples[::max(1, len(samples) // 10)])
    print(f"{total} acts, {refused} refused, {len(mistakes)} mistakes; memory in MB over time: {every_tenth}")
    assert not mistakes, mistakes[:5]
    assert refused <= REFUSED_MAX * total
    until(lambda: all(row["in_flight"] == 0 for row in node.backends()), 10)
    until(lambda: not [s for s in node.sessions() if s.get("busy")], 10)
    # The first quarter fills caches and pools.
    settled = [s for s in samples if s[0] > SECONDS / 4]
    assert slope_per_minute(settled) <= SLOPE_MAX * max(1, SLOWDOWN), f"{slope_per_minute(settled):.2f} MB per minute"
