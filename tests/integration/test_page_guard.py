"""Open ports are closed to browser pages: Host and Origin, and CORS where it is configured."""
import pytest

from support.gateway import chat_body
from support.http_client import request
from support.waiting import until

CHAT = "/v1/chat/completions"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8780", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"])
def test_a_foreign_host_is_refused_on_both_ports(mock, gateway, host):
    node = gateway(mock())
    for address, target in ((node.api, "/v1/models"), (node.admin, "/admin/v1/status"), (node.admin, "/metrics")):
        reply = request(address, "GET", target, headers=[("Host", host)])
        assert reply.status == 403, (target, reply)
        assert reply.error


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.9:99", "[::1]:8780", "app.localhost"])
def test_a_loopback_host_is_ours(mock, gateway, host):
    node = gateway(mock())
    assert request(node.api, "GET", "/v1/models", headers=[("Host", host)]).status == 200


def test_a_configured_name_is_ours(mock, gateway):
    node = gateway(mock(), node={"name": "n1", "public_url": "https://llm.fra.example"})
    assert request(node.api, "GET", "/v1/models", headers=[("Host", "llm.fra.example")]).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000"])
def test_a_foreign_origin_is_refused(mock, gateway, origin):
    backend = mock()
    node = gateway(backend)
    reply = request(node.api, "POST", CHAT, chat_body("m", "a"), [("Origin", origin)])
    assert reply.status == 403, reply
    assert reply.header("access-control-allow-origin") is None
    assert request(node.admin, "POST", "/admin/v1/reload", {}, [("Origin", origin)]).status == 403
    assert backend.requests() == []


def test_an_allowed_origin_gets_cors_headers(mock, gateway):
    node = gateway(mock(), cors={"origins": ["https://chat.example"]})
    origin = ("Origin", "https://chat.example")
    preflight = request(node.api, "OPTIONS", CHAT, headers=[origin, ("Access-Control-Request-Method", "POST"),
                                                            ("Access-Control-Request-Headers", "authorization,content-type,x-stainless-os")])
    assert preflight.status == 204
    assert preflight.header("access-control-allow-origin") == "https://chat.example"
    assert "POST" in preflight.header("access-control-allow-methods")
    allowed = preflight.header("access-control-allow-headers").lower()
    assert allowed == "*" or {"authorization", "content-type", "x-stainless-os"} <= {h.strip() for h in allowed.split(",")}
    reply = request(node.api, "POST", CHAT, chat_body("m", "a"), [origin])
    assert reply.status == 200
    assert reply.header("access-control-allow-origin") == "https://chat.example"
    assert "origin" in reply.header("vary", "").lower()
    assert "x-request-id" in reply.header("access-control-expose-headers", "").lower()
    stream = node.stream(headers=[origin]).read_all()
    assert stream.is_clean and stream.reply.header("access-control-allow-origin") == "https://chat.example"
    assert node.chat("nobody", headers=[origin]).header("access-control-allow-origin") == "https://chat.example"
    assert request(node.api, "POST", CHAT, chat_body("m", "a"), [("Origin", "https://other.example")]).status == 403


def test_without_origin_there_are_no_cors_headers(mock, gateway):
    node = gateway(mock(), cors={"origins": ["https://chat.example"]})
    assert node.chat().header("access-control-allow-origin") is None


def test_the_admin_port_has_no_client_paths_and_the_other_way_round(mock, gateway):
    node = gateway(mock())
    assert node.get("/admin/v1/status").status == 404
    assert node.get("/metrics").status == 404
    assert node.ask("/v1/models").status == 404
    assert node.ask("/healthz").status == 200


def test_origins_change_with_a_reload(mock, gateway):
    node = gateway(mock())
    origin = ("Origin", "https://chat.example")
    assert node.get("/v1/models", [origin]).status == 403
    node.write_config(cors={"origins": ["https://chat.example"]})
    node.ask("/admin/v1/reload", "POST")
    until(lambda: node.get("/v1/models", [origin]).status == 200, 5)
