"""What an invitation says of the newcomer is what it is from then on, to everybody."""
import re

import pytest

from support.waiting import until

SAID = ["--role", "edge", "--site", "lyon", "--name", "edge-1", "--data-class", "internal"]


def join_as(mesh, name, shown_as, invite, **settings):
    """A node whose own name is `name`, and which the mesh shows as `shown_as`."""
    node = mesh.join(name, invite=invite, **settings)
    node.name = shown_as
    return node


def facts(row):
    return row["name"] if "name" in row else row["node"], row["site"], row["role"], row["data_class"]


def cells(table, name):
    """The row of a table that begins with this name, as words."""
    return next(re.split(r"\s{2,}", line) for line in table.splitlines() if line.split()[:1] == [name])


def test_role_site_name_and_class_are_what_every_node_shows(mesh):
    a = mesh.found("a", site="oslo")
    b = join_as(mesh, "b", "edge-1", SAID, site="rome")
    c = mesh.join("c")
    mesh.until_whole()
    told = ("edge-1", "lyon", "edge", "internal")
    for _ in range(2):
        for other in (a, c):
            assert facts(other.peers()["edge-1"]) == told and "b" not in other.peers()
            assert cells(other.command("peers").stdout, "edge-1")[:4] == list(told)
        assert facts(b.status_of_mesh()) == told
        assert "edge-1 at lyon, edge, data up to internal," in b.command("mesh", "status").stdout
        assert b.status_of_mesh()["not_after"] == a.peers()["edge-1"]["not_after"] == c.peers()["edge-1"]["not_after"]
        b.restart()  # and it is no matter of that life alone
        mesh.until_whole()


def test_what_an_invitation_leaves_open_the_node_says_itself(mesh):
    a = mesh.found("a", site="oslo")
    b = mesh.join("b", site="rome")
    mesh.until_whole()
    told = ("b", "rome", "full", "public")
    assert facts(a.peers()["b"]) == told == facts(b.status_of_mesh())
    assert facts(b.peers()["a"]) == ("a", "oslo", "full", "confidential"), "the founder may see everything"


def test_an_invitation_prints_what_it_is_for_and_the_token_last(mesh):
    a = mesh.found("a")
    printed = a.command("mesh", "invite", *SAID, "--ttl", "90s")
    words, token = printed.stdout.splitlines()
    assert "for one edge node named edge-1 at lyon, data up to internal, until " in words
    assert f"redeemed at {a.peer[0]}:{a.peer[1]}" in words and token not in words
    assert token.startswith("emj1_") and printed.stderr == ""


@pytest.mark.parametrize("wrong, code, words", [
    (["--role", "boss"], 2, "--role: expected full or edge"),
    (["--site", "New York"], 2, "--site: expected 1 to 63 characters"),
    (["--name", "B"], 2, "--name: expected 1 to 63 characters"),
    (["--ttl", "16m"], 2, "--ttl: expected a duration from 1s to 15m"),
    (["--ttl", "500ms"], 2, "--ttl: expected a duration from 1s to 15m"),
    (["--data-class", "secret"], 1, "there is no data class of this name"),
])
def test_an_invitation_that_cannot_be_is_refused_with_what_is_expected(mesh, wrong, code, words):
    refused = mesh.found("a").command("mesh", "invite", *wrong)
    assert (refused.returncode, refused.stdout) == (code, "")
    assert words in refused.stderr


def test_an_edge_node_is_told_why_it_may_neither_admit_nor_evict(mesh):
    a = mesh.found("a")
    b = mesh.join("b", invite=["--role", "edge"])
    c = mesh.join("c")
    mesh.until_whole()
    for command in (["mesh", "invite"], ["mesh", "invite", "--role", "edge"], ["mesh", "evict", "c"], ["mesh", "evict", "a"]):
        refused = b.command(*command)
        assert (refused.returncode, refused.stdout) == (1, ""), command
        assert refused.stderr == "edgemesh: this node is no full member: ask one that is\n"
    assert b.ask("/admin/v1/join-tokens", "POST", {"role": "edge"}).error["code"] == "not_full"
    assert b.ask("/admin/v1/evictions", "POST", {"node": "c"}).error["code"] == "not_full"
    assert b.command("mesh", "evict", "b").stderr.endswith("a node does not evict itself: edgemesh mesh leave\n")
    # Nothing came of it, and a full member may.
    mesh.until_whole()
    assert c.command("mesh", "evict", "b").returncode == 0
    until(lambda: a.peers()["b"]["state"] == "evicted", 5)


@pytest.fixture
def named(mesh, mock):
    """Its own configuration calls it b; the mesh calls it edge-1."""
    backend = mock(models=["m"], name="gpu")
    a = mesh.found("a")
    b = join_as(mesh, "b", "edge-1", ["--name", "edge-1", "--data-class", "internal"], backends=[backend.configured(data_class="internal")])
    mesh.until_whole()
    mesh.until_models(["m"])
    return a, b


def test_a_node_serves_under_the_name_of_its_invitation(named):
    a, b = named
    reply = a.chat("m")
    assert reply.status == 200, reply
    assert reply.header("x-edgemesh-backend") == "edge-1/gpu"
    for node in (a, b):
        assert node.chat("edge-1/gpu::m").status == 200, node.name
        assert node.chat("b/gpu::m").status == 404, node.name
        assert node.serving("m") == ["edge-1"]


def test_the_second_of_two_nodes_of_one_name_serves_as_the_first_does(mesh, mock):
    first, second = (mock(models=[model]).configured(name="gpu", data_class="internal") for model in "mn")
    a = mesh.found("a")
    mesh.join("b", backends=[first], invite=["--data-class", "internal"])
    mesh.folder = mesh.folder / "elsewhere"
    mesh.folder.mkdir()
    mesh.join("b", backends=[second], invite=["--data-class", "internal"])
    mesh.until_models(["m", "n"])
    for model in ("m", "n"):
        assert a.chat(model).status == 200, model
    assert a.serving("m") == ["b"] and re.fullmatch("b-[0-9a-f]{8}", a.serving("n")[0])
