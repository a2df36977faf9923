"""Every fault that a fake backend knows, on every dialect, before and after content, streamed and not."""
import time

import pytest

from support.mock_backend import KINDS, said
from support.ports import SLOWDOWN
from support.waiting import until

TOKENS = 8
NAMES = ["refuse", "hang", "slow", "error-500", "error-429", "loading", "drop-before-first", "drop-mid-stream", "stall-mid-stream",
         "malformed-event", "empty-200", "error-in-200", "huge-event", "end-mid-stream", "error-mid-stream"]
FAILING = [name for name in NAMES if name != "slow"]
# What holds an answer back for ever ends by a time limit: the first event's or the idle one for a stream, else the total.
SILENT = {"hang", "stall-mid-stream"}
MOVABLE = ["drop-mid-stream", "stall-mid-stream", "malformed-event", "huge-event", "end-mid-stream", "error-mid-stream"]
TIMES = {"first_event": "600ms", "idle": "600ms", "total": "20s"}


@pytest.fixture
def pair(mock, gateway):
    """(bad, good, node, model): the bad one is asked first."""
    def make(kind, timeouts=TIMES, **settings):
        bad, good = mock(kind, models=["m"], tokens=TOKENS), mock(kind, models=["m"], tokens=TOKENS)
        node = gateway(bad.configured(priority=0), good.configured(priority=1), timeouts=timeouts, **settings)
        return bad, good, node, node.models()[0]
    return make


def test_the_list_of_faults_is_the_mocks(mock):
    from support.http_client import request
    backend = mock()
    for name in NAMES:
        assert request(backend.address, "PUT", "/mock/faults", {"faults": [{"name": name, "probability": 0}]}).status == 200
    unknown = request(backend.address, "PUT", "/mock/faults", {"faults": [{"name": "no-such-fault"}]})
    assert unknown.status == 400


@pytest.mark.parametrize("fault", FAILING)
@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_never_shows_a_fault_before_content(pair, kind, fault):
    bad, good, node, model = pair(kind)
    bad.steer({"name": fault, "probability": 1.0, "after": 0})
    transcript = node.stream(model, timeout=40).read_all()
    assert transcript.is_clean, transcript
    assert transcript.content == said(TOKENS)
    assert transcript.reply.header("x-edgemesh-backend") == good.name
    assert int(transcript.reply.header("x-edgemesh-attempts")) <= 2


@pytest.mark.parametrize("fault", FAILING)
@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_answer_never_shows_a_fault(pair, kind, fault):
    """Nothing has been sent before the whole answer is there: there is no "after content"."""
    bad, good, node, model = pair(kind)
    bad.steer(fault)
    reply = node.chat(model, timeout=40)
    assert reply.status == 200, reply
    assert reply.json()["choices"][0]["message"]["content"] == said(TOKENS)
    assert reply.header("x-edgemesh-backend") == good.name


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("fault", sorted(SILENT))
@pytest.mark.parametrize("kind", KINDS)
def test_silence_alone_is_504_in_time(mock, gateway, kind, fault, stream):
    bad = mock(kind, models=["m"], tokens=TOKENS)
    node = gateway(bad, timeouts={"total": "800ms"})
    bad.steer({"name": fault, "probability": 1.0, "after": 0})
    start = time.monotonic()
    reply = node.stream(node.models()[0]).read_all().reply if stream else node.chat(node.models()[0])
    assert reply.status == 504 and reply.error["code"] == "upstream_timeout"
    assert time.monotonic() - start < 2 * SLOWDOWN
    until(lambda: bad.requests()[0]["state"] == "client_left", 3, what="the backend being let go")


@pytest.mark.parametrize("fault", MOVABLE)
@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_ends_honestly_after_content(pair, kind, fault):
    bad, good, node, model = pair(kind)
    bad.steer({"name": fault, "probability": 1.0, "after": 3})
    transcript = node.stream(model, timeout=40).read_all()
    assert transcript.status == 200 and transcript.complete
    assert transcript.content == said(3), "what was said stays said, and nothing is added"
    assert transcript.is_honest_failure and transcript.finish is None
    assert transcript.error["code"] is None or isinstance(transcript.error["code"], str)
    assert good.requests() == []


@pytest.mark.parametrize("fault", MOVABLE)
def test_completions_end_honestly_too(pair, fault):
    from support.sse import Stream
    for kind in ("vllm", "ollama"):
        bad, good, node, model = pair(kind)
        bad.steer({"name": fault, "probability": 1.0, "after": 3})
        transcript = Stream(node.api, "/v1/completions", {"model": model, "prompt": "a", "stream": True}, timeout=40).read_all()
        assert transcript.content == said(3) and transcript.is_honest_failure, transcript


@pytest.mark.parametrize("kind", KINDS)
def test_a_slow_backend_is_slow_and_no_failure(pair, kind):
    bad, good, node, model = pair(kind, timeouts={"first_event": "30s", "idle": "30s"})
    bad.steer("slow")
    transcript = node.stream(model, timeout=60).read_all()
    assert transcript.is_clean and transcript.content == said(TOKENS)
    assert transcript.reply.header("x-edgemesh-backend") == bad.name
    assert "closed" in str(node.backend(bad.name)["breaker"])


@pytest.mark.parametrize("fault", [f for f in FAILING if f != "hang" and f not in MOVABLE])
@pytest.mark.parametrize("kind", ["openai", "ollama"])
def test_embeddings_never_show_a_fault(mock, gateway, kind, fault):
    bad, good = mock(kind, models=["embed"]), mock(kind, models=["embed"])
    node = gateway(bad.configured(priority=0), good.configured(priority=1))
    bad.steer(fault)
    reply = node.post("/v1/embeddings", {"model": node.models()[0], "input": "a"})
    assert reply.status == 200 and len(reply.json()["data"]) == 1


@pytest.mark.parametrize("fault", ["error-500", "drop-mid-stream", "end-mid-stream", "malformed-event", "error-in-200", "empty-200"])
def test_now_and_then_is_as_good_as_never(mock, gateway, fault):
    """A third of the requests fails, at random; 60 clients get 60 whole answers or honest ends."""
    flaky, good = mock(tokens=TOKENS), mock(tokens=TOKENS)
    node = gateway(flaky, good)
    flaky.steer({"name": fault, "probability": 0.33})
    for i in range(60):
        if i % 2:
            reply = node.chat()
            assert reply.status == 200 and reply.json()["choices"][0]["message"]["content"] == said(TOKENS)
            continue
        transcript = node.stream().read_all()
        if not transcript.is_clean:
            assert transcript.is_honest_failure and transcript.content, transcript
            assert said(TOKENS).startswith(transcript.content)
