"""A backend fails: before content the client never notices, after content it is told the truth."""
import time

import pytest

from support.mock_backend import KINDS, said
from support.ports import SLOWDOWN
from support.waiting import until

# Faults that strike before the first content token.
BEFORE = ["error-500", "error-429", "loading", "drop-before-first", "empty-200", "error-in-200", "malformed-event", "hang"]
AFTER = ["drop-mid-stream", "end-mid-stream", "error-mid-stream", "stall-mid-stream"]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("fault", BEFORE)
@pytest.mark.parametrize("kind", ["openai", "ollama", "llamacpp"])
def test_a_fault_before_content_is_never_seen(mock, gateway, kind, fault, stream):
    bad, good = mock(kind, models=["m"], tokens=8), mock(kind, models=["m"], tokens=8)
    node = gateway(bad.configured(priority=0), good.configured(priority=1),
                   timeouts={"first_event": "600ms", "idle": "600ms", "total": "20s"})
    model = node.models()[0]
    bad.steer(fault_of(fault))
    if stream:
        transcript = node.stream(model).read_all()
        assert transcript.is_clean, transcript
        assert transcript.content.strip() == said(8).strip()
        reply = transcript.reply
    else:
        reply = node.chat(model)
        assert reply.status == 200, reply
        assert reply.json()["choices"][0]["message"]["content"].strip() == said(8).strip()
    assert reply.header("x-edgemesh-backend") == good.name
    if fault != "loading":  # a probe may have seen that one first
        assert reply.header("x-edgemesh-attempts") == "2"
        assert bad.requests(), "the fault was not met"


def fault_of(name):
    """error-in-200 and the like strike the calls that generate; malformed-event must be the first event."""
    return {"name": name, "probability": 1.0, "after": 0} if name == "malformed-event" else name


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_a_dead_backend_is_never_seen(mock, gateway, stream):
    bad, good = mock(tokens=4), mock(tokens=4)
    node = gateway(bad.configured(priority=0), good.configured(priority=1))
    bad.kill()
    answer = node.stream().read_all().content if stream else node.chat().json()["choices"][0]["message"]["content"]
    assert answer.strip() == said(4).strip()


@pytest.mark.parametrize("fault", ["drop-mid-stream", "end-mid-stream", "error-mid-stream"])
def test_without_streaming_a_fault_at_any_moment_is_never_seen(mock, gateway, fault):
    bad, good = mock("ollama", models=["m"], tokens=8), mock("ollama", models=["m"], tokens=8)
    node = gateway(bad.configured(priority=0), good.configured(priority=1), timeouts={"first_event": "600ms", "idle": "600ms"})
    bad.steer(fault)
    reply = node.chat(node.models()[0])
    assert reply.status == 200, reply
    assert reply.json()["choices"][0]["message"]["content"].strip() == said(8).strip()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", AFTER)
def test_a_fault_after_content_ends_honestly(mock, gateway, kind, fault):
    bad, good = mock(kind, models=["m"], tokens=8), mock(kind, models=["m"], tokens=8)
    node = gateway(bad.configured(priority=0), good.configured(priority=1), timeouts={"first_event": "2s", "idle": "700ms"})
    model = node.models()[0]
    bad.steer({"name": fault, "probability": 1.0, "after": 3})
    transcript = node.stream(model).read_all()
    assert transcript.status == 200
    assert transcript.content.split() == said(3).split(), "nothing is spliced, nothing repeated"
    assert transcript.is_honest_failure, transcript
    assert transcript.finish is None
    assert transcript.complete, "the body ends as its framing says"
    assert set(transcript.error) == {"message", "type", "param", "code"}
    assert good.requests() == [], "no second attempt after content"


def test_a_malformed_event_after_content_is_not_passed_on(mock, gateway):
    bad = mock(tokens=8)
    node = gateway(bad)
    bad.steer({"name": "malformed-event", "probability": 1.0, "after": 4})
    transcript = node.stream().read_all()  # every chunk parses, or this raises
    assert transcript.is_honest_failure or transcript.is_clean


def test_a_huge_event_is_cut_off(mock, gateway):
    bad = mock(tokens=8)
    node = gateway(bad)
    bad.steer("huge-event")
    transcript = node.stream(timeout=60).read_all()
    assert transcript.status >= 500 or transcript.is_honest_failure


@pytest.mark.parametrize("fault,statuses", [("error-500", {500, 502}), ("error-429", {429}), ("loading", {503}), ("empty-200", {502}),
                                            ("error-in-200", {400, 500, 502, 503}), ("drop-before-first", {502}), ("hang", {504})])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_with_no_other_backend_the_true_status_is_told(mock, gateway, fault, statuses, stream):
    bad = mock()
    node = gateway(bad, timeouts={"first_event": "500ms"} if stream else {"total": "1s"})
    bad.steer(fault)
    if stream:
        reply = node.stream().read_all().reply
    else:
        reply = node.chat()
    assert reply.status in statuses, reply
    assert reply.error["type"] in ("upstream_error", "server_error", "rate_limit_error", "invalid_request_error")
    if reply.status in (429, 503):
        assert 1 <= int(reply.header("retry-after")) <= 60


def test_a_silent_stream_gets_its_head_after_the_patience_and_comments_then_an_error_event(mock, gateway):
    bad = mock()
    node = gateway(bad, commit={"patience": "300ms"}, timeouts={"first_event": "1500ms"})
    bad.steer("hang")
    start = time.monotonic()
    with node.stream() as stream:
        assert stream.head().status == 200
        assert 0.25 <= time.monotonic() - start < 1.4 * SLOWDOWN
        transcript = stream.read_all()
    assert transcript.is_honest_failure
    assert transcript.comments, "a comment at least says what the head could not"


def test_failover_still_works_after_an_early_head(mock, gateway):
    bad, good = mock(tokens=5), mock(tokens=5)
    node = gateway(bad.configured(priority=0), good.configured(priority=1),
                   commit={"patience": "200ms"}, timeouts={"first_event": "900ms"})
    bad.steer("hang")
    transcript = node.stream().read_all()
    assert transcript.is_clean
    assert transcript.content == said(5)


def test_retry_after_is_passed_on_but_bounded(mock, gateway):
    bad = mock()
    node = gateway(bad)
    bad.steer({"name": "error-429", "probability": 1.0, "retry_after": "600"})
    assert node.chat().header("retry-after") == "60"


def test_an_upstream_refusal_of_our_key_is_not_the_clients_401(mock, gateway):
    bad, good = mock(tokens=3), mock(tokens=3)
    node = gateway(bad.configured(priority=0), good.configured(priority=1))
    bad.steer({"name": "error-500", "probability": 1.0, "status": 401})
    assert node.chat().header("x-edgemesh-backend") == good.name
    alone = gateway(bad)
    assert alone.chat().status == 502


def test_a_client_mistake_is_not_tried_elsewhere(mock, gateway):
    bad, good = mock(), mock()
    node = gateway(bad.configured(priority=0), good.configured(priority=1))
    bad.steer({"name": "error-500", "probability": 1.0, "status": 400})
    assert node.chat().status == 400
    assert good.requests() == []


def test_a_backend_that_comes_back_is_used_again(mock, gateway):
    backend = mock()
    node = gateway(backend)
    backend.kill()
    reply = node.chat()
    assert reply.status in (502, 503)
    backend.restart()
    until(lambda: node.chat().status == 200, 20, 0.2)


def test_the_breaker_spares_a_dead_backend(mock, gateway):
    bad, good = mock(), mock()
    node = gateway(bad.configured(priority=0), good.configured(priority=1))
    bad.steer("error-500")
    for _ in range(20):
        assert node.chat().status == 200
    assert len(bad.requests()) < 15
    row = node.backend(bad.name)
    assert "open" in str(row.get("breaker")), row


def test_a_model_that_vanished_is_tried_elsewhere(mock, gateway):
    bad, good = mock("ollama", models=["m"], tokens=4), mock("ollama", models=["m"], tokens=4)
    node = gateway(bad.configured(priority=0), good.configured(priority=1))
    model = node.models()[0]
    bad.steer({"name": "error-500", "probability": 1.0, "status": 404})
    reply = node.chat(model)
    assert reply.status == 200 and reply.header("x-edgemesh-backend") == good.name


def test_concurrency_of_a_backend_is_respected(mock, gateway):
    small, big = mock(tokens=20, itl="20ms"), mock(tokens=20, itl="20ms")
    node = gateway(small.configured(priority=0, concurrency=2), big.configured(priority=1))
    streams = [node.stream() for _ in range(6)]
    for stream in streams:
        assert stream.read_all().is_clean
    assert len(small.requests()) == 2
    assert len(big.requests()) == 4
