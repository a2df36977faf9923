"""Requests at the edge, end to end: each is told by its number in the list of edge cases or by what it is about."""
import base64
import gzip
import json
import struct

import pytest

from support.gateway import chat_body
from support.http_client import Connection, request
from support.mock_backend import KINDS
from support.sse import Stream
from support.waiting import until

CHAT = "/v1/chat/completions"
TOOL = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}


@pytest.fixture
def ollama(mock, gateway):
    backend = mock("ollama", models=["m"], tokens=4)
    return backend, gateway(backend)


def sent(backend):
    return json.loads(backend.requests()[-1]["body"])


def test_case_30_a_history_with_arguments_is_converted_or_refused(ollama):
    backend, node = ollama

    def with_arguments(text):
        messages = [{"role": "user", "content": "a"},
                    {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": text}}]},
                    {"role": "tool", "tool_call_id": "c1", "content": "sunny"}]
        return node.post(CHAT, {"model": "m:latest", "messages": messages, "tools": [TOOL]})
    assert with_arguments("").status == 200
    assert sent(backend)["messages"][1]["tool_calls"][0]["function"]["arguments"] == {}
    assert with_arguments('{"a": 1}').status == 200
    assert sent(backend)["messages"][1]["tool_calls"][0]["function"]["arguments"] == {"a": 1}
    refused = with_arguments("not json")
    assert refused.status == 400 and refused.error["param"].startswith("messages[1]")


def test_case_33_a_tools_answer_carries_the_tools_name(ollama):
    backend, node = ollama
    messages = [{"role": "user", "content": "a"},
                {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "c1", "content": "sunny"}, {"role": "tool", "tool_call_id": "unknown", "content": "?"}]
    assert node.post(CHAT, {"model": "m", "messages": messages}).status == 200
    known, unknown = sent(backend)["messages"][2:]
    assert known["tool_name"] == "weather" and "tool_name" not in unknown


def test_case_36_and_37_tool_choice(mock, gateway):
    backend = mock("ollama", models=["m"])
    node = gateway(backend)
    assert node.chat(tools=[TOOL], tool_choice="none").status == 200
    assert "tools" not in sent(backend)
    refused = node.chat(tools=[TOOL], tool_choice="required")
    assert refused.status == 400 and refused.error["code"] == "unsupported_parameter"
    vllm = gateway(mock("vllm", models=["m"]))
    named = vllm.chat(tools=[TOOL], tool_choice={"type": "function", "function": {"name": "weather"}}).json()["choices"][0]
    assert named["finish_reason"] == "stop" and named["message"]["tool_calls"]


def test_case_38_and_40_parts_become_one_message_with_images(ollama):
    backend, node = ollama
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"},
             {"type": "image_url", "image_url": {"url": "DATA:image/PNG;charset=x;base64,iVBORw0KGgo="}}]
    node.post(CHAT, {"model": "m", "messages": [{"role": "user", "content": parts}]})
    rows = backend.requests()
    if rows:  # a mock whose model sees no images is not asked at all
        message = json.loads(rows[-1]["body"])["messages"][0]
        assert message["content"] == "one\ntwo" and message["images"] == ["iVBORw0KGgo="]
    parts[2]["image_url"]["url"] = "data:image/png;base64,***"
    assert node.post(CHAT, {"model": "m", "messages": [{"role": "user", "content": parts}]}).status == 400


@pytest.mark.parametrize("kind", KINDS)
def test_case_42_hostile_json_harms_nobody(mock, gateway, kind):
    backend = mock(kind, models=["m"])
    node = gateway(backend)
    model = node.models()[0]
    for text in (b'"\\ud800"', b'"a\\u0000b"', b"1e999", b"-1e-999", b"[" * 10_000 + b"]" * 10_000, b'{"a":1,"a":2}', b"9" * 10_000, b'"\xed\xa0\x80"'):
        for member in (b"metadata", b"temperature", b"seed", b"user"):
            body = b'{"model":' + json.dumps(model).encode() + b',"messages":[{"role":"user","content":"a"}],"' + member + b'":' + text + b"}"
            status = node.post(CHAT, body).status
            assert status in (200, 400), (member, text[:20], status)
    assert node.chat(model).status == 200
    assert node.process.running


def test_case_43_the_newer_token_limit_wins_and_zero_is_refused(ollama):
    backend, node = ollama
    assert node.chat(max_completion_tokens=3).json()["choices"][0]["finish_reason"] == "length"
    assert sent(backend)["options"]["num_predict"] == 3
    assert node.chat(max_completion_tokens=2, max_tokens=9).status == 200
    assert sent(backend)["options"]["num_predict"] == 2
    for name in ("max_tokens", "max_completion_tokens"):
        for value in (0, -1, 1.5, "7"):
            refused = node.chat(**{name: value})
            assert refused.status == 400 and refused.error["param"] == name


def test_case_44_stop_becomes_a_list(ollama):
    backend, node = ollama
    for given, stops in (("x", ["x"]), (["x", "y"], ["x", "y"]), ([], None), (None, None)):
        assert node.chat(stop=given).status == 200
        assert sent(backend).get("options", {}).get("stop") == stops
    assert node.chat(stop=[1]).status == 400


@pytest.mark.parametrize("kind", KINDS)
def test_case_45_null_is_absent(mock, gateway, kind):
    backend = mock(kind, models=["m"])
    node = gateway(backend)
    names = ["temperature", "top_p", "presence_penalty", "frequency_penalty", "seed", "stop", "max_tokens", "max_completion_tokens", "n", "tools",
             "tool_choice", "response_format", "logprobs", "top_logprobs", "logit_bias", "stream", "stream_options", "user", "reasoning_effort",
             "parallel_tool_calls"]
    assert node.chat(node.models()[0], **{name: None for name in names}).status == 200
    assert not {name for name, value in sent(backend).items() if value is None}


def test_case_46_several_answers_come_from_who_can_give_them(mock, gateway):
    one, several = mock("ollama", models=["m"]), mock("openai", models=["m:latest"], tokens=3)
    alone = gateway(one)
    refused = alone.chat(n=2)
    assert refused.status == 400 and refused.error["code"] == "unsupported_parameter" and refused.error["param"] == "n"
    both = gateway(one.configured(priority=0), several.configured(priority=1))
    choices = both.chat("m:latest", n=2).json()["choices"]
    assert [c["index"] for c in choices] == [0, 1]
    transcript = both.stream("m:latest", n=2).read_all()
    finishes = [(c["index"], c["finish_reason"]) for chunk in transcript.chunks for c in chunk["choices"] if c["finish_reason"]]
    assert sorted(finishes) == [(0, "stop"), (1, "stop")]


def test_case_49_names_of_ollama_are_compared_as_ollama_does(mock, gateway):
    backend = mock("ollama", models=["llama3:latest"])
    node = gateway(backend)
    for name in ("llama3", "LLAMA3", "llama3:latest", "library/llama3", "Library/Llama3:LATEST"):
        assert node.chat(name).status == 200, name
        assert node.chat(name).json()["model"] == name
    for name in ("llama3:8b", "llama", "llama3.1", "other/llama3"):
        assert node.chat(name).status == 404, name


@pytest.mark.parametrize("target", ["a/b:7b", "a%2Fb:7b", "a%2fb%3A7b", "a%2Fb%3a7b"])
def test_case_50_ids_with_slashes_and_colons(mock, gateway, target):
    node = gateway(mock(models=["a/b:7b"]))
    reply = node.get(f"/v1/models/{target}")
    assert reply.status == 200 and reply.json()["id"] == "a/b:7b"
    assert node.get(f"/v1/models/{target}x").error["code"] == "model_not_found"
    head = request(node.api, "HEAD", f"/v1/models/{target}")
    assert head.status == 200 and head.body == b""


def test_case_51_a_file_path_gets_a_public_name(mock, gateway):
    backend = mock("llamacpp", models=["/models/qwen/q.gguf"])
    node = gateway(backend.configured(rename={"qwen": "/models/qwen/q.gguf"}))
    reply = node.chat("qwen")
    assert reply.status == 200 and reply.json()["model"] == "qwen"
    transcript = node.stream("qwen").read_all()
    assert {c["model"] for c in transcript.chunks} == {"qwen"}
    assert "/models/qwen" not in json.dumps(transcript.chunks)


def test_case_52_a_model_of_three_dialects_is_one_entry(mock, gateway):
    backends = [mock(kind, models=["m"]) for kind in ("openai", "vllm", "llamacpp")]
    lists = [gateway(*order).get("/v1/models").json() for order in (backends, backends[::-1])]
    for listed in lists:
        assert [row["id"] for row in listed["data"]] == ["m"]
        assert sorted(listed["data"][0]["backends"]) == sorted(b.name for b in backends)
    assert lists[0]["data"][0]["owned_by"] == lists[1]["data"][0]["owned_by"]


@pytest.mark.parametrize("kind", KINDS)
def test_case_53_a_request_without_a_model_goes_to_the_only_one(mock, gateway, kind):
    node = gateway(mock(kind, models=["only"]))
    assert node.chat(None).status == 200
    assert node.stream(None).read_all().is_clean


def test_case_54_a_model_that_vanished_is_looked_for_elsewhere_and_its_backend_stays(mock, gateway):
    bad, good = mock("vllm", models=["m", "other"], tokens=3), mock("vllm", models=["m"], tokens=3)
    node = gateway(bad.configured(priority=0), good.configured(priority=1))
    bad.steer({"name": "error-500", "probability": 1.0, "status": 404, "count": 1})
    reply = node.chat("m")
    assert reply.status == 200 and reply.header("x-edgemesh-backend") == good.name
    assert node.chat("other").header("x-edgemesh-backend") == bad.name
    assert "closed" in str(node.backend(bad.name)["breaker"])


@pytest.mark.parametrize("kind", ["llamacpp", "ollama", "vllm"])
def test_case_56_a_loading_backend_is_passed_over_and_comes_back(mock, gateway, kind):
    bad, good = mock(kind, models=["m"]), mock(kind, models=["m"])
    bad.steer("loading")
    node = gateway(bad.configured(priority=0), good.configured(priority=1), until_models=False)
    until(lambda: node.models(), 5)
    for _ in range(3):
        assert node.chat(node.models()[0]).header("x-edgemesh-backend") == good.name
    bad.steer()
    until(lambda: node.chat(node.models()[0]).header("x-edgemesh-backend") == bad.name, 20, 0.2)


def test_case_59_a_busy_backend_opens_no_breaker(mock, gateway):
    busy, good = mock("ollama", models=["m"]), mock("ollama", models=["m"])
    node = gateway(busy.configured(priority=0), good.configured(priority=1))
    busy.steer({"name": "error-500", "probability": 1.0, "status": 503})
    for _ in range(10):
        assert node.chat().status == 200
    assert "closed" in str(node.backend(busy.name)["breaker"])


def test_case_72_and_70_embeddings_are_packed_exactly(mock, gateway):
    for kind in KINDS:
        node = gateway(mock(kind, models=["embed"]))
        ask = {"model": node.models()[0], "input": "vec:1,-2"}
        floats = node.post("/v1/embeddings", {**ask, "encoding_format": "float"}).json()["data"][0]["embedding"]
        packed = node.post("/v1/embeddings", {**ask, "encoding_format": "base64"}).json()["data"][0]["embedding"]
        assert isinstance(floats, list) and isinstance(packed, str)
        assert base64.b64decode(packed, validate=True) == struct.pack(f"<{len(floats)}f", *floats)


def test_case_73_inputs_are_checked(mock, gateway):
    backend = mock("ollama", models=["embed"])
    node = gateway(backend)
    for bad in ([], [1, 2], [[1, 2]], [""] * 0, 7, None, {}, [None], ["a"] * 2049):
        assert node.post("/v1/embeddings", {"model": "embed", "input": bad}).status == 400, bad
    assert backend.requests() == []
    assert len(node.post("/v1/embeddings", {"model": "embed", "input": ["a"] * 2048}).json()["data"]) == 2048


def test_case_74_embeddings_go_to_who_serves_them(mock, gateway):
    chat_only, good = mock("vllm", models=["m"]), mock("vllm", models=["m"])
    node = gateway(chat_only.configured(priority=0), good.configured(priority=1))
    chat_only.steer({"name": "error-500", "probability": 1.0, "status": 501, "path": "/v1/embeddings"})
    assert node.post("/v1/embeddings", {"model": "m", "input": "a"}).header("x-edgemesh-backend") == good.name
    alone = gateway(chat_only)
    refused = alone.post("/v1/embeddings", {"model": "m", "input": "a"})
    assert refused.status == 501 and refused.error["code"] == "unsupported_endpoint"


def test_case_75_every_error_has_its_form_on_both_ports(mock, gateway):
    node = gateway(mock(), limits={"body": "1KB"})
    replies = [node.get("/nowhere"), node.get(CHAT), node.get("/v1/models/none"), node.chat("none"), node.post(CHAT, b"{"), node.chat(content="x" * 4000),
               node.chat(headers=[("x-edgemesh-data-class", "none")]), node.chat(headers=[("Host", "evil.example")]),
               node.chat(headers=[("Origin", "https://evil.example")]), node.get("/nowhere?x=1"), request(node.api, "DELETE", "/healthz"),
               node.ask("/nowhere"), node.ask("/admin/v1/status", "POST"), node.ask("/admin/v1/explain", "POST", b"{"),
               node.ask("/admin/v1/sessions/none", "DELETE"), node.ask("/admin/v1/requests/none")]
    for reply in replies:
        assert reply.status >= 400
        assert reply.error["type"], reply


def test_case_77_paths_and_methods_that_are_not_there(mock, gateway):
    node = gateway(mock())
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
        reply = request(node.api, method, CHAT)
        assert reply.status == 405 and "POST" in reply.header("allow")
        if method != "HEAD":
            assert reply.error["code"] == "method_not_allowed"
    for path in ("/v1/models", "/v1/models/m", "/healthz", "/readyz"):
        for method in ("POST", "DELETE"):
            reply = request(node.api, method, path, b"{}" if method == "POST" else None)
            assert reply.status == 405 and reply.error and {"GET", "HEAD"} <= set(reply.header("allow").replace(" ", "").split(",")), path
        assert request(node.api, "HEAD", path).body == b""
        options = request(node.api, "OPTIONS", path)
        assert options.status == 204 and options.header("allow") and options.body == b""
    for path in ("/", "/v1", "/v1/", "/v2/chat/completions", "/v1/chat", "/V1/models", "/v1/chat/completions/", "//v1/models", "/v1/models/"):
        reply = request(node.api, "GET", path)
        assert reply.status == 404 and reply.error, path
    for method, path in (("OPTIONS", "/nowhere"), ("HEAD", "/nowhere")):
        assert request(node.api, method, path).status == 404
    assert node.get("/v1/models?limit=2").status == 200


def test_the_admin_port_knows_its_methods_too(mock, gateway):
    node = gateway(mock())
    for method, path, allow in (("POST", "/admin/v1/status", "GET"), ("GET", "/admin/v1/reload", "POST"), ("POST", "/metrics", "GET"),
                                ("GET", "/admin/v1/explain", "POST"), ("DELETE", "/admin/v1/backends", "GET")):
        reply = node.ask(path, method)
        assert reply.status == 405 and reply.error and allow in reply.header("allow"), path
    for path in ("/admin/v1/status", "/metrics", "/healthz"):
        head = node.ask(path, "HEAD")
        assert head.status == 200 and head.body == b""


@pytest.mark.parametrize("accept", ["application/json", "text/html", "*/*", "text/event-stream", ""])
def test_case_78_the_bodys_stream_decides_and_not_accept(mock, gateway, accept):
    node = gateway(mock(tokens=3))
    headers = [("Accept", accept)]
    assert node.stream(headers=headers).read_all().is_clean
    assert node.chat(headers=headers).header("content-type").startswith("application/json")


def test_case_79_encoded_bodies_are_refused_and_expectations_met(mock, gateway):
    backend = mock()
    node = gateway(backend)
    bomb = gzip.compress(b'{"model":"m","messages":[{"role":"user","content":"' + b"a" * 10_000_000 + b'"}]}')
    for encoding in ("gzip", "deflate", "br", "GZIP, gzip"):
        assert node.post(CHAT, bomb, headers=[("Content-Encoding", encoding)]).status == 415
    assert backend.requests() == []
    assert node.post(CHAT, chat_body("m", "a"), headers=[("Content-Encoding", "identity")]).status == 200
    with Connection(node.api) as connection:  # refused by its length before the body is asked for
        connection.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 999999999999\r\n\r\n")
        assert connection._line().split(b" ")[1] == b"413"
    with Connection(node.api) as connection:
        connection.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nExpect: a-miracle\r\nContent-Length: 2\r\n\r\n")
        assert connection._line().split(b" ")[1] == b"417"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_the_api_is_taken(mock, gateway, kind, stream):
    """Clients send what OpenAI documents; none of it is a reason to refuse."""
    node = gateway(mock(kind, models=["m"], tokens=3))
    fields = {"metadata": {"a": "b"}, "store": False, "user": "u", "safety_identifier": "s", "prompt_cache_key": "k", "prompt_cache_retention": "24h",
              "service_tier": "auto", "verbosity": "low", "modalities": ["text"], "temperature": 0.5, "top_p": 0.9, "presence_penalty": 0.1,
              "frequency_penalty": 0.1, "seed": 1, "stop": ["zzz"], "logit_bias": {"1": -1}, "max_completion_tokens": 50, "n": 1,
              "response_format": {"type": "text"}, "parallel_tool_calls": True, "tools": [TOOL], "tool_choice": "auto", "unknown_field": {"deep": [1]}}
    model = node.models()[0]
    if stream:
        transcript = node.stream(model, stream_options={"include_usage": True, "include_obfuscation": True}, **fields).read_all()
        assert transcript.is_clean and transcript.usage
    else:
        assert node.chat(model, **fields).status == 200


@pytest.mark.parametrize("kind", KINDS)
def test_every_shape_of_message_is_taken(mock, gateway, kind):
    backend = mock(kind, models=["m"], tokens=3)
    node = gateway(backend)
    messages = [{"role": "developer", "content": "be brief"}, {"role": "system", "content": [{"type": "text", "text": "very"}]},
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "name": "ann"},
                {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
                {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "done"}]},
                {"role": "assistant", "content": "ok", "reasoning_content": "because", "refusal": None, "audio": None},
                {"role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}, {"role": "user", "content": "c"}]
    reply = node.post(CHAT, {"model": node.models()[0], "messages": messages, "tools": [TOOL]})
    assert reply.status == 200, reply
    if kind != "vllm":  # vLLM knows the role
        assert '"developer"' not in backend.requests()[-1]["body"]


def test_a_request_with_effects_is_not_made_twice(mock, gateway):
    """A search that the server makes itself may have been made."""
    bad, good = mock(models=["m"]), mock(models=["m"])
    node = gateway(bad.configured(priority=0), good.configured(priority=1))
    bad.steer("error-500")
    reply = node.chat(web_search_options={})
    assert reply.status == 502
    assert good.requests() == []
    bad.kill()  # refused before a byte was sent: nothing can have happened
    assert node.chat(web_search_options={}).status == 200


def test_the_answer_of_a_virtual_model_carries_its_name_in_every_chunk(mock, gateway):
    node = gateway(mock(models=["real"], tokens=3), models=[{"name": "assistant", "routes": [{"use": "real"}]}])
    transcript = node.stream("assistant").read_all()
    assert {c["model"] for c in transcript.chunks} == {"assistant"}
    assert transcript.reply.header("x-edgemesh-model") == "real"


def test_a_stream_that_asks_for_usage_says_null_before_it_or_nothing(mock, gateway):
    """A truthy usage before the end is taken for the end by several editors."""
    for kind in KINDS:
        node = gateway(mock(kind, models=["m"], tokens=3))
        transcript = node.stream(node.models()[0], stream_options={"include_usage": True}).read_all()
        assert [bool(c.get("usage")) for c in transcript.chunks] == [False] * (len(transcript.chunks) - 1) + [True]


def test_two_hundred_streams_at_once_are_kept_apart(mock, gateway):
    backend = mock(tokens=6, itl="5ms")
    node = gateway(backend)
    streams = [Stream(node.api, CHAT, {**chat_body("m", f"echo:answer-{i}"), "stream": True}) for i in range(200)]
    for i, stream in enumerate(streams):
        transcript = stream.read_all()
        assert transcript.is_clean and transcript.content.strip() == f"answer-{i}"
