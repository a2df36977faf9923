"""What every client relies on: answers, streams, model lists, health, headers."""
import base64
import json
import socket
import struct

import pytest

from support.gateway import chat_body
from support.http_client import Connection, request, request_bytes
from support.mock_backend import KINDS, said
from support.sse import Stream


@pytest.fixture(params=KINDS)
def each_kind(request, mock, gateway):
    backend = mock(request.param, models=["m", "embed"], tokens=6)
    return backend, gateway(backend)


def model_of(node):
    """Cognis lists its models by file path, Ollama with a tag; the others as they were named."""
    return next(name for name in node.models() if "embed" not in name)


def test_a_chat_is_answered_by_every_kind(each_kind):
    backend, node = each_kind
    reply = node.chat(model_of(node))
    assert reply.status == 200, reply
    body = reply.json()
    choice = body["choices"][0]
    assert body["object"] == "chat.completion"
    assert body["model"] == model_of(node)
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"].strip() == said(6).strip()
    assert choice["finish_reason"] == "stop"
    assert body["usage"]["completion_tokens"] >= 6
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + body["usage"]["completion_tokens"]


def test_a_chat_is_streamed_from_every_kind(each_kind):
    backend, node = each_kind
    transcript = node.stream(model_of(node)).read_all()
    assert transcript.status == 200
    assert transcript.is_clean
    assert transcript.content.strip() == said(6).strip()
    assert transcript.finish == "stop"
    assert transcript.usage is None, "usage was not asked for"
    assert transcript.chunks[0]["choices"][0]["delta"].get("role") == "assistant"
    assert sum(1 for c in transcript.chunks if c["choices"] and c["choices"][0]["delta"].get("role")) == 1
    assert len({c["id"] for c in transcript.chunks}) == 1
    assert {c["object"] for c in transcript.chunks} == {"chat.completion.chunk"}
    assert {c["model"] for c in transcript.chunks} == {model_of(node)}


def test_usage_comes_when_asked_for_from_every_kind(each_kind):
    backend, node = each_kind
    transcript = node.stream(model_of(node), stream_options={"include_usage": True}).read_all()
    assert transcript.is_clean
    assert transcript.usage["completion_tokens"] >= 6
    with_usage = [c for c in transcript.chunks if c.get("usage")]
    assert len(with_usage) == 1
    assert with_usage[0]["choices"] == []
    assert with_usage[0] is transcript.chunks[-1]


def test_usage_is_asked_upstream_even_when_the_client_does_not(each_kind):
    backend, node = each_kind
    if backend.kind == "ollama":
        pytest.skip("Ollama always tells its usage")
    node.stream(model_of(node)).read_all()
    assert '"include_usage":true' in backend.requests()[-1]["body"].replace(" ", "")


def test_max_tokens_ends_with_length(each_kind):
    backend, node = each_kind
    choice = node.chat(model_of(node), max_tokens=3).json()["choices"][0]
    assert choice["message"]["content"].split() == said(3).split()
    assert choice["finish_reason"] == "length"


def test_a_tool_call_comes_from_every_kind(each_kind):
    backend, node = each_kind
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}
    choice = node.chat(model_of(node), "use the tool", tools=[tool]).json()["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    call = choice["message"]["tool_calls"][0]
    assert call["type"] == "function" and call["id"]
    assert call["function"]["name"] == "weather"
    assert call["function"]["arguments"].replace(" ", "") == '{"city":"Paris"}'


def test_reasoning_comes_from_every_kind(each_kind):
    backend, node = each_kind
    message = node.chat(model_of(node), "think about it").json()["choices"][0]["message"]
    assert message["reasoning_content"].split() == ["r0", "r1", "r2"]
    transcript = node.stream(model_of(node), "think about it").read_all()
    assert transcript.reasoning.split() == ["r0", "r1", "r2"]
    assert transcript.content.strip() == said(6).strip()


def test_completions_work_on_every_kind(each_kind):
    backend, node = each_kind
    body = {"model": model_of(node), "prompt": "Once", "max_tokens": 4}
    reply = node.post("/v1/completions", body)
    assert reply.status == 200, reply
    assert reply.json()["object"] == "text_completion"
    assert reply.json()["choices"][0]["text"].split() == said(4).split()
    transcript = Stream(node.api, "/v1/completions", {**body, "stream": True}).read_all()
    assert transcript.is_clean
    assert transcript.content.split() == said(4).split()


def test_embeddings_come_as_floats_and_as_base64(each_kind):
    backend, node = each_kind
    # Ollama says which models embed.
    embedder = next(name for name in node.models() if "embed" in name)
    ask = {"model": embedder, "input": ["one", "two"]}
    floats = node.post("/v1/embeddings", ask)
    assert floats.status == 200, floats
    rows = floats.json()["data"]
    assert [row["index"] for row in rows] == [0, 1]
    assert all(isinstance(x, (int, float)) for x in rows[0]["embedding"])
    packed = node.post("/v1/embeddings", {**ask, "encoding_format": "base64"}).json()["data"][0]["embedding"]
    raw = base64.b64decode(packed, validate=True)
    unpacked = struct.unpack(f"<{len(raw) // 4}f", raw)
    assert unpacked == pytest.approx(rows[0]["embedding"], rel=1e-6)


def test_every_answer_says_who_and_how(mock, gateway):
    backend = mock(models=["m"])
    node = gateway(backend)
    reply = node.chat()
    assert reply.header("x-edgemesh-node") == "n1"
    assert reply.header("x-edgemesh-backend") == backend.name
    assert reply.header("x-edgemesh-attempts") == "1"
    assert reply.header("x-edgemesh-hops") == "0"
    assert reply.header("x-edgemesh-model") == "m"
    assert int(reply.header("x-edgemesh-overhead-us")) >= 0
    assert reply.header("x-request-id")


def test_a_valid_request_id_is_kept_and_an_invalid_one_replaced(mock, gateway):
    node = gateway(mock())
    assert node.chat(headers=[("x-request-id", "order-17.a_B")]).header("x-request-id") == "order-17.a_B"
    for bad in ("with space", "x" * 129, "<b>", ""):
        given = node.chat(headers=[("x-request-id", bad)]).header("x-request-id")
        assert given and given != bad
        assert given.replace("-", "").replace("_", "").replace(".", "").isalnum()


def test_upstream_never_sees_the_clients_key_or_hop_headers(mock, gateway):
    backend = mock()
    node = gateway(backend)
    node.chat(headers=[("Authorization", "Bearer client-key"), ("x-edgemesh-hops", "other/1"), ("Cookie", "a=b"),
                       ("Connection", "x-secret"), ("X-Secret", "1"), ("X-Conversation-Id", "c1")])
    seen = dict(backend.requests()[-1]["headers"]) if isinstance(backend.requests()[-1]["headers"], dict) else \
        {name.lower(): value for name, value in backend.requests()[-1]["headers"]}
    assert "client-key" not in str(seen)
    for name in ("authorization", "cookie", "x-secret", "x-conversation-id"):
        assert name not in seen
    assert seen["host"] == f"{backend.host}:{backend.port}"
    assert "other/1" not in seen.get("x-edgemesh-hops", "")


def test_traceparent_is_passed_on(mock, gateway):
    backend = mock()
    node = gateway(backend)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    node.chat(headers=[("traceparent", trace)])
    assert "0af7651916cd43dd8448eb211c80319c" in str(backend.requests()[-1]["headers"])


def test_models_of_all_backends_are_merged(mock, gateway):
    one, two = mock("openai", models=["a", "shared"]), mock("ollama", models=["b:7b", "shared"])
    node = gateway(one, two)
    listed = node.get("/v1/models").json()
    assert listed["object"] == "list"
    rows = {row["id"]: row for row in listed["data"]}
    assert {"a", "b:7b"} <= set(rows)
    shared = [row for name, row in rows.items() if name.split(":")[0] == "shared"]
    assert {b for row in shared for b in row["backends"]} == {one.name, two.name}
    row = rows["a"]
    assert row["object"] == "model" and isinstance(row["created"], int) and isinstance(row["owned_by"], str)
    assert {"context_length", "capabilities", "loaded", "backends", "nodes", "virtual"} <= set(row)
    assert row["nodes"] == ["n1"] and row["virtual"] is False


def test_the_list_of_models_is_stable(mock, gateway):
    node = gateway(mock("openai", models=["a", "b"]), mock("vllm", models=["a"]))
    first, second = node.get("/v1/models").json(), node.get("/v1/models").json()
    assert first == second


@pytest.mark.parametrize("target", ["/v1/models/org/model:7b", "/v1/models/org%2Fmodel:7b", "/v1/models/org%2Fmodel%3A7b"])
def test_a_model_id_may_be_raw_or_encoded(mock, gateway, target):
    node = gateway(mock(models=["org/model:7b"]))
    reply = node.get(target)
    assert reply.status == 200, reply
    assert reply.json()["id"] == "org/model:7b"


def test_an_unknown_model_names_the_nearest(mock, gateway):
    node = gateway(mock(models=["llama3.2:3b", "qwen2.5"]))
    for reply in (node.chat("llama3.2:3"), node.get("/v1/models/llama3.2:3")):
        assert reply.status == 404
        assert reply.error["code"] == "model_not_found"
        assert reply.error["param"] == "model"
        assert "llama3.2:3b" in reply.error["message"]


def test_ollamas_latest_tag_may_be_left_out(mock, gateway):
    node = gateway(mock("ollama", models=["llama3:latest", "llama3:8b"]))
    assert node.chat("llama3").status == 200
    assert node.chat("LLAMA3").status == 200
    assert node.chat("llama3:70b").status == 404


def test_health_readiness_head_and_options(mock, gateway):
    node = gateway(mock())
    for target in ("/healthz", "/readyz"):
        assert node.get(target).status == 200
        head = request(node.api, "HEAD", target)
        assert head.status == 200 and head.body == b""
    head = request(node.api, "HEAD", "/v1/models")
    assert head.status == 200 and head.body == b"" and int(head.header("content-length")) > 2
    options = request(node.api, "OPTIONS", "/v1/chat/completions")
    assert options.status == 204
    assert "POST" in options.header("allow") and "OPTIONS" in options.header("allow")


def test_a_node_without_backends_is_ready(gateway):
    node = gateway()
    assert node.get("/readyz").status == 200
    assert node.get("/v1/models").json()["data"] == []
    assert node.chat().status in (404, 503)


def test_unknown_paths_and_methods(mock, gateway):
    node = gateway(mock())
    missing = node.get("/v1/nothing")
    assert missing.status == 404 and missing.error["type"] == "invalid_request_error"
    wrong = node.get("/v1/chat/completions")
    assert wrong.status == 405 and wrong.error
    assert "POST" in wrong.header("allow")
    assert request(node.api, "DELETE", "/v1/models").status == 405
    assert request(node.api, "BREW", "/v1/models").status in (405, 501, 400)


def test_a_connection_is_kept_alive(mock, gateway):
    node = gateway(mock())
    with Connection(node.api) as connection:
        for _ in range(3):
            assert connection.exchange("POST", "/v1/chat/completions", chat_body("m", "Hello!")).status == 200
        assert connection.exchange("GET", "/nothing").status == 404
        assert connection.exchange("GET", "/healthz").status == 200
        last = connection.exchange("GET", "/healthz", headers=[("Connection", "close")])
        assert last.status == 200
        assert connection.is_closed_by_peer()


def test_pipelined_requests_are_answered_in_order(mock, gateway):
    node = gateway(mock(models=["m"]))
    with Connection(node.api) as connection:
        connection.send(request_bytes(node.api, "POST", "/v1/chat/completions", chat_body("m", "echo:one")) +
                        request_bytes(node.api, "GET", "/healthz") +
                        request_bytes(node.api, "POST", "/v1/chat/completions", chat_body("m", "echo:two")))
        first, second, third = (connection.read_reply() for _ in range(3))
    assert first.json()["choices"][0]["message"]["content"].strip() == "one"
    assert second.status == 200
    assert third.json()["choices"][0]["message"]["content"].strip() == "two"


def test_expect_100_continue_is_answered(mock, gateway):
    node = gateway(mock())
    body = json.dumps(chat_body("m", "Hello!")).encode()
    with Connection(node.api) as connection:
        connection.send(f"POST /v1/chat/completions HTTP/1.1\r\nHost: {node.api[0]}\r\nContent-Type: application/json\r\n"
                        f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode())
        assert connection._line().startswith(b"HTTP/1.1 100")
        connection._line()
        connection.send(body)
        assert connection.read_reply().status == 200


def test_a_chunked_body_is_read(mock, gateway):
    node = gateway(mock())
    body = json.dumps(chat_body("m", "echo:chunked")).encode()
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 7]), body[i:i + 7]) for i in range(0, len(body), 7)) + b"0\r\n\r\n"
    reply = node.post("/v1/chat/completions", chunked, headers=[("Transfer-Encoding", "chunked")])
    assert reply.status == 200
    assert reply.json()["choices"][0]["message"]["content"].strip() == "chunked"


def test_a_stream_comes_as_one_even_when_json_is_accepted(mock, gateway):
    node = gateway(mock())
    transcript = node.stream(headers=[("Accept", "application/json")]).read_all()
    assert transcript.is_clean
    assert transcript.reply.header("content-type").startswith("text/event-stream")


def test_a_backend_can_be_pinned_and_models_renamed(mock, gateway):
    one, two = mock(models=["m"]), mock(models=["m"])
    node = gateway(one.configured(rename={"small": "m"}), two)
    for _ in range(4):
        assert node.chat(f"{two.name}::m").header("x-edgemesh-backend") == two.name
    reply = node.chat("small")
    assert reply.header("x-edgemesh-backend") == one.name
    assert reply.json()["model"] == "small"
    assert '"model":"m"' in one.requests()[-1]["body"].replace(" ", "")


def test_a_body_of_several_megabytes_passes(mock, gateway):
    backend = mock(kind="vllm", context=100_000_000)
    node = gateway(backend)
    reply = node.chat(content="x" * 5_000_000 + " echo:end", timeout=30)
    assert reply.status == 200, reply
    assert reply.json()["choices"][0]["message"]["content"] == "end"


def test_large_numbers_and_unknown_fields_keep_their_bytes(mock, gateway):
    backend = mock()
    node = gateway(backend)
    body = b'{"model":"m","messages":[{"role":"user","content":"a"}],"seed":4711,"metadata":{"a":1.10,"b":12345678901234567890}}'
    assert node.post("/v1/chat/completions", body).status == 200
    sent = backend.requests()[-1]["body"]
    assert "12345678901234567890" in sent and "1.10" in sent


def test_ipv6_loopback_is_served(mock, gateway):
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
            usable = True
    except OSError:
        usable = False
    if not usable:
        pytest.skip("this machine has no IPv6 loopback")
    node = gateway(mock(), host="::1")
    assert node.chat().status == 200
