"""Bad input gives the error of the house, reaches no backend, and leaves the node serving others."""
import json

import pytest

from support.gateway import chat_body
from support.http_client import Closed, Connection, request
from support.sse import Stream

CHAT = "/v1/chat/completions"
GOOD = json.dumps(chat_body("m", "Hello!")).encode()


@pytest.fixture
def served(mock, gateway):
    backend = mock(models=["m", "llama3.2:3b"])
    return backend, gateway(backend, limits={"body": "1MB"})


def raw_head(*lines, method="POST", target=CHAT, host="Host: localhost"):
    return "\r\n".join([f"{method} {target} HTTP/1.1"] + ([host] if host else []) + list(lines)).encode("latin-1") + b"\r\n\r\n"


def nested(depth):
    return b'{"model":"m","messages":[{"role":"user","content":"a"}],"metadata":' + b"[" * depth + b"]" * depth + b"}"


BODIES = {
    # name: (body, status, param or None for "any")
    "nothing": (b"", 400, None),
    "not JSON": (b"hello", 400, None),
    "truncated": (GOOD[:-5], 400, None),
    "trailing text": (GOOD + b"x", 400, None),
    "trailing document": (GOOD + GOOD, 400, None),
    "an array": (b"[]", 400, None),
    "a string": (b'"a"', 400, None),
    "nested too deep": (nested(200), 400, None),
    "nested very deep": (nested(100_000), 400, None),
    "a lone surrogate in a name": (b'{"model":"\\ud800","messages":[{"role":"user","content":"a"}]}', None, None),
    "bad UTF-8": (b'{"model":"m","messages":[{"role":"user","content":"\xff\xfe"}]}', 400, None),
    "a raw control character": (b'{"model":"m","messages":[{"role":"user","content":"a\x01b"}]}', 400, None),
    "a duplicate model": (b'{"model":"m","model":"other","messages":[{"role":"user","content":"a"}]}', 400, None),
    "a model but for case": (b'{"model":"m","Model":"other","messages":[{"role":"user","content":"a"}]}', 400, None),
    "a duplicate model behind an escape": (b'{"model":"m","mod\\u0065l":"o","messages":[{"role":"user","content":"a"}]}', 400, None),
    "a duplicate stream": (b'{"model":"m","stream":false,"stream":true,"messages":[{"role":"user","content":"a"}]}', 400, None),
    "NaN": (b'{"model":"m","temperature":NaN,"messages":[{"role":"user","content":"a"}]}', 400, None),
    "no messages": (b'{"model":"m"}', 400, "messages"),
    "messages as text": (b'{"model":"m","messages":"hi"}', 400, "messages"),
    "messages empty": (b'{"model":"m","messages":[]}', 400, "messages"),
    "model as number": (b'{"model":7,"messages":[{"role":"user","content":"a"}]}', 400, "model"),
    "model empty": (b'{"model":"","messages":[{"role":"user","content":"a"}]}', None, "model"),
    "stream as text": (b'{"model":"m","stream":"yes","messages":[{"role":"user","content":"a"}]}', 400, "stream"),
    "stream_options as list": (b'{"model":"m","stream":true,"stream_options":[],"messages":[{"role":"user","content":"a"}]}', 400, "stream_options"),
    "unknown model": (json.dumps(chat_body("nobody", "a")).encode(), 404, "model"),
    "unknown pin": (json.dumps(chat_body("nobody::m", "a")).encode(), 404, "model"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_bad_body_is_refused(served, name):
    body, status, param = BODIES[name]
    backend, node = served
    with Connection(node.api) as connection:
        reply = connection.exchange("POST", CHAT, body)
        assert 400 <= reply.status < 500, reply
        assert status is None or reply.status == status, reply
        assert reply.error["type"] == "invalid_request_error"
        if param:
            assert reply.error["param"] == param
        # The connection can be kept.
        assert connection.exchange("POST", CHAT, GOOD).status == 200
    assert len(backend.requests()) == 1


HEADS = {
    # name: (bytes, accepted statuses); () where the connection may just be closed
    "both Content-Length and chunked": (raw_head("Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n", {400}),
    "chunked and Content-Length": (raw_head("Transfer-Encoding: chunked", "Content-Length: 5") + b"0\r\n\r\n", {400}),
    "two equal Content-Lengths": (raw_head("Content-Length: 2", "Content-Length: 2") + b"{}", {400}),
    "two Content-Lengths": (raw_head("Content-Length: 2", "Content-Length: 9") + b"{}", {400}),
    "a list of Content-Lengths": (raw_head("Content-Length: 2, 2") + b"{}", {400}),
    "a signed Content-Length": (raw_head("Content-Length: +2") + b"{}", {400}),
    "a negative Content-Length": (raw_head("Content-Length: -1"), {400}),
    "a hexadecimal Content-Length": (raw_head("Content-Length: 0x2") + b"{}", {400}),
    "a huge Content-Length": (raw_head("Content-Length: 99999999999999999999"), {400, 413}),
    "an empty Content-Length": (raw_head("Content-Length: ") + b"{}", {400}),
    "xchunked": (raw_head("Transfer-Encoding: xchunked") + b"0\r\n\r\n", {400, 501}),
    "chunked, identity": (raw_head("Transfer-Encoding: chunked, identity") + b"0\r\n\r\n", {400, 501}),
    "identity": (raw_head("Transfer-Encoding: identity") + b"{}", {400, 501}),
    "gzip, chunked": (raw_head("Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n", {400, 501}),
    "two Transfer-Encodings": (raw_head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + b"0\r\n\r\n", {400}),
    "a blank before the colon": (raw_head("Transfer-Encoding : chunked") + b"0\r\n\r\n", {400}),
    "a tab in a name": (raw_head("X\tY: 1"), {400}),
    "a folded header": (raw_head("X-A: 1", " 2"), {400}),
    "a folded first header": (b"GET /healthz HTTP/1.1\r\n Host: localhost\r\n\r\n", {400}),
    "bare line feeds": (b"GET /healthz HTTP/1.1\nHost: localhost\n\n", {400}),
    "one bare line feed": (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: 1\nX-B: 2\r\n\r\n", {400}),
    "a bare carriage return": (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: 1\rX-B: 2\r\n\r\n", {400}),
    "a NUL": (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: 1\x002\r\n\r\n", {400}),
    "no Host": (raw_head(method="GET", target="/healthz", host=None), {400}),
    "two Hosts": (raw_head("Host: localhost", method="GET", target="/healthz"), {400}),
    "a Host with a path": (raw_head(method="GET", target="/healthz", host="Host: localhost/#@x"), {400, 403}),
    "HTTP/2.0": (b"GET /healthz HTTP/2.0\r\nHost: localhost\r\n\r\n", {400, 505}),
    "HTTP/0.9": (b"GET /healthz\r\n\r\n", {400}),
    "no protocol at all": (b"hello there\r\n\r\n", {400}),
    "a TLS hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n", {400}),
    "the HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 405, 505}),
    "a blank in the target": (b"GET /heal thz HTTP/1.1\r\nHost: localhost\r\n\r\n", {400}),
    "a bad escape in the target": (raw_head(method="GET", target="/v1/models/%zz"), {400, 404}),
    "a long target": (raw_head(method="GET", target="/" + "a" * 20_000), {400, 414, 431, 404}),
    "a header of 64 KiB": (raw_head("X-A: " + "a" * 65_536, method="GET", target="/healthz"), {431, 400}),
    "200 headers": (raw_head(*[f"X-{i}: 1" for i in range(200)], method="GET", target="/healthz"), {431, 400}),
    "a bad chunk size": (raw_head("Transfer-Encoding: chunked") + b"zz\r\n{}\r\n0\r\n\r\n", {400}),
    "a huge chunk size": (raw_head("Transfer-Encoding: chunked") + b"ffffffffffffffff1\r\n{}\r\n0\r\n\r\n", {400, 413}),
    "a chunk without its end": (raw_head("Transfer-Encoding: chunked") + b"2\r\n{}XX0\r\n\r\n", {400}),
    "chunks ended by bare line feeds": (raw_head("Transfer-Encoding: chunked") + b"2\n{}\n0\n\n", {400}),
    "gzip": (raw_head("Content-Encoding: gzip", "Content-Length: 4") + b"\x1f\x8b\x08\x00", {415, 400}),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_bad_head_is_refused_and_what_follows_is_no_request(served, name):
    """After the bad message comes a smuggled one: it must never be answered."""
    sent, accepted = HEADS[name]
    backend, node = served
    with Connection(node.api) as connection:
        connection.send(sent + b"GET /smuggled-marker HTTP/1.1\r\nHost: localhost\r\n\r\n")
        reply = connection.read_reply()
        assert reply.status in accepted, reply
        assert reply.error
        if name not in ("a bad escape in the target", "gzip", "a long target", "a Host with a path"):
            with pytest.raises((Closed, ConnectionResetError)):
                connection.read_head()
    assert backend.requests() == []
    assert node.chat().status == 200


def test_a_too_large_body_is_refused_before_it_is_read(served):
    backend, node = served
    with Connection(node.api) as connection:
        connection.send(raw_head("Content-Length: 50000000", "Content-Type: application/json"))
        reply = connection.read_reply()
        assert reply.status == 413
        assert reply.error["code"] == "request_too_large"
    assert backend.requests() == []


def test_a_too_large_chunked_body_is_refused(served):
    backend, node = served
    with Connection(node.api) as connection:
        connection.send(raw_head("Transfer-Encoding: chunked", "Content-Type: application/json"))
        try:
            for _ in range(40):
                connection.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        except OSError:
            pass  # refused while we were still sending
        try:
            assert connection.read_reply().status == 413
        except ConnectionResetError:
            pass  # our unread bytes may cost us the answer, but nothing else
    assert backend.requests() == []
    assert node.chat().status == 200


def test_a_stream_is_refused_with_a_status_not_an_event(served):
    backend, node = served
    transcript = Stream(node.api, CHAT, {"model": "nobody", "stream": True, "messages": [{"role": "user", "content": "a"}]}).read_all()
    assert transcript.status == 404
    assert transcript.reply.error["code"] == "model_not_found"


@pytest.mark.parametrize("fields,param", [
    ({"input": []}, "input"), ({"input": 7}, "input"), ({}, "input"), ({"input": "a", "encoding_format": "hex"}, "encoding_format"),
])
def test_bad_embeddings_are_refused(served, fields, param):
    backend, node = served
    reply = node.post("/v1/embeddings", {"model": "m", **fields})
    assert reply.status == 400
    assert reply.error["param"] == param
    assert backend.requests() == []


def test_bad_embeddings_for_a_backend_that_takes_text_only(mock, gateway):
    backend = mock("ollama", models=["embed"])
    node = gateway(backend)
    assert node.post("/v1/embeddings", {"model": "embed", "input": [[1, 2], [3]]}).status == 400
    assert backend.requests() == []


@pytest.mark.parametrize("header,value", [("x-edgemesh-data-class", "top-secret")])
def test_an_unknown_data_class_is_refused(served, header, value):
    backend, node = served
    reply = node.chat(headers=[(header, value)])
    assert reply.status == 400 and reply.error
    assert backend.requests() == []


def test_a_missing_model_goes_to_the_only_one(mock, gateway):
    node = gateway(mock(models=["only"]))
    assert node.chat(None).status == 200


def test_a_missing_model_is_refused_where_there_are_several(mock, gateway):
    node = gateway(mock(models=["a", "b"]))
    reply = node.chat(None)
    assert reply.status == 400
    assert reply.error["param"] == "model"


def test_no_text_of_a_request_comes_back_in_errors_or_logs(served):
    backend, node = served
    node.post(CHAT, b'{"model":"m","messages":[{"role":"user","content":"canary-4711"}], oops')
    reply = node.chat("nobody-4711", "canary-4711")
    assert b"canary-4711" not in reply.body
    assert "canary-4711" not in node.log()
