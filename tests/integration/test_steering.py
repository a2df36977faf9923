"""What a client may not steer: engine fields and remote media, where bytes pass and where they are converted."""
import json

import pytest

STEERING = {
    "vllm": ["cache_salt", "priority", "kv_transfer_params", "request_id", "session_id", "logits_processors", "mm_processor_kwargs",
             "chat_template"],
    "llamacpp": ["id_slot", "lora", "chat_template", "session_id"],
    "cognis": ["id_slot", "lora"],
    "openai": ["cache_salt", "priority", "kv_transfer_params", "lora", "id_slot", "chat_template"],
    "ollama": ["num_ctx", "keep_alive", "lora", "options"],
}
CASES = [(kind, field) for kind, fields in STEERING.items() for field in fields]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("kind,field", CASES)
def test_a_steering_field_never_reaches_the_backend(mock, gateway, kind, field, stream):
    backend = mock(kind, models=["m"])
    node = gateway(backend)
    marker = "steer-4711"
    value = {"num_ctx": 4711, "options": {"num_ctx": 4711}, "id_slot": 4711, "priority": 4711,
             "lora": [{"id": 4711, "scale": 1.0}]}.get(field, marker)
    if stream:
        status = node.stream(node.models()[0], **{field: value}).read_all().status
    else:
        status = node.chat(node.models()[0], **{field: value}).status
    assert status in (200, 400)
    for row in backend.requests():
        assert "4711" not in row["body"], row["body"]


@pytest.mark.parametrize("kind", ["vllm", "openai"])
def test_an_opened_field_passes(mock, gateway, kind):
    backend = mock(kind, models=["m"])
    node = gateway(backend.configured(allow_fields=["cache_salt"]))
    assert node.chat(node.models()[0], cache_salt="mine", priority=3).status == 200
    sent = json.loads(backend.requests()[-1]["body"])
    assert sent["cache_salt"] == "mine"
    assert "priority" not in sent


def test_a_field_hidden_by_an_escape_is_found(mock, gateway):
    backend = mock("vllm", models=["m"])
    node = gateway(backend)
    body = b'{"model":"m","messages":[{"role":"user","content":"a"}],"cache\\u005fsalt":"steer-4711"}'
    assert node.post("/v1/chat/completions", body).status in (200, 400)
    assert all("4711" not in row["body"] for row in backend.requests())


PARTS = {
    "image": {"type": "image_url", "image_url": {"url": "{}"}},
    "image as text": {"type": "image_url", "image_url": "{}"},
    "video": {"type": "video_url", "video_url": {"url": "{}"}},
    "audio": {"type": "audio_url", "audio_url": {"url": "{}"}},
}
URLS = ["http://169.254.169.254/latest", "https://10.0.0.1/x.png", "file:///etc/passwd", "HTTP://127.0.0.1:8781/admin/v1/status"]


def with_part(part, url):
    return [{"role": "user", "content": [{"type": "text", "text": "look"}, json.loads(json.dumps(part).replace("{}", url))]}]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", ["vllm", "ollama"])
def test_remote_media_stays_away_from_a_private_backend(mock, gateway, kind, part, url):
    backend = mock(kind, models=["m"])
    node = gateway(backend)
    reply = node.post("/v1/chat/completions", {"model": node.models()[0], "messages": with_part(PARTS[part], url)})
    assert reply.status == 400, reply
    assert reply.error["type"] == "invalid_request_error"
    assert backend.requests() == []


def test_remote_media_passes_where_it_is_allowed(mock, gateway):
    backend = mock("vllm", models=["m"])
    node = gateway(backend.configured(remote_media=True))
    messages = with_part(PARTS["image"], "https://pictures.example/cat.png")
    assert node.post("/v1/chat/completions", {"model": "m", "messages": messages}).status == 200
    assert "pictures.example" in backend.requests()[-1]["body"]


def test_embedded_media_passes(mock, gateway):
    backend = mock("vllm", models=["m"])
    node = gateway(backend)
    messages = with_part(PARTS["image"], "data:image/png;base64,iVBORw0KGgo=")
    assert node.post("/v1/chat/completions", {"model": "m", "messages": messages}).status == 200


def test_a_remote_file_behind_an_escaped_scheme_is_found(mock, gateway):
    backend = mock("vllm", models=["m"])
    node = gateway(backend)
    body = (b'{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":'
            b'{"url":"ht\\u0074p://10.0.0.1/"}}]}]}')
    assert node.post("/v1/chat/completions", body).status == 400
    assert backend.requests() == []
