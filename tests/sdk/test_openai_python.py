"""The official Python SDK, unchanged, through EdgeMesh."""
import asyncio

import pytest

openai = pytest.importorskip("openai", reason="no openai package: script/prefix python-sdk installs it")
from pydantic import BaseModel  # noqa: E402

from support.waiting import until  # noqa: E402

WEATHER = {"type": "function", "function": {"name": "weather", "strict": True, "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}}}


@pytest.fixture
def client(served):
    with openai.OpenAI(base_url=served.url, api_key="unused", max_retries=0, timeout=30) as client:
        yield client


def say(text):
    return [{"role": "user", "content": text}]


def test_chat(served, client):
    answer = client.chat.completions.create(model=served.model, messages=say("k"), temperature=0)
    assert answer.choices[0].message.content.strip() == served.answer()
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.model == served.model
    assert answer._request_id


def test_stream(served, client):
    chunks = list(client.chat.completions.create(model=served.model, messages=say("k"), temperature=0, stream=True,
                                                 stream_options={"include_usage": True}))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text.strip() == served.answer()
    assert chunks[-1].usage.completion_tokens > 0 and chunks[-1].choices == []
    assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"


def test_the_strict_stream_helper(served, client):
    with client.chat.completions.stream(model=served.model, messages=say("k"), temperature=0) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_completion()
    assert "content.delta" in kinds and "content.done" in kinds
    assert final.choices[0].message.role == "assistant"
    assert final.choices[0].message.content.strip() == served.answer()
    assert final.choices[0].finish_reason == "stop"


def test_system_prompts_parts_and_extra_fields(served, client):
    answer = client.chat.completions.create(
        model=served.model, temperature=0, seed=1, user="u", metadata={"a": "b"}, extra_body={"top_k": 40, "unknown_field": {"a": 1}},
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "k"}]}])
    assert answer.choices[0].message.content.strip() == served.answer()


def test_a_tool_is_called_and_its_result_told(mocked, client):
    first = client.chat.completions.create(model=mocked.model, messages=say("use the tool"), tools=[WEATHER])
    call = first.choices[0].message.tool_calls[0]
    assert first.choices[0].finish_reason == "tool_calls"
    assert (call.function.name, call.function.arguments.replace(" ", "")) == ("weather", '{"city":"Paris"}')
    second = client.chat.completions.create(model=mocked.model, tools=[WEATHER], messages=[
        *say("use the tool"), first.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}])
    assert second.choices[0].message.content.strip() == mocked.answer()


def test_a_tool_call_through_the_strict_stream_helper(mocked, client):
    with client.chat.completions.stream(model=mocked.model, messages=say("use the tool"), tools=[WEATHER]) as stream:
        for _ in stream:
            pass
        message = stream.get_final_completion().choices[0].message
    assert len(message.tool_calls) == 1
    assert message.tool_calls[0].function.name == "weather"
    assert message.tool_calls[0].function.parsed_arguments == {"city": "Paris"}


class Answer(BaseModel):
    city: str
    hot: bool


def test_a_json_schema_is_parsed(mocked, client):
    parsed = client.chat.completions.parse(model=mocked.model, messages=say("a city"), response_format=Answer)
    assert isinstance(parsed.choices[0].message.parsed, Answer)


def test_a_json_schema_is_parsed_from_a_stream(mocked, client):
    with client.chat.completions.stream(model=mocked.model, messages=say("a city"), response_format=Answer) as stream:
        for _ in stream:
            pass
        assert isinstance(stream.get_final_completion().choices[0].message.parsed, Answer)


def test_completions(served, client):
    answer = client.completions.create(model=served.model, prompt="k", temperature=0, max_tokens=3)
    assert len(answer.choices[0].text.strip()) >= 3
    assert answer.choices[0].finish_reason == "length"
    pieces = [c.choices[0].text for c in client.completions.create(model=served.model, prompt="k", temperature=0, max_tokens=3,
                                                                   stream=True) if c.choices]
    assert "".join(pieces).strip() == answer.choices[0].text.strip()


def test_embeddings_as_the_sdk_asks_for_them(served, client):
    """Without encoding_format the SDK asks for base64 and decodes it."""
    packed = client.embeddings.create(model=served.embedding_model, input=["a", "b"])
    plain = client.embeddings.create(model=served.embedding_model, input=["a", "b"], encoding_format="float")
    assert [row.index for row in packed.data] == [0, 1]
    for one, other in zip(packed.data, plain.data):
        assert one.embedding == pytest.approx(other.embedding, rel=1e-6)


def test_models(served, client):
    listed = {model.id: model for model in client.models.list()}
    assert served.model in listed
    assert client.models.retrieve(served.model).id == served.model


def test_an_unknown_model_is_not_found(served, client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="no/such:model", messages=say("k"))
    assert caught.value.code == "model_not_found" and caught.value.param == "model"
    assert caught.value.request_id
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("no/such:model")


def test_a_bad_request_is_a_bad_request(served, client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=served.model, messages=[])
    assert caught.value.param == "messages" and caught.value.type == "invalid_request_error"


@pytest.mark.parametrize("fault,error", [("error-500", "InternalServerError"), ("error-429", "RateLimitError"),
                                         ("loading", "InternalServerError"), ("drop-before-first", "InternalServerError")])
@pytest.mark.parametrize("stream", [False, True])
def test_faults_become_the_sdks_exceptions(mocked, client, fault, error, stream):
    until(lambda: client.chat.completions.create(model=mocked.model, messages=say("k")), 30, 0.3)
    mocked.backend.steer(fault)
    with pytest.raises(getattr(openai, error)) as caught:
        for _ in client.chat.completions.create(model=mocked.model, messages=say("k"), stream=stream):
            pass
    assert caught.value.request_id
    mocked.backend.steer()
    until(lambda: works(client, mocked.model), 30, 0.3, "the backend being used again")


def works(client, model):
    try:
        return client.chat.completions.create(model=model, messages=say("k"))
    except openai.APIStatusError:
        return None


def test_an_error_inside_a_stream_is_raised(mocked, client):
    mocked.backend.steer({"name": "drop-mid-stream", "probability": 1.0, "after": 2})
    seen = ""
    with pytest.raises(openai.APIError):
        for chunk in client.chat.completions.create(model=mocked.model, messages=say("k"), stream=True):
            seen += chunk.choices[0].delta.content or ""
    assert seen.split() == ["t0", "t1"]
    mocked.backend.steer()
    until(lambda: works(client, mocked.model), 30, 0.3)


def test_the_sdks_own_retry_gets_through(mocked, client):
    until(lambda: works(client, mocked.model), 30, 0.3)
    mocked.backend.forget()
    mocked.backend.steer({"name": "error-429", "probability": 1.0, "count": 1})
    answer = client.with_options(max_retries=2).chat.completions.create(model=mocked.model, messages=say("k"))
    assert answer.choices[0].message.content.strip() == mocked.answer()


def test_leaving_a_stream_stops_the_backend(mocked, client):
    mocked.backend.forget()
    mocked.backend.steer(itl_ms=20, tokens=10_000)
    try:
        stream = client.chat.completions.create(model=mocked.model, messages=say("k"), stream=True)
        next(iter(stream))
        stream.close()
        until(lambda: any(r["state"] == "client_left" for r in mocked.backend.requests()), 5)
    finally:
        mocked.backend.steer(itl_ms=0, tokens=6)


def test_the_asynchronous_client(served):
    async def ask():
        async with openai.AsyncOpenAI(base_url=served.url, api_key="unused", max_retries=0, timeout=30) as client:
            answers = await asyncio.gather(*[
                client.chat.completions.create(model=served.model, messages=say("k"), temperature=0) for _ in range(8)])
            stream = await client.chat.completions.create(model=served.model, messages=say("k"), temperature=0, stream=True)
            text = "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])
            return [a.choices[0].message.content.strip() for a in answers] + [text.strip()]
    assert set(asyncio.run(ask())) == {served.answer()}
