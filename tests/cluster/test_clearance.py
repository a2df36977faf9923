"""A node that may see less than others: what it is not cleared for does not reach it, nor is it taken from it."""
import pytest

from support.gateway import chat_body
from support.http_client import request

CLASSES = ("public", "internal", "confidential")


def of_class(name):
    return [("x-edgemesh-data-class", name)]


def explain(node, model, data_class):
    return request(node.admin, "POST", "/admin/v1/explain", chat_body(model, "Hello!"), of_class(data_class)).json()


def verdict(node, model, data_class, owner):
    """(refused_by, detail) of the owner's backend, as `node` explains it."""
    rows = [row for row in explain(node, model, data_class)["candidates"] if row["node"] == owner and row["model"]]
    assert len(rows) == 1, rows
    return rows[0]["refused_by"], rows[0]["detail"]


@pytest.fixture
def pair(mesh, mock):
    """`a` may see everything, `b` up to internal; each has a model of its own, on a backend that is configured for everything."""
    at_a, at_b = mock(models=["ma"], name="ga"), mock(models=["mb"], name="gb")
    a = mesh.found("a", backends=[at_a.configured(data_class="confidential")])
    b = mesh.join("b", backends=[at_b.configured(data_class="confidential")], invite=["--data-class", "internal"])
    mesh.until_whole()
    mesh.until_models(["ma", "mb"])
    return a, b, at_a, at_b


def test_a_request_above_its_class_is_not_forwarded_to_it(pair):
    a, _, _, at_b = pair
    for name in CLASSES[:2]:
        reply = a.chat("mb", headers=of_class(name))
        assert reply.status == 200 and reply.header("x-edgemesh-backend") == "b/gb", (name, reply)
    seen = len(at_b.requests())
    for refused in (a.chat("mb", headers=of_class("confidential")), a.stream("mb", headers=of_class("confidential")).read_all().reply):
        assert refused.status == 403 and refused.error["code"] == "data_class_denied"
    assert len(at_b.requests()) == seen == 2


def test_another_backend_of_the_model_takes_what_it_may_not_see(mesh, mock):
    near, far = mock(models=["m"], name="ga"), mock(models=["m"], name="gb")
    entry = mesh.found("entry")
    low = mesh.join("low", backends=[near.configured(data_class="confidential")], invite=["--data-class", "internal"])
    high = mesh.join("high", backends=[far.configured(data_class="confidential", priority=1)], invite=["--data-class", "confidential"])
    mesh.until_whole()
    mesh.until_serving("m", ["high", "low"])
    for name, node in zip(CLASSES, ("low", "low", "high")):
        for _ in range(3):
            reply = entry.chat("m", headers=of_class(name))
            assert reply.status == 200 and reply.header("x-edgemesh-backend").startswith(node + "/"), (name, reply)
    assert (len(near.requests()), len(far.requests())) == (6, 3)
    high.kill()  # nor when nobody else is left
    assert entry.chat("m", headers=of_class("confidential"), timeout=30).status in (403, 502, 503)
    assert entry.chat("m", headers=of_class("internal")).status == 200
    assert len(near.requests()) == 7


def test_its_backends_count_as_what_its_member_record_allows(pair):
    a, b, _, _ = pair
    assert a.backend("b/gb")["data_class"] == "internal"
    assert a.backend("ga")["data_class"] == b.backend("a/ga")["data_class"] == "confidential"
    offers = next(row for row in a.ask("/admin/v1/models").json()["data"] if row["id"] == "mb")["offers"]
    assert [o["data_class"] for o in offers] == ["internal"]


def test_explain_says_why_it_is_left_out(pair):
    a, _, _, _ = pair
    assert verdict(a, "mb", "internal", "b") == (None, "")
    assert verdict(a, "mb", "confidential", "b") == ("data_class", "may see internal, not confidential")
    told = explain(a, "mb", "confidential")
    assert told["choice"] is None and (told["error"]["status"], told["error"]["code"]) == (403, "data_class_denied")
    shown = a.command("explain", "--model", "mb", "--data-class", "confidential").stdout
    assert "may see internal, not confidential" in shown and "choice      none" in shown


def test_a_request_above_its_class_is_not_taken_from_it(pair):
    a, b, at_a, _ = pair
    for name in CLASSES[:2]:
        reply = b.chat("ma", headers=of_class(name))
        assert reply.status == 200 and reply.header("x-edgemesh-backend") == "a/ga", (name, reply)
    refused = b.chat("ma", headers=of_class("confidential"))
    assert refused.status == 403 and refused.error["code"] in ("data_class_denied", "mesh_class_denied")
    assert len(at_a.requests()) == 2


def test_what_would_not_be_taken_from_it_is_refused_by_itself(pair):
    """Nothing of such a request leaves it, and explain says so beforehand."""
    a, b, _, _ = pair
    assert verdict(b, "ma", "internal", "a") == (None, "")
    assert verdict(b, "ma", "confidential", "a")[0] == "data_class"
    refused = b.chat("ma", headers=of_class("confidential"))
    assert refused.status == 403 and refused.error["code"] == "data_class_denied"
    assert refused.header("x-edgemesh-attempts", "0") == "0"
    assert a.metric("edgemesh_peer_requests_total", peer="b") == 0
