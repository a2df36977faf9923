"""The model with known answers says, in the real llama-server and without a gateway, what the other tests rely on."""
import math

import pytest

from real.transition_model import VOCABULARY, WIDTH, answer, character, gguf, transitions
from support.gateway import chat_body


def test_the_table_of_transitions_is_complete():
    follow = transitions()
    assert len(follow) == VOCABULARY <= WIDTH
    assert follow[character("k")] == character("l")
    assert follow[character("~")] == character("~")
    assert follow[character("Q")] == character("a")


def test_the_file_is_the_same_every_time():
    assert gguf() == gguf()
    assert gguf()[:4] == b"GGUF"


def whole(llama, prompt, **fields):
    choice = llama.ask("/v1/chat/completions", chat_body("alphabet", prompt, temperature=0, **fields)).json()["choices"][0]
    return choice["message"]["content"], choice["finish_reason"]


@pytest.mark.parametrize("prompt,fields,text,finish", [
    ("Hello!", {}, "abcdefghijklmnopqrstuvwxyz", "stop"),
    ("Hello!", {"max_tokens": 5}, "abcde", "length"),
    ("Hello!", {"stop": ["f"]}, "abcde", "stop"),
    ("k", {}, "lmnopqrstuvwxyz", "stop"),
    ("~", {"max_tokens": 7}, "~~~~~~~", "length"),
    ("^", {}, "\U0001F600", "stop"),
])
def test_llama_server_gives_the_known_answer(llama, prompt, fields, text, finish):
    assert whole(llama, prompt, **fields) == (text, finish)
    if finish == "stop" and not fields:
        assert text == answer(prompt)


def test_a_grammar_forces_an_answer(llama):
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"enum": ["yes"]}}}
    assert whole(llama, "x", max_tokens=50, response_format=schema) == ('"yes"', "stop")


def test_an_embedding_is_the_mean_of_one_hots(embedder):
    vector = embedder.ask("/v1/embeddings", {"input": "ab"}).json()["data"][0]["embedding"]
    third = 1 / math.sqrt(3)  # the begin token, a and b, each once
    assert len(vector) == WIDTH
    assert [i for i, x in enumerate(vector) if abs(x) > 1e-6] == [1, character("a"), character("b")]
    assert vector[character("a")] == pytest.approx(third, rel=1e-4)
