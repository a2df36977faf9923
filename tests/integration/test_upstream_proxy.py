"""Backends behind a proxy: from the configuration and from the environment, never for loopback. The names of these
backends are known to the proxy alone."""
import json
import time

import pytest

from support.forward_proxy import ForwardProxy
from support.gateway import run
from support.ports import SLOWDOWN, free_port
from support.python_backend import Authority, server_context
from support.tls_front import TlsFront
from support.waiting import until

NAME = "llm.far.invalid"  # RFC 6761: no name server knows it


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def opened():
    """What is put into this list is closed after the test."""
    things = []
    yield things
    for thing in things:
        thing.close()


@pytest.fixture
def tunnelled(mock, authority, opened):
    """(entry, proxy, front): a mock behind TLS that is reached by CONNECT."""
    def make(front_options=None, **options):
        front = TlsFront(mock(**(front_options or {})), server_context(*authority.issue("server", f"DNS:{NAME}")))
        proxy = ForwardProxy({f"{NAME}:443": ("127.0.0.1", front.port)}, **options)
        opened.extend((front, proxy))
        return {"name": "b", "kind": "openai", "url": f"https://{NAME}/v1", "ca_file": str(authority.certificate),
                "models": ["m"]}, proxy, front
    return make


@pytest.fixture
def forwarded(mock, opened):
    """(entry, proxy, backend): a mock without TLS that is asked in absolute form."""
    def make(**options):
        backend = mock()
        proxy = ForwardProxy({f"{NAME}:8000": backend.address}, **options)
        opened.append(proxy)
        return {"name": "b", "kind": "openai", "url": f"http://{NAME}:8000/v1", "models": ["m"]}, proxy, backend
    return make


def is_down_with(node, words):
    row = until(lambda: (r := node.backend("b"))["health"] in ("down", "misconfigured") and words in r["detail"] and r, 10,
                what=f"{words!r} in {node.backend('b')}")
    doctor = run("doctor", "--config", node.config_path, "--json", environment=node.process.environment)
    verdict = next(b["verdict"] for b in json.loads(doctor.stdout)["backends"] if b["name"] == "b")
    assert doctor.returncode == 1
    reply = node.chat()
    assert reply.status in (502, 503), reply
    return row, verdict


def test_a_name_that_only_the_proxy_knows_is_reached_by_connect(tunnelled, gateway):
    entry, proxy, front = tunnelled()
    node = gateway({**entry, "proxy": proxy.url})
    assert node.chat().status == 200
    assert node.stream().read_all().is_clean
    assert {(m, t) for m, t, _ in proxy.asked} == {("CONNECT", f"{NAME}:443")}
    assert set(front.names) == {NAME}
    assert front.backend.requests()[-1]["headers"]["host"] == NAME
    doctor = run("doctor", "--config", node.config_path, "--json")
    row = next(b for b in json.loads(doctor.stdout)["backends"] if b["name"] == "b")
    assert row["health"] == "ready", row


def test_a_name_that_only_the_proxy_knows_is_reached_in_absolute_form(forwarded, gateway):
    entry, proxy, backend = forwarded()
    node = gateway({**entry, "proxy": proxy.url})
    assert node.chat().status == 200
    assert node.stream().read_all().is_clean
    assert proxy.targets("CONNECT") == []
    assert set(proxy.targets("POST")) == {f"http://{NAME}:8000/v1/chat/completions"}
    assert all(headers["host"] == f"{NAME}:8000" for _, _, headers in proxy.asked)
    row = next(b for b in json.loads(run("doctor", "--config", node.config_path, "--json").stdout)["backends"] if b["name"] == "b")
    assert row["health"] == "ready", row


def test_a_tunnel_is_used_again(tunnelled, gateway):
    entry, proxy, front = tunnelled()
    node = gateway({**entry, "proxy": proxy.url}, threads=1)
    for _ in range(5):
        assert node.chat(max_tokens=2).status == 200
    assert front.connections_with_posts() == [5]


def test_leaving_closes_the_tunnel(tunnelled, gateway):
    entry, proxy, front = tunnelled(front_options={"tokens": 100_000, "itl": "20ms"})
    node = gateway({**entry, "proxy": proxy.url})
    with node.stream() as stream:
        stream.until_content(5)
        left_at = time.time() * 1000
        stream.close()
        row = until(lambda: next((r for r in front.backend.requests() if r["state"] == "client_left"), None), 10)
    assert row["left_ms"] - left_at <= 100 * SLOWDOWN, f"{row['left_ms'] - left_at:.0f} ms"


@pytest.mark.parametrize("kind", ["tunnelled", "forwarded"])
def test_credentials_go_to_the_proxy_alone(request, gateway, kind):
    entry, proxy, behind = request.getfixturevalue(kind)(credentials="user:pass word")
    node = gateway({**entry, "proxy": f"http://user:pass%20word@127.0.0.1:{proxy.port}", "api_key": "k-backend"})
    assert node.chat().status == 200
    backend = behind.backend if kind == "tunnelled" else behind
    for row in backend.requests("/"):
        assert "proxy-authorization" not in row["headers"], row
        assert row["headers"]["authorization"] == "Bearer k-backend"
    if kind == "tunnelled":
        assert all("authorization" not in headers for _, _, headers in proxy.asked), "the backend's key is not the proxy's"
    assert "pass word" not in node.log() and "pass%20word" not in node.log()
    assert "pass" not in json.dumps(node.backends())


@pytest.mark.parametrize("kind", ["tunnelled", "forwarded"])
def test_missing_credentials_are_named_as_the_reason(request, gateway, kind):
    entry, proxy, _ = request.getfixturevalue(kind)(credentials="user:word")
    node = gateway({**entry, "proxy": proxy.url}, until_models=False)
    row, verdict = is_down_with(node, "the proxy wants other credentials")
    assert "the proxy wants other credentials" in verdict


@pytest.mark.parametrize("behaviour, words", [(403, "the proxy refused to connect to it (403)"),
                                              (502, "the proxy refused to connect to it (502)"),
                                              ("close", "the proxy closed the connection"),
                                              ("garbage", "the proxy answers, but not with HTTP")])
def test_a_proxy_that_refuses_is_named_as_the_reason(tunnelled, gateway, behaviour, words):
    entry, proxy, front = tunnelled(behaviour=behaviour)
    node = gateway({**entry, "proxy": proxy.url}, until_models=False)
    _, verdict = is_down_with(node, words)
    assert "proxy" in verdict, verdict
    assert front.handshakes == 0


def test_a_proxy_that_nobody_runs_is_named_as_the_reason(gateway):
    node = gateway({"name": "b", "kind": "openai", "url": f"https://{NAME}/v1", "models": ["m"],
                    "proxy": f"http://127.0.0.1:{free_port()}"}, until_models=False)
    is_down_with(node, "the proxy: connection refused")


def test_a_proxy_that_hangs_delays_nobody_else(tunnelled, mock, gateway):
    entry, proxy, _ = tunnelled()
    other = mock(models=["m"])
    node = gateway({**entry, "proxy": proxy.url, "priority": 0}, other.configured(priority=1), timeouts={"connect": "500ms"})
    proxy.behaviour = "hang"
    start = time.monotonic()
    reply = node.chat()
    assert reply.status == 200 and reply.header("x-edgemesh-backend") == other.name, reply
    assert time.monotonic() - start < 2 * SLOWDOWN
    until(lambda: node.backend("b")["detail"] == "the proxy did not answer in time", 30, 0.2, what=node.backend("b"))
    proxy.behaviour = None
    until(lambda: node.backend("b")["health"] == "ready", 20, 0.2, what=node.backend("b"))


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy"])
def test_the_environments_proxy_is_taken_for_https(tunnelled, gateway, variable):
    entry, proxy, _ = tunnelled()
    node = gateway(entry, environment={variable: proxy.url})
    assert node.chat().status == 200
    assert set(proxy.targets("CONNECT")) == {f"{NAME}:443"}


def test_the_environments_proxy_is_taken_for_http(forwarded, gateway):
    entry, proxy, _ = forwarded()
    node = gateway(entry, environment={"HTTP_PROXY": proxy.url, "HTTPS_PROXY": f"http://127.0.0.1:{free_port()}"})
    assert node.chat().status == 200


@pytest.mark.parametrize("exempt", [NAME, ".far.invalid", "far.invalid", "other, *"])
def test_no_proxy_exempts(tunnelled, gateway, exempt):
    entry, proxy, _ = tunnelled()
    node = gateway(entry, environment={"HTTPS_PROXY": proxy.url, "NO_PROXY": exempt}, until_models=False)
    row = until(lambda: (r := node.backend("b"))["health"] == "down" and r, 10)
    assert "the name is not known" in row["detail"], row
    assert proxy.asked == []


def test_the_configured_proxy_wins_and_none_switches_it_off(tunnelled, gateway):
    entry, proxy, _ = tunnelled()
    elsewhere = {"HTTPS_PROXY": f"http://127.0.0.1:{free_port()}"}
    node = gateway({**entry, "proxy": proxy.url}, environment=elsewhere)
    assert node.chat().status == 200
    bare = gateway({**entry, "proxy": "none"}, environment={"HTTPS_PROXY": proxy.url}, until_models=False)
    row = until(lambda: (r := bare.backend("b"))["health"] == "down" and r, 10)
    assert "the name is not known" in row["detail"], row


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_never_takes_a_proxy(mock, opened, gateway, host):
    proxy = ForwardProxy({}, behaviour=403)
    opened.append(proxy)
    backend = mock()
    node = gateway({"name": "b", "kind": "openai", "url": f"http://{host}:{backend.port}/v1"},
                   environment={name: proxy.url for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY")})
    assert node.chat().status == 200
    assert proxy.asked == []


def test_a_proxy_for_loopback_is_an_error_of_the_configuration(gateway):
    node = gateway({"name": "b", "kind": "openai", "url": "http://localhost:1/v1", "proxy": "http://127.0.0.1:3128"}, start=False)
    done = run("check", "--config", node.config_path)
    assert done.returncode == 2
    assert "loopback is never reached by a proxy" in done.stdout + done.stderr


def test_headers_query_and_key_reach_the_backend_through_a_tunnel(tunnelled, gateway):
    entry, proxy, front = tunnelled()
    node = gateway({**entry, "proxy": proxy.url, "api_key": "k-1", "headers": {"x-team": "blue"}, "query": {"api-version": "1 a"}})
    assert node.chat().status == 200
    row = front.backend.requests("/v1/chat")[-1]
    assert row["path"] == "/v1/chat/completions?api-version=1%20a", row["path"]
    assert row["headers"]["x-team"] == "blue" and row["headers"]["authorization"] == "Bearer k-1"
    for _, target, headers in proxy.asked:
        assert "x-team" not in headers and "api-version" not in target
