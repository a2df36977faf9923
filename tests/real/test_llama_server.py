"""EdgeMesh in front of a real llama-server: exact answers, letter by letter."""
import base64
import struct
import time

import pytest

from real.transition_model import answer, character
from support.gateway import run
from support.ports import SLOWDOWN
from support.sse import Stream
from support.waiting import until, was_seen

ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def test_a_chat_is_answered(node):
    reply = node.chat("alphabet", temperature=0)
    assert reply.status == 200, reply
    choice = reply.json()["choices"][0]
    assert choice["message"]["content"] == ALPHABET
    assert choice["finish_reason"] == "stop"
    usage = reply.json()["usage"]
    assert usage["completion_tokens"] == 27 and usage["total_tokens"] == usage["prompt_tokens"] + 27


@pytest.mark.parametrize("prompt", ["Hello!", "k", "^"])
def test_a_chat_is_streamed(node, prompt):
    transcript = node.stream("alphabet", prompt, temperature=0).read_all()
    assert transcript.is_clean
    assert transcript.content == answer(prompt)
    assert transcript.finish == "stop"
    assert transcript.usage is None, "not asked for"


def test_usage_is_streamed_when_asked_for(node):
    transcript = node.stream("alphabet", "k", temperature=0, stream_options={"include_usage": True}).read_all()
    assert transcript.is_clean
    assert transcript.usage["completion_tokens"] == 16
    assert transcript.chunks[-1]["choices"] == []


def test_a_character_of_four_tokens_arrives_whole(node):
    """The emoji is four byte tokens: every chunk must be valid UTF-8 by itself."""
    with Stream(node.api, "/v1/chat/completions", {"model": "alphabet", "stream": True, "temperature": 0,
                                                   "messages": [{"role": "user", "content": "^"}]}) as stream:
        reply = stream.head()
        raw = b"".join(stream.connection.pieces(reply))
    for line in raw.split(b"\n"):
        line.decode("utf-8")
    assert "\U0001F600" in raw.decode() or "\\ud83d\\ude00" in raw.decode().lower()


def test_limits_and_stop_words_are_obeyed(node):
    assert node.chat("alphabet", max_tokens=5, temperature=0).json()["choices"][0]["finish_reason"] == "length"
    assert node.chat("alphabet", max_completion_tokens=5, temperature=0).json()["choices"][0]["message"]["content"] == "abcde"
    assert node.chat("alphabet", stop=["f"], temperature=0).json()["choices"][0]["message"]["content"] == "abcde"


def test_completions(node):
    body = {"model": "alphabet", "prompt": "k", "temperature": 0, "max_tokens": 4}
    assert node.post("/v1/completions", body).json()["choices"][0]["text"] == "lmno"
    transcript = Stream(node.api, "/v1/completions", {**body, "stream": True}).read_all()
    assert transcript.is_clean and transcript.content == "lmno" and transcript.finish == "length"


def test_log_probabilities_pass(node):
    choice = node.chat("alphabet", "k", temperature=0, logprobs=True, top_logprobs=2, max_tokens=2).json()["choices"][0]
    assert [row["token"] for row in choice["logprobs"]["content"]] == ["l", "m"]


def test_a_json_schema_forces_the_answer(node):
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"enum": ["yes"]}}}
    assert node.chat("alphabet", "x", max_tokens=50, response_format=schema).json()["choices"][0]["message"]["content"] == '"yes"'


@pytest.mark.parametrize("format", ["float", "base64", None])
def test_embeddings(embedder, gateway, format):
    node = gateway(embedder)
    ask = {"model": "alphabet-embed", "input": ["ab", "b"], **({"encoding_format": format} if format else {})}
    reply = node.post("/v1/embeddings", ask)
    assert reply.status == 200, reply
    rows = reply.json()["data"]
    assert [row["index"] for row in rows] == [0, 1]
    vector = rows[0]["embedding"]
    if format == "base64":
        raw = base64.b64decode(vector, validate=True)
        vector = struct.unpack(f"<{len(raw) // 4}f", raw)
    assert vector[character("a")] == pytest.approx(3 ** -0.5, rel=1e-4)


def test_embeddings_of_a_chat_model_are_refused_in_our_words(node):
    reply = node.post("/v1/embeddings", {"model": "alphabet", "input": "a"})
    assert reply.status in (400, 404, 501), reply
    assert reply.error


def test_chat_and_embeddings_from_two_servers_as_one(llama, embedder, gateway):
    node = gateway(llama, embedder)
    assert set(node.models()) == {"alphabet", "alphabet-embed"}
    assert node.chat("alphabet", temperature=0).status == 200
    assert node.post("/v1/embeddings", {"model": "alphabet-embed", "input": "a"}).status == 200


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_client_that_leaves_frees_the_slot(llama, node, stream):
    from support.gateway import chat_body
    from support.http_client import Connection
    until(lambda: llama.busy_slots() == 0, 10)
    body = chat_body("alphabet", "~", stream=stream, temperature=0, max_tokens=1_000_000)
    # The model is so small that an answer may have ended before anybody saw it begin: then another one is asked for.
    for _ in range(20):
        with Connection(node.api) as connection:
            connection.send_request("POST", "/v1/chat/completions", body)
            if was_seen(lambda: llama.busy_slots() == 1, 1, 0.001):
                break
    else:
        raise AssertionError("no answer was seen while it was made")
    start = time.monotonic()
    until(lambda: llama.busy_slots() == 0, 5, 0.005, "the slot being free")
    # llama-server itself looks once a second whether somebody still waits for an answer that it does not stream.
    assert time.monotonic() - start < (1.0 if stream else 2.0) * SLOWDOWN


def test_more_requests_than_slots_all_get_their_answer(node):
    streams = [node.stream("alphabet", "k", temperature=0) for _ in range(12)]
    for stream in streams:
        transcript = stream.read_all()
        assert transcript.is_clean and transcript.content == "lmnopqrstuvwxyz"


def test_a_prompt_beyond_the_context_is_a_clients_error(node):
    reply = node.chat("alphabet", "a b" * 3000, timeout=30)
    assert reply.status == 400, reply
    assert reply.error["code"] == "context_length_exceeded"


def test_it_is_recognised_as_llamacpp(llama, gateway):
    node = gateway({"name": "guess", "kind": "auto", "url": llama.url})
    row = node.backend("guess")
    assert "llamacpp" in str(row), row
    assert node.chat("alphabet", temperature=0).json()["choices"][0]["message"]["content"] == ALPHABET


def test_models_tell_the_context(node):
    row = next(r for r in node.get("/v1/models").json()["data"] if r["id"] == "alphabet")
    assert row["context_length"] == 2048
    assert row["loaded"] is True


def test_doctor_is_content(llama, gateway):
    node = gateway(llama)
    done = run("doctor", "--config", node.config_path, seconds=40)
    assert done.returncode == 0, done
    assert "alphabet" in done.stdout


def test_it_serves_a_cognis_host_too(llama, gateway):
    """A Cognis slot is a llama-server."""
    node = gateway(llama.configured(kind="cognis"))
    model = node.models()[0]
    assert node.chat(model, temperature=0).json()["choices"][0]["message"]["content"] == ALPHABET
    assert node.chat(None, temperature=0).status == 200, "its clients name no model"


def test_a_killed_llama_server_is_told_and_found_again(tmp_path, gateway):
    from support.llama_server import LlamaServer, why_not
    if why_not():
        pytest.skip(why_not())
    server = LlamaServer(tmp_path).start()
    try:
        node = gateway(server)
        with node.stream("alphabet", "~", temperature=0, max_tokens=1_000_000) as stream:
            stream.until_content(20)
            server.kill()
            transcript = stream.read_all()
        assert transcript.is_honest_failure
        assert set(transcript.content) == {"~"}
        server.start()
        until(lambda: node.chat("alphabet", temperature=0).status == 200, 20, 0.2)
    finally:
        server.kill()
