"""Where things are: the repository, the binary under test, and the folder for what tests write."""
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PREFIX = ROOT / "build" / "prefix"
BINARY = Path(os.environ.get("EDGEMESH_BIN", ROOT / "build" / "release" / "edgemesh"))
