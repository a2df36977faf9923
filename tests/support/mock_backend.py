"""A fake backend: `edgemesh mock` as a child process, steered and watched over its admin paths."""
from support.http_client import request
from support.paths import BINARY
from support.ports import free_port
from support.process import Process

KINDS = ("openai", "llamacpp", "vllm", "ollama", "cognis")


class MockBackend:
    """`faults` as on the command line: "NAME" or "NAME:PROBABILITY"."""

    def __init__(self, folder, kind="openai", models=("m",), ttft=None, itl=None, tokens=None, faults=(), host="127.0.0.1",
                 port=None, name=None, context=None, api_key=None):
        self.kind, self.models, self.host = kind, list(models), host
        self.port = port or free_port(host)
        self.name = name or f"{kind}-{self.port}"
        arguments = [BINARY, "mock", "--kind", kind, "--listen", f"{host}:{self.port}", "--models", ",".join(models)]
        for option, value in (("--ttft", ttft), ("--itl", itl), ("--tokens", tokens), ("--context", context),
                              ("--api-key", api_key)):
            if value is not None:
                arguments += [option, value]
        for fault in faults:
            arguments += ["--fault", fault]
        self.process = Process(f"mock-{self.name}", arguments, folder)

    @property
    def address(self):
        return self.host, self.port

    @property
    def url(self):
        suffix = "/v1" if self.kind == "openai" else ""
        return f"http://{self.host}:{self.port}{suffix}"

    def configured(self, **more):
        """This backend's entry in a configuration."""
        return {"name": self.name, "kind": self.kind, "url": self.url, **more}

    def start(self):
        self.process.start()
        self.process.wait_for_output(rf"mock {self.kind} listening on")
        return self

    def kill(self):
        self.process.kill()

    def restart(self):
        self.process.kill()
        self.process.log_path.unlink(missing_ok=True)
        return self.start()

    def steer(self, *faults, **timing):
        """Replaces the faults: names, or objects {name, probability, count}; timing: ttft_ms, itl_ms, tokens."""
        listed = [{"name": f, "probability": 1.0} if isinstance(f, str) else f for f in faults]
        reply = request(self.address, "PUT", "/mock/faults", {"faults": listed, **timing})
        assert reply.status in (200, 204), reply

    def requests(self, path=None):
        """What has arrived: those with a body (probes are left out unless their path is asked for)."""
        rows = request(self.address, "GET", "/mock/requests").json()["data"]
        if path is not None:
            return [row for row in rows if row["path"].startswith(path)]
        return [row for row in rows if row["path"] in GENERATING]

    def forget(self):
        request(self.address, "DELETE", "/mock/requests")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()


GENERATING = {"/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/chat/completions", "/completions", "/embeddings",
              "/api/chat", "/api/generate", "/api/embed"}


def said(tokens):
    """The text that a mock generates by itself: `t0 t1 t2 ...`, a blank after each."""
    return "".join(f"t{i} " for i in range(tokens))
