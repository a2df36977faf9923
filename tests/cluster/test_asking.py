"""What an operator asks one node about all of them, and tells one node to do at another."""
import json

import pytest

from support.http_client import request
from support.python_backend import PythonBackend
from support.waiting import until


@pytest.fixture
def trio(mesh, mock):
    """`a` (full, no backends), `b` (full, with a backend), `c` (edge, with a backend of the same name)."""
    one, two = mock(models=["m"], tokens=8, itl="2ms"), mock(models=["n"], tokens=8)
    mesh.mock_of_b = one
    a = mesh.found("a", site="fra")
    b = mesh.join("b", site="par", backends=[one.configured(name="gpu", data_class="internal")], invite=["--data-class", "confidential"])
    c = mesh.join("c", site="rom", backends=[two.configured(name="gpu", data_class="internal")],
                  invite=["--role", "edge", "--data-class", "confidential"])
    mesh.until_whole()
    mesh.until_models(["m", "n"])
    return a, b, c


def rows(node, page):
    return node.ask(f"/admin/v1/{page}").json()


def test_any_node_shows_all_backends_with_their_ages(trio):
    for node in trio:
        others = {row["name"]: row for row in node.backends()}
        for owner, site, model in (("b", "par", "m"), ("c", "rom", "n")):
            row = others["gpu" if node.name == owner else f"{owner}/gpu"]
            assert (row["node"], row["site"], row["health"], row["data_class"]) == (owner, site, "ready", "internal"), row
            assert row["models"] == [model]
            assert 0 <= row["age_ms"] < 60_000
            assert row["path"]["hops"] == (0 if node.name == owner else 1) and row["path"]["state"] == "up"
    a = trio[0]
    until(lambda: all(row["path"].get("rtt_ms", 0) > 0 for row in a.backends()), 10, what=f"measured round trips: {a.backends()}")
    table = a.command("backends", "list").stdout
    assert "b/gpu" in table and "par" in table
    shown = a.command("backends", "show", "b/gpu")
    assert shown.returncode == 0 and "age_ms" in shown.stdout, shown


def test_models_say_who_offers_them_and_how_fresh_that_is(trio):
    a, b, c = trio
    offers = {row["id"]: row["offers"] for row in rows(a, "models")["data"]}
    assert [(o["backend"], o["site"]) for o in offers["m"]] == [("b/gpu", "par")]
    assert offers["n"][0]["age_ms"] >= 0 and offers["n"][0]["health"] == "ready"


def test_a_backend_of_another_node_is_drained_and_enabled_from_here(trio):
    a, b, c = trio
    drained = a.command("backends", "drain", "b/gpu")
    assert drained.returncode == 0, drained.stderr
    assert "draining" in drained.stdout
    assert b.backend("gpu")["draining"] is True
    until(lambda: a.chat("m").status == 503, 10)
    assert a.command("backends", "probe", "b/gpu").returncode == 0
    assert a.command("backends", "enable", "b/gpu").returncode == 0
    until(lambda: a.chat("m").status == 200, 10)


def test_a_short_name_that_fits_several_nodes_is_refused_with_the_full_names(trio):
    a, b, c = trio
    refused = a.ask("/admin/v1/backends/gpu/drain", "POST")
    assert refused.status == 400 and refused.error["code"] == "ambiguous_backend"
    assert "b/gpu" in refused.error["message"] and "c/gpu" in refused.error["message"]
    assert b.ask("/admin/v1/backends/gpu/drain", "POST").json()["name"] == "gpu", "the own one goes by its short name"
    b.ask("/admin/v1/backends/gpu/enable", "POST")
    assert a.ask("/admin/v1/backends/nobody%2Fgpu/drain", "POST").status == 404
    assert a.ask("/admin/v1/backends/b%2Fnone/drain", "POST").status == 404


def test_an_edge_node_may_not_ask_for_changes_or_for_clients(trio):
    a, b, c = trio
    refused = c.ask("/admin/v1/backends/b%2Fgpu/drain", "POST")
    assert refused.status == 403 and refused.error["code"] == "not_full"
    assert b.backend("gpu")["draining"] is False
    sessions = rows(c, "sessions")
    assert {m["node"] for m in sessions["missing"]} == {"a", "b"}
    assert all("edge" in m["why"] for m in sessions["missing"])
    assert all(row["node"] == "c" for row in sessions["data"])


def test_requests_of_all_nodes_are_one_list_and_one_request_has_all_its_sides(trio):
    a, b, c = trio
    reply = a.chat("m")
    asked = reply.header("x-request-id")
    listed = rows(b, "requests")
    assert listed["missing"] == []
    sides = {row["node"]: row for row in listed["data"] if row["id"] == asked}
    assert set(sides) == {"a", "b"} and sides["b"]["peer"] == "a" and sides["a"]["backend"] == "b/gpu"
    for node in trio[:2]:
        one = rows(node, f"requests/{asked}")
        assert one["node"] == "a" and one["hops"] == 1, "who charges stands first"
        assert [side["node"] for side in one["also"]] == ["b"] and one["missing"] == []
    assert asked in b.command("requests", asked).stdout
    missing = a.ask("/admin/v1/requests/req-that-nobody-knows")
    assert missing.status == 404


def test_a_session_of_another_node_is_seen_and_cancelled(trio, mesh):
    a, b, c = trio
    mesh.mock_of_b.steer(itl_ms=50, tokens=1000)
    stream = a.stream("m")
    stream.until_content(1)

    def busy():
        return [row for row in rows(b, "sessions")["data"] if row["node"] == "a" and row["busy"]]
    until(lambda: busy(), 5)
    row = busy()[0]
    assert row["id"].startswith("a/s-") and row["backend"] == "b/gpu"
    cancelled = b.command("sessions", "cancel", row["id"])
    assert cancelled.returncode == 0, cancelled.stderr
    transcript = stream.read_all()
    assert not transcript.is_clean
    until(lambda: '"route":"ask"' in a.log(), 5, what="who asked in the log")
    assert not [row for row in rows(b, "requests")["data"] if row["route"] == "ask"], "and not among the requests of clients"


def test_who_does_not_answer_is_named(trio):
    import signal
    a, b, c = trio
    c.kill()
    until(lambda: a.peers()["c"]["state"] == "dead", 15)
    b.process.signal(signal.SIGSTOP)
    try:
        listed = rows(a, "sessions")
        why = {m["node"]: m["why"] for m in listed["missing"]}
        assert set(why) == {"b", "c"} and "dead" in why["c"], listed
        shown = a.command("sessions", "list")
        assert shown.returncode == 0 and "missing" in shown.stdout and "b" in shown.stdout
        refused = a.ask("/admin/v1/backends/c%2Fgpu/drain", "POST")
        assert refused.status == 503 and refused.error["code"] == "node_missing"
    finally:
        b.process.signal(signal.SIGCONT)


def test_a_node_without_identity_is_not_answered(trio):
    a, b, c = trio
    with pytest.raises(Exception):
        request(b.peer, "POST", "/mesh/v1/ask", json.dumps({"what": "sessions"}))
    assert b.post("/mesh/v1/ask", {"what": "sessions"}).status == 404


def test_only_the_owner_probes_a_backend(mesh):
    backend = PythonBackend()
    try:
        a = mesh.found("a")
        b = mesh.join("b", backends=[{"name": "gpu", "kind": "openai", "url": f"http://127.0.0.1:{backend.port}/v1", "data_class": "internal"}],
                      invite=["--data-class", "confidential"])
        c = mesh.join("c")
        mesh.until_whole()
        mesh.until_models(["m"])
        assert a.chat("m").status == 200
        b.kill()
        seen = len(backend.seen)
        until(lambda: all(n.peers()["b"]["state"] == "dead" for n in (a, c)), 15)
        assert a.chat("m", timeout=30).status >= 400
        assert len(backend.seen) == seen, backend.seen[seen:]
    finally:
        backend.close()


def test_status_and_metrics_tell_of_the_mesh(trio):
    a, b, c = trio
    assert a.chat("m").status == 200
    status = rows(a, "status")
    assert status["mesh"]["members"]["alive"] == 3 and status["mesh"]["links"] == 2
    assert "3 alive" in a.command("status").stdout
    assert a.metric("edgemesh_mesh_members", state="alive") == 3
    assert a.metric("edgemesh_mesh_links", phase="up") == 2
    assert a.metric("edgemesh_mesh_forward_seconds_count", backend="b/gpu") == 1
    assert b.metric("edgemesh_peer_requests_total", peer="a", status="200") == 1
    assert a.metric("edgemesh_mesh_news_seconds_count") > 0
    for kind in ("hello", "ping", "ack", "records"):
        assert a.metric("edgemesh_mesh_link_bytes_total", direction="in", kind=kind) > 0, kind
        assert a.metric("edgemesh_mesh_link_frames_total", direction="out", kind=kind) > 0, kind
    assert a.metric("edgemesh_mesh_frames_dropped_total") == 0
    assert a.metric("edgemesh_mesh_records") == status["mesh"]["records"]
    until(lambda: a.metric("edgemesh_mesh_round_trip_seconds", node="b") > 0, 10)
    c.kill()
    until(lambda: a.metric("edgemesh_mesh_members", state="dead") == 1, 15)
    assert a.metric("edgemesh_mesh_deaths_total") + b.metric("edgemesh_mesh_deaths_total") >= 1, "whoever gave it up counts"
    table = a.command("peers").stdout
    assert "dead" in table and "PROBLEM" in table
