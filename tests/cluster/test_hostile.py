"""Peers and strangers that do what they should not: refused or bounded, counted, and nothing else disturbed."""
import os
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from support import mesh_peer
from support.mesh_peer import Key, Link, pack, wall_ms
from support.waiting import until

NODE, BACKEND, LIVENESS, ACCUSATION = 4, 5, 6, 7


def cpu_seconds(node):
    fields = Path(f"/proc/{node.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(node):
    for line in Path(f"/proc/{node.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no VmRSS")


def descriptors(node):
    return len(os.listdir(f"/proc/{node.process.pid}/fd"))


@pytest.fixture
def pair(mesh):
    a = mesh.found("a")
    c = mesh.join("c")
    mesh.until_whole()
    return a, c


@pytest.fixture
def traitor(mesh, tmp_path):
    """A mesh of a and c, and the key of b, a member that went over to somebody else."""
    a = mesh.found("a")
    b = mesh.join("b", invite=["--role", "edge", "--data-class", "public"])
    c = mesh.join("c")
    mesh.until_whole()
    b.kill()
    mesh.nodes.remove(b)
    until(lambda: a.peers()["b"]["link"] == "none", 10)
    return a, c, Key(b.data_dir / "identity.key")


def test_garbage_and_silence_at_the_doors_cost_nothing(pair, mesh):
    a, c = pair
    before = descriptors(a)
    silent = [socket.create_connection(address, timeout=5) for address in (a.mesh, a.peer) for _ in range(50)]
    hello = bytes.fromhex("16030100c8010000c40303") + bytes(32)  # half a ClientHello
    halves = [socket.create_connection(a.mesh, timeout=5) for _ in range(8)]
    for s in halves:
        s.sendall(hello)
    for text in (os.urandom(65536), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x46", b"EMSH" * 100):
        with socket.create_connection(a.mesh, timeout=5) as s:
            try:
                s.sendall(text)
                s.settimeout(6)
                while s.recv(4096):
                    pass
            except OSError:
                pass
    began, used = time.monotonic(), cpu_seconds(a)
    for s in silent + halves:
        s.settimeout(20)
        try:
            while s.recv(4096):
                pass
        except ConnectionError:
            pass
    assert time.monotonic() - began < 7, "they are gone within 5 s"
    assert cpu_seconds(a) - used < 0.5
    for s in silent + halves:
        s.close()
    until(lambda: descriptors(a) <= before + 2, 5)
    assert a.sees_alive(["c"]) and c.sees_alive(["a"])


def test_a_mute_listener_at_a_members_address_costs_no_cpu(mesh):
    a = mesh.found("a")
    b = mesh.join("b")
    mesh.until_whole()
    until(lambda: a.peers()["b"].get("mesh_address"), 10)
    b.kill()
    taken = []
    listener = socket.create_server(b.mesh, backlog=64)

    def accept():
        while True:
            try:
                taken.append((listener.accept()[0], time.monotonic()))
            except OSError:
                return
    threading.Thread(target=accept, daemon=True).start()
    try:
        until(lambda: len(taken) > 0, 20, what="a dialling the mute one")
        used, before = cpu_seconds(a), descriptors(a)
        time.sleep(6)
        assert cpu_seconds(a) - used < 0.6
        assert descriptors(a) <= before + 2
        first, since = taken[0]
        first.settimeout(max(0.1, since + 8 - time.monotonic()))
        while first.recv(4096):  # its ClientHello, then its end
            pass
        assert time.monotonic() - since < 8
    finally:
        listener.close()
        for s, _ in taken:
            s.close()


def test_strangers_and_evicted_keys_get_no_further_than_the_handshake(traitor, tmp_path):
    a, c, key = traitor
    assert a.command("mesh", "evict", "b").returncode == 0
    for who, standing, alert in ((key, "evicted", "revoked"), (Key(), "unknown", "unknown ca")):
        for node in (a, c):
            until(lambda node=node: node.peers()["b"]["state"] == "evicted", 5)
            for address, protocol in ((node.mesh, "edgemesh-mesh/1"), (node.peer, "http/1.1")):
                with pytest.raises((ssl.SSLError, ConnectionError)) as refused:
                    s = mesh_peer.connect(address, who, tmp_path, protocol)
                    assert s.recv(100) == b"never"
                if isinstance(refused.value, ssl.SSLError):
                    assert alert in str(refused.value).lower(), refused.value
            assert node.status_of_mesh()["refused"][standing] >= 2


def test_a_header_that_announces_4_gb_ends_the_link_and_holds_nothing(traitor, tmp_path):
    a, c, key = traitor
    before = resident_mb(a)
    for _ in range(20):
        link = Link(a, key, tmp_path)
        link.send(2, b"x" * 1000, mesh_peer.ASYNCHRONOUS, Link.ACTOR, link.their_actor, announced=0xFFFFFFFF)
        assert link.until_closed() < 3
        link.close()
    until(lambda: "too_long" in a.log(), 5)
    assert resident_mb(a) - before < 20
    assert a.sees_alive(["c"])


def test_talk_that_is_no_frame_ends_the_link(traitor, tmp_path):
    a, _, key = traitor
    for spoil in (lambda link: link.send(3, b"routed"), lambda link: link.send(2, b"", flags=1, target=0x123),
                  lambda link: link.send_bytes_as_frame(b"x" * 70000), lambda link: link.send(9, b"?"),
                  lambda link: [link.send_bytes_as_frame(b"EMSH" + os.urandom(60)) for _ in range(12)],
                  lambda link: link.send_frame(mesh_peer.HELLO, pack({0: 1, 1: 1}))):
        link = Link(a, key, tmp_path)
        link.read_frame()
        spoil(link)
        assert link.until_closed() < 4
        link.close()
        time.sleep(0.3)
    assert a.sees_alive(["c"])


def test_records_that_are_replayed_rolled_back_or_forged_change_nothing(traitor, tmp_path):
    a, c, key = traitor
    link = Link(a, key, tmp_path)
    incarnation = int(time.time()) + 1000

    def about_b(sequence, url):
        return link.seal({0: NODE, 2: incarnation, 3: sequence, 4: wall_ms(), 18: url, 19: "hostile", 20: 1, 21: 1})

    def urls(node):
        return {row["node"]: row["url"] for row in node.get("/mesh/endpoints").json()["data"]}

    new, old = about_b(2, "https://new.example"), about_b(1, "https://old.example")
    link.send_records(new)
    for node in (a, c):
        until(lambda node=node: urls(node).get("b") == "https://new.example", 10)
    for _ in range(50):
        link.send_records(old, new)
    # In c's name, signed by b; and a member record, an eviction and a succession that b, an edge node, has no right to.
    other = bytes.fromhex(a.peers()["c"]["key"])
    forged = link.seal({0: NODE, 2: 1 << 60, 3: 1, 4: wall_ms(), 18: "https://forged.example", 20: 1, 21: 1}, signer=other)
    fake = Key()
    admits = link.seal({0: 1, 1: fake.public, 2: incarnation, 3: 5, 4: wall_ms(), 16: "fake", 18: 1, 19: "public", 20: int(time.time()) + 3600})
    evicts = link.seal({0: 2, 1: other, 2: incarnation, 3: 6, 4: wall_ms(), 16: 0})
    follows = link.seal({0: 3, 1: other, 2: incarnation, 3: 7, 4: wall_ms(), 16: bytes(64)})
    link.send_records(forged, admits, evicts, follows)
    time.sleep(1.5)
    for node in (a, c):
        assert urls(node)["b"] == "https://new.example"
        assert "https://forged.example" not in urls(node).values()
        assert "fake" not in node.peers()
    assert a.sees_alive(["c"]) and c.sees_alive(["a"])
    link.close()


def test_a_death_is_not_believed_at_an_incarnation_that_its_subject_never_signed(traitor, tmp_path):
    a, c, key = traitor
    link = Link(a, key, tmp_path)
    link.read_frame()
    other = bytes.fromhex(a.peers()["c"]["key"])
    deadline = time.monotonic() + 3
    sequence = 0
    while time.monotonic() < deadline:
        sequence += 1
        updates = [link.seal({0: ACCUSATION, 1: other, 2: 1 << 50, 3: sequence, 4: wall_ms(), 16: 1 << 60, 17: 2}),
                   link.seal({0: LIVENESS, 1: other, 2: 1 << 60, 3: sequence, 4: wall_ms(), 17: True}, signer=other)]
        link.send_frame(mesh_peer.RUMOURS, pack({2: updates}))
        assert a.peers()["c"]["state"] in ("alive", "suspect")
        time.sleep(0.05)
    until(lambda: a.sees_alive(["c"]) and c.sees_alive(["a"]), 5)
    link.close()


def test_a_flood_of_records_is_bounded_in_time_and_memory(traitor, mock, tmp_path):
    a, c, key = traitor
    link = Link(a, key, tmp_path)
    before = resident_mb(a)
    link.socket.settimeout(5)
    stop = time.monotonic() + 4
    sent = 0
    try:
        while time.monotonic() < stop:
            link.send_records(*[link.seal({0: BACKEND, 1: f"x{sent + i}".encode(), 2: 1 << 40, 3: sent + i, 4: wall_ms(), 17: 1, 18: 2})
                                for i in range(100)])
            sent += 100
    except OSError:
        pass  # a link that takes less than is sent ends
    assert sent > 500
    assert resident_mb(a) - before < 40
    assert a.get("/readyz").status == 200
    until(lambda: a.sees_alive(["c"]) and c.sees_alive(["a"]), 10)
    link.close()


def test_introductions_that_prove_nothing_are_refused_and_bounded(pair, tmp_path):
    a, _ = pair
    statuses = []
    for i in range(30):
        s = mesh_peer.connect(a.peer, Key(), tmp_path, "edgemesh-join/1")
        body = b'{"key":"%s","records":["AAAA"]}' % (b"00" * 32)
        s.sendall(b"POST /mesh/v1/introduce HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        statuses.append(int(s.recv(4096).split()[1]))
        s.close()
    assert set(statuses) == {403, 429} and statuses.count(403) <= 15
    with mesh_peer.connect(a.peer, Key(), tmp_path, "edgemesh-join/1") as s:
        s.sendall(b"POST /mesh/v1/introduce HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
        assert s.recv(4096).split()[1] == b"413"
    assert a.sees_alive(["c"])
