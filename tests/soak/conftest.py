"""The soak uses the integration tests' fixtures."""
from integration.conftest import *  # noqa: F401,F403
