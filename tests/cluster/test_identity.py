"""Keys that change, memberships that end, nodes that nobody has heard of yet, and copies of a node."""
import shutil
import time

from cluster.test_death import trio  # noqa: F401
from support.load import Load
from support.waiting import until


def keys_of(mesh):
    return {n.name: n.status_of_mesh()["key"] for n in mesh.nodes}


def test_a_node_changes_its_key_under_load_and_no_request_fails(trio, mesh):
    a, b, c = trio
    before = keys_of(mesh)
    loads = [Load(a) for _ in range(12)]
    for load in loads:
        load.start()
    time.sleep(0.5)
    for node in (b, a):
        rotated = node.command("mesh", "rotate")
        assert rotated.returncode == 0, rotated.stderr
        for other in mesh.nodes:
            if other is not node:
                until(lambda other=other, node=node: other.peers()[node.name]["key"] == node.status_of_mesh()["key"], 5,
                      what=f"{other.name} knowing the new key of {node.name}")
        mesh.until_whole()
        time.sleep(0.5)
    for load in loads:
        load.over = True
    for load in loads:
        load.join(40)
    outcomes = [o for load in loads for o in load.outcomes]
    assert set(outcomes) == {"whole"}, [o for o in outcomes if o != "whole"]
    after = keys_of(mesh)
    assert after["a"] != before["a"] and after["b"] != before["b"] and after["c"] == before["c"]
    # Name, role and clearance are the new key's; nobody counts twice.
    for node in mesh.nodes:
        assert sorted(node.peers()) == sorted(n.name for n in mesh.nodes if n is not node)
    assert {r["role"] for r in c.peers().values()} == {"full"}
    mesh.until_equal()


def test_a_changed_key_stays_after_restarts_and_the_old_one_is_refused(mesh, tmp_path):
    a = mesh.found("a")
    b = mesh.join("b")
    mesh.until_whole()
    old = tmp_path / "old.key"
    identity = b.data_dir / "identity.key"
    shutil.copy(identity, old)
    assert b.command("mesh", "rotate").returncode == 0
    new = b.status_of_mesh()["key"]
    assert not (b.data_dir / "identity.key.next").exists()
    for node in (b, a):
        node.restart()
    mesh.until_whole()
    assert b.status_of_mesh()["key"] == new
    # Somebody who has the old key gets no further than the handshake.
    b.kill()
    shutil.copy(old, identity)
    b.process.start()
    until(lambda: a.status_of_mesh()["refused"]["replaced"] > 0, 10)
    until(lambda: '"because":"replaced"' in a.log() or "because=replaced" in a.log(), 5)
    assert a.peers()["b"]["key"] == new
    assert a.peers()["b"]["link"] == "none"


def test_a_change_of_key_that_was_interrupted_goes_on_at_the_next_start(mesh):
    a = mesh.found("a")
    b = mesh.join("b")
    mesh.until_whole()
    old = b.status_of_mesh()["key"]
    rotate = b.command_in_background("mesh", "rotate")
    until(lambda: (b.data_dir / "identity.key.next").exists(), 5, interval=0.005)
    b.kill()
    rotate.wait(10)
    b.restart()
    mesh.until_whole()
    until(lambda: b.status_of_mesh()["key"] != old, 15)
    until(lambda: a.peers()["b"]["key"] == b.status_of_mesh()["key"], 5)
    assert not (b.data_dir / "identity.key.next").exists()
    mesh.until_whole()


def test_a_node_whose_inviter_dies_at_once_introduces_itself(mesh):
    a = mesh.found("a")
    b = mesh.join("b", invite=["--role", "full"])
    mesh.until_whole()
    until(lambda: a.peers()["b"].get("mesh_address"), 10)
    mesh.until_equal()
    b.kill()  # it hears nothing of c from the one node that knows both
    c = mesh.join("c", via=a)
    a.kill()
    b.restart()
    until(lambda: b.sees_alive(["c"]) and c.sees_alive(["b"]), 30, what=f"b and c knowing each other: {c.log()[-2000:]}")
    assert "node_introduced" in b.log() and "introduced" in c.log()


def test_what_an_evicted_node_signed_after_a_time_does_not_count(mesh):
    a = mesh.found("a")
    b = mesh.join("b", invite=["--role", "full"])
    mesh.until_whole()
    early = mesh.join("c", via=b)
    mesh.until_whole()
    time.sleep(1.1)
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    time.sleep(1.1)
    late = mesh.join("d", via=b)
    mesh.until_whole()
    evicted = a.command("mesh", "evict", "b", "--since", since)
    assert evicted.returncode == 0, evicted.stderr
    until(lambda: "d" not in a.peers() and "d" not in early.peers(), 5, what="d being out, whom b let in after its key was stolen")
    assert a.sees_alive(["c"]) and early.sees_alive(["a"])
    assert a.peers()["b"]["state"] == "evicted"
    assert late.process.running


def test_a_copy_of_a_node_is_refused_and_disturbs_nobody(mesh, mock, tmp_path):
    backend = mock(models=["m"])
    a = mesh.found("a")
    b = mesh.join("b", backends=[backend.configured(data_class="internal")], invite=["--data-class", "confidential"])
    c = mesh.join("c")
    mesh.until_whole()
    mesh.until_models(["m"])
    time.sleep(3.5)  # a link that is younger may give way to a crossing one
    twin = mesh.copy_of(b, "b-copy")
    twin.start(until_models=False)
    try:
        until(lambda: "two_nodes_with_one_identity" in a.log() + c.log(), 15)
        for _ in range(20):
            assert a.chat("m").status == 200
            time.sleep(0.1)
        assert a.sees_alive(["b", "c"]) and c.sees_alive(["a", "b"])
        assert a.peers()["b"]["link"] == "direct"
    finally:
        twin.kill()
    mesh.until_whole()


def test_the_end_of_each_membership_is_shown(mesh):
    a = mesh.found("a")
    b = mesh.join("b", invite=["--role", "edge"])
    mesh.until_whole()
    assert b.status_of_mesh()["not_after"] == a.peers()["b"]["not_after"]
    shown = a.command("peers").stdout
    assert "UNTIL" in shown and a.peers()["b"]["not_after"][:10] in shown
