"""A node of a small mesh that nobody uses costs next to nothing. Processor time of the processes, which other load changes little."""
import time

from scale.process_figures import cpu_seconds, memory_mib

SECONDS = 60


def test_an_idle_node_takes_at_most_two_percent_of_a_core(mesh):
    mesh.found("a", site="x")
    mesh.join("b", site="x")
    mesh.join("c", site="y")
    mesh.until_whole()
    mesh.until_equal()
    time.sleep(5)
    before = [cpu_seconds(n.process.pid) for n in mesh.nodes]
    began = time.monotonic()
    time.sleep(SECONDS)
    took = time.monotonic() - began
    cpu = [100 * (cpu_seconds(n.process.pid) - b) / took for n, b in zip(mesh.nodes, before)]
    print(f"\nidle: {', '.join(f'{c:.2f} %' for c in cpu)} of a core, {max(memory_mib(n.process.pid) for n in mesh.nodes):.0f} MiB")
    assert max(cpu) <= 2
