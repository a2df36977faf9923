"""Fixtures for tests with many real nodes; they take minutes, so they stand in the long suite alone."""
from cluster.conftest import binary, mesh, mock, pytest_runtest_makereport, started  # noqa: F401
