"""What backends really write into event streams, end to end: repaired where that is honest, else an error event."""
import pytest

from support.scripted_backend import (BYTEWISE, CLOSE, DONE, END, FINISH, GOOD_STREAM, HOLD, RESET, ROLE, USAGE, answer, chunked,
                                      delta, event, stream_head, streamed)
from support.waiting import until

A, B = event(delta("a")), event(delta("b"))


def told(scripted, gateway, *script, kind="openai", settings=None, **fields):
    """The transcript of a streamed chat that this script answers."""
    node = gateway(scripted(list(script), kind=kind), **(settings or {}))
    return node.stream(**fields).read_all()


def contents(transcript):
    return [c["choices"][0]["delta"].get("content") for c in transcript.chunks if c.get("choices")]


@pytest.mark.parametrize("end", [[END], [CLOSE], [RESET], [event(b"[DONE]"), END]], ids=["clean", "closed", "reset", "done only"])
def test_case_01_a_stream_cut_before_its_finish_is_an_error_and_never_done(scripted, gateway, end):
    end = [chunked(step) if step == DONE else step for step in end]
    transcript = told(scripted, gateway, stream_head() + chunked(ROLE) + chunked(A), 0.05, *end)
    assert transcript.content == "a"
    assert transcript.is_honest_failure
    assert transcript.error["code"] == "upstream_disconnected" and transcript.error["type"] == "upstream_error"
    assert transcript.complete


def test_case_02_a_missing_done_after_the_finish_is_no_failure(scripted, gateway):
    assert told(scripted, gateway, streamed(ROLE, A, FINISH)).is_clean


def test_case_03_a_done_without_a_finish_is_truncated(scripted, gateway):
    transcript = told(scripted, gateway, streamed(ROLE, A, DONE))
    assert transcript.is_honest_failure and transcript.finish is None


@pytest.mark.parametrize("error,status", [
    ({"error": {"message": "bad top_p", "type": "BadRequestError", "param": None, "code": 400}}, 400),
    ({"error": {"message": "engine died", "type": "InternalServerError", "param": None, "code": 500}}, 502),
], ids=["400", "500"])
def test_case_07_an_error_as_the_first_event_is_a_real_status(scripted, gateway, error, status):
    transcript = told(scripted, gateway, streamed(event(error), DONE), kind="vllm")
    assert transcript.status == status
    assert transcript.reply.error["message"] == error["error"]["message"]


def test_case_08_an_error_object_inside_the_error_is_a_real_status(scripted, gateway):
    transcript = told(scripted, gateway, streamed(event(
        {"error": {"object": "error", "message": "This model's maximum context length is 8 tokens", "type": "BadRequest", "code": 400}})))
    assert transcript.status == 400
    assert transcript.reply.error["code"] == "context_length_exceeded"


def test_case_10_content_and_finish_in_one_delta_are_both_kept(scripted, gateway):
    transcript = told(scripted, gateway, streamed(ROLE, A, event(delta("b", finish="length")), DONE))
    assert transcript.is_clean and transcript.content == "ab" and transcript.finish == "length"


def test_case_11_an_empty_finish_reason_becomes_null(scripted, gateway):
    transcript = told(scripted, gateway, streamed(event(delta("a", finish="", role="assistant")), FINISH, DONE))
    assert transcript.is_clean
    assert all(c["choices"][0]["finish_reason"] in (None, "stop") for c in transcript.chunks)


@pytest.mark.parametrize("reason", ["abort", "error"])
def test_case_12_an_abort_is_an_error_event_and_no_finish(scripted, gateway, reason):
    transcript = told(scripted, gateway, streamed(ROLE, A, event(delta(finish=reason)), DONE))
    assert transcript.is_honest_failure and transcript.finish is None


def test_case_13_a_role_on_every_chunk_is_said_once(scripted, gateway):
    transcript = told(scripted, gateway, streamed(*[event(delta(t, role="assistant")) for t in "abc"], FINISH, DONE))
    assert [c["choices"][0]["delta"].get("role") for c in transcript.chunks].count("assistant") == 1
    assert transcript.content == "abc"


def test_case_14_null_content_beside_the_role_becomes_empty(scripted, gateway):
    first = delta(role="assistant")
    first["choices"][0]["delta"]["content"] = None
    transcript = told(scripted, gateway, streamed(event(first), A, FINISH, DONE))
    assert transcript.chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}


def test_case_15_one_id_and_one_time_for_a_whole_stream(scripted, gateway):
    changed = [{**delta(t), "id": f"chatcmpl-{i}", "created": i} for i, t in enumerate("abc")]
    transcript = told(scripted, gateway, streamed(*map(event, changed), FINISH, DONE))
    assert len({(c["id"], c["created"], c["model"]) for c in transcript.chunks}) == 1


@pytest.mark.parametrize("asked", [False, True], ids=["not asked for", "asked for"])
def test_case_16_usage_on_every_chunk_is_said_once_or_not_at_all(scripted, gateway, asked):
    zeros, final = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}, {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
    chunks = [{**delta("a", role="assistant"), "usage": zeros}, {**delta("b"), "usage": zeros}, {**delta(finish="stop"), "usage": final}]
    options = {"stream_options": {"include_usage": True}} if asked else {}
    transcript = told(scripted, gateway, streamed(*map(event, chunks), DONE), **options)
    with_usage = [c for c in transcript.chunks if c.get("usage")]
    assert transcript.is_clean and len(with_usage) == int(asked)
    if asked:
        assert with_usage[0] is transcript.chunks[-1] and with_usage[0]["choices"] == []
        assert {k: with_usage[0]["usage"][k] for k in final} == final


def test_case_17_usage_that_never_comes_is_estimated_and_marked(scripted, gateway):
    backend = scripted([streamed(ROLE, A, B, FINISH, DONE)])
    node = gateway(backend)
    transcript = node.stream(stream_options={"include_usage": True}).read_all()
    assert transcript.is_clean and transcript.usage["completion_tokens"] >= 1
    rows = until(lambda: [row for row in node.request_log() if row["route"] == "chat"], 3)
    assert rows[0]["tokens"]["source"] == "estimated"


@pytest.mark.parametrize("events", [
    [ROLE, event(delta("é😀")), event(delta("b")), FINISH, USAGE, DONE],
    [ROLE, event(delta(tool_calls=[{"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{\"a\":1}"}}])),
     event(delta(finish="tool_calls")), USAGE, DONE],
], ids=["text", "tools"])
def test_case_18_one_byte_at_a_time_gives_the_same_answer(scripted, gateway, events):
    whole = told(scripted, gateway, streamed(*events))
    slow = told(scripted, gateway, BYTEWISE, streamed(*events))
    assert slow.is_clean
    assert slow.chunks == whole.chunks


@pytest.mark.parametrize("change", [
    lambda text: text.replace(b"\n", b"\r\n"), lambda text: text.replace(b"\n", b"\r"), lambda text: text.replace(b"data: ", b"data:"),
    lambda text: b"\xef\xbb\xbf" + text, lambda text: text.replace(b", \"object\"", b",\ndata: \"object\""),
], ids=["CRLF", "CR", "no blank", "byte order mark", "two data lines"])
def test_case_19_other_spellings_of_events_give_the_same_answer(scripted, gateway, change):
    transcript = told(scripted, gateway, stream_head() + chunked(change(ROLE + A + B + FINISH + DONE)) + END)
    assert transcript.is_clean and transcript.content == "ab"


def test_case_20_comments_pings_and_foreign_events_are_swallowed(scripted, gateway):
    noise = [b":\n\n", b": ping\n\n", b"event: ping\ndata: {}\n\n", b"event: ping\n\n", b"retry: 10\n\n", b"id: 7\n\n", b"event: news\ndata: hello\n\n"]
    mixed = [piece for pair in zip([ROLE, A, B, FINISH, USAGE, DONE, b""], noise) for piece in pair if piece]
    transcript = told(scripted, gateway, streamed(*mixed))
    assert transcript.is_clean and transcript.content == "ab"
    assert not any(word in str(transcript.chunks) + str(transcript.comments) for word in ("ping", "hello", "news"))


def test_case_20_comments_are_signs_of_life(scripted, gateway):
    """A backend that waits says so every now and then: that is no silence."""
    pings = [step for _ in range(6) for step in (0.25, chunked(b": ping\n\n"))]
    transcript = told(scripted, gateway, stream_head(), *pings, b"".join(map(chunked, (ROLE, A, FINISH, DONE))) + END,
                      settings={"timeouts": {"first_event": "800ms", "idle": "800ms"}})
    assert transcript.is_clean, transcript


def test_case_21_characters_and_bytes_that_are_broken_are_repaired(scripted, gateway):
    """A character that is cut by the framing comes whole; a byte that is wrong becomes U+FFFD. The reader here is strict."""
    smile = event(b'{"choices":[{"index":0,"delta":{"content":"\xf0\x9f\x98\x80"},"finish_reason":null}]}')
    cut = smile.index(b"\x9f")
    bad = event(b'{"choices":[{"index":0,"delta":{"content":"x\xffy"},"finish_reason":null}]}')
    transcript = told(scripted, gateway, stream_head() + chunked(ROLE) + chunked(smile[:cut]), 0.05,
                      chunked(smile[cut:]) + chunked(bad) + chunked(FINISH) + chunked(DONE) + END)
    assert transcript.is_clean and transcript.content == "😀x�y"


def test_case_22_an_event_of_five_megabytes_passes(scripted, gateway):
    arguments = "x" * 5_000_000
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}
    transcript = told(scripted, gateway, streamed(ROLE, event(delta(tool_calls=[call])), event(delta(finish="tool_calls")), DONE), timeout=60)
    assert transcript.is_clean and transcript.finish == "tool_calls"
    assert sum(len(c["choices"][0]["delta"].get("tool_calls", [{}])[0].get("function", {}).get("arguments", "")) for c in transcript.chunks) == 5_000_000


def test_case_22_an_endless_event_is_an_error_and_costs_bounded_memory(scripted, gateway):
    def resident(node):
        with open(f"/proc/{node.process.pid}/status") as status:
            return next(int(row.split()[1]) for row in status if row.startswith("VmHWM"))
    endless = [stream_head() + chunked(ROLE) + chunked(A) + chunked(b"data: {")] + [chunked(b"x" * 1_000_000)] * 60
    node = gateway(scripted(endless + [HOLD]))
    before = resident(node)
    transcript = node.stream(timeout=60).read_all()
    assert transcript.is_honest_failure and transcript.content == "a"
    assert resident(node) - before < 64_000, "KiB"


def test_case_23_a_cut_without_the_last_chunk_is_a_disconnect(scripted, gateway):
    transcript = told(scripted, gateway, stream_head() + chunked(ROLE) + chunked(event(delta("The end."))), 0.05, CLOSE)
    assert transcript.is_honest_failure and transcript.content == "The end."


@pytest.mark.parametrize("head", ["text/plain", "application/json", "application/octet-stream"])
def test_case_24_a_wrong_content_type_is_seen_through(scripted, gateway, head):
    transcript = told(scripted, gateway, GOOD_STREAM.replace(b"text/event-stream", head.encode()))
    assert transcript.is_clean and transcript.content == "ab"
    assert transcript.reply.header("content-type").startswith("text/event-stream")


def test_case_24_a_json_error_instead_of_a_stream_is_mapped(scripted, gateway):
    transcript = told(scripted, gateway, answer(200, {"error": {"message": "no", "type": "BadRequestError", "code": 400}}))
    assert transcript.status == 400 and transcript.reply.error["message"] == "no"


def test_a_whole_answer_instead_of_a_stream_is_streamed(scripted, gateway):
    whole = {"id": "c", "object": "chat.completion", "created": 1, "model": "m",
             "choices": [{"index": 0, "message": {"role": "assistant", "content": "ab"}, "finish_reason": "stop"}]}
    transcript = told(scripted, gateway, answer(200, whole))
    assert transcript.is_clean and transcript.content == "ab"


def test_case_25_failures_after_an_early_head_are_events(scripted, gateway):
    transcript = told(scripted, gateway, 0.6, answer(500, {"error": {"message": "broke", "type": "server_error"}}),
                      settings={"commit": {"patience": "200ms"}})
    assert transcript.status == 200 and transcript.comments
    assert transcript.is_honest_failure and transcript.error["message"] == "broke"


def test_case_34_parallel_tool_deltas_keep_their_order_and_say_their_name_once(scripted, gateway):
    def part(index, **more):
        return event(delta(tool_calls=[{"index": index, **more}]))
    first = {"type": "function", "function": {"name": "f", "arguments": ""}}
    steps = [part(0, id="x", **first), part(1, id="y", **first)]
    steps += [part(i, id="xy"[i], function={"name": "f", "arguments": t}) for i, t in ((0, "{"), (1, "["), (0, "}"), (1, "]"))]
    transcript = told(scripted, gateway, streamed(ROLE, *steps, event(delta(finish="tool_calls")), DONE))
    calls = [c["choices"][0]["delta"]["tool_calls"][0] for c in transcript.chunks if c["choices"][0]["delta"].get("tool_calls")]
    assert [c["index"] for c in calls] == [0, 1, 0, 1, 0, 1]
    assert [c.get("id") for c in calls] == ["x", "y", None, None, None, None]
    assert [c["function"].get("name") for c in calls] == ["f", "f", None, None, None, None]


def test_case_35_tool_calls_that_begin_at_one_are_renumbered(scripted, gateway):
    call = {"index": 1, "id": "x", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    transcript = told(scripted, gateway, streamed(ROLE, event(delta(tool_calls=[call])), event(delta(finish="tool_calls")), DONE))
    assert [c["choices"][0]["delta"]["tool_calls"][0]["index"] for c in transcript.chunks if c["choices"][0]["delta"].get("tool_calls")] == [0]
