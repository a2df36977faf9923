"""Joining, being thrown out, leaving."""
import time

from support.waiting import until


def test_five_nodes_know_each_other(mesh):
    mesh.found("a")
    for name in "bcde":
        mesh.join(name)
    mesh.until_whole()
    mesh.until_equal()


def test_a_token_admits_once(mesh):
    a = mesh.found("a")
    token = mesh.token(a)
    path = mesh.folder / "b.token"
    path.write_text(token)
    b = mesh._make("b", "", (), join=path)
    b.start(until_models=False)
    mesh.until_whole()
    c = mesh._make("c", "", (), join=path)
    c.process.start()
    assert c.process.wait(15) != 0
    assert "token" in c.log()
    mesh.nodes.remove(c)
    mesh.until_whole()


def test_the_loss_of_the_founder_blocks_nothing(mesh):
    a = mesh.found("a")
    b = mesh.join("b", invite=["--role", "full"])
    mesh.until_whole()
    a.kill()
    c = mesh.join("c", via=b, invite=["--role", "full"])
    mesh.until_whole([b, c])
    evicted = c.command("mesh", "evict", "a")
    assert evicted.returncode == 0, evicted.stderr
    until(lambda: b.peers()["a"]["state"] == "evicted", 5)


def test_an_evicted_node_is_out_everywhere_within_a_second(mesh, mock):
    backend = mock(models=["m"])
    a = mesh.found("a")
    b = mesh.join("b")
    c = mesh.join("c", backends=[backend.configured(data_class="internal")], invite=["--data-class", "confidential"])
    mesh.until_whole()
    mesh.until_models(["m"])
    began = time.monotonic()
    assert a.command("mesh", "evict", "c").returncode == 0
    for node in (a, b):
        until(lambda node=node: node.peers()["c"]["state"] == "evicted" and "m" not in node.models(), 5)
    assert time.monotonic() - began < 1.5
    c.restart()
    time.sleep(1)
    assert a.peers()["c"]["state"] == "evicted" and "m" not in b.models()


def test_an_edge_node_may_neither_admit_nor_evict(mesh):
    a = mesh.found("a")
    b = mesh.join("b", invite=["--role", "edge"])
    mesh.until_whole()
    assert b.command("mesh", "invite").returncode == 1
    assert b.command("mesh", "evict", "a").returncode == 1
    assert a.sees_alive(["b"])


