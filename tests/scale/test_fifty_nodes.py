"""Fifty real nodes on one machine: above 32 not everybody is linked with everybody, and news is passed on."""
import time

from scale.process_figures import cpu_seconds, memory_mib
from support.waiting import until

NODES = 50
LINKS_MAX = 16
IDLE_SECONDS = 30


def links_of(node):
    return sum(row["link"] == "direct" for row in node.peers().values())


def test_fifty_nodes_hold_together(mesh):
    mesh.found("n0")
    for i in range(1, NODES):
        mesh.join(f"n{i}", site=f"s{i % 3}")
    began = time.monotonic()
    mesh.until_whole(seconds=180)
    whole = time.monotonic() - began
    equal = whole + mesh.until_equal(seconds=60)
    print(f"\nafter the last join all see all alive within {whole:.1f} s, with equal digests within {equal:.1f} s")
    # Links from the time when the mesh was small are given up.
    until(lambda: max(links_of(n) for n in mesh.nodes) <= LINKS_MAX, 120, interval=1,
          what=f"at most {LINKS_MAX} links per node")
    links = [links_of(n) for n in mesh.nodes]
    before = [cpu_seconds(n.process.pid) for n in mesh.nodes]
    began = time.monotonic()
    time.sleep(IDLE_SECONDS)
    took = time.monotonic() - began
    cpu = [100 * (cpu_seconds(n.process.pid) - b) / took for n, b in zip(mesh.nodes, before)]
    memory = [memory_mib(n.process.pid) for n in mesh.nodes]
    print(f"links per node {min(links)} to {max(links)}; memory {min(memory):.0f} to {max(memory):.0f} MiB; "
          f"idle CPU per node: mean {sum(cpu) / len(cpu):.2f} %, most {max(cpu):.2f} % of a core")
    assert min(links) >= 2
    victim = mesh.nodes[17]
    victim.kill()
    began = time.monotonic()
    others = [n for n in mesh.nodes if n is not victim]
    for node in others:
        until(lambda node=node: node.peers()[victim.name]["state"] == "dead", 60, what=f"{node.name} knows of the death")
    print(f"a killed node is dead to all 49 others after {time.monotonic() - began:.1f} s")
    mesh.until_whole(others, seconds=60)
    mesh.until_equal(others, seconds=60)
