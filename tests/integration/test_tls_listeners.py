"""TLS on the node's own listeners: everything that works in the clear works there, strangers stay outside, certificates change under load."""
import json
import os
import re
import shutil
import signal
import socket
import ssl
import time

import pytest

from support.gateway import Gateway, chat_body, run
from support.http_client import Connection, request, request_bytes
from support.keyed_gateway import bearer
from support.ports import SLOWDOWN, free_port
from support.python_backend import Authority
from support.tls_gateway import TlsGateway, client_context
from support.waiting import until

LIMIT_MS = 100


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def files(authority, tmp_path):
    """What listen.tls.api says: a certificate of its own place, which tests may replace."""
    return put(authority.issue("first", "DNS:node.example,IP:127.0.0.1"), tmp_path)


def put(pair, folder):
    """A certificate and its key under the names that the node knows, replaced as deployment tools do it."""
    for source, name in zip(pair, ("node.pem", "node.key")):
        shutil.copy(source, folder / (name + ".new"))
        os.chmod(folder / (name + ".new"), 0o600)
        os.replace(folder / (name + ".new"), folder / name)
    return {"cert": folder / "node.pem", "key": folder / "node.key"}


@pytest.fixture
def node(started, tmp_path, authority, files):
    """Makes a started TlsGateway; by default TLS on the API port alone."""
    def make(*backends, tls=None, certificate=None, start=True, **settings):
        made = TlsGateway(tmp_path, backends, client_context(authority.certificate, certificate), tls or {"api": files}, **settings)
        started.append(made)
        return made.start() if start else made
    return make


def test_chats_and_streams_as_in_the_clear(mock, node):
    one = node(mock(tokens=300))
    reply = one.chat()
    assert reply.status == 200 and reply.json()["choices"][0]["message"]["content"]
    with one.connect() as connection:
        assert connection.socket.version() == "TLSv1.3" and connection.socket.selected_alpn_protocol() == "http/1.1"
        for _ in range(3):
            assert connection.exchange("POST", "/v1/chat/completions", chat_body("m", "x" * 100_000)).status == 200
    with one.stream() as stream:
        assert stream.read_all().is_clean
    with one.connect() as connection:  # two requests in one write
        connection.send(2 * request_bytes(one.api, "GET", "/v1/models"))
        assert connection.read_reply().status == 200 and connection.read_reply().status == 200


def test_a_large_body_and_a_slow_reader(mock, node):
    one = node(mock(tokens=100, context=100_000_000))
    with one.connect(timeout=30) as connection:
        assert connection.exchange("POST", "/v1/chat/completions", chat_body("m", "word " * 1_000_000)).status == 200
    with one.stream(max_tokens=20_000) as stream:
        stream.until_content()
        time.sleep(0.5)
        assert stream.read_all().is_clean


def test_tls_1_2_is_spoken_and_1_1_is_not(mock, node):
    one = node(mock())
    for version, is_good in ((ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_1, False)):
        context = client_context(one.settings["listen"]["tls"]["api"]["cert"])
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.maximum_version = version
        if is_good:
            with one.connect(context=context) as connection:
                assert connection.socket.version() == "TLSv1.2"
                assert connection.exchange("GET", "/v1/models").status == 200
        else:
            with pytest.raises(OSError):
                one.connect(context=context)


def test_a_client_that_speaks_another_protocol_alone_is_refused(mock, node):
    one = node(mock())
    context = client_context(one.folder / "ca.pem")
    context.set_alpn_protocols(["h2"])
    with pytest.raises(ssl.SSLError):
        one.connect(context=context)


def test_a_plain_request_is_told_to_use_tls(mock, node):
    one = node(mock())
    with Connection(one.api) as connection:
        reply = connection.exchange("POST", "/v1/chat/completions", chat_body("m", "x" * 50_000))
        assert reply.status == 400 and reply.json()["error"]["code"] == "tls_required" and "https://" in reply.json()["error"]["message"]
        assert connection.is_closed_by_peer()


@pytest.mark.parametrize("nonsense", [b"\x00" * 8, b"\x16\x03\x01\x00\x05hello", b"\x16\x03\x01\xff\xff" + b"z" * 70_000])
def test_nonsense_is_closed(mock, node, nonsense):
    one = node(mock())
    with Connection(one.api) as connection:
        try:
            connection.send(nonsense)
        except OSError:
            pass
        deadline = time.monotonic() + 5 * SLOWDOWN
        try:
            while connection.socket.recv(4096):
                assert time.monotonic() < deadline
        except ConnectionResetError:
            pass
    assert one.chat().status == 200


WAYS = {
    "close": lambda connection: connection.close(),
    "reset": lambda connection: connection.reset(),
    "half-close": lambda connection: connection.half_close(),
    "close_notify": lambda connection: connection.close_notify(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("phase", ["before first token", "mid-stream"])
def test_a_client_that_leaves_stops_the_backend(mock, node, phase, way):
    backend = mock()
    one = node(backend)
    backend.steer(ttft_ms=60_000 if phase == "before first token" else 0, itl_ms=20, tokens=100_000)
    with one.stream() as stream:
        if phase == "mid-stream":
            stream.until_content(5)
        else:
            until(lambda: backend.requests() and backend.requests()[0]["state"] == "running", 5)
        left_at = time.time() * 1000
        WAYS[way](stream.connection)
        row = until(lambda: next((r for r in backend.requests() if r["state"] == "client_left"), None), 10)
    took = row["left_ms"] - left_at
    assert took <= LIMIT_MS * SLOWDOWN, f"{took:.0f} ms"
    until(lambda: one.backend(backend.name)["in_flight"] == 0, 3)
    until(lambda: not one.sessions(), 3)


def test_slow_handshakes_hold_nobody_up_and_end(mock, node):
    one = node(mock(), timeouts={"head": "1s"}, threads=1)
    silent = [socket.create_connection(one.api) for _ in range(20)]
    for s in silent[:10]:
        s.sendall(b"\x16\x03\x01")
    begun = time.monotonic()
    assert one.chat().status == 200
    assert time.monotonic() - begun < 0.5 * SLOWDOWN
    for s in silent:
        s.settimeout(5 * SLOWDOWN)
        assert s.recv(1) == b""
    assert time.monotonic() - begun < 4 * SLOWDOWN
    until(lambda: not one.sessions(), 3)


def test_handshakes_count_among_the_connections(mock, node):
    one = node(mock(), limits={"connections": 8}, timeouts={"head": "30s"})
    until(lambda: not one.sessions(), 3)
    silent = [socket.create_connection(one.api) for _ in range(8)]
    until(lambda: len(one.sessions()) == 8, 3)
    with pytest.raises(OSError):
        one.connect()
    for s in silent:
        s.close()
    until(lambda: not one.sessions(), 3)
    assert one.chat().status == 200


def test_clients_without_a_good_certificate_stay_outside(mock, node, authority, files, tmp_path):
    one = node(mock(), tls={"api": {**files, "client_ca": authority.certificate}}, certificate=authority.issue("me", "DNS:me"))
    assert one.chat().status == 200
    stranger = Authority(tmp_path, "other").issue("stranger", "DNS:me")
    expired = authority.issue("old", "DNS:me", days=-1)
    for certificate in (None, stranger, expired):
        with pytest.raises(OSError):  # with TLS 1.3 at the first read
            with one.connect(context=client_context(authority.certificate, certificate)) as connection:
                assert connection.exchange("GET", "/healthz").status == 0
    with one.connect() as connection:  # no ticket spares anybody the next look
        connection.exchange("GET", "/healthz")
        session = connection.socket.session
    assert session is None or not session.has_ticket


def serial_of(node):
    with node.connect() as connection:
        return connection.socket.getpeercert()["serialNumber"]


@pytest.mark.parametrize("how", ["poll", "signal", "admin"])
def test_a_changed_certificate_is_taken_and_no_stream_is_cut(mock, node, authority, files, tmp_path, how):
    one = node(mock(itl="20ms", tokens=400))
    first = serial_of(one)
    stream = one.stream()
    stream.until_content(3)
    put(authority.issue("second", "DNS:node.example"), tmp_path)
    if how == "signal":
        one.process.signal(signal.SIGHUP)
    elif how == "admin":
        assert one.ask("/admin/v1/reload", "POST").status == 200
    until(lambda: serial_of(one) != first, 6 if how == "poll" else 1.5)
    assert "tls_certificate_changed" in one.log()
    assert stream.read_all().is_clean
    assert one.chat(max_tokens=2).status == 200


def test_a_bad_certificate_changes_nothing_and_is_told_of_once(mock, node, authority, files):
    one = node(mock())
    first = serial_of(one)
    files["cert"].write_text("-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n")
    until(lambda: "tls_certificate_refused" in one.log(), 6)
    time.sleep(4.5)
    assert one.log().count("tls_certificate_refused") == 1 and "node.pem" in one.log()
    assert serial_of(one) == first
    shutil.copy(authority.issue("third", "DNS:node.example")[0], files["cert"])
    until(lambda: one.log().count("tls_certificate_refused") == 2, 6)
    assert "is not that of the certificate" in one.log()
    shutil.copy(authority.folder / "third.key", files["key"])
    until(lambda: serial_of(one) != first, 6)


def test_operators_use_tls_and_the_commands_know(mock, node, files, authority):
    one = node(mock(), tls={"api": files, "admin": files})
    assert one.ask("/admin/v1/status").status == 200
    address = f"127.0.0.1:{one.admin[1]}"
    for command in (["status"], ["backends", "list"], ["sessions", "list"], ["models"], ["explain", "--model", "m"]):
        for way in (["--config", one.config_path], ["--admin", f"https://{address}", "--ca", authority.certificate],
                    ["--admin", f"https://{address}/", "--ca", files["cert"]]):
            done = run(*command, *way)
            assert done.returncode == 0, (command, way, done.stderr)
    stranger = run("status", "--admin", f"https://{address}")
    assert stranger.returncode == 3 and "not trusted" in stranger.stderr, stranger
    clear = run("status", "--admin", address)
    assert clear.returncode != 0 and "https://" in clear.stderr, clear
    assert run("backends", "drain", one.settings["backends"][0]["name"], "--config", one.config_path).returncode == 0
    assert run("backends", "enable", one.settings["backends"][0]["name"], "--config", one.config_path).returncode == 0
    said = run("chat", "--config", one.config_path, "Hello!")
    assert said.returncode == 0 and said.stdout.strip(), said
    said = run("chat", "--api", f"https://127.0.0.1:{one.api[1]}", "--ca", authority.certificate, "Hello!")
    assert said.returncode == 0, said


def test_operators_show_certificates_where_they_are_asked_for(mock, node, files, authority):
    own = authority.issue("operator", "DNS:me")
    one = node(mock(), tls={"admin": {**files, "client_ca": authority.certificate}}, certificate=own)
    assert run("status", "--config", one.config_path).returncode == 3
    shown = run("status", "--config", one.config_path, "--client-cert", own[0], "--client-key", own[1])
    assert shown.returncode == 0, shown
    alone = run("status", "--config", one.config_path, "--client-cert", own[0])
    assert alone.returncode == 2 and "--client-key" in alone.stderr


def test_the_admin_port_asks_for_keys_over_tls_too(mock, node, files):
    one = node(mock(), tls={"api": files, "admin": files}, auth={"mode": "keys"}, start=False)
    one.process.start()
    one.until_ready()
    key = until(lambda: (one.folder / f"data-{one.api[1]}" / "admin.key").read_text().strip(), 5)
    assert one.ask("/admin/v1/status").status == 401
    assert one.ask("/admin/v1/status", headers=bearer(key)).status == 200
    assert run("keys", "create", "--name", "a", "--config", one.config_path).returncode == 0
    assert one.get("/v1/models").status == 401 and one.get("/v1/models", bearer(key)).status == 200


def test_metrics_over_tls(mock, node, files):
    metrics = ("127.0.0.1", free_port())
    one = node(mock(), tls={"metrics": files}, listen={"metrics": f"127.0.0.1:{metrics[1]}"})
    with one.connect(metrics) as connection:
        reply = connection.exchange("GET", "/metrics", headers=[("Host", "node.example:9")])
        assert reply.status == 200 and b"edgemesh_" in reply.body
    assert request(metrics, "GET", "/metrics").json()["error"]["code"] == "tls_required"


def test_metrics_tell_when_the_certificates_end_that_are_shown(mock, node, authority, files, tmp_path):
    def ends(one):
        return {listener: int(end) for listener, end in re.findall(r'edgemesh_tls_certificate_not_after_seconds{listener="(\w+)"} (\d+)', one.ask("/metrics").body.decode())}

    def in_days(end):
        return round((end - time.time()) / 86400, 2)
    other = authority.issue("other", "DNS:node.example,IP:127.0.0.1", days=9)
    one = node(mock(), tls={"api": files, "admin": {"cert": other[0], "key": other[1]}})
    before = ends(one)
    assert {name: in_days(end) for name, end in before.items()} == {"api": 2, "admin": 9}
    put(authority.issue("next", "DNS:node.example,IP:127.0.0.1", days=30), tmp_path)
    assert one.ask("/admin/v1/reload", "POST").status == 200
    until(lambda: in_days(ends(one)["api"]) == 30, 5, what="the end of the new one")
    (tmp_path / "node.pem").write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    assert one.ask("/admin/v1/reload", "POST").status in (200, 400)
    until(lambda: "tls_certificate_refused" in one.log(), 5)
    assert in_days(ends(one)["api"]) == 30 and ends(one)["admin"] == before["admin"], "of what is shown, not of what lies there"


def test_any_name_of_the_certificate_may_be_dialled(mock, node):
    """Rebinding needs a certificate: the Host check is for listeners in the clear."""
    one = node(mock())
    with one.connect() as connection:
        assert connection.exchange("GET", "/v1/models", headers=[("Host", "node.example")]).status == 200
        assert connection.exchange("GET", "/v1/models", headers=[("Origin", "https://page.example")]).status == 403
    assert request(one.admin, "GET", "/admin/v1/status", headers=[("Host", "node.example")]).status == 403


def listens_everywhere(tmp_path, tls, auth, **listen):
    """What `serve` says about a node that listens on all addresses; None: it runs."""
    port = free_port()
    one = Gateway(tmp_path, listen={"api": f"0.0.0.0:{port}", "admin": f"127.0.0.1:{free_port()}", "tls": tls, **listen}, auth=auth)
    checked = run("check", "--config", one.config_path)
    return None if checked.returncode == 0 else checked.stdout


def test_who_listens_to_a_network_has_tls_or_says_otherwise(tmp_path, authority, files):
    names = {key: str(path) for key, path in files.items()}
    api, closed = {"api": names}, {"api": {**names, "client_ca": str(authority.certificate)}}
    keys, none = {"mode": "keys"}, {"mode": "none"}
    assert "keys would cross it in the clear" in listens_everywhere(tmp_path, {}, keys)
    assert listens_everywhere(tmp_path, api, keys) is None
    assert listens_everywhere(tmp_path, {}, keys, allow_plain=True) is None
    assert "auth.mode is none" in listens_everywhere(tmp_path, api, none)
    assert listens_everywhere(tmp_path, closed, none) is None
    assert listens_everywhere(tmp_path, {}, {"allow_open": True}) is None


@pytest.mark.parametrize("spoil, code, words", [
    (lambda f, a: f["cert"].unlink(), 2, "listen.tls.api.cert: cannot read"),
    (lambda f, a: f["key"].unlink(), 2, "listen.tls.api.key: cannot read"),
    (lambda f, a: f["cert"].write_text("x"), 2, "expected a PEM file with a CERTIFICATE"),
    (lambda f, a: shutil.copy(a.folder / "ca.key", f["key"]), 1, "is not that of the certificate"),
    (lambda f, a: f["key"].write_text("x"), 1, "cannot use the key"),
    (lambda f, a: a._openssl("ec", "-in", a.folder / "first.key", "-aes256", "-passout", "pass:x", "-out", f["key"]), 1, "has a passphrase"),
])
def test_files_that_do_not_fit_end_the_start_with_one_line(node, authority, files, spoil, code, words):
    one = node(start=False)
    spoil(files, authority)
    done = run("serve", "--config", one.config_path)
    assert done.returncode == code and words in done.stderr and len(done.stderr.strip().splitlines()) == 1, done
    checked = run("check", "--config", one.config_path)
    assert checked.returncode == 2 and words in checked.stdout, checked


def test_a_key_that_everybody_may_read_is_worth_a_warning(mock, node, files):
    os.chmod(files["key"], 0o644)
    one = node(mock())
    assert "tls_key_exposed" in one.log()


@pytest.mark.parametrize("days, is_told", [(2, True), (60, False)])
def test_doctor_tells_when_certificates_end(node, authority, tmp_path, days, is_told):
    files = put(authority.issue(f"d{days}", "DNS:node.example", days), tmp_path)
    one = node(tls={"api": files, "admin": files}, start=False)
    rows = {f["subject"]: f for f in json.loads(run("doctor", "--config", one.config_path, "--json").stdout)["node"]}
    for subject in ("listen.tls.api.cert", "listen.tls.admin.cert"):
        assert "is valid until" in rows[subject]["text"] and ("renew it soon" in rows[subject]["text"]) == is_told, rows


def test_a_drain_lets_streams_over_tls_end(mock, node):
    one = node(mock(itl="20ms", tokens=100))
    stream = one.stream()
    stream.until_content(3)
    one.terminate()
    assert stream.read_all().is_clean
    until(lambda: not one.process.running, 10)
    assert one.process.child.returncode == 0
