"""Is the simulator true? Twelve real processes on loopback against the row C of `sim --table`: the time from the freezing of a node (its
links stay, as behind a dead switch) until all eleven others hold it dead, and the same for a kill (the kernel closes its links)."""
import os
import random
import re
import signal
import statistics
import subprocess
import time

import pytest

from support.paths import ROOT

DEATHS = int(os.environ.get("EDGEMESH_CALIBRATION_DEATHS", "30"))
SIM = ROOT / "build/release/tests/sim"


@pytest.fixture(scope="module")
def simulated():
    rows = subprocess.run([SIM, "--table", "C"], capture_output=True, text=True, check=True).stdout
    return {kind: float(re.search(rf"a {kind} node.*?p50 ([0-9.]+) s", rows).group(1)) for kind in ("frozen", "killed")}


def until_all(others, victim, began, holds):
    """The time until the row of the victim is so on all others."""
    waiting = list(others)
    while waiting:
        waiting = [n for n in waiting if not holds(n.peers()[victim.name])]
        assert time.monotonic() - began < 60, f"{[n.name for n in waiting]} do not know"
        time.sleep(0.01)
    return time.monotonic() - began


def summary(took):
    took = sorted(took)
    return f"median {statistics.median(took):.2f} s, p90 {took[int(0.9 * len(took))]:.2f} s, most {took[-1]:.2f} s"


@pytest.mark.parametrize("kind", ["frozen", "killed"])
def test_detection_takes_as_long_as_simulated(mesh, simulated, kind):
    chance = random.Random(12)
    mesh.found("n0")
    for i in range(1, 12):
        mesh.join(f"n{i}")
    mesh.until_whole(seconds=60)
    took, links = [], []
    for _ in range(DEATHS):
        time.sleep(chance.uniform(2, 4))
        victim = chance.choice(mesh.nodes[1:])
        others = [n for n in mesh.nodes if n is not victim]
        began = time.monotonic()
        if kind == "frozen":
            victim.process.signal(signal.SIGSTOP)
        else:
            victim.kill()
            links.append(until_all(others, victim, began, lambda row: row["link"] == "none"))
        took.append(until_all(others, victim, began, lambda row: row["state"] == "dead"))
        if kind == "frozen":
            victim.process.signal(signal.SIGCONT)
        else:
            victim.restart()
        mesh.until_whole(seconds=60)
    print(f"\n{kind}: {DEATHS} deaths, dead to all: {summary(took)}; simulated median {simulated[kind]:.2f} s")
    if links:
        print(f"links gone at all: {summary(links)}")
    assert abs(statistics.median(took) / simulated[kind] - 1) <= 0.2
