"""Fixtures for tests with several real nodes."""
import pytest

from integration.conftest import binary, mock, pytest_runtest_makereport, started  # noqa: F401
from support.mesh import Mesh


@pytest.fixture
def mesh(started, tmp_path):
    return Mesh(tmp_path, started)
