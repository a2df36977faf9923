"""A node under test: `edgemesh serve` as a child process with a configuration of its own."""
import json
import re
import signal
import subprocess
from pathlib import Path

from support.http_client import request
from support.paths import BINARY
from support.ports import SLOWDOWN, free_port
from support.process import Process
from support.sse import Stream
from support.waiting import until


class Gateway:
    """`backends`: entries of the configuration, or things with `.configured()`. Discovery is off unless asked for."""

    def __init__(self, folder, backends=(), host="127.0.0.1", environment=None, arguments=(), configured=True, **settings):
        self.folder = Path(folder)
        self.host = host
        self.api = (host, free_port(host))
        self.admin = (host, free_port(host))
        self.config_path = self.folder / f"edgemesh-{self.api[1]}.yaml"
        self.settings = {
            "node": {"name": "n1"},
            "listen": {"api": _joined(self.api), "admin": _joined(self.admin)},
            "data_dir": str(self.folder / f"data-{self.api[1]}"),
            "discovery": {"local": False},
            "backends": [b if isinstance(b, dict) else b.configured() for b in backends],
        }
        for key, value in settings.items():
            if isinstance(value, dict) and isinstance(self.settings.get(key), dict):
                self.settings[key] = {**self.settings[key], **value}
            else:
                self.settings[key] = value
        self.write_config()
        command = [BINARY, "serve"] + (["--config", self.config_path] if configured else []) + list(arguments)
        self.process = Process(f"edgemesh-{self.api[1]}", command, self.folder, environment)

    def write_config(self, text=None, **changes):
        """JSON is YAML: settings are written as such, unless a text is given."""
        self.settings.update(changes)
        if not self.settings["backends"]:
            written = {k: v for k, v in self.settings.items() if k != "backends"}
        else:
            written = self.settings
        self.config_path.write_text(text if text is not None else json.dumps(written, indent=2) + "\n")

    def start(self, until_models=True):
        """Started and ready; waits until every configured backend has answered its first probe, unless told not to."""
        self.process.start()
        self.until_ready()
        if until_models and self.settings["backends"]:
            self.until_backends()
        return self

    def until_ready(self, seconds=10):
        def ready():
            if not self.process.running:
                raise AssertionError(f"edgemesh ended with {self.process.child.returncode}:\n{self.log()[-4000:]}")
            return request(self.api, "GET", "/readyz", timeout=2).status == 200
        until(ready, seconds, what="/readyz answering 200")

    def until_backends(self, states=("ready",), count=None, seconds=10):
        """`count` backends (default: all that are configured) are known to be well."""
        wanted = len(self.settings["backends"]) if count is None else count

        def known():
            rows = self.backends()
            return sum(1 for row in rows if state_of(row) in states) >= wanted
        until(known, seconds, what=f"{wanted} healthy backends: {self.backends()}")
        # What the backends offer reaches the listeners a moment later.
        well = {row["name"] for row in self.backends() if state_of(row) in states and row.get("models")}
        until(lambda: well <= {name for row in self.models_with_details() for name in row["backends"]}, seconds,
              what=f"{well} being offered: {self.models_with_details()}")

    def until_models_are(self, names, seconds=10):
        until(lambda: set(self.models()) == set(names), seconds, what=f"the models {names}, not {self.models()}")

    def stop(self):
        return self.process.stop()

    def kill(self):
        self.process.kill()

    def terminate(self):
        self.process.signal(signal.SIGTERM)

    def log(self):
        return self.process.log()

    def request_log(self):
        """The JSON lines of finished requests."""
        return [json.loads(line[line.index('{"ts"'):]) for line in self.log().splitlines()
                if " request " in line and '{"ts"' in line]

    # Requests.

    def get(self, target, headers=(), **options):
        return request(self.api, "GET", target, None, headers, **options)

    def post(self, target, body, headers=(), **options):
        return request(self.api, "POST", target, body, headers, **options)

    def chat(self, model="m", content="Hello!", headers=(), timeout=20.0, **fields):
        return self.post("/v1/chat/completions", chat_body(model, content, **fields), headers, timeout=timeout)

    def stream(self, model="m", content="Hello!", headers=(), timeout=20.0, receive_buffer=None, **fields):
        body = chat_body(model, content, stream=True, **fields)
        return Stream(self.api, "/v1/chat/completions", body, headers, timeout, receive_buffer)

    def models_with_details(self):
        return self.get("/v1/models").json()["data"]

    def models(self):
        return [row["id"] for row in self.models_with_details()]

    # The admin port.

    def ask(self, target, method="GET", body=None):
        return request(self.admin, method, target, body)

    def backends(self):
        return self.ask("/admin/v1/backends").json()["data"]

    def backend(self, name):
        return next(row for row in self.backends() if row["name"] == name)

    def sessions(self):
        return self.ask("/admin/v1/sessions").json()["data"]

    def metric(self, name, **labels):
        """The sum of the samples of `name` that carry these labels; 0 where there are none."""
        total = 0.0
        for line in self.ask("/metrics").body.decode().splitlines():
            found = re.match(rf"{re.escape(name)}(?:{{([^}}]*)}})? (\S+)", line)
            if not found:
                continue
            given = dict(re.findall(r'(\w+)="((?:\\.|[^"\\])*)"', found.group(1) or ""))
            if all(given.get(key) == str(value) for key, value in labels.items()):
                total += float(found.group(2))
        return total

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()


def _joined(address):
    return f"[{address[0]}]:{address[1]}" if ":" in address[0] else f"{address[0]}:{address[1]}"


def state_of(row):
    return row.get("health") or row.get("state")


def chat_body(model, content, **fields):
    body = {"messages": [{"role": "user", "content": content}], **fields}
    if model is not None:
        body["model"] = model
    return body


def run(*arguments, input=None, environment=None, seconds=20, folder=None):
    """An `edgemesh` command to its end: a CompletedProcess with text."""
    import os
    return subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, text=True, input=input, cwd=folder,
                          stdin=None if input is not None else subprocess.DEVNULL,
                          env={**os.environ, **(environment or {})}, timeout=seconds * SLOWDOWN)
