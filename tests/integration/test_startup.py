"""A node is ready at once, and what prevents its start is said in one line."""
import os
import socket
import statistics
import time

import pytest

from support.gateway import Gateway, run
from support.http_client import request
from support.paths import BINARY
from support.ports import SLOWDOWN, free_port
from support.process import Process


def milliseconds_until_ready(node):
    start = time.monotonic()
    node.process.start()
    while True:
        try:
            if request(node.api, "GET", "/readyz", timeout=1).status == 200:
                return (time.monotonic() - start) * 1000
        except OSError:
            pass
        assert node.process.running, node.log()
        assert time.monotonic() - start < 10
        time.sleep(0.002)


def test_ready_within_200_ms(mock, started, tmp_path):
    backend = mock()
    taken = []
    for _ in range(5):
        node = Gateway(tmp_path, [backend])
        started.append(node)
        taken.append(milliseconds_until_ready(node))
        node.stop()
    assert statistics.median(taken) <= 200 * SLOWDOWN, taken


def test_ready_does_not_wait_for_a_backend_that_hangs(started, tmp_path):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    node = Gateway(tmp_path, [{"name": "silent", "kind": "auto", "url": f"http://127.0.0.1:{listener.getsockname()[1]}"}])
    started.append(node)
    assert milliseconds_until_ready(node) < 500 * SLOWDOWN
    listener.close()


def serve_fails(tmp_path, config_text=None, arguments=(), code=None):
    """Starts `serve`, expects it to end by itself; its code and output."""
    if config_text is not None:
        (tmp_path / "c.yaml").write_text(config_text)
        arguments = ["--config", tmp_path / "c.yaml", *arguments]
    process = Process("failing", [BINARY, "serve", *arguments], tmp_path).start()
    try:
        result = process.wait(10)
    finally:
        process.kill()
    assert result == code, process.log()
    return process.log()


def test_a_port_in_use_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        log = serve_fails(tmp_path, arguments=["--api", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{free_port()}"], code=1)
    assert str(port) in log and "in use" in log.lower()


def test_a_second_node_on_the_same_ports_is_refused(mock, gateway, tmp_path):
    """Port sharing between threads must not become port sharing between processes."""
    node = gateway(mock())
    log = serve_fails(tmp_path, arguments=["--api", f"127.0.0.1:{node.api[1]}", "--admin", f"127.0.0.1:{free_port()}"], code=1)
    assert str(node.api[1]) in log
    assert node.chat().status == 200


def test_a_missing_configuration_is_named(tmp_path):
    log = serve_fails(tmp_path, arguments=["--config", tmp_path / "nothing.yaml"], code=2)
    assert "nothing.yaml" in log


def test_an_unreadable_configuration_is_named(tmp_path):
    path = tmp_path / "secret.yaml"
    path.write_text("node: {name: a}\n")
    path.chmod(0)
    if os.access(path, os.R_OK):
        path.unlink()
        path.mkdir()  # root reads everything, but no directory as a file
    log = serve_fails(tmp_path, arguments=["--config", path], code=2)
    assert "secret.yaml" in log


def test_an_unreadable_key_file_is_named(tmp_path):
    log = serve_fails(tmp_path, "backends:\n  - {name: a, kind: openai, url: 'http://127.0.0.1:1/v1', api_key_file: missing.key}\n", code=2)
    assert "missing.key" in log


def test_an_open_address_is_refused_without_keys(tmp_path):
    log = serve_fails(tmp_path, f"listen: {{api: '0.0.0.0:{free_port()}', admin: '127.0.0.1:{free_port()}'}}\n", code=2)
    assert "allow_open" in log


@pytest.mark.parametrize("text,expected", [
    ("nodes: {name: a}\n", ["nodes", "1"]),
    ("node: {name: a}\nlisten:\n  apii: 127.0.0.1:1\n", ["apii", "3"]),
    ("node: {name: A_B}\n", ["name", "1"]),
    ("node: [\n", ["1"]),
    ("listen: {mesh: 127.0.0.1:1}\n", ["mesh", "listen.peer"]),
    ("store: {sync: 1h}\n", ["store.sync", "10ms"]),
    ("auth: {mode: key}\n", ["auth.mode", "none, keys"]),
    ("tls: {}\n", ["tls", "not in this version"]),
    ("drain_timeout: soon\n", ["drain_timeout", "1"]),
    ("backends:\n  - {name: a, kind: olama, url: 'http://127.0.0.1:1'}\n", ["olama", "2"]),
    ("backends:\n  - {name: a, kind: ollama, url: 'http://127.0.0.1:1'}\n  - {name: a, kind: ollama, url: 'http://127.0.0.1:2'}\n", ["a", "3"]),
    ("backends:\n  - {name: a, kind: openai, url: 'http://127.0.0.1:1/v1', api_key: '${SURELY_NOT_SET}'}\n", ["SURELY_NOT_SET"]),
    ("limits: {body: -1}\n", ["body", "1"]),
    ("a: 1\na: 2\n", ["a", "2"]),
])
def test_a_bad_configuration_is_explained_by_serve_and_check(tmp_path, text, expected):
    log = serve_fails(tmp_path, text, code=2)
    checked = run("check", "--config", tmp_path / "c.yaml")
    assert checked.returncode == 2
    for word in expected:
        assert word in log, log
        assert word in checked.stdout + checked.stderr


def test_core_dumps_are_off(mock, gateway):
    node = gateway(mock())
    with open(f"/proc/{node.process.pid}/limits") as limits:
        row = next((line for line in limits if line.startswith("Max core file size")), None)
    if row is None:
        pytest.skip("this system does not tell a process's limits")
    assert row.split()[4] == "0"
