"""What authentication, limits, a reserved budget and recorded usage cost: the same requests to a node without keys, to one with keys, and to one with
100,000 keys in its store. Started by script/bench --keys. The node has one thread and CPU 0 (its ledger's thread too); backend and load generator
share CPU 1. Prints a table, with --json the numbers.
"""
import hashlib
import json
import subprocess

from node_bench import NodeBench, measure, medians, pin, run
from support.gateway import Gateway
from support.keyed_gateway import KeyedGateway
from support.paths import BINARY

RATE, SECONDS, CONNECTIONS = 2000, 5, 16
MANY = 100_000


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


def main(rounds):
    with NodeBench("keys") as bench:
        configured = bench.configured(prices={"bench": {"input": 0.15, "output": 0.6}})

        def make(kind):
            node = kind(bench.folder, [configured], threads=1, log={"level": "warn"})
            pin(node)
            bench.started.append(node)
            return node.start()
        nodes = {"none": (make(Gateway), None)}
        for name in ("keys", "many"):
            node = make(KeyedGateway)
            if name == "many":
                import_many(node)
            nodes[name] = (node, limited_key(node))
        rows = {name: [] for name in nodes}
        for _ in range(rounds):  # in turns: what disturbs the machine disturbs all
            for name, (node, key) in nodes.items():
                rows[name].append(measure(node.api, [node], RATE, SECONDS, CONNECTIONS, key=key))
    return medians(rows)


def table(r):
    lines = [f"{'':44}{'no keys':>10}{'keys':>10}{'100,000':>10}{'added':>10}"]
    for title, key in (("CPU of the node per request, µs", "cpu_us"), ("latency p50, µs", "p50_us"), ("latency p99, µs", "p99_us")):
        lines.append(f"{title + f' at {RATE}/s':44}" + "".join(f"{r[name][key]:>10.0f}" for name in ("none", "keys", "many")) + f"{r['keys'][key] - r['none'][key]:>10.1f}")
    return "\n".join(lines)


if __name__ == "__main__":
    run("what keys, limits, budgets and usage cost", main, table)
