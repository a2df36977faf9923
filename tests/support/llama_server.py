"""A real llama-server out of Debian forky's folder, with the model that has known answers; runs through chroot."""
import os

from real.transition_model import gguf
from support.http_client import request
from support.paths import PREFIX
from support.ports import SLOWDOWN, free_port
from support.process import Process
from support.waiting import until

FORKY = PREFIX / "forky"


def why_not():
    """Why there is no llama-server here; None where there is one."""
    if not (FORKY / "usr/bin/llama-server").exists():
        return "no llama-server: script/prefix forky makes it (needs root, for debootstrap and chroot)"
    if os.geteuid() != 0:
        return "llama-server runs through chroot, which needs root"
    return None


class LlamaServer:
    def __init__(self, folder, alias="alphabet", slots=2, embeddings=False, arguments=()):
        self.address = ("127.0.0.1", free_port())
        self.name, self.alias = f"llama-{self.address[1]}", alias
        command = ["chroot", FORKY, "/usr/bin/llama-server", "-m", "/model.gguf", "--host", "127.0.0.1",
                   "--port", self.address[1], "-c", 2048 * slots, "-np", slots, "--metrics", "--alias", alias, "-t", 1]
        if embeddings:
            command += ["--embeddings", "--pooling", "mean"]
        self.process = Process(self.name, command + list(arguments), folder)

    @property
    def url(self):
        return f"http://{self.address[0]}:{self.address[1]}"

    def configured(self, kind="llamacpp", **more):
        return {"name": self.name, "kind": kind, "url": self.url, **more}

    def start(self):
        model = FORKY / "model.gguf"
        content = gguf()
        if not model.exists() or model.read_bytes() != content:
            model.write_bytes(content)
        self.process.start()

        def healthy():
            assert self.process.running, self.process.log()[-3000:]
            return request(self.address, "GET", "/health").status == 200
        until(healthy, 30 * SLOWDOWN, 0.05, "llama-server answering /health")
        return self

    def ask(self, target, body=None):
        return request(self.address, "GET" if body is None else "POST", target, body)

    def busy_slots(self):
        return sum(1 for slot in self.ask("/slots").json() if slot["is_processing"])

    def kill(self):
        self.process.kill()
