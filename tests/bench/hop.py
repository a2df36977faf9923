"""What a forwarded hop costs: the same requests to the node that owns the backend, and through a node that has none. Started by
script/bench --hop. Nodes have one thread each and share CPU 0; backend and load generator share CPU 1. CPU time is that of both
nodes; with one CPU for two nodes the latencies are an upper bound. Prints a table, with --json the numbers.
"""
import time
from pathlib import Path

from compare import load
from node_bench import NodeBench, measure, medians, pin, run
from support.mesh import Mesh
from support.waiting import until

RATE, SECONDS, CONNECTIONS = 1500, 4, 16
MANY = 100_000


def resident_kib(node):
    return next(int(line.split()[1]) for line in Path(f"/proc/{node.process.pid}/status").read_text().splitlines()
                if line.startswith("VmRSS"))


class PinnedMesh(Mesh):
    def _make(self, *arguments, **settings):
        node = super()._make(*arguments, threads=1, **settings)
        pin(node)
        return node


def memory_after_many(entry, nodes):
    """Resident KiB of the nodes after the first fifth of many forwarded requests, and after all of them."""
    rate = 2500
    load("json", *entry.api, rate, MANY // 5 // rate, CONNECTIONS)
    early = [resident_kib(n) for n in nodes]
    load("json", *entry.api, rate, MANY // rate, CONNECTIONS)
    return early, [resident_kib(n) for n in nodes]


def main(rounds):
    with NodeBench("hop") as bench:
        mesh = PinnedMesh(bench.folder, bench.started)
        entry = mesh.found("entry")
        owner = mesh.join("owner", backends=[bench.configured()])
        mesh.until_whole()
        for node in (entry, owner):
            until(lambda node=node: node.chat("bench").status == 200, 10)
        nodes = [entry, owner]
        rows = {"direct": [], "owner": [], "hop": []}
        for _ in range(rounds):  # in turns: what disturbs the machine disturbs all
            for name, address in (("direct", bench.address), ("owner", owner.api), ("hop", entry.api)):
                rows[name].append(measure(address, nodes, RATE, SECONDS, CONNECTIONS))
        early, late = memory_after_many(entry, nodes)
        time.sleep(0.2)
    return medians(rows) | {"memory_kib": {n: {"early": e, "late": m} for n, e, m in zip(("entry", "owner"), early, late)}}


def table(r):
    added = {k: r["hop"][k] - r["owner"][k] for k in ("p50_us", "p99_us", "cpu_us")}
    lines = [f"{'':44}{'direct':>10}{'one node':>10}{'one hop':>10}{'the hop':>10}"]
    for title, key in (("latency p50, µs", "p50_us"), ("latency p99, µs", "p99_us"), ("CPU of the nodes per request, µs", "cpu_us")):
        lines.append(f"{title + f' at {RATE}/s':44}" + "".join(f"{r[name][key]:>10.0f}" for name in ("direct", "owner", "hop")) + f"{added[key]:>10.0f}")
    for name, m in r["memory_kib"].items():
        lines.append(f"memory of the {name} after {MANY // 5} requests {m['early'] / 1024:.1f} MiB, after {MANY + MANY // 5} {m['late'] / 1024:.1f} MiB")
    return "\n".join(lines)


if __name__ == "__main__":
    run("what a forwarded hop costs", main, table)
