"""What a reload changes for the other nodes."""
from support.waiting import until


def reload(at, **changes):
    at.write_config(**changes)
    reply = at.ask("/admin/v1/reload", "POST")
    assert reply.status == 200, reply
    return reply.json()


def test_a_backends_offer_class_and_id_are_told_at_once(mesh, mock):
    backend = mock(models=["m"])
    a = mesh.found("a")
    b = mesh.join("b", backends=[backend.configured(name="gpu", data_class="internal")], invite=["--data-class", "confidential"])
    mesh.until_whole()
    mesh.until_models(["m"])
    internal = [("x-edgemesh-data-class", "internal")]
    assert a.chat("m", headers=internal).status == 200

    reload(b, backends=[backend.configured(name="gpu", data_class="public", id="llm-prod")])
    until(lambda: a.chat("m", headers=internal).status == 403, 10)
    until(lambda: (a.backend("b/gpu")["data_class"], a.backend("b/gpu")["id"]) == ("public", "llm-prod"), 10)

    reload(b, backends=[backend.configured(name="gpu", prices={"m": {"input": 0.15, "output": 0.6}})])
    told = {"m": {"input": 0.15, "cached_input": 0.15, "output": 0.6, "request": 0}}
    until(lambda: a.backend("b/gpu").get("prices") == told, 10, what="prices at the other node")
    assert b.backend("gpu")["prices"] == told
    offers = next(row for row in a.ask("/admin/v1/models").json()["data"] if row["id"] == "m")["offers"]
    assert offers[0]["price"] == told["m"]

    reload(b, backends=[backend.configured(name="gpu", offer="node")])
    until(lambda: "m" not in a.models(), 10)
    assert b.chat("m").status == 200
    assert a.chat("m").status == 404

    reload(b, backends=[backend.configured(name="other")])
    until(lambda: [row["name"] for row in a.backends()] == ["b/other"], 10)
    until(lambda: a.chat("m").status == 200, 10)


def test_what_needs_a_restart_is_said_and_changes_nothing(mesh, mock):
    a = mesh.found("a")
    b = mesh.join("b")
    mesh.until_whole()
    said = reload(b, node={"name": "b", "public_url": "https://b.example"}, data_classes=["low", "high"])
    assert said["needs_restart"] == ["node", "data_classes"] and said["changed"] == []
    assert not a.get("/mesh/endpoints").json()["data"]
    assert a.sees_alive(["b"])
