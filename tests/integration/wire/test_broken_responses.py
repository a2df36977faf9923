"""Backends that break HTTP or say something else than an answer: the client gets a sound error or another backend's answer."""
import json
import time

import pytest

from support.http_client import request
from support.ports import SLOWDOWN
from support.scripted_backend import CLOSE, GOOD_STREAM, GOOD_WHOLE, HOLD, RESET, WITHOUT_READING, answer, chunked, stream_head
from support.waiting import until

HTML = b"<!doctype html><html><head><title>Welcome</title></head><body>It works</body></html>"

# What a backend may say instead of an answer; none of it holds content.
BROKEN = {
    "nothing, and a close": [CLOSE],
    "nothing, and a reset": [RESET],
    "an empty 200": [answer(200, b"")],
    "an empty 200 without a length": [b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n", CLOSE],
    "an empty chunked 200": [stream_head() + b"0\r\n\r\n"],
    "204": [b"HTTP/1.1 204 No Content\r\n\r\n"],
    "a web page": [answer(200, HTML, "text/html")],
    "a web page as a 500": [answer(500, HTML, "text/html")],
    "a web page as a 503": [answer(503, HTML, "text/html")],
    "plain text": [answer(200, b"ok", "text/plain")],
    "JSON of another kind": [answer(200, {"hello": "world"})],
    "a JSON array": [answer(200, [1, 2])],
    "half a JSON document": [answer(200, b'{"id":"x","choices":[{"ind')],
    "bytes of no meaning": [b"\x00\x01\x02garbage\xff\xfe" * 50, CLOSE],
    "a status line of nonsense": [b"HTTP/1.1 two hundred OK\r\n\r\n", CLOSE],
    "a status of 99": [b"HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n"],
    "another protocol": [b"220 mail.example ESMTP\r\n", CLOSE],
    "a redirect": [b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\n\r\n"],
    "an upgrade": [b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", HOLD],
    "a head that is cut": [b"HTTP/1.1 200 OK\r\nContent-Ty", CLOSE],
    "a body shorter than its length": [b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"id\":\"x\"", CLOSE],
    "a length that is no number": [b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}", CLOSE],
    "two lengths": [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", CLOSE],
    "a bad chunk size": [stream_head() + b"zz\r\n{}\r\n", CLOSE],
    "a head without end": [b"HTTP/1.1 200 OK\r\n" + b"X-Filler: " + b"x" * 200_000, HOLD],
    "headers without end": [b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 50_000, HOLD],
    "interim answers without end": [b"HTTP/1.1 102 Processing\r\n\r\n" * 10_000, HOLD],
}


def ask(node, stream):
    """(status, content, error) of a chat, whole or streamed."""
    if stream:
        transcript = node.stream().read_all()
        failed = transcript.status != 200
        return transcript.status, transcript.content, transcript.reply.error if failed else transcript.error
    reply = node.chat()
    return reply.status, reply.json()["choices"][0]["message"]["content"] if reply.status == 200 else "", \
        reply.error if reply.status != 200 else None


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_never_seen_where_another_backend_serves(scripted, mock, gateway, name, stream):
    bad, good = scripted(BROKEN[name]), mock(tokens=3)
    node = gateway(bad.configured(priority=0), good.configured(priority=1), timeouts={"first_event": "5s"})
    status, content, error = ask(node, stream)
    assert (status, content, error) == (200, "t0 t1 t2 ", None)
    assert bad.bodies, "the broken one was asked first"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_alone_is_a_sound_error_and_the_node_goes_on(scripted, gateway, name, stream):
    bad = scripted(BROKEN[name], [GOOD_STREAM if stream else GOOD_WHOLE])
    node = gateway(bad)
    status, content, error = ask(node, stream)
    assert status in (502, 503, 504) and content == ""
    assert error["type"] in ("upstream_error", "server_error")
    assert "<" not in error["message"] and "garbage" not in error["message"]
    until(lambda: ask(node, stream)[:2] == (200, "ab"), 10, 0.2, "the node serving again when the backend is well")


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_an_interim_answer_is_passed_over(scripted, gateway, stream):
    node = gateway(scripted([b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 0.05, GOOD_STREAM if stream else GOOD_WHOLE]))
    assert ask(node, stream)[:2] == (200, "ab")


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_an_answer_that_ends_with_its_connection_is_an_answer(scripted, gateway, stream):
    """HTTP/1.0 servers, and proxies that close."""
    if stream:
        events = GOOD_STREAM.split(b"\r\n\r\n", 1)[1]
        body = b"".join(part for part in events.split(b"\r\n") if part.startswith(b"data"))
        text = b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + body
    else:
        text = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + GOOD_WHOLE.split(b"\r\n\r\n", 1)[1]
    node = gateway(scripted([text, CLOSE]))
    assert ask(node, stream)[:2] == (200, "ab")
    assert ask(node, stream)[:2] == (200, "ab")


def test_chunk_extensions_and_trailers_are_passed_over(scripted, gateway):
    body = GOOD_WHOLE.split(b"\r\n\r\n", 1)[1]
    text = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n" +
            b"%x;name=value\r\n%s\r\n0\r\nX-T: 1\r\n\r\n" % (len(body), body))
    backend = scripted([text])
    node = gateway(backend)
    assert ask(node, False)[:2] == (200, "ab")
    assert ask(node, False)[:2] == (200, "ab")


def test_what_follows_an_answer_is_nobodys(scripted, gateway):
    """More bytes than the length says: the next client must not get them."""
    extra = answer(200, {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "stolen"}, "finish_reason": "stop"}]})
    node = gateway(scripted([GOOD_WHOLE + extra], [GOOD_WHOLE]))
    assert ask(node, False)[1] == "ab"
    for _ in range(3):
        assert ask(node, False)[1] == "ab"


def test_what_comes_late_on_a_kept_connection_is_nobodys(scripted, gateway):
    """An idle connection on which the backend says something of its own."""
    extra = GOOD_WHOLE.replace(b'"ab"', b'"no"')
    backend = scripted([GOOD_WHOLE, 0.1, extra], [GOOD_WHOLE])
    node = gateway(backend)
    assert ask(node, False)[1] == "ab"
    time.sleep(0.3)
    for _ in range(3):
        assert ask(node, False)[1] == "ab"


def test_case_68_a_connection_that_the_backend_closed_between_requests_is_replaced_unseen(scripted, gateway):
    backend = scripted([GOOD_WHOLE, CLOSE])
    node = gateway(backend)
    for _ in range(5):
        reply = node.chat()
        assert reply.status == 200 and reply.header("x-edgemesh-attempts") == "1"
    assert len(backend.bodies) == 5


def test_case_68_a_request_is_not_repeated_once_a_byte_has_come(scripted, gateway):
    backend = scripted([GOOD_WHOLE], [b"HTTP/1.1 200 OK\r\n", CLOSE])
    node = gateway(backend)
    assert node.chat().status == 200
    assert node.chat().status == 502
    assert len(backend.bodies) == 2


def test_case_68_a_request_with_effects_is_not_sent_twice_over_a_kept_connection(scripted, gateway):
    """The backend took it before it closed the connection: it may have searched."""
    backend = scripted([GOOD_WHOLE], [CLOSE], [GOOD_WHOLE])
    node = gateway(backend)
    assert node.chat().status == 200
    assert node.chat(web_search_options={}).status == 502
    assert len(backend.bodies) == 2


def test_case_48_a_backend_that_rejects_stream_options_is_asked_once_without(scripted, gateway):
    refusal = answer(400, {"error": {"message": "Unrecognized request argument supplied: stream_options", "type": "invalid_request_error"}})
    backend = scripted([refusal], [GOOD_STREAM])
    node = gateway(backend)
    transcript = node.stream().read_all()
    assert transcript.is_clean and transcript.content == "ab"
    assert ["stream_options" in backend.sent(i) for i in range(2)] == [True, False]
    until(lambda: node.stream().read_all().is_clean and "stream_options" not in backend.sent(), 5, 0.1, "it being remembered")


def test_case_48_a_backend_that_goes_on_refusing_is_not_asked_for_ever(scripted, gateway):
    refusal = answer(400, {"error": {"message": "stream_options is not known", "type": "invalid_request_error"}})
    backend = scripted([refusal])
    node = gateway(backend)
    assert node.stream().read_all().status == 400
    assert len(backend.bodies) == 2


@pytest.mark.parametrize("status,told", [(413, 413), (503, 503)])
def test_an_answer_that_comes_before_the_body_was_taken_is_heard(scripted, gateway, status, told):
    """A proxy refuses a large body by its length, and closes without reading it."""
    backend = scripted([WITHOUT_READING, answer(status, {"error": {"message": "no", "type": "x"}}, "application/json", "Connection: close"), 0.3, CLOSE])
    node = gateway(backend)
    assert node.chat(content="x" * 8_000_000, timeout=30).status == told


@pytest.mark.parametrize("reply,status,code", [
    (answer(401, {"error": {"message": "Incorrect API key provided: sk-abc", "type": "x", "code": "invalid_api_key"}}), 502, "upstream_auth_failed"),
    (answer(401, {"error": "Unauthorized"}), 502, "upstream_auth_failed"),
    (answer(403, {"error": {"message": "no"}}), 502, "upstream_auth_failed"),
    (answer(404, b"404 page not found", "text/plain"), 502, "unsupported_endpoint"),
    (answer(404, {"detail": "Not Found"}), 502, "unsupported_endpoint"),
    (answer(404, {"error": {"message": "The model `m` does not exist.", "type": "NotFoundError", "param": "model", "code": 404}}), 404, "model_not_found"),
    (answer(400, {"error": {"message": "model 'm' not found", "type": "invalid_request_error", "code": 400}}), 404, "model_not_found"),
    (answer(400, {"error": {"message": "bad value", "type": "BadRequestError", "param": "top_p", "code": 400}}), 400, None),
    (answer(422, {"detail": [{"loc": ["body", "x"], "msg": "field required"}]}), 400, None),
    (answer(422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096", "error_type": "validation"}), 400, "context_length_exceeded"),
    (answer(408, b""), 503, None), (answer(409, b""), 503, None), (answer(425, b""), 503, None),
    (answer(413, b""), 413, "request_too_large"),
    (answer(424, {"error": "x", "error_type": "generation"}), 502, "upstream_error"),
    (answer(429, {"error": {"message": "slow down"}}), 429, "rate_limit_exceeded"),
    (answer(499, {"error": "request canceled"}), 502, "upstream_cancelled"),
    (answer(500, b""), 502, "upstream_error"),
    (answer(501, {"error": {"code": 501, "message": "no embeddings", "type": "not_supported_error"}}), 501, "unsupported_endpoint"),
    (answer(503, {"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}}), 503, "model_loading"),
    (answer(503, {"error": "server busy, please try again.  maximum pending requests exceeded"}), 503, "server_is_overloaded"),
    (answer(503, {"error": {"message": "EngineDeadError", "type": "ServiceUnavailable"}}), 503, "upstream_dead"),
    (answer(504, b""), 504, "upstream_timeout"),
], ids=lambda value: value.split(b" ", 2)[1].decode() if isinstance(value, bytes) else None)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_failing_status_becomes_the_clients_error(scripted, gateway, reply, status, code, stream):
    """The table of upstream error to client error. Case 62 and 63 (401), 74 (501), 59 (busy) stand in it."""
    node = gateway(scripted([reply]))
    given = node.stream().read_all().reply if stream else node.chat()
    assert given.status == status
    assert given.error["code"] == code
    assert "sk-abc" not in str(given)
    assert (given.header("retry-after") is not None) == (status in (429, 503))


@pytest.mark.parametrize("header,told", [("600", 60), ("60", 60), ("7", 7), ("0", 1), ("-5", 1), ("Wed, 21 Oct 2015 07:28:00 GMT", 1), ("soon", 1), ("99999999999999999999", None)])
def test_case_60_and_61_retry_after_is_between_one_second_and_a_minute(scripted, gateway, header, told):
    node = gateway(scripted([answer(429, {"error": {"message": "slow"}}, "application/json", f"Retry-After: {header}")]))
    given = int(node.chat().header("retry-after"))
    assert given == told if told else 1 <= given <= 60


def test_case_62_and_63_a_refused_key_moves_on_and_marks_the_backend(scripted, mock, gateway):
    bad, good = scripted([answer(401, {"error": "Unauthorized"})], kind="vllm"), mock(tokens=3)
    node = gateway(bad.configured(priority=0), good.configured(priority=1))
    bad.pages["/v1/models"] = (401, {"error": "Unauthorized"})
    assert node.chat().header("x-edgemesh-backend") == good.name
    until(lambda: node.backend(bad.name)["health"] == "misconfigured", 5)
    asked = len(bad.bodies)
    for _ in range(3):
        assert node.chat().header("x-edgemesh-attempts") == "1"
    assert len(bad.bodies) == asked


def test_case_64_the_host_that_a_backend_sees_is_its_own(scripted, gateway):
    backend = scripted([GOOD_WHOLE])
    node = gateway(backend, node={"name": "n1", "public_url": "https://llm.example"})
    assert node.chat(headers=[("Host", "llm.example")]).status == 200
    assert backend.head()["host"] == f"127.0.0.1:{backend.port}"


def test_case_65_headers_that_change_what_a_backend_does_are_not_passed(scripted, gateway):
    backend = scripted([GOOD_WHOLE])
    node = gateway(backend)
    given = ["X-Conversation-Id", "X-data-parallel-rank", "X-Session-ID", "X-Request-Id", "Cookie", "X-Api-Key", "Forwarded", "X-Forwarded-For",
             "X-Forwarded-Host", "Proxy-Authorization", "TE", "Trailer", "Upgrade", "Keep-Alive", "OpenAI-Organization", "X-Stainless-Lang",
             "Range", "If-None-Match", "Accept-Encoding", "baggage"]
    assert node.chat(headers=[(name, "trailers" if name == "TE" else "canary-4711") for name in given] + [("Authorization", "Bearer canary-4711")]).status == 200
    assert "canary-4711" not in backend.heads[-1], backend.heads[-1]
    assert backend.head()["accept-encoding"] == "identity"


def test_case_76_a_client_is_told_not_to_retry_where_work_was_done(scripted, gateway):
    """The backend had produced content; asking again would make it work again."""
    cut = answer(200, b"x" * 10)[:-10].replace(b"Content-Length: 10", b"Content-Length: 900") + b'{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"much wo'
    node = gateway(scripted([cut, CLOSE]))
    reply = node.chat(headers=[("x-stainless-retry-count", "2")])
    assert reply.status == 502
    assert reply.header("x-should-retry") == "false"


def test_case_76_a_client_may_retry_where_nothing_was_done(scripted, gateway):
    for script in ([CLOSE], [answer(503, {"error": {"message": "busy"}})]):
        reply = gateway(scripted(script)).chat(headers=[("x-stainless-retry-count", "2")])
        assert reply.status in (502, 503)
        assert reply.header("x-should-retry") in (None, "true")


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_case_80_at_most_three_backends_are_asked(scripted, gateway, stream):
    backends = [scripted([answer(500, {"error": {"message": "no"}})]) for _ in range(5)]
    node = gateway(*backends)
    assert ask(node, stream)[0] == 502
    assert sum(len(b.bodies) for b in backends) == 3


def test_case_80_one_deadline_covers_all_attempts(scripted, gateway):
    backends = [scripted([HOLD]) for _ in range(4)]
    node = gateway(*backends, timeouts={"first_event": "700ms", "total": "1s"})
    start = time.monotonic()
    transcript = node.stream().read_all()
    assert transcript.status == 504
    assert time.monotonic() - start < 1.9 * SLOWDOWN
    assert sum(len(b.bodies) for b in backends) == 2


def test_case_26_a_client_that_left_before_its_turn_costs_no_backend_anything(scripted, gateway):
    """The first backend answers nothing; the client leaves; the second is never asked."""
    silent, other = scripted([HOLD]), scripted([GOOD_STREAM])
    node = gateway(silent.configured(priority=0), other.configured(priority=1), timeouts={"first_event": "1s"})
    stream = node.stream()
    until(lambda: silent.bodies, 5)
    left = time.time()
    stream.close()
    until(lambda: silent.left_at, 5)
    assert silent.left_at - left <= 0.1 * SLOWDOWN
    time.sleep(1.3 * SLOWDOWN)
    assert other.bodies == []
    assert node.backend(silent.name)["in_flight"] == 0


def test_no_text_of_a_backend_is_in_logs_metrics_or_pages(scripted, gateway):
    """Upstream error texts quote prompts."""
    canary = "bluebird-4711"
    replies = [[answer(s, {"error": {"message": canary, "type": canary, "code": canary, "param": canary}})] for s in (400, 404, 429, 500, 503)]
    replies += [[answer(500, canary.encode(), "text/plain", f"X-Canary: {canary}")], [canary.encode(), CLOSE], [stream_head(canary) + chunked(canary.encode()), CLOSE]]
    for script in replies:
        node = gateway(scripted(script), log={"level": "debug"})
        node.chat(headers=[("x-request-id", "canary-run")])
        node.stream().read_all()
        until(lambda: len([row for row in node.request_log() if row["route"] == "chat"]) == 2, 5)
        pages = ["/metrics"] + [f"/admin/v1/{p}" for p in ("status", "backends", "models", "sessions", "requests", "requests/canary-run")]
        told = node.log() + "".join(request(node.admin, "GET", page).body.decode() for page in pages)
        told += json.dumps(node.ask("/admin/v1/explain", "POST", {"model": "m", "messages": [{"role": "user", "content": "a"}]}).json())
        assert canary not in told
        node.kill()
