"""Backends that say what a script holds, and a node in front of them."""
import pytest

from support.scripted_backend import ScriptedBackend


@pytest.fixture
def scripted():
    """Makes a ScriptedBackend."""
    made = []

    def make(*scripts, **options):
        made.append(ScriptedBackend(*scripts, **options))
        return made[-1]
    yield make
    for backend in made:
        backend.close()
