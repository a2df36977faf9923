"""A real Ollama server, built from its Go module. Its engine is the llama-server of forky's folder, where that is there."""
import hashlib
import shutil
from pathlib import Path

from real.transition_model import gguf
from support import llama_server
from support.http_client import request
from support.paths import PREFIX
from support.ports import free_port
from support.process import Process
from support.waiting import until

PROGRAM = PREFIX / "ollama" / "bin" / "ollama"
ENGINE = PREFIX / "ollama" / "lib" / "ollama"


def why_not():
    if not PROGRAM.exists():
        return "no Ollama: script/prefix ollama builds it (needs Go and its module proxy)"
    return llama_server.why_not()


class OllamaServer:
    def __init__(self, folder):
        self.address = ("127.0.0.1", free_port())
        self.name = f"ollama-{self.address[1]}"
        # Inside forky's folder, where its engine can read them.
        self.models = llama_server.FORKY / "srv" / self.name
        self.process = Process(self.name, [PROGRAM, "serve"], folder, {
            "OLLAMA_HOST": f"{self.address[0]}:{self.address[1]}", "OLLAMA_MODELS": str(self.models), "OLLAMA_NO_CLOUD": "1",
            "HOME": str(folder)})

    @property
    def url(self):
        return f"http://{self.address[0]}:{self.address[1]}"

    def configured(self, kind="ollama", **more):
        return {"name": self.name, "kind": kind, "url": self.url, **more}

    def start(self):
        ENGINE.mkdir(parents=True, exist_ok=True)
        for program in ("llama-server", "llama-quantize"):
            shutil.copy(Path(__file__).parent / "in_forky.sh", ENGINE / program)
            (ENGINE / program).chmod(0o755)
        self.process.start()
        until(lambda: request(self.address, "GET", "/api/version").status == 200, 30, 0.05, "Ollama answering")
        return self

    def create(self, name):
        """Imports the model with known answers under a name."""
        content = gguf()
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        assert request(self.address, "POST", f"/api/blobs/{digest}", content).status in (200, 201)
        reply = request(self.address, "POST", "/api/create",
                        {"model": name, "files": {"m.gguf": digest}, "template": "{{ .Prompt }}", "stream": False}, timeout=60)
        assert reply.status == 200, reply

    def kill(self):
        self.process.stop()  # it ends its engine, too
        shutil.rmtree(self.models, ignore_errors=True)
