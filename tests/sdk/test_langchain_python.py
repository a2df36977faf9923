"""LangChain for Python, unchanged, through EdgeMesh."""
import pytest

langchain_openai = pytest.importorskip("langchain_openai", reason="no LangChain: script/prefix python-sdk installs it")


@pytest.fixture
def chat(served):
    return langchain_openai.ChatOpenAI(base_url=served.url, api_key="unused", model=served.model, temperature=0, max_retries=0, stream_usage=True)


def test_invoke(served, chat):
    message = chat.invoke("k")
    assert message.content.strip() == served.answer()
    assert message.usage_metadata["total_tokens"] > 0
    assert message.response_metadata["finish_reason"] == "stop"


def test_stream(served, chat):
    chunks = list(chat.stream("k"))
    assert "".join(c.content for c in chunks).strip() == served.answer()
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole = whole + chunk
    assert whole.usage_metadata["output_tokens"] > 0


def test_batch(served, chat):
    assert {m.content.strip() for m in chat.batch(["k"] * 4)} == {served.answer()}


def test_tools(mocked):
    chat = langchain_openai.ChatOpenAI(base_url=mocked.url, api_key="unused", model=mocked.model, max_retries=0)
    tool = {"title": "weather", "description": "tells the weather", "type": "object", "properties": {"city": {"type": "string"}}}
    message = chat.bind_tools([tool]).invoke("use the tool")
    assert [(c["name"], c["args"]) for c in message.tool_calls] == [("weather", {"city": "Paris"})]


def test_structured_output(mocked):
    from pydantic import BaseModel

    class Answer(BaseModel):
        city: str

    chat = langchain_openai.ChatOpenAI(base_url=mocked.url, api_key="unused", model=mocked.model, max_retries=0)
    assert isinstance(chat.with_structured_output(Answer, method="json_schema").invoke("a city"), Answer)


def test_embeddings(served):
    embeddings = langchain_openai.OpenAIEmbeddings(base_url=served.url, api_key="unused", model=served.embedding_model,
                                                   check_embedding_ctx_length=False)
    vectors = embeddings.embed_documents(["a", "b"])
    assert len(vectors) == 2 and len(vectors[0]) > 1 and any(vectors[0])
