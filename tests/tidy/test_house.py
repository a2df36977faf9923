"""The whole repository obeys the rules in rules.py."""
import re
import subprocess

import pytest

from support.paths import ROOT
from tidy.rules import FLOORS, check

# These two spell out what they look for.
SELF = {"tests/tidy/rules.py", "tests/tidy/test_rules.py"}
TEXT = (".hpp", ".cpp", ".h", ".py", ".md", ".yaml", ".yml", ".json", ".txt", ".cmake", ".mjs", ".js", ".service", ".cfg", ".toml")


def tracked():
    """Files that git tracks or would track."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted(path for path in set(listed) if (ROOT / path).is_file())


def is_text(path):
    return path.endswith(TEXT) or path.startswith(("script/", ".ci/", "deploy/")) or "." not in path.rsplit("/", 1)[-1]


def test_every_file_keeps_the_rules():
    files = [path for path in tracked() if is_text(path) and path not in SELF]
    assert len(files) > 50, "the list of files looks wrong"
    findings = [finding for path in files for finding in check(path, (ROOT / path).read_text(errors="replace"))]
    assert not findings, "\n" + "\n".join(map(str, findings))


def test_every_room_of_the_build_has_a_floor():
    rooms = re.findall(r"^edgemesh_room\((\w+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)
    assert rooms
    assert [room for room in rooms if room not in FLOORS] == []


def test_the_build_links_down_only():
    """What CMake lets a room link is what the floors let it include."""
    for name, rest in re.findall(r"^edgemesh_room\((\w+)([^)]*)\)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE):
        for other in re.findall(r"edgemesh::(\w+)", rest):
            assert FLOORS[other] < FLOORS[name], f"{name} links {other}"


@pytest.mark.parametrize("script", ["script/setup", "script/server", "script/test", "script/bench", ".ci/run"])
def test_a_command_of_the_readme_can_be_run(script):
    assert (ROOT / script).stat().st_mode & 0o111, f"{script} is not executable"


def test_secrets_are_compared_where_they_come_in():
    """The places where somebody proves something: a key, the admin token, an invitation. Each compares by the function that tells nothing."""
    places = {"src/admission/key_ring.cpp": "is_same", "actors/accounts/admin_gate.cpp": "admission::is_same", "actors/mesh/join_desk.cpp": "net::equal_secretly"}
    for path, call in places.items():
        assert f"{call}(" in (ROOT / path).read_text(), f"{path} does not compare by {call}"
    for path in ("src/net/keyed_hash.cpp", "src/admission/token_hash.cpp"):
        assert "CRYPTO_memcmp(" in (ROOT / path).read_text(), path
