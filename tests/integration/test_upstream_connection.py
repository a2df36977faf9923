"""How a backend is reached: verified TLS, client certificates, proxies, extra headers and query parameters, names."""
import time

import pytest

from support.ports import free_port
from support.python_backend import Authority, PythonBackend, server_context
from support.waiting import until


@pytest.fixture
def backend():
    """Makes a PythonBackend that ends with the test."""
    made = []

    def make(**options):
        made.append(PythonBackend(**options))
        return made[-1]
    yield make
    for one in made:
        one.close()


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def entry(url, **more):
    return {"name": "b", "kind": "openai", "url": url, **more}


def chats_of(backend):
    return [row for row in backend.seen if row[0] == "POST"]


def test_a_verified_certificate_is_accepted(authority, backend, gateway):
    server = backend(tls=server_context(*authority.issue("server", "IP:127.0.0.1")))
    node = gateway(entry(f"https://127.0.0.1:{server.port}/v1", ca_file=str(authority.certificate)))
    assert node.chat().json()["choices"][0]["message"]["content"] == "hello"


@pytest.mark.parametrize("what", ["unknown authority", "wrong name"])
def test_a_certificate_that_does_not_verify_is_refused(authority, backend, gateway, what, tmp_path):
    names = "IP:127.0.0.2" if what == "wrong name" else "IP:127.0.0.1"
    server = backend(tls=server_context(*authority.issue("server", names)))
    other = Authority(tmp_path, "other")
    trusted = authority if what == "wrong name" else other
    node = gateway(entry(f"https://127.0.0.1:{server.port}/v1", ca_file=str(trusted.certificate), models=["m"]), until_models=False)
    until(lambda: node.backend("b")["health"] in ("down", "misconfigured"), 10)
    assert node.chat().status in (404, 502, 503)
    assert server.seen == []


def test_the_system_authorities_do_not_vouch_for_ours(authority, backend, gateway):
    server = backend(tls=server_context(*authority.issue("server", "IP:127.0.0.1")))
    node = gateway(entry(f"https://127.0.0.1:{server.port}/v1", models=["m"]), until_models=False)
    until(lambda: node.backend("b")["health"] in ("down", "misconfigured"), 10)
    assert server.seen == []


def test_a_server_name_stands_for_the_address(authority, backend, gateway):
    server = backend(tls=server_context(*authority.issue("server", "DNS:llm.fra.example")))
    node = gateway(entry(f"https://127.0.0.1:{server.port}/v1", ca_file=str(authority.certificate), server_name="llm.fra.example"))
    assert node.chat().status == 200


def test_a_client_certificate_is_shown(authority, backend, gateway):
    server = backend(tls=server_context(*authority.issue("server", "IP:127.0.0.1"), client_authority=authority.certificate))
    certificate, key = authority.issue("client", "DNS:gateway.example")
    node = gateway(entry(f"https://127.0.0.1:{server.port}/v1", ca_file=str(authority.certificate), client_cert=str(certificate),
                         client_key=str(key)))
    assert node.chat().status == 200


def test_without_its_client_certificate_nothing_is_sent(authority, backend, gateway):
    server = backend(tls=server_context(*authority.issue("server", "IP:127.0.0.1"), client_authority=authority.certificate))
    node = gateway(entry(f"https://127.0.0.1:{server.port}/v1", ca_file=str(authority.certificate), models=["m"]), until_models=False)
    until(lambda: node.backend("b")["health"] in ("down", "misconfigured"), 10)
    assert server.seen == []


def test_key_headers_and_query_go_with_every_request(backend, gateway):
    server = backend()
    node = gateway(entry(f"http://127.0.0.1:{server.port}/base/v1", api_key="k-1", headers={"x-team": "blue"},
                         query={"api-version": "2024-06-01 a"}))
    assert node.chat().status == 200
    for method, target, headers in server.seen:
        assert target.startswith("/base/v1/"), target
        assert "api-version=2024-06-01%20a" in target or "api-version=2024-06-01+a" in target
        assert headers["authorization"] == "Bearer k-1" and headers["x-team"] == "blue"
        assert headers["host"] == f"127.0.0.1:{server.port}"


def test_a_proxy_takes_plain_requests(backend, gateway):
    """The backend's address leads nowhere: only the proxy is asked."""
    proxy = backend(is_proxy=True)
    node = gateway(entry("http://192.0.2.1/v1", proxy=f"http://user:secret@127.0.0.1:{proxy.port}"))
    assert node.chat().status == 200
    method, target, headers = chats_of(proxy)[-1]
    assert headers["host"] == "192.0.2.1"
    if not target.startswith("http://192.0.2.1/v1/"):
        assert ("CONNECT", "192.0.2.1:80") in [(m, t) for m, t, _ in proxy.seen]
    assert any(h.get("proxy-authorization", "").startswith("Basic ") for _, _, h in proxy.seen)
    assert "secret" not in node.log()


def test_a_proxy_tunnels_verified_tls(authority, backend, gateway):
    proxy = backend(is_proxy=True, tls=server_context(*authority.issue("server", "DNS:llm.fra.example")))
    node = gateway(entry("https://llm.fra.example/v1", ca_file=str(authority.certificate), proxy=f"http://127.0.0.1:{proxy.port}"))
    assert node.chat().status == 200
    assert ("CONNECT", "llm.fra.example:443") in [(m, t) for m, t, _ in proxy.seen]
    assert all("authorization" not in h or m != "CONNECT" for m, _, h in proxy.seen)


def test_the_environment_names_a_proxy_but_never_for_loopback(authority, backend, mock, gateway):
    proxy = backend(is_proxy=True, tls=server_context(*authority.issue("server", "DNS:llm.fra.example")))
    near = mock(models=["near"])
    node = gateway(near, {"name": "far", "kind": "openai", "url": "https://llm.fra.example/v1", "ca_file": str(authority.certificate)},
                   environment={"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", "HTTP_PROXY": f"http://127.0.0.1:{free_port()}"})
    assert node.chat("m").header("x-edgemesh-backend") == "far"
    assert node.chat("near").header("x-edgemesh-backend") == near.name


def test_a_name_is_tried_at_all_its_addresses(backend, gateway):
    """`localhost` is often ::1 first; the backend listens on 127.0.0.1 alone."""
    server = backend()
    node = gateway(entry(f"http://localhost:{server.port}/v1"))
    assert node.chat().status == 200


def test_a_name_that_does_not_resolve_stalls_nobody(backend, gateway):
    server = backend()
    node = gateway({"name": "lost", "kind": "openai", "url": "http://no-such-host.invalid/v1", "models": ["m"]},
                   entry(f"http://127.0.0.1:{server.port}/v1"), until_models=False)
    until(lambda: node.backend("b")["health"] == "ready", 5)
    start = time.monotonic()
    assert node.chat().status == 200
    assert time.monotonic() - start < 5
