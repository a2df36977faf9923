"""Keys of backends: where they come from, how they rotate, what is told where one is refused, and that none is told anywhere."""
import json
import signal
import time

import pytest

from support.gateway import run
from support.http_client import request
from support.waiting import until

FIRST, SECOND, NOISE = "sk-canary-first-4711", "sk-canary-second-4712", "canary-noise-4713"
PAGES = ["/metrics"] + [f"/admin/v1/{p}" for p in ("status", "backends", "models", "sessions", "requests?limit=100")]


@pytest.fixture
def secrets(tmp_path):
    """A program that prints what it is told to print, and counts its runs."""
    return Secrets(tmp_path)


class Secrets:
    def __init__(self, folder):
        self.folder, self.program = folder, folder / "print-key"
        self.log = folder / "print-key.runs"

    def prints(self, key, script=""):
        """Replaced in one step, as a program is that may be running."""
        new = self.program.with_suffix(".new")
        new.write_text(f"#!/bin/sh\necho \"$1\" >> {self.log}\n{script}\necho {key}\n")
        new.chmod(0o700)
        new.rename(self.program)
        return self

    @property
    def command(self):
        return [str(self.program), NOISE]

    @property
    def runs(self):
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0


def another_in_its_place(mock, backend, **options):
    backend.kill()
    backend.process.log_path.unlink()  # the new one is waited for by what it says
    return mock(port=backend.port, **options)


def reload_by_signal(node):
    before = node.log().count("reload")
    node.process.signal(signal.SIGHUP)
    until(lambda: node.log().count("reload") > before, 30, what="the reload being logged")


def told(node):
    out = node.log() + "".join(node.ask(page).body.decode() for page in PAGES)
    for command in ("check", "doctor", "status"):
        done = run(command, "--config", node.config_path, seconds=40)
        out += done.stdout + done.stderr
    return out


def test_a_key_that_a_program_prints_rotates_by_reload_and_is_told_nowhere(mock, gateway, secrets):
    backend = mock(api_key=FIRST)
    secrets.prints(FIRST)
    node = gateway(backend.configured(api_key_command=secrets.command), log={"level": "debug"})
    assert secrets.runs == 1
    assert node.chat().status == 200

    backend = another_in_its_place(mock, backend, api_key=SECOND)
    secrets.prints(SECOND)
    reply = until(lambda: (r := node.chat()).status != 200 and r, 5)  # until the reload the old key goes up
    assert reply.status in (502, 503), reply
    reload_by_signal(node)
    until(lambda: node.chat().status == 200, 10, what="the new key being used")
    assert "Bearer " + SECOND in str(backend.requests()[-1]["headers"])
    text = told(node)
    for canary in (FIRST, SECOND, NOISE):
        assert canary not in text


def test_streams_go_on_while_a_key_changes(mock, gateway, secrets):
    backend = mock(api_key=FIRST, tokens=40, itl="20ms")
    secrets.prints(FIRST)
    node = gateway(backend.configured(api_key_command=secrets.command))
    with node.stream() as stream:
        stream.until_content()
        secrets.prints(SECOND)
        reload_by_signal(node)
        assert stream.read_all().is_clean


@pytest.mark.parametrize("script, complaint", [
    (f"echo {NOISE}; echo {NOISE} >&2; exit 3", "ended with exit code 3"),
    (f"printf '{NOISE}\\n{NOISE}\\n'", "printed no key: expected one line of plain text"),
    ("head -c 9000 /dev/zero | tr '\\0' x; exit 0", "printed more than 8KiB"),
    ("exit 0", "printed nothing"),
    ("kill -9 $$", "was ended by signal 9"),
], ids=["exit-code", "two-lines", "too-long", "empty", "signal"])
def test_a_program_that_fails_changes_nothing_and_is_named_without_its_output(mock, gateway, secrets, script, complaint):
    backend = mock(api_key=FIRST)
    secrets.prints(FIRST)
    node = gateway(backend.configured(api_key_command=secrets.command), log={"level": "debug"})
    secrets.prints(SECOND, script)
    reply = node.ask("/admin/v1/reload", "POST")
    assert reply.status == 400 and reply.error["code"] == "invalid_configuration", reply
    wanted = f'backends[0].api_key_command: backend {backend.name}: "{secrets.program}" {complaint}'
    assert wanted in reply.error["message"]
    assert node.chat().status == 200, "the key in use stays"
    assert "reload_refused" in node.log()
    for canary in (FIRST, SECOND, NOISE):
        assert canary not in node.log() + reply.body.decode()


def test_requests_and_pages_go_on_while_a_program_takes_its_time(mock, gateway, secrets):
    backend = mock(api_key=FIRST)
    secrets.prints(FIRST)
    node = gateway(backend.configured(api_key_command=secrets.command))
    gate = secrets.folder / "gate"
    secrets.prints(SECOND, f"until test -e {gate}; do sleep 0.02; done")
    node.process.signal(signal.SIGHUP)
    until(lambda: secrets.runs == 2, 5)
    for _ in range(5):
        assert node.chat().status == 200
        assert node.ask("/admin/v1/status").status == 200
    assert "reloaded" not in node.log()
    gate.touch()
    until(lambda: "reloaded" in node.log(), 5)


def test_a_node_ends_although_a_program_hangs(mock, gateway, secrets):
    secrets.prints(FIRST)
    node = gateway(mock(api_key=FIRST).configured(api_key_command=secrets.command))
    secrets.prints(SECOND, "sleep 1000")
    node.process.signal(signal.SIGHUP)
    until(lambda: secrets.runs == 2, 5)
    began = time.monotonic()
    assert node.stop() == 0
    assert time.monotonic() - began < 5


def test_serve_ends_with_2_where_a_program_fails_at_start(gateway, secrets):
    secrets.prints(FIRST, f"echo {NOISE}; exit 1")
    node = gateway({"name": "cloud", "kind": "openai", "url": "http://127.0.0.1:1/v1", "api_key_command": secrets.command}, start=False)
    done = run("serve", "--config", node.config_path)
    assert done.returncode == 2
    assert f'backend cloud: "{secrets.program}" ended with exit code 1' in done.stderr
    assert NOISE not in done.stderr + done.stdout and FIRST not in done.stderr + done.stdout


def test_check_says_that_a_program_would_be_run_and_looks_for_it(gateway, secrets):
    secrets.prints(FIRST)
    entry = {"name": "cloud", "kind": "openai", "url": "http://127.0.0.1:1/v1"}
    node = gateway({**entry, "api_key_command": secrets.command}, start=False)
    done = run("check", "--config", node.config_path)
    assert done.returncode == 0, done
    assert "backends.cloud.api_key_command" in done.stdout and "at each reload" in done.stdout and NOISE not in done.stdout
    assert run("status", "--config", node.config_path).returncode == 3  # no node; and no need for a key
    assert secrets.runs == 0
    node.write_config(backends=[{**entry, "api_key_command": ["no-such-program", NOISE]}])
    done = run("check", "--config", node.config_path)
    assert done.returncode == 2
    assert 'backend cloud: "no-such-program" is no program that can be run from PATH' in done.stdout and NOISE not in done.stdout
    assert run("status", "--config", node.config_path).returncode == 3


@pytest.mark.parametrize("kind", ["openai", "llamacpp", "vllm", "auto"])
def test_doctor_names_a_backend_that_refuses_our_key(mock, gateway, kind):
    good, bad, bare = mock(api_key=FIRST), mock("openai" if kind == "auto" else kind, api_key=SECOND), mock(api_key=SECOND)
    node = gateway(good.configured(name="good", api_key=FIRST), bad.configured(name="bad", kind=kind, api_key=FIRST),
                   bare.configured(name="bare"), start=False)
    done = run("doctor", "--config", node.config_path, seconds=40)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert "  WRONG  backends.bad.api_key: the backend refuses this key" in lines
    assert "  WRONG  backends.bare.api_key: the backend wants a key, and none is configured" in lines
    assert not any("backends.good.api_key" in line for line in lines)
    assert any(line.startswith("bad ") and "WRONG  misconfigured: it refuses our credential (401)" in line for line in lines)
    assert any(line.startswith("good ") and "ready" in line for line in lines)
    assert FIRST not in done.stdout + done.stderr
    found = json.loads(run("doctor", "--config", node.config_path, "--json", seconds=40).stdout)
    assert {f["subject"] for f in found["node"] if f["wrong"]} >= {"backends.bad.api_key", "backends.bare.api_key"}


def test_a_client_hears_that_our_key_is_refused_and_not_which(mock, gateway):
    backend = mock(api_key=FIRST)
    node = gateway(backend.configured(api_key=FIRST))
    another_in_its_place(mock, backend, api_key=SECOND)
    reply = until(lambda: (r := node.chat(headers=[("Authorization", "Bearer " + NOISE)])).status == 502 and r, 5)
    assert reply.error["code"] == "upstream_auth_failed"
    assert FIRST not in reply.body.decode() and FIRST not in str(reply.headers)


def test_the_clients_key_never_goes_up(mock, gateway):
    backend = mock()
    node = gateway(backend.configured())
    assert node.chat(headers=[("Authorization", "Bearer " + NOISE), ("x-api-key", NOISE), ("api-key", NOISE)]).status == 200
    assert NOISE not in str(request(backend.address, "GET", "/mock/requests").body)
