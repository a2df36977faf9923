"""The commands: what they print, and their exit codes."""
import json

import pytest

from support.gateway import run
from support.ports import free_port

COMMANDS = ["serve", "check", "discover", "doctor", "status", "models", "backends", "sessions", "requests", "explain", "chat",
            "mock", "version", "completions", "peers", "mesh"]


def admin_of(node):
    return f"{node.admin[0]}:{node.admin[1]}"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    done = run(command, "--help")
    assert done.returncode == 0
    assert len(done.stdout) > 40


def test_version():
    done = run("version")
    assert done.returncode == 0 and any(c.isdigit() for c in done.stdout)


@pytest.mark.parametrize("arguments", [(), ("frobnicate",), ("serve", "--frobnicate"), ("mock",), ("mock", "--kind", "nothing"),
                                       ("serve", "--api", "nonsense"), ("serve", "--backend", "nothing=http://127.0.0.1:1")])
def test_wrong_usage_is_2(arguments):
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.strip() or done.stdout.strip()


@pytest.mark.parametrize("arguments", [("store", "check"), ("settings", "get")])
def test_commands_of_later_versions_are_refused(arguments):
    assert run(*arguments).returncode in (1, 2)


@pytest.mark.parametrize("command", [("status",), ("models",), ("backends", "list"), ("sessions", "list"), ("requests",), ("keys", "list"),
                                     ("groups", "show", "x"), ("usage",), ("audit",),
                                     ("peers",), ("mesh", "status"), ("mesh", "invite"), ("mesh", "evict", "x"), ("mesh", "leave")])
def test_no_node_is_3(command):
    done = run(*command, "--admin", f"127.0.0.1:{free_port()}")
    assert done.returncode == 3
    assert done.stderr.strip()


@pytest.mark.parametrize("command", [("status",), ("models",), ("backends", "list"), ("sessions", "list"), ("requests",)])
def test_reading_commands_print_tables_and_json(mock, gateway, command):
    backend = mock(models=["m"])
    node = gateway(backend)
    node.chat()
    table = run(*command, "--admin", admin_of(node))
    assert table.returncode == 0, table
    answer = run(*command, "--admin", admin_of(node), "--json")
    assert answer.returncode == 0
    parsed = json.loads(answer.stdout)
    if command[0] == "models":
        assert "m" in table.stdout and "m" in json.dumps(parsed)
    if command[0] == "backends":
        assert backend.name in table.stdout and backend.name in json.dumps(parsed)
    if command[0] == "status":
        assert "n1" in table.stdout and "n1" in json.dumps(parsed)


def test_commands_find_the_node_through_its_configuration(mock, gateway):
    node = gateway(mock())
    assert run("status", "--config", node.config_path).returncode == 0


def test_a_backend_is_drained_and_enabled(mock, gateway):
    one, two = mock(), mock()
    node = gateway(one, two)
    assert run("backends", "drain", one.name, "--admin", admin_of(node)).returncode == 0
    for _ in range(6):
        assert node.chat().header("x-edgemesh-backend") == two.name
    shown = run("backends", "show", one.name, "--admin", admin_of(node), "--json")
    assert shown.returncode == 0 and "true" in shown.stdout.lower()
    assert run("backends", "enable", one.name, "--admin", admin_of(node)).returncode == 0
    assert run("backends", "probe", one.name, "--admin", admin_of(node)).returncode == 0
    assert {node.chat().header("x-edgemesh-backend") for _ in range(40)} == {one.name, two.name}
    assert run("backends", "drain", "nobody", "--admin", admin_of(node)).returncode == 1


def test_sessions_are_listed_and_cancelled(mock, gateway):
    node = gateway(mock(tokens=100_000, itl="30ms"))
    with node.stream() as stream:
        stream.until_content()
        listed = json.loads(run("sessions", "list", "--admin", admin_of(node), "--json").stdout)
        rows = listed["data"] if isinstance(listed, dict) else listed
        busy = next(row for row in rows if row.get("model") == "m")
        assert run("sessions", "cancel", busy["id"], "--admin", admin_of(node)).returncode == 0
        assert not stream.read_all().done
    assert run("sessions", "cancel", "s-9-999", "--admin", admin_of(node)).returncode == 1


def test_a_finished_request_is_found_by_its_id(mock, gateway):
    backend = mock()
    node = gateway(backend)
    node.chat(headers=[("x-request-id", "find-me")])
    done = run("requests", "find-me", "--admin", admin_of(node), "--json")
    assert done.returncode == 0
    record = json.loads(done.stdout)
    assert record["id"] == "find-me" and record["status"] == 200
    assert backend.name in json.dumps(record)
    assert run("requests", "not-there", "--admin", admin_of(node)).returncode == 1


def test_check_accepts_a_good_file_and_names_defaults_that_matter(mock, gateway):
    node = gateway(mock(), start=False)
    done = run("check", "--config", node.config_path)
    assert done.returncode == 0, done
    assert "auth" in done.stdout
    assert "data_class" in done.stdout or "class" in done.stdout


def test_doctor_tells_what_is_wrong(mock, gateway):
    good = mock()
    node = gateway(good, {"name": "gone", "kind": "openai", "url": f"http://127.0.0.1:{free_port()}/v1"}, until_models=False)
    done = run("doctor", "--config", node.config_path, seconds=40)
    assert done.returncode in (0, 1)
    assert good.name in done.stdout and "gone" in done.stdout
    assert "refused" in done.stdout.lower()
    json.loads(run("doctor", "--config", node.config_path, "--json", seconds=40).stdout)


def test_chat_answers_in_the_terminal(mock, gateway):
    node = gateway(mock(models=["m"]))
    done = run("chat", "--model", "m", "--api", f"{node.api[0]}:{node.api[1]}", "echo:hello there")
    if done.returncode == 2:
        done = run("chat", "--model", "m", "--config", node.config_path, "echo:hello there")
    assert done.returncode == 0, done
    assert "hello there" in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_name_the_commands(shell):
    done = run("completions", shell)
    assert done.returncode == 0
    assert "discover" in done.stdout and "explain" in done.stdout


def test_serve_takes_backends_on_the_command_line(mock, started, tmp_path):
    from support.gateway import Gateway
    backend = mock("ollama", models=["m"])
    node = Gateway(tmp_path, arguments=["--backend", f"ollama={backend.url}"])
    started.append(node)
    node.start(until_models=False)
    node.until_backends(count=1)
    assert node.backends()[0]["name"] == f"ollama-{backend.port}"
    assert node.chat("m").status == 200


def test_a_mesh_is_founded_once_in_a_data_folder(tmp_path):
    arguments = ("mesh", "init", "--data-dir", tmp_path / "data", "--name", "fra-1")
    founded = run(*arguments)
    assert founded.returncode == 0, founded
    mesh = founded.stdout.split()[1].rstrip(",")
    assert len(mesh) == 32
    assert (tmp_path / "data" / "identity.key").stat().st_mode & 0o777 == 0o600
    again = run(*arguments)
    assert again.returncode == 1 and mesh in again.stderr
    assert "mesh" in run("check", "--data-dir", tmp_path / "data").stdout


def test_a_token_that_is_none_is_refused_from_every_place(tmp_path):
    (tmp_path / "token").write_text("hello\n")
    serve = ("serve", "--data-dir", tmp_path / "data", "--api", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--join")
    for token, given in (("hello", ""), (f"@{tmp_path / 'token'}", ""), ("-", "hello\n"), ("-", ""), ("@/nonexistent", "")):
        done = run(*serve, token, input=given)
        assert done.returncode == 2, (token, done)
        assert "--join: " in done.stderr
