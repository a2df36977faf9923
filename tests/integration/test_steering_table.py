"""The whole table of fields that drive the engine, in every endpoint of every dialect: where bytes pass and where they are
converted; and remote media in every place where an engine might look for it."""
import json

import pytest

from support.mock_backend import KINDS
from support.sse import Stream

EVERYWHERE = ["cache_salt", "priority", "kv_transfer_params", "request_id", "session_id", "logits_processors", "chat_template",
              "mm_processor_kwargs", "id_slot", "lora", "num_ctx", "keep_alive", "options", "extra_body", "extra_headers"]
LLAMA = ["slot_id", "cache_prompt", "n_cache_reuse", "backend_sampling", "lora_adapters", "slot_save_path", "image_data",
         "speculative.n_max", "speculative.n_min", "speculative.p_min"]
OWN = {
    "llamacpp": LLAMA,
    "cognis": LLAMA,
    "vllm": ["vllm_xargs", "ec_transfer_params", "media_io_kwargs", "guided_decoding_backend", "prompt_embeds", "lora_request", "lora_path",
             "data_parallel_rank", "nvext"],
    "openai": ["custom_logit_processor", "custom_params", "rid", "session_params", "lora_path", "bootstrap_host", "bootstrap_port",
               "bootstrap_room", "data_parallel_rank", "extra_key", "slot_id", "cache_prompt", "vllm_xargs", "prompt_embeds", "lora_request",
               "ttl", "draft_model", "context_length", "models", "fallbacks", "provider", "route", "transforms", "plugins", "api_base",
               "base_url", "api_key", "custom_llm_provider", "user_config", "num_retries"],
    "ollama": ["num_batch", "num_gpu", "main_gpu", "num_thread", "use_mmap", "use_mlock", "low_vram", "numa", "draft_num_predict", "template",
               "system", "raw", "context", "truncate", "shift"],
}
ASK = {
    "chat": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hello!"}]}),
    "completions": ("/v1/completions", {"prompt": "Hello!"}),
    "embeddings": ("/v1/embeddings", {"input": "Hello!"}),
}
MARK = "steer-4711"


def ask(node, endpoint, stream=False, **fields):
    path, body = ASK[endpoint]
    model = next(name for name in node.models() if ("embed" in name) == (endpoint == "embeddings"))
    body = {"model": model, **body, **fields}
    if stream:
        return Stream(node.api, path, {**body, "stream": True}).read_all().status
    return node.post(path, body).status


def values(name):
    """One value of each shape that a client may try."""
    return [MARK, {"a": MARK}, [MARK], {"url": f"http://{MARK}/"}]


@pytest.fixture(params=KINDS)
def each_kind(request, mock, gateway):
    backend = mock(request.param, models=["m", "embed"])
    return backend, gateway(backend)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("endpoint", ["chat", "completions"])
def test_no_field_of_the_table_reaches_a_backend(each_kind, endpoint, stream):
    backend, node = each_kind
    names = EVERYWHERE + OWN[backend.kind]
    for value in values(""):
        assert ask(node, endpoint, stream, **{name: value for name in names}) == 200
    for row in backend.requests():
        assert MARK not in row["body"], row["body"]
        sent = json.loads(row["body"])
        # Ollama's own request has options, truncate, shift and raw: ours.
        assert not set(sent) & set(names) - ({"options", "truncate", "shift", "raw"} if backend.kind == "ollama" else set())


def test_no_field_of_the_table_reaches_a_backend_beside_embeddings(each_kind):
    backend, node = each_kind
    names = EVERYWHERE + OWN[backend.kind]
    assert ask(node, "embeddings", **{name: MARK for name in names}) == 200
    assert MARK not in backend.requests()[-1]["body"]


def test_each_field_is_found_behind_escapes(each_kind):
    backend, node = each_kind
    model = next(name for name in node.models() if "embed" not in name)
    for name in EVERYWHERE + OWN[backend.kind]:
        hidden = "".join(f"\\u{ord(c):04x}" for c in name)
        body = f'{{"model":{json.dumps(model)},"{hidden}":"{MARK}","messages":[{{"role":"user","content":"a"}}]}}'
        assert node.post("/v1/chat/completions", body.encode()).status == 200
        assert MARK not in backend.requests()[-1]["body"], name


def test_a_field_twice_gets_through_neither_time(each_kind):
    backend, node = each_kind
    model = next(name for name in node.models() if "embed" not in name)
    body = f'{{"priority":"{MARK}","model":{json.dumps(model)},"messages":[{{"role":"user","content":"a"}}],"priority":"{MARK}"}}'
    assert node.post("/v1/chat/completions", body.encode()).status in (200, 400)
    assert all(MARK not in row["body"] for row in backend.requests())


@pytest.mark.parametrize("kind", KINDS)
def test_an_opened_field_opens_no_other(mock, gateway, kind):
    backend = mock(kind, models=["m"])
    opened = {"vllm": "cache_salt", "openai": "cache_salt", "llamacpp": "id_slot", "cognis": "id_slot", "ollama": "num_ctx"}[kind]
    value = 4096 if kind == "ollama" else 0 if opened == "id_slot" else "mine"
    node = gateway(backend.configured(allow_fields=[opened]))
    names = [name for name in EVERYWHERE + OWN[kind] if name != opened]
    reply = node.chat(node.models()[0], **{name: MARK for name in names}, **{opened: value})
    assert reply.status == 200, reply
    body = backend.requests()[-1]["body"]
    assert MARK not in body
    sent = json.loads(body)
    assert (sent["options"] if kind == "ollama" else sent)[opened] == value


def test_a_field_that_one_backend_opens_stays_closed_on_the_next(mock, gateway):
    """A request that moves on is written anew for whom it goes to."""
    open_one, closed = mock("vllm", models=["m"]), mock("vllm", models=["m"])
    node = gateway(open_one.configured(priority=0, allow_fields=["cache_salt"]), closed.configured(priority=1))
    open_one.steer("error-500")
    assert node.chat(cache_salt=MARK).status == 200
    assert MARK in open_one.requests()[-1]["body"]
    assert MARK not in closed.requests()[-1]["body"]


REMOTE = ["http://169.254.169.254/latest", "https://x.example/a.png", "file:///etc/passwd", "ftp://10.0.0.1/x"]
PLACES = {
    "image": lambda url: [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}],
    "image as text": lambda url: [{"role": "user", "content": [{"type": "image_url", "image_url": url}]}],
    "video": lambda url: [{"role": "user", "content": [{"type": "video_url", "video_url": {"url": url}}]}],
    "audio": lambda url: [{"role": "user", "content": [{"type": "audio_url", "audio_url": {"url": url}}]}],
    "input audio": lambda url: [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": url, "format": "wav"}}]}],
    "input image": lambda url: [{"role": "user", "content": [{"type": "input_image", "image_url": url}]}],
    "file": lambda url: [{"role": "user", "content": [{"type": "file", "file": {"file_data": url}}]}],
    "a new kind of part": lambda url: [{"role": "user", "content": [{"type": "hologram", "hologram": {"source": {"uri": url}}}]}],
    "a tool's answer": lambda url: [{"role": "user", "content": "a"},
                                    {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
                                    {"role": "tool", "tool_call_id": "c", "content": [{"type": "image_url", "image_url": {"url": url}}]}],
    "an earlier turn": lambda url: [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]},
                                    {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}],
    "the system's message": lambda url: [{"role": "system", "content": [{"type": "image_url", "image_url": {"url": url}}]}, {"role": "user", "content": "c"}],
    "beside the content": lambda url: [{"role": "user", "content": "a", "images": [url]}],
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_case_39_remote_media_reaches_no_private_backend(mock, gateway, kind, place):
    backend = mock(kind, models=["m"])
    node = gateway(backend)
    for url in REMOTE:
        for stream in (False, True):
            body = {"model": node.models()[0], "messages": PLACES[place](url), "stream": stream}
            reply = node.post("/v1/chat/completions", body)
            assert reply.status == 400 and reply.error["type"] == "invalid_request_error", (url, reply)
    assert backend.requests() == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "ollama"])
def test_remote_media_passes_where_bytes_pass_and_it_is_allowed(mock, gateway, kind):
    backend = mock(kind, models=["m"])
    node = gateway(backend.configured(remote_media=True))
    body = {"model": node.models()[0], "messages": PLACES["image"](REMOTE[1])}
    assert node.post("/v1/chat/completions", body).status == 200
    assert REMOTE[1] in backend.requests()[-1]["body"]


def test_case_39_remote_media_is_never_fetched_for_a_dialect_that_takes_bytes_only(mock, gateway):
    """Ollama takes images inline; allowing remote media does not make the gateway fetch them."""
    backend = mock("ollama", models=["m"])
    node = gateway(backend.configured(remote_media=True))
    reply = node.post("/v1/chat/completions", {"model": node.models()[0], "messages": PLACES["image"](f"http://127.0.0.1:{backend.port}/picture")})
    assert reply.status == 400, reply
    assert backend.requests() == [] and backend.requests("/picture") == []


def test_remote_media_does_not_fail_over_to_a_backend_that_may_not_have_it(mock, gateway):
    allowed, private = mock("vllm", models=["m"]), mock("vllm", models=["m"])
    node = gateway(allowed.configured(priority=0, remote_media=True), private.configured(priority=1))
    allowed.steer("error-500")
    assert node.post("/v1/chat/completions", {"model": "m", "messages": PLACES["image"](REMOTE[1])}).status >= 400
    assert private.requests() == []
