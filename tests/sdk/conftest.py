"""One node in front of one mock of each kind, and in front of the real llama-server, for the SDKs to judge."""
import pytest

from support import llama_server
from support.gateway import Gateway
from support.mock_backend import KINDS, MockBackend
from support.paths import BINARY

REAL = "llama-server"


@pytest.fixture(scope="session", autouse=True)
def binary():
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: script/test builds it", returncode=1)


class Served:
    """A node with one backend."""

    def __init__(self, kind, folder):
        self.kind = kind
        if kind == REAL:
            self.backend = llama_server.LlamaServer(folder, slots=4).start()
            self.embedder = llama_server.LlamaServer(folder, alias="alphabet-embed", embeddings=True).start()
            self.node = Gateway(folder, [self.backend, self.embedder]).start()
            self.model, self.embedding_model = "alphabet", "alphabet-embed"
        else:
            self.backend = MockBackend(folder, kind, models=["org/model:7b", "org/embed:1b"], tokens=6).start()
            self.embedder = None
            self.node = Gateway(folder, [self.backend]).start()
            self.model = next(name for name in self.node.models() if "embed" not in name)
            self.embedding_model = next(name for name in self.node.models() if "embed" in name)

    @property
    def is_real(self):
        return self.kind == REAL

    @property
    def url(self):
        return f"http://{self.node.api[0]}:{self.node.api[1]}/v1"

    def answer(self):
        """What a prompt that ends with `k` is answered."""
        return "lmnopqrstuvwxyz" if self.is_real else "t0 t1 t2 t3 t4 t5"

    def kill(self):
        self.node.kill()
        self.backend.kill()
        if self.embedder:
            self.embedder.kill()


@pytest.fixture(scope="session", params=[*KINDS, REAL])
def served(request, tmp_path_factory):
    if request.param == REAL and llama_server.why_not():
        pytest.skip(llama_server.why_not())
    served = Served(request.param, tmp_path_factory.mktemp(request.param))
    yield served
    served.kill()


@pytest.fixture
def mocked(served):
    """Only where the backend can be told to misbehave; it behaves again afterwards."""
    if served.is_real:
        pytest.skip("a real server has no faults to order")
    served.backend.forget()
    yield served
    served.backend.steer()
