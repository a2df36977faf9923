"""LlamaIndex for Python, unchanged, through EdgeMesh."""
import pytest

pytest.importorskip("llama_index.llms.openai_like", reason="no LlamaIndex: script/prefix python-llamaindex installs it")
from llama_index.core.llms import ChatMessage  # noqa: E402
from llama_index.embeddings.openai_like import OpenAILikeEmbedding  # noqa: E402
from llama_index.llms.openai_like import OpenAILike  # noqa: E402


@pytest.fixture
def llm(served):
    return OpenAILike(model=served.model, api_base=served.url, api_key="unused", is_chat_model=True, temperature=0, max_retries=0,
                      context_window=2048)


def test_chat(served, llm):
    assert llm.chat([ChatMessage(role="user", content="k")]).message.content.strip() == served.answer()


def test_stream(served, llm):
    pieces = [r.delta for r in llm.stream_chat([ChatMessage(role="user", content="k")])]
    assert "".join(p or "" for p in pieces).strip() == served.answer()


def test_complete(served, llm):
    assert llm.complete("k").text.strip() == served.answer()


def test_embeddings(served):
    vector = OpenAILikeEmbedding(model_name=served.embedding_model, api_base=served.url, api_key="unused").get_text_embedding("a")
    assert len(vector) > 1 and any(vector)
