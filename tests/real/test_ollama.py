"""EdgeMesh in front of a real Ollama: its names, its errors, what it shows, its tags."""
import pytest

from support.http_client import request
from support.ollama_server import OllamaServer, why_not


@pytest.fixture(scope="module")
def ollama(tmp_path_factory):
    if why_not():
        pytest.skip(why_not())
    server = OllamaServer(tmp_path_factory.mktemp("ollama"))
    try:
        server.start()
        server.create("alphabet")
        server.create("alphabet:8b")
        yield server
    finally:
        server.kill()


@pytest.fixture
def node(ollama, gateway):
    return gateway(ollama)


def test_its_tags_become_our_models(node):
    assert {"alphabet:latest", "alphabet:8b"} <= set(node.models()) or {"alphabet", "alphabet:8b"} <= set(node.models())


def test_what_it_shows_becomes_the_context(node):
    row = next(r for r in node.get("/v1/models").json()["data"] if r["id"] == "alphabet:8b")
    assert row["context_length"] == 8192


@pytest.mark.parametrize("name,known", [("alphabet", True), ("alphabet:latest", True), ("ALPHABET", True), ("alphabet:8b", True),
                                        ("alphabet:70b", False), ("alphabe", False)])
def test_names_follow_ollamas_rule(node, name, known):
    status = node.get(f"/v1/models/{name}").status
    assert status == (200 if known else 404)


def test_an_unknown_model_is_404_in_our_words(node):
    reply = node.chat("alphabet:70b")
    assert reply.status == 404
    assert reply.error["code"] == "model_not_found"
    assert "alphabet" in reply.error["message"]


def test_it_is_recognised(ollama, gateway):
    node = gateway({"name": "guess", "kind": "auto", "url": ollama.url})
    assert "ollama" in str(node.backend("guess"))


def test_its_refusal_of_a_foreign_host_is_never_met(ollama, node):
    """Ollama answers 403 to a Host that is not its own: the gateway must send the backend's, not the client's."""
    refused = request(ollama.address, "GET", "/api/tags", headers=[("Host", "llm.fra.example")])
    assert refused.status == 403, "the premise of this test"
    assert request(node.api, "GET", "/v1/models", headers=[("Host", "app.localhost:8780")]).status == 200
    reply = node.chat("alphabet", headers=[("Host", "app.localhost:8780")])
    assert reply.status != 403, reply


def test_it_answers_a_chat(node):
    reply = node.chat("alphabet", "k", temperature=0, timeout=120)
    assert reply.status == 200, reply
    choice = reply.json()["choices"][0]
    assert choice["message"]["content"] == "lmnopqrstuvwxyz" and choice["finish_reason"] == "stop"
    assert reply.json()["usage"]["completion_tokens"] == 16


def test_it_streams_a_chat(node):
    transcript = node.stream("alphabet", "k", temperature=0, timeout=120, stream_options={"include_usage": True}).read_all()
    assert transcript.is_clean and transcript.content == "lmnopqrstuvwxyz"
    assert transcript.usage["completion_tokens"] == 16
    assert node.chat("alphabet", "k", temperature=0, max_tokens=3, timeout=120).json()["choices"][0]["finish_reason"] == "length"


def test_a_character_of_four_tokens_arrives_whole(node):
    assert node.stream("alphabet", "^", temperature=0, timeout=120).read_all().content == "\U0001F600"


def test_a_client_that_leaves_frees_its_engine(node):
    """It has one slot: the next answer comes only when the endless one has been given up."""
    with node.stream("alphabet", "~", temperature=0, max_tokens=1_000_000, timeout=120) as stream:
        stream.until_content(20)
    assert node.chat("alphabet", "y", temperature=0, timeout=60).json()["choices"][0]["message"]["content"] == "z"


def test_a_bad_request_of_ollamas_own_is_passed_in_our_form(node):
    reply = node.chat("alphabet", tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}], timeout=60)
    assert reply.status in (200, 400, 500, 502, 503)
    if reply.status != 200:
        assert reply.error
