"""What the measurements of nodes share: options, a backend that costs nothing, nodes with one thread each on a CPU of their own, what of its CPU a
node has used, medians over rounds, and the end of all of it.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
from pathlib import Path

from compare import EVENTS, INTERVAL_MS, LOAD_CPU, PROGRAMS, PROXY_CPU, TICK, load, pinned
from support.http_client import request
from support.ports import free_port
from support.waiting import until


class NodeBench:
    """As a context: a folder, the backend at `address`, and `started` nodes, which end with it. Backend and load generator share CPU 1."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.folder, self.started = Path(tempfile.mkdtemp(prefix=f"edgemesh-{self.name}-")), []
        self.address = ("127.0.0.1", free_port())
        self.backend = subprocess.Popen(pinned(LOAD_CPU, PROGRAMS / "free_backend", self.address[1], EVENTS, INTERVAL_MS))
        try:
            until(lambda: request(self.address, "GET", "/v1/models").status == 200, 5)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for node in self.started:
            node.kill()
        self.backend.kill()
        self.backend.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def configured(self, **more):
        return {"name": "free", "kind": "openai", "url": f"http://127.0.0.1:{self.address[1]}/v1", **more}


def pin(node):
    """Before its start: to the CPU of what is measured."""
    node.process.arguments = pinned(PROXY_CPU, *node.process.arguments)


def cpu_seconds(node):
    fields = Path(f"/proc/{node.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def measure(address, nodes, rate, seconds, connections, **options):
    """A row of the load generator, with the CPU time that all of `nodes` spent on each request."""
    before = [cpu_seconds(n) for n in nodes]
    row = load("json", *address, rate, seconds, connections, **options)
    spent = sum(cpu_seconds(n) - b for n, b in zip(nodes, before))
    return row | {"cpu_us": spent / (rate * seconds) * 1e6}


def medians(rows):
    return {name: {k: statistics.median(r[k] for r in measured) for k in measured[0]} for name, measured in rows.items()}


def run(description, main, table):
    """`main(rounds)` measures; its result is printed as a table, or with --json as it is."""
    if os.cpu_count() < 2:
        raise SystemExit("bench: needs two CPUs, one for the nodes and one for the load")
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    result = main(chosen.rounds)
    print(json.dumps(result, indent=2) if chosen.json else table(result))
