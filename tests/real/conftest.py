"""One real llama-server for chat and one for embeddings serve all tests here; the node in front is new for each test."""
import pytest

from support.gateway import Gateway
from support.llama_server import LlamaServer, why_not


@pytest.fixture(scope="session")
def llama(tmp_path_factory):
    yield from _server(tmp_path_factory)


@pytest.fixture(scope="session")
def embedder(tmp_path_factory):
    yield from _server(tmp_path_factory, alias="alphabet-embed", embeddings=True)


def _server(tmp_path_factory, **options):
    if why_not():
        pytest.skip(why_not())
    server = LlamaServer(tmp_path_factory.mktemp("llama"), **options)
    try:
        yield server.start()
    finally:
        server.kill()


@pytest.fixture
def gateway(tmp_path):
    """Makes a started Gateway in front of the given backends."""
    nodes = []

    def make(*backends, until_models=True, **settings):
        node = Gateway(tmp_path, backends, **settings)
        nodes.append(node)
        return node.start(until_models=until_models)
    yield make
    for node in nodes:
        node.kill()


@pytest.fixture
def node(llama, gateway):
    return gateway(llama)
