"""How a token is given, where and how often it is good, and what ends it."""
import time

import pytest

from support import joiner
from support.joiner import Token
from support.mesh_peer import Key
from support.waiting import until


@pytest.fixture
def newcomer(mesh):
    """Makes an unstarted node that is told to join with what `given` says."""
    def make(name, given):
        node = mesh._make(name, "", ())
        node.process.arguments += ["--join", given]
        return node
    return make


def in_file(mesh, token, name="token"):
    path = mesh.folder / name
    path.write_text(token + "\n")
    return f"@{path}"


def is_refused(mesh, node):
    """It ends by itself without having become anybody; what it said."""
    node.process.start()
    assert node.process.wait(30) == 1, node.log()
    mesh.nodes.remove(node)
    assert not (node.data_dir / "identity.key").exists()
    said = node.log()
    node.process.log_path.unlink()
    return said


@pytest.mark.parametrize("given", ["argument", "file", "input"])
def test_a_token_is_taken_from_wherever_it_is_given(mesh, newcomer, given):
    a = mesh.found("a")
    token = mesh.token(a)
    b = newcomer("b", {"argument": token, "file": in_file(mesh, token), "input": "-"}[given])
    if given == "input":
        b.process.input = token + "\n"
    b.start(until_models=False)
    mesh.until_whole()
    assert token not in b.log() + a.log()


def test_a_token_that_has_run_out_admits_nobody(mesh, newcomer):
    a = mesh.found("a")
    token = mesh.token(a, "--ttl", "1s")
    assert Token.read(token).expires_at <= time.time() + 1
    until(lambda: time.time() > Token.read(token).expires_at + 1, 10)
    said = is_refused(mesh, newcomer("b", token))
    assert "cannot join the mesh" in said and "ended" in said, said
    assert "join_refused" in a.log() and Token.read(token).id.hex() in a.log()
    assert a.peers() == {}
    newcomer("b", mesh.token(a, "--ttl", "60s")).start(until_models=False)
    mesh.until_whole()


def test_a_token_is_good_only_at_the_node_that_printed_it(mesh, newcomer, tmp_path):
    a = mesh.found("a")
    c = mesh.join("c", invite=["--role", "full"])
    mesh.until_whole()
    token = Token.read(mesh.token(a))
    assert token.addresses == [f"{a.peer[0]}:{a.peer[1]}"]
    # Somebody asks c with it; and a token that was changed to lead there.
    key = Key()
    refused = joiner.join(c, key, tmp_path, joiner.join_body(token, key, "x"))
    assert (refused.status, refused.code) == (403, "join_refused")
    assert "join_refused" in c.log()
    elsewhere = Token.read(token.write())
    elsewhere.addresses = [f"{c.peer[0]}:{c.peer[1]}"]
    said = is_refused(mesh, newcomer("b", elsewhere.write()))
    assert elsewhere.addresses[0] in said, said
    assert set(a.peers()) == {"c"} and set(c.peers()) == {"a"}
    # Nothing of that has spent it.
    newcomer("b", token.write()).start(until_models=False)
    mesh.until_whole()


def test_a_token_ends_with_the_life_of_the_node_that_printed_it(mesh, newcomer):
    a = mesh.found("a")
    token = mesh.token(a)
    a.restart()
    said = is_refused(mesh, newcomer("b", token))
    assert "of an earlier life" in said, said
    assert a.peers() == {}


def test_a_member_starts_with_its_spent_token_still_on_its_command_line(mesh, newcomer):
    a = mesh.found("a")
    token = mesh.token(a)
    b = newcomer("b", token)
    b.start(until_models=False)
    mesh.until_whole()
    key = b.status_of_mesh()["key"]
    b.kill()
    b.start(until_models=False)
    mesh.until_whole()
    assert b.status_of_mesh()["key"] == key and list(a.peers()) == ["b"]
    said = is_refused(mesh, newcomer("c", token))
    assert "used" in said, said
    mesh.until_whole()


def test_a_join_that_is_sent_again_admits_nobody(mesh, tmp_path):
    """Whoever saw it pass can send the same bytes once more, or put a key of its own in."""
    a = mesh.found("a")
    c = mesh.join("c")
    mesh.until_whole()
    token, key = Token.read(mesh.token(a)), Key()
    body = joiner.join_body(token, key, "x")
    assert joiner.join(a, key, tmp_path, body).status == 200
    until(lambda: "x" in c.peers(), 10)
    thief = Key()
    for sent in (body, body.replace(key.public.hex().encode(), thief.public.hex().encode())):
        again = joiner.join(a, thief, tmp_path, sent)
        assert (again.status, again.code) == (403, "join_refused")
    assert a.log().count(" join_refused ") == 2
    until(lambda: [r["error"] for r in a.request_log() if r["route"] == "join" and r["status"] != 200] == ["join_refused"] * 2, 5)
    assert not [r for r in a.ask("/admin/v1/requests").json()["data"] if r["route"] == "join"], "joins are no client's requests"
    assert a.command("mesh", "evict", "x").returncode == 0
    again = joiner.join(a, key, tmp_path, body)
    assert (again.status, again.code) == (403, "join_refused")
    mesh.until_equal([a, c])
    for node in (a, c):
        rows = node.ask("/admin/v1/peers").json()["data"]
        assert [row["state"] for row in rows if row["name"] == "x"] == ["evicted"]
        assert thief.public.hex() not in {row["key"] for row in rows}
