"""Lets the tests import their support code as `support.x`, wherever pytest is started."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
