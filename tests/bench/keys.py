"""What authentication, limits, a reserved budget and recorded usage cost: the same requests to a node without keys, to one with keys, and to one with
100,000 keys in its store. Started by script/bench --keys. The node has one thread and CPU 0 (its ledger's thread too); backend and load generator
share CPU 1. Prints a table, with --json the numbers.
"""
import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from compare import LOAD_CPU, PROGRAMS, PROXY_CPU, TICK, load, pinned
from support.gateway import Gateway
from support.http_client import request
from support.keyed_gateway import KeyedGateway
from support.paths import BINARY
from support.ports import free_port
from support.waiting import until

RATE, SECONDS, CONNECTIONS = 2000, 5, 16
INTERVAL_MS, EVENTS = 20, 20  # of streams, which are not asked for here
MANY = 100_000


def cpu_seconds(node):
    fields = Path(f"/proc/{node.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def measure(node, key):
    before = cpu_seconds(node)
    row = load("json", *node.api, RATE, SECONDS, CONNECTIONS, key=key)
    return row | {"cpu_us": (cpu_seconds(node) - before) / (RATE * SECONDS) * 1e6}


def limited_key(node):
    node.make("group", name="team", limits={"requests_per_minute": 10**9}, budget={"amount": 10**6, "unit": "money", "period": "month"})
    return node.key(name="bench", group="team", models=["bench"], limits={"requests_per_minute": 10**9, "tokens_per_minute": 10**9, "concurrency": 1000},
                    budget={"amount": 10**12, "unit": "tokens", "period": "day"})["key"]


def import_many(node):
    part = 20_000
    for first in range(0, MANY, part):
        lines = "\n".join(json.dumps({"sha256": hashlib.sha256(f"other-{i}".encode()).hexdigest(), "name": f"k{i}"}) for i in range(first, first + part))
        path = node.folder / "many.jsonl"
        path.write_text(lines)
        done = subprocess.run([str(BINARY), "keys", "import", "--config", str(node.config_path), str(path)], capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr)


def main():
    options = argparse.ArgumentParser(description="what keys, limits, budgets and usage cost")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    folder, started = Path(tempfile.mkdtemp(prefix="edgemesh-keys-")), []
    port = free_port()
    backend = subprocess.Popen(pinned(LOAD_CPU, PROGRAMS / "free_backend", port, EVENTS, INTERVAL_MS))
    try:
        until(lambda: request(("127.0.0.1", port), "GET", "/v1/models").status == 200, 5)
        configured = {"name": "free", "kind": "openai", "url": f"http://127.0.0.1:{port}/v1", "prices": {"bench": {"input": 0.15, "output": 0.6}}}

        def make(kind):
            node = kind(folder, [configured], threads=1, log={"level": "warn"})
            node.process.arguments = pinned(PROXY_CPU, *node.process.arguments)
            started.append(node)
            return node.start()
        nodes = {"none": (make(Gateway), None)}
        for name in ("keys", "many"):
            node = make(KeyedGateway)
            if name == "many":
                import_many(node)
            nodes[name] = (node, limited_key(node))
        rows = {name: [] for name in nodes}
        for _ in range(chosen.rounds):  # in turns: what disturbs the machine disturbs all
            for name, (node, key) in nodes.items():
                rows[name].append(measure(node, key))
    finally:
        for node in started:
            node.kill()
        backend.kill()
        backend.wait()
        shutil.rmtree(folder, ignore_errors=True)
    result = {name: {k: statistics.median(r[k] for r in measured) for k in measured[0]} for name, measured in rows.items()}
    print(json.dumps(result, indent=2) if chosen.json else table(result))


def table(r):
    lines = [f"{'':44}{'no keys':>10}{'keys':>10}{'100,000':>10}{'added':>10}"]
    for title, key in (("CPU of the node per request, µs", "cpu_us"), ("latency p50, µs", "p50_us"), ("latency p99, µs", "p99_us")):
        lines.append(f"{title + f' at {RATE}/s':44}" + "".join(f"{r[name][key]:>10.0f}" for name in ("none", "keys", "many")) + f"{r['keys'][key] - r['none'][key]:>10.1f}")
    return "\n".join(lines)


if __name__ == "__main__":
    if os.cpu_count() < 2:
        raise SystemExit("bench: needs two CPUs, one for the node and one for the load")
    main()
