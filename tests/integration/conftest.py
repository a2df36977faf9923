"""Fixtures for tests with real processes. Everything that they start ends with the test; a failed test shows the logs."""
import pytest

from support.gateway import Gateway
from support.keyed_gateway import KeyedGateway
from support.mock_backend import MockBackend
from support.paths import BINARY


@pytest.fixture(scope="session", autouse=True)
def binary():
    if not BINARY.exists():
        pytest.exit(f"{BINARY} is missing: script/test builds it", returncode=1)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    setattr(item, f"report_{outcome.get_result().when}", outcome.get_result())


@pytest.fixture
def started(request, tmp_path):
    """A list: what is put into it is killed after the test, in reverse order."""
    things = []
    yield things
    for thing in reversed(things):
        thing.kill()
    report = getattr(request.node, "report_call", None)
    if report is not None and report.failed:
        for thing in things:
            print(f"--- {thing.process.name}\n{thing.process.log()[-6000:]}")


@pytest.fixture
def mock(started, tmp_path):
    """Makes a started MockBackend."""
    def make(kind="openai", **options):
        backend = MockBackend(tmp_path, kind, **options)
        started.append(backend)
        return backend.start()
    return make


@pytest.fixture
def gateway(started, tmp_path):
    """Makes a started Gateway; `start=False` leaves it unstarted."""
    def make(*backends, start=True, until_models=True, **settings):
        node = Gateway(tmp_path, backends, **settings)
        started.append(node)
        return node.start(until_models=until_models) if start else node
    return make


@pytest.fixture
def keyed(started, tmp_path):
    """Makes a started node with keys."""
    def make(*backends, **settings):
        node = KeyedGateway(tmp_path, backends, **settings)
        started.append(node)
        return node.start()
    return make
