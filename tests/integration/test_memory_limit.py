"""Bodies and buffers of all requests together are bounded: above it a new body is refused before it is read."""
import json

from support.gateway import chat_body
from support.http_client import Connection
from support.waiting import until


def test_a_body_that_does_not_fit_gets_503_before_it_is_read(mock, gateway):
    backend = mock()
    node = gateway(backend, limits={"memory": "8MB", "body": "6MB"})
    body = json.dumps(chat_body("m", "x" * 5_000_000)).encode()
    held = []
    try:
        for _ in range(3):  # announced, begun, never finished
            connection = Connection(node.api)
            held.append(connection)
            connection.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            b"Content-Length: %d\r\n\r\n" % len(body) + body[:100_000])
        refused = next(c for c in reversed(held))
        reply = refused.read_reply()
        assert reply.status == 503, reply
        assert reply.error
        assert 1 <= int(reply.header("retry-after")) <= 60
        assert node.get("/healthz").status == 200
    finally:
        for connection in held:
            connection.close()
    until(lambda: node.chat(content="x" * 3_000_000, timeout=20).status == 200, 10, 0.2, "memory being given back")


def test_memory_is_given_back_after_each_request(mock, gateway):
    node = gateway(mock(), limits={"memory": "8MB", "body": "6MB"})
    for _ in range(12):
        assert node.chat(content="x" * 3_000_000, timeout=20).status == 200
