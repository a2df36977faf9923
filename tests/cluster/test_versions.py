"""This version and a next one in one mesh: rolled up node by node and back, under load. The next one is this source with the version
raised and an unknown field in everything that it says (EDGEMESH_WIRE_NEXT)."""
import os
import subprocess
from pathlib import Path

import pytest

from support.load import Loads
from support.paths import BINARY, ROOT
from support.waiting import until


@pytest.fixture(scope="module")
def next_version():
    """The binary that plays the next version, built beside the present one (its objects are the same but for three)."""
    given = os.environ.get("EDGEMESH_NEXT_BIN")
    if given:
        return Path(given)
    built = subprocess.run([str(ROOT / "script" / "wire-next")], cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-3000:]
    return ROOT / "build" / "wire-next" / "edgemesh"


def becomes(node, binary):
    """Restarted as another version, as an operator does it."""
    assert node.stop() == 0
    node.process.arguments[0] = str(binary)
    node.restart()


def protocol_with(node, peer):
    return node.peers()[peer].get("protocol")


def feature(node, name):
    return next((f for f in node.status_of_mesh()["features"] if f["name"] == name), None)


def test_a_mesh_is_rolled_up_and_back_without_a_failed_request_or_a_lost_record(mesh, mock, next_version):
    entry = mock(models=["m"], tokens=10, itl="5ms").configured(data_class="internal", id="llm", concurrency=20)
    nodes = [mesh.found("a", backends=[entry])]
    for name in "bcde":
        backends = [{**entry, "name": f"shared-{name}"}] if name in "bc" else [mock(models=["m"], tokens=10, itl="5ms").configured(data_class="internal")]
        nodes.append(mesh.join(name, backends=backends, invite=["--data-class", "confidential"]))

    def is_one(versions):
        """All see each other and each other's backends, on the highest version that both ends speak."""
        mesh.until_whole()
        mesh.until_serving("m", "abcde")
        for n, version in zip(nodes, versions):
            for m, other in zip(nodes, versions):
                if n is not m:
                    until(lambda: protocol_with(n, m.name) == min(version, other), 10,
                          what=f"{n.name} speaking {min(version, other)} with {m.name}")
        mesh.until_equal()

    versions = [1] * 5
    is_one(versions)
    records = nodes[0].status_of_mesh()["records"]
    with Loads(6, *nodes) as loads:
        for step, (binary, version) in enumerate([(next_version, 2), (BINARY, 1)]):
            for i, node in enumerate(nodes):
                becomes(node, binary)
                versions[i] = version
                is_one(versions)
                behind = sorted(n.name for n, v in zip(nodes, versions) if v == 1)
                ahead = next((n for n, v in zip(nodes, versions) if v == 2), None)
                if ahead is not None:
                    until(lambda: feature(ahead, "next")["held_back_by"] == behind, 10, what=f"{behind} holding back: {feature(ahead, 'next')}")
                    assert feature(ahead, "next")["on"] == (not behind)
                    assert sorted(ahead.status_of_mesh()["protocol"]["held_back_by"]) == behind
                assert all(feature(n, "shares")["on"] for n in nodes)
    assert set(loads.outcomes) == {"whole"}, loads.lost
    assert all(n.status_of_mesh()["records"] >= records for n in nodes)


def test_what_an_older_node_does_not_know_passes_through_it_unchanged(mesh, mock, next_version):
    """Two next nodes that learn of each other's records from an older one alone: signatures hold, nothing is lost."""
    a = mesh.found("a")
    b = mesh.join("b")
    mesh.until_whole()
    becomes(b, next_version)
    mesh.until_whole()
    mesh.until_equal()
    b.stop()
    c = mesh._make("c", "", [], join=_token_file(mesh, a))
    c.process.arguments[0] = str(next_version)
    c.start(until_models=False)
    until(lambda: "b" in c.peers() and c.peers()["b"].get("version"), 10, what="b's own description, by way of a")
    mesh.until_equal([a, c])


def _token_file(mesh, node):
    path = mesh.folder / "later.token"
    path.write_text(mesh.token(node) + "\n")
    return path
