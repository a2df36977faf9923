"""Wherever an address is taken, it may be a name, IPv4, or IPv6 in brackets."""
import json
import socket

import pytest

from support.gateway import Gateway, run
from support.ports import free_port
from support.waiting import until


@pytest.fixture(autouse=True)
def needs_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")


@pytest.fixture
def six(mock):
    """A mock on ::1."""
    backend = mock(host="[::1]", port=free_port("::1"), tokens=3)
    backend.host = "::1"
    return backend


def test_a_backend_may_have_an_ipv6_literal(six, gateway):
    node = gateway({"name": "six", "kind": "openai", "url": f"http://[::1]:{six.port}/v1"})
    assert node.stream().read_all().is_clean
    seen = {name.lower(): value for name, value in dict(six.requests()[-1]["headers"]).items()}
    assert seen["host"] == f"[::1]:{six.port}"


def test_commands_take_an_ipv6_literal(mock, gateway):
    node = gateway(mock(), host="::1")
    done = run("status", "--admin", f"[::1]:{node.admin[1]}", "--json")
    assert done.returncode == 0 and "n1" in json.dumps(json.loads(done.stdout))


def test_serve_takes_literals_and_names_on_the_command_line(six, started, tmp_path):
    node = Gateway(tmp_path, host="::1", configured=False)
    node.process.arguments += ["--api", f"[::1]:{node.api[1]}", "--admin", f"localhost:{node.admin[1]}", "--data-dir", str(tmp_path / "data"),
                               "--backend", f"openai=http://[::1]:{six.port}/v1"]
    started.append(node)
    node.process.start()
    node.until_ready()
    until(lambda: "m" in node.models(), 5)  # and what else this machine has
    assert node.chat(f"openai-{six.port}::m").status == 200


def test_an_ipv6_loopback_host_is_ours_and_another_is_not(mock, gateway):
    node = gateway(mock(), host="::1")
    assert node.get("/v1/models", [("Host", f"[::1]:{node.api[1]}")]).status == 200
    assert node.get("/v1/models", [("Host", "[2001:db8::1]")]).status == 403
