"""Backends behind TLS: what is refused says why, what changes on disk is taken at a reload, streams and cancels work as
without TLS."""
import json
import signal
import socket
import time

import pytest

from support.gateway import chat_body, run
from support.ports import SLOWDOWN
from support.python_backend import Authority, server_context
from support.sse import Stream
from support.tls_front import TlsFront
from support.waiting import until


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def front(mock):
    """Makes a TlsFront before a mock of its own, which is its `.backend`."""
    made = []

    def make(context, **options):
        made.append(TlsFront(mock(**options), context))
        return made[-1]
    yield make
    for one in made:
        one.close()


def entry(front, authority=None, host="127.0.0.1", **more):
    given = {"name": "b", "kind": "openai", "url": f"https://{host}:{front.port}/v1", "models": ["m"], **more}
    return given if authority is None else {**given, "ca_file": str(authority.certificate)}


def context_for(authority, alternatives="IP:127.0.0.1", name="server", days=2, **options):
    return server_context(*authority.issue(name, alternatives, days), **options)


def is_refused_with(node, words):
    """The backend is down for this reason, says so everywhere, and a request gets an error of the gateway's own."""
    row = until(lambda: (r := node.backend("b"))["health"] in ("down", "misconfigured") and r, 10)
    assert words in row["detail"], row
    shown = run("backends", "show", "b", "--admin", f"{node.admin[0]}:{node.admin[1]}")
    assert words in shown.stdout, shown.stdout + shown.stderr
    doctor = run("doctor", "--config", node.config_path, "--json")
    assert doctor.returncode == 1
    verdict = next(b["verdict"] for b in json.loads(doctor.stdout)["backends"] if b["name"] == "b")
    assert words in verdict, verdict
    reply = node.chat()
    assert reply.status in (502, 503), reply
    assert reply.error["code"]


def test_an_unknown_authority_is_named_as_the_reason(authority, front, gateway, tmp_path):
    server = front(context_for(authority))
    node = gateway(entry(server, Authority(tmp_path, "other")), until_models=False)
    is_refused_with(node, "authority that is not trusted; give that authority's certificate as ca_file")
    assert server.handshakes == 0 and server.backend.requests("/") == []


def test_a_self_signed_certificate_is_refused_unless_it_is_the_ca_file(front, gateway, tmp_path):
    own = Authority(tmp_path, "self")
    server = front(server_context(own.certificate, own.folder / "self.key"))
    node = gateway(entry(server), until_models=False)
    is_refused_with(node, "authority that is not trusted")
    node.write_config(backends=[entry(server, own, server_name="self")])
    node.process.signal(signal.SIGHUP)
    until(lambda: node.chat().status == 200, 15, 0.2)


@pytest.mark.parametrize("host, alternatives", [("127.0.0.1", "IP:127.0.0.2"), ("127.0.0.1", "DNS:localhost"),
                                                ("localhost", "DNS:*.localhost"), ("localhost", "DNS:localhost.example")])
def test_another_name_is_refused(authority, front, gateway, host, alternatives):
    server = front(context_for(authority, alternatives))
    node = gateway(entry(server, authority, host), until_models=False)
    is_refused_with(node, f"its certificate is not for {host}; set server_name")
    assert server.handshakes == 0


@pytest.mark.parametrize("host, sni", [("localhost", "localhost"), ("127.0.0.1", None)])
def test_a_name_is_sent_by_sni_and_an_address_is_not(authority, front, gateway, host, sni):
    server = front(context_for(authority, "DNS:localhost,IP:127.0.0.1"))
    node = gateway(entry(server, authority, host))
    assert node.chat().status == 200
    assert set(server.names) == {sni}


def test_the_configured_server_name_is_sent_and_checked(authority, front, gateway):
    server = front(context_for(authority, "DNS:llm.fra.example"))
    node = gateway(entry(server, authority, server_name="llm.fra.example"))
    assert node.chat().status == 200
    assert set(server.names) == {"llm.fra.example"}
    headers = server.backend.requests()[-1]["headers"]
    assert f"127.0.0.1:{server.port}" in json.dumps(headers), "the Host stays that of the URL"


def test_an_expired_certificate_is_refused_and_doctor_says_so(authority, front, gateway):
    server = front(context_for(authority, days=-1))
    node = gateway(entry(server, authority), until_models=False)
    is_refused_with(node, "its certificate has expired")
    assert server.handshakes == 0


def test_doctor_shows_our_own_certificate_that_has_expired(authority, front, gateway):
    server = front(context_for(authority, client_authority=authority.certificate))
    certificate, key = authority.issue("client", "DNS:gateway.example", days=-1)
    node = gateway(entry(server, authority, client_cert=str(certificate), client_key=str(key)), until_models=False)
    found = json.loads(run("doctor", "--config", node.config_path, "--json").stdout)["node"]
    row = next(f for f in found if f["subject"] == "backends.b.client_cert")
    assert row["wrong"] and "ended on" in row["text"], row
    until(lambda: "client certificate" in node.backend("b")["detail"], 10, what=node.backend("b"))


def test_a_client_certificate_that_is_wanted_is_named_as_the_reason(authority, front, gateway):
    server = front(context_for(authority, client_authority=authority.certificate))
    node = gateway(entry(server, authority), until_models=False)
    is_refused_with(node, "client certificate")
    certificate, key = authority.issue("client", "DNS:gateway.example")
    node.write_config(backends=[entry(server, authority, client_cert=str(certificate), client_key=str(key))])
    node.process.signal(signal.SIGHUP)
    until(lambda: node.chat().status == 200, 15, 0.2)


def test_a_client_certificate_of_another_authority_is_refused(authority, front, gateway, tmp_path):
    server = front(context_for(authority, client_authority=authority.certificate))
    certificate, key = Authority(tmp_path, "other").issue("client", "DNS:gateway.example")
    node = gateway(entry(server, authority, client_cert=str(certificate), client_key=str(key)), until_models=False)
    is_refused_with(node, "client certificate")


def test_a_plain_server_behind_an_https_url_is_named_as_such(mock, gateway):
    plain = mock()
    node = gateway({"name": "b", "kind": "openai", "url": f"https://127.0.0.1:{plain.port}/v1", "models": ["m"]}, until_models=False)
    is_refused_with(node, "it does not speak TLS; is its URL http?")


def test_a_server_that_never_shakes_hands_is_given_up(gateway):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}/v1"
        node = gateway({"name": "b", "kind": "openai", "url": url, "models": ["m"]}, until_models=False, timeouts={"connect": "300ms"})
        row = until(lambda: (r := node.backend("b"))["health"] == "down" and r, 10)
        assert row["detail"] == "no TLS handshake in time"


def test_a_reload_takes_changed_files_under_the_same_names(authority, front, gateway, tmp_path):
    server = front(context_for(authority, client_authority=authority.certificate))
    certificate, key = authority.issue("client", "DNS:gateway.example")
    node = gateway(entry(server, authority, client_cert=str(certificate), client_key=str(key)))
    assert node.chat().status == 200
    # The whole world gets new certificates; the configuration stays byte for byte.
    other = Authority(tmp_path, "other")
    before = node.config_path.read_bytes()
    server.change_certificate(context_for(other, name="server2", client_authority=other.certificate))
    for old, new in zip((certificate, key, authority.certificate), (*other.issue("client2", "DNS:gateway.example"), other.certificate)):
        old.write_bytes(new.read_bytes())
    assert node.ask("/admin/v1/backends/b/probe", "POST").status == 200
    assert node.config_path.read_bytes() == before
    answer = node.ask("/admin/v1/reload", "POST")
    assert "backends" in json.dumps(answer.json()["changed"]), answer
    until(lambda: node.chat().status == 200, 15, 0.2)
    assert len(server.connections_with_posts()) == 2, "the connection of before has the old certificate"


def test_an_unreadable_new_certificate_changes_nothing(authority, front, gateway):
    server = front(context_for(authority))
    node = gateway(entry(server, authority))
    authority.certificate.write_text("no certificate\n")
    answer = node.ask("/admin/v1/reload", "POST")
    assert answer.status == 400 or answer.status == 422, answer
    assert "ca_file" in answer.error["message"], answer
    assert node.chat().status == 200


def test_requests_reuse_a_connection(authority, front, gateway):
    server = front(context_for(authority))
    node = gateway(entry(server, authority), threads=1)
    for _ in range(5):
        assert node.chat(max_tokens=2).status == 200
        assert node.stream(max_tokens=2).read_all().is_clean
    assert server.connections_with_posts() == [10]


def test_many_streams_at_once_are_complete(authority, front, gateway):
    server = front(context_for(authority), tokens=50, itl="2ms")
    node = gateway(entry(server, authority))
    streams = [node.stream() for _ in range(20)]
    for stream in streams:
        transcript = stream.read_all()
        assert transcript.is_clean and transcript.content.split() == [f"t{i}" for i in range(50)]


def test_a_large_body_arrives_whole(authority, front, gateway):
    server = front(context_for(authority))
    node = gateway(entry(server, authority))
    reply = node.chat(content="x" * 3_000_000, max_tokens=2)
    assert reply.status == 200
    assert server.backend.requests()[-1]["state"] in ("done", "finished", "completed"), server.backend.requests()[-1]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("phase", ["before headers", "mid-stream"])
def test_a_client_that_leaves_closes_the_tls_connection(authority, front, gateway, phase, stream):
    server = front(context_for(authority), tokens=100_000, itl="20ms")
    node = gateway(entry(server, authority))
    if phase == "before headers":
        server.backend.steer("hang")
    with Stream(node.api, "/v1/chat/completions", chat_body("m", "a", stream=stream)) as client:
        if phase == "mid-stream" and stream:
            client.until_content(5)
        until(lambda: server.backend.requests() and server.backend.requests()[0]["state"] == "running", 5)
        left_at = time.time() * 1000
        client.close()
        row = until(lambda: next((r for r in server.backend.requests() if r["state"] == "client_left"), None), 10)
    assert row["left_ms"] - left_at <= 100 * SLOWDOWN, f"{row['left_ms'] - left_at:.0f} ms"
    until(lambda: node.backend("b")["in_flight"] == 0, 3)


def test_a_connection_that_breaks_off_mid_stream_is_an_honest_failure(authority, front, gateway):
    """Without a close_notify: a cut, not an end."""
    server = front(context_for(authority), tokens=100_000, itl="10ms")
    node = gateway(entry(server, authority))
    with node.stream() as stream:
        stream.until_content(10)
        server.backend.kill()
        transcript = stream.read_all()
    assert transcript.is_honest_failure, transcript


def test_another_backend_answers_when_the_certificate_ran_out(authority, front, mock, gateway):
    """The certificate goes bad while the backend counts as ready: the request moves on."""
    server = front(context_for(authority))
    spare = mock(name="spare")
    node = gateway(entry(server, authority, priority=0), spare.configured(priority=1))
    server.change_certificate(context_for(authority, name="late", days=-1))
    reply = node.chat()
    assert reply.status == 200 and reply.header("x-edgemesh-backend") == "spare", reply
