"""Introductions that should not be believed: refused, told, and the node goes on."""
import os
import time

import pytest

from support import joiner, mesh_peer
from support.joiner import Token
from support.mesh_peer import Key, seal, wall_ms
from support.waiting import until

MEMBER, FULL = 1, 1
KIB = 1024


@pytest.fixture
def pair(mesh):
    a = mesh.found("a")
    c = mesh.join("c")
    mesh.until_whole()
    return a, c


@pytest.fixture
def outsider(pair, mesh, tmp_path):
    """(key, records) of x, a full member that has joined and then does nothing but introduce itself."""
    a, c = pair
    token, key = Token.read(mesh.token(a, "--role", "full")), Key()
    joined = joiner.join(a, key, tmp_path, joiner.join_body(token, key, "x"))
    assert joined.status == 200
    until(lambda: "x" in c.peers(), 10)
    return key, [r for r in joined.records() if joiner.kind_of(r) == MEMBER]  # where others are is no part of an introduction


def told_in_log(node, status, code=None):
    """How many introductions (and joins) the request log says were answered so."""
    return sum(row["status"] == status and (code is None or row.get("error") == code) for row in node.request_log() if row["route"] == "join")


def go_on(pair, mesh):
    a, c = pair
    assert a.get("/readyz").status == 200
    mesh.until_whole([a, c])
    mesh.until_equal([a, c])


def test_garbage_is_refused_and_told(pair, mesh, tmp_path):
    a, _ = pair
    key = Key()
    records = b'"records":'
    named = b'{"key":"%s",' % key.public.hex().encode()
    garbage = [b"", b"null", os.urandom(4096), b"[" * 5000, named + records, named + records + b'"AAAA"}', named + records + b'["!"]}',
               joiner.introduction_body(key, [b"r"] * 65), joiner.introduction_body(key, [b"r" * (8 * KIB + 1)])]
    for body in garbage:
        answer = joiner.introduce(a, key, tmp_path, body)
        assert (answer.status, answer.code) == (400, "bad_introduction"), (body[:100], answer.body)
    until(lambda: told_in_log(a, 400, "bad_introduction") == len(garbage), 5)
    # Of the right form, and no records at all.
    answer = joiner.introduce(a, key, tmp_path, joiner.introduction_body(key, [os.urandom(200), b"\x93\xc4"]))
    assert (answer.status, answer.code) == (403, "not_a_member")
    until(lambda: "introduction_refused" in a.log() and key.public.hex()[:8] in a.log(), 5)
    go_on(pair, mesh)


def test_one_that_is_too_long_is_refused_before_it_is_read(pair, mesh, tmp_path):
    a, _ = pair
    key = Key()
    for size, status in ((64 * KIB, 400), (64 * KIB + 1, 413), (65 * KIB, 413)):
        assert joiner.introduce(a, key, tmp_path, b"x" * size).status == status, size
    for head in (f"Content-Length: {65 * KIB}", "Content-Length: 100000000000", "Transfer-Encoding: chunked"):
        began = time.monotonic()
        assert joiner.introduce(a, key, tmp_path, b"", head).status == 413, head
        assert time.monotonic() - began < 5, "it waits for none of it"
    until(lambda: told_in_log(a, 413) == 5, 5)
    go_on(pair, mesh)


def test_one_that_ends_in_the_middle_holds_nothing(pair, mesh, tmp_path):
    a, _ = pair
    descriptors = f"/proc/{a.process.pid}/fd"
    before = len(os.listdir(descriptors))
    for _ in range(10):
        with mesh_peer.connect(a.peer, Key(), tmp_path, "edgemesh-join/1") as s:
            s.sendall(b'POST /mesh/v1/introduce HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n{"key":"')
    until(lambda: len(os.listdir(descriptors)) <= before + 2, 10)
    go_on(pair, mesh)


def test_an_evicted_node_cannot_introduce_itself_with_records_of_before(pair, outsider, mesh, tmp_path):
    a, c = pair
    key, records = outsider
    body = joiner.introduction_body(key, records)
    for node in pair:
        assert joiner.introduce(node, key, tmp_path, body).status == 200, "as long as it is a member"
    assert a.command("mesh", "evict", "x").returncode == 0
    until(lambda: all(node.peers()["x"]["state"] == "evicted" for node in pair), 5)
    for node in pair:
        for shown_by in (key, Key()):  # also when somebody else brings them
            answer = joiner.introduce(node, shown_by, tmp_path, body)
            assert (answer.status, answer.code) == (403, "not_a_member")
        until(lambda node=node: told_in_log(node, 403) == 2, 5)
        assert [row["state"] for row in node.peers().values() if row["name"] == "x"] == ["evicted"]
    c.restart()  # nor does a node that has just started believe it
    answer = joiner.introduce(c, key, tmp_path, body)
    assert (answer.status, answer.code) == (403, "not_a_member")
    go_on(pair, mesh)


def admission(mesh_id, signer, subject, name, stamp=None):
    fields = {0: MEMBER, 1: subject.public, 2: int(time.time()) + 100, 3: 1, 4: stamp or wall_ms(), 16: name, 18: FULL, 19: "confidential",
              20: int(time.time()) + 86400}
    return seal(signer, mesh_id, fields)


def test_an_evicted_node_brings_nobody_in(pair, outsider, mesh, tmp_path):
    """What it signs after its eviction does not count, whoever shows it."""
    a, c = pair
    key, records = outsider
    mesh_id = bytes.fromhex(a.status_of_mesh()["mesh"])
    early, late = Key(), Key()
    shown = joiner.introduction_body(early, records + [admission(mesh_id, key, early, "early")])
    assert joiner.introduce(a, early, tmp_path, shown).status == 200, "a full member admits whom it likes"
    until(lambda: "early" in c.peers(), 10)
    evicted_at = wall_ms()
    assert a.command("mesh", "evict", "x").returncode == 0
    until(lambda: all(node.peers()["x"]["state"] == "evicted" for node in pair), 5)
    until(lambda: wall_ms() > evicted_at + 1000, 5)
    shown = joiner.introduction_body(late, records + [admission(mesh_id, key, late, "late")])
    for node in pair:
        answer = joiner.introduce(node, late, tmp_path, shown)
        assert (answer.status, answer.code) == (403, "not_a_member")
    go_on(pair, mesh)
    for node in pair:
        assert "late" not in node.peers() and "early" in node.peers()


def test_records_that_were_changed_or_are_of_another_mesh_prove_nothing(pair, outsider, mesh, tmp_path):
    a, _ = pair
    key, records = outsider
    mesh_id = bytes.fromhex(a.status_of_mesh()["mesh"])
    own = next(r for r in records if b"\xa1x" in r)
    spoiled = own[:-1] + bytes([own[-1] ^ 1])
    stranger = Key()
    for who, shown in ((key, [r for r in records if r is not own] + [spoiled]), (key, [own]), (key, []), (stranger, records),
                       (stranger, records + [admission(bytes(16), key, stranger, "s")]),
                       (stranger, records + [admission(mesh_id, stranger, stranger, "s")])):
        answer = joiner.introduce(a, who, tmp_path, joiner.introduction_body(who, shown))
        assert (answer.status, answer.code) == (403, "not_a_member"), len(shown)
    assert a.log().count("introduction_refused") >= 5
    assert "s" not in a.peers() and joiner.introduce(a, key, tmp_path, joiner.introduction_body(key, records)).status == 200
    go_on(pair, mesh)
