"""A node that nobody can dial serves over connections that it lends, while one of the two ends changes its key."""
import socket
import struct
from pathlib import Path

import pytest

from cluster.test_reach import laptop  # noqa: F401
from support.load import Loads
from support.waiting import until


def lent(borrower, lender):
    """The lender's ports of the connections that it has open to the borrower's listen.peer."""
    host, port = borrower.peer
    wanted = f"{struct.unpack('=I', socket.inet_aton(host))[0]:08X}:{port:04X}"
    rows = [line.split() for line in Path(f"/proc/{lender.process.pid}/net/tcp").read_text().splitlines()[1:]]
    established = "01"
    return {int(row[1].split(":")[1], 16) for row in rows if row[2] == wanted and row[3] == established}


def change_key(node, others):
    assert node.command("mesh", "rotate").returncode == 0
    for other in others:
        until(lambda other=other: other.peers()[node.name]["key"] == node.status_of_mesh()["key"], 10,
              what=f"{other.name} knowing the new key of {node.name}")


def goes_on_while(laptop, mesh, changes):
    """Every request is served whole: before `changes` changes its key, meanwhile, and for a while after it."""
    a, b, backend = laptop
    backend.steer(itl_ms=5, tokens=10)
    with Loads(6, a) as loads:
        until(lambda: len(loads.outcomes) >= 20, 30)
        change_key(changes, [n for n in (a, b) if n is not changes])
        mesh.until_whole()
        seen = len(loads.outcomes)
        until(lambda: len(loads.outcomes) >= seen + 60, 60)
    assert set(loads.outcomes) == {"whole"}, loads.lost[:3]


def test_requests_go_on_while_the_node_that_lends_changes_its_key(laptop, mesh):  # noqa: F811
    _, b, _ = laptop
    goes_on_while(laptop, mesh, b)


def test_requests_go_on_while_the_node_that_is_lent_to_changes_its_key(laptop, mesh):  # noqa: F811
    a, _, _ = laptop
    goes_on_while(laptop, mesh, a)


@pytest.mark.parametrize("changes", ["lender", "borrower"])
def test_what_was_lent_under_the_old_key_is_given_up_and_lent_anew(laptop, mesh, changes):  # noqa: F811
    a, b, _ = laptop
    until(lambda: len(lent(a, b)) >= 2, 10)
    before = lent(a, b)
    change_key(b, [a]) if changes == "lender" else change_key(a, [b])
    mesh.until_whole()
    until(lambda: not lent(a, b) & before and len(lent(a, b)) >= 2, 30, what=f"other connections than {before}, not {lent(a, b)}")
    until(lambda: "m" in a.models(), 10)
    for _ in range(5):
        reply = a.chat("m")
        assert reply.status == 200 and reply.header("x-edgemesh-hops") == "1", reply
    assert len(lent(a, b)) >= 2


def test_a_stream_that_runs_over_what_was_lent_outlives_both_changes(laptop, mesh):  # noqa: F811
    a, b, backend = laptop
    backend.steer(itl_ms=50, tokens=300)
    stream = a.stream("m", timeout=60)
    stream.until_content(3)
    change_key(b, [a])
    change_key(a, [b])
    transcript = stream.read_all()
    assert transcript.is_clean and len(transcript.content.split()) == 300
