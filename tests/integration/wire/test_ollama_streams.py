"""What Ollama writes, end to end, converted: lines that are cut, errors in the middle, tool calls of old builds."""
import json

import pytest

from support.scripted_backend import BYTEWISE, CLOSE, RESET, answer, chunked, line, lined, stream_head

A, B, LAST = line("a"), line("b"), line(done=True)
NDJSON = "application/x-ndjson"


def told(scripted, gateway, *script, settings=None, **fields):
    node = gateway(scripted(list(script), kind="ollama"), **(settings or {}))
    return node.stream(**fields).read_all()


def calls_of(transcript):
    return [call for c in transcript.chunks for choice in c["choices"] for call in choice["delta"].get("tool_calls", [])]


def test_a_stream_is_converted(scripted, gateway):
    transcript = told(scripted, gateway, lined(A, B, LAST), stream_options={"include_usage": True})
    assert transcript.is_clean and transcript.content == "ab" and transcript.finish == "stop"
    assert transcript.usage["prompt_tokens"] == 3 and transcript.usage["completion_tokens"] == 2


@pytest.mark.parametrize("end", [[b"0\r\n\r\n"], [CLOSE], [RESET]], ids=["clean", "closed", "reset"])
def test_case_04_lines_that_end_without_done_are_an_error(scripted, gateway, end):
    transcript = told(scripted, gateway, stream_head(NDJSON) + chunked(A), 0.05, *end)
    assert transcript.content == "a" and transcript.is_honest_failure


def test_case_05_an_error_line_in_mid_stream_is_an_error_event_with_its_message(scripted, gateway):
    transcript = told(scripted, gateway, lined(A, b'{"error":"out of memory"}\n'))
    assert transcript.is_honest_failure and transcript.error["message"] == "out of memory"


def test_case_06_a_nested_error_is_unwrapped_and_mapped(scripted, gateway):
    inner = {"error": {"code": 400, "message": "request (9 tokens) exceeds the available context size (8 tokens)", "type": "exceed_context_size_error"}}
    for reply in (answer(400, {"error": json.dumps(inner)}), lined(json.dumps({"error": json.dumps(inner)}).encode() + b"\n")):
        transcript = told(scripted, gateway, reply)
        assert transcript.status == 400, transcript
        assert transcript.reply.error["code"] == "context_length_exceeded"
        assert transcript.reply.error["message"] == inner["error"]["message"]


def test_case_18_one_byte_at_a_time_gives_the_same_answer(scripted, gateway):
    transcript = told(scripted, gateway, BYTEWISE, lined(A, line("é😀"), LAST))
    assert transcript.is_clean and transcript.content == "aé😀"


def test_case_29_arguments_keep_their_order_and_numbers(scripted, gateway):
    call = b'{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"z":1e2,"a":12345678901234567890,"b":0.1}}}]},"done":false}\n'
    transcript = told(scripted, gateway, lined(call, LAST))
    assert calls_of(transcript)[0]["function"]["arguments"] == '{"z":1e2,"a":12345678901234567890,"b":0.1}'
    assert transcript.finish == "tool_calls"


def test_case_31_calls_without_ids_get_their_own_and_count_from_zero(scripted, gateway):
    call = [{"function": {"index": 0, "name": "f", "arguments": {}}}]
    found = calls_of(told(scripted, gateway, lined(line(tool_calls=call), line(tool_calls=call), LAST)))
    assert [c["index"] for c in found] == [0, 1]
    assert len({c["id"] for c in found}) == 2 and all(c["id"] and c["type"] == "function" for c in found)


def test_case_32_calls_on_the_last_line_come_before_the_finish(scripted, gateway):
    transcript = told(scripted, gateway, lined(line(done=True, tool_calls=[{"function": {"name": "f", "arguments": {"a": 1}}}])))
    assert transcript.finish == "tool_calls" and transcript.is_clean
    kinds = ["calls" if choice["delta"].get("tool_calls") else choice["finish_reason"] for c in transcript.chunks for choice in c["choices"]]
    assert [k for k in kinds if k] == ["calls", "tool_calls"]


def test_case_70_and_71_embeddings_come_in_the_form_that_was_asked_for(scripted, gateway):
    reply = answer(200, {"model": "m", "embeddings": [[1.0, -2.0]], "prompt_eval_count": 4})
    backend = scripted([reply], kind="ollama", pages={"/api/show": {"details": {}, "model_info": {}, "capabilities": ["embedding"]}})
    node = gateway(backend)
    ask = {"model": "m", "input": "x"}
    assert node.post("/v1/embeddings", ask).json()["data"][0]["embedding"] == [1, -2]
    assert node.post("/v1/embeddings", {**ask, "encoding_format": "float"}).json()["data"][0]["embedding"] == [1, -2]
    assert node.post("/v1/embeddings", {**ask, "encoding_format": "base64"}).json()["data"][0]["embedding"] == "AACAPwAAAMA="
