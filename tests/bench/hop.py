"""What a forwarded hop costs: the same requests to the node that owns the backend, and through a node that has none. Started by
script/bench --hop. Nodes have one thread each and share CPU 0; backend and load generator share CPU 1. CPU time is that of both
nodes; with one CPU for two nodes the latencies are an upper bound. Prints a table, with --json the numbers.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from compare import LOAD_CPU, PROGRAMS, PROXY_CPU, TICK, load, pinned
from support.http_client import request
from support.mesh import Mesh
from support.ports import free_port
from support.waiting import until

RATE, SECONDS, CONNECTIONS = 1500, 4, 16
INTERVAL_MS, EVENTS = 20, 20  # of streams, which are not asked for here
MANY = 100_000


def cpu_seconds(node):
    fields = Path(f"/proc/{node.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def resident_kib(node):
    return next(int(line.split()[1]) for line in Path(f"/proc/{node.process.pid}/status").read_text().splitlines()
                if line.startswith("VmRSS"))


def pin(node):
    node.process.arguments = pinned(PROXY_CPU, *node.process.arguments)


class PinnedMesh(Mesh):
    def _make(self, *arguments, **settings):
        node = super()._make(*arguments, threads=1, **settings)
        pin(node)
        return node


def measure(address, nodes):
    before = [cpu_seconds(n) for n in nodes]
    row = load("json", *address, RATE, SECONDS, CONNECTIONS)
    spent = sum(cpu_seconds(n) - b for n, b in zip(nodes, before))
    return row | {"cpu_us": spent / (RATE * SECONDS) * 1e6}


def memory_after_many(entry, nodes):
    """Resident KiB of the nodes after the first fifth of many forwarded requests, and after all of them."""
    rate = 2500
    load("json", *entry.api, rate, MANY // 5 // rate, CONNECTIONS)
    early = [resident_kib(n) for n in nodes]
    load("json", *entry.api, rate, MANY // rate, CONNECTIONS)
    return early, [resident_kib(n) for n in nodes]


def main():
    options = argparse.ArgumentParser(description="what a forwarded hop costs")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    folder, started = Path(tempfile.mkdtemp(prefix="edgemesh-hop-")), []
    port = free_port()
    backend = subprocess.Popen(pinned(LOAD_CPU, PROGRAMS / "free_backend", port, EVENTS, INTERVAL_MS))
    try:
        until(lambda: request(("127.0.0.1", port), "GET", "/v1/models").status == 200, 5)
        mesh = PinnedMesh(folder, started)
        entry = mesh.found("entry")
        owner = mesh.join("owner", backends=[{"name": "free", "kind": "openai", "url": f"http://127.0.0.1:{port}/v1"}])
        mesh.until_whole()
        for node in (entry, owner):
            until(lambda node=node: node.chat("bench").status == 200, 10)
        nodes = [entry, owner]
        rows = {"direct": [], "owner": [], "hop": []}
        for _ in range(chosen.rounds):  # in turns: what disturbs the machine disturbs all
            rows["direct"].append(measure(("127.0.0.1", port), nodes))
            rows["owner"].append(measure(owner.api, nodes))
            rows["hop"].append(measure(entry.api, nodes))
        early, late = memory_after_many(entry, nodes)
        time.sleep(0.2)
    finally:
        for node in started:
            node.kill()
        backend.kill()
        backend.wait()
        shutil.rmtree(folder, ignore_errors=True)
    result = {name: {k: statistics.median(r[k] for r in measured) for k in measured[0]} for name, measured in rows.items()}
    result["memory_kib"] = {n: {"early": e, "late": m} for n, e, m in zip(("entry", "owner"), early, late)}
    print(json.dumps(result, indent=2) if chosen.json else table(result))


def table(r):
    added = {k: r["hop"][k] - r["owner"][k] for k in ("p50_us", "p99_us", "cpu_us")}
    lines = [f"{'':44}{'direct':>10}{'one node':>10}{'one hop':>10}{'the hop':>10}"]
    for title, key in (("latency p50, µs", "p50_us"), ("latency p99, µs", "p99_us"), ("CPU of the nodes per request, µs", "cpu_us")):
        lines.append(f"{title + f' at {RATE}/s':44}" + "".join(f"{r[name][key]:>10.0f}" for name in ("direct", "owner", "hop")) + f"{added[key]:>10.0f}")
    for name, m in r["memory_kib"].items():
        lines.append(f"memory of the {name} after {MANY // 5} requests {m['early'] / 1024:.1f} MiB, after {MANY + MANY // 5} {m['late'] / 1024:.1f} MiB")
    return "\n".join(lines)


if __name__ == "__main__":
    if os.cpu_count() < 2:
        raise SystemExit("bench: needs two CPUs, one for the nodes and one for the load")
    main()
