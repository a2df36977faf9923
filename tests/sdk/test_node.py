"""The official Node SDKs (openai, LangChain, LlamaIndex), unchanged, through EdgeMesh: node/checks.mjs, one test per check."""
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support import llama_server
from support.paths import PREFIX

HERE = Path(__file__).parent / "node"
MODULES = PREFIX / "node-sdk"
OLDEST = 22
NAMES = re.findall(r'^check\("([^"]+)"', (HERE / "checks.mjs").read_text(), re.MULTILINE)
MOCK_ONLY = set(re.findall(r'^check\("([^"]+)"(?:(?!^check).)*?mockOnly: true\}\);$', (HERE / "checks.mjs").read_text(),
                           re.MULTILINE | re.DOTALL))


def host_node():
    """The machine's own Node.js, where it is new enough."""
    program = shutil.which("node")
    if not program:
        return None
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    found = re.match(r"v(\d+)", version)
    return program if found and int(found.group(1)) >= OLDEST else None


@pytest.fixture(scope="session")
def command():
    """How to run checks.mjs: by the machine's Node.js, or by forky's in its folder."""
    if not (MODULES / ".complete").exists():
        pytest.skip("no Node SDKs: script/prefix node-sdk installs them (needs npm)")
    if host_node():
        shutil.copy(HERE / "checks.mjs", MODULES)
        return [host_node(), str(MODULES / "checks.mjs")]
    if llama_server.why_not():
        pytest.skip(f"the SDKs want Node.js {OLDEST} or newer, and there is no forky to run its own: {llama_server.why_not()}")
    inside = llama_server.FORKY / "srv" / "node-sdk"
    key = (MODULES / ".complete").read_text()
    if not (inside / ".complete").exists() or (inside / ".complete").read_text() != key:
        shutil.rmtree(inside, ignore_errors=True)
        shutil.copytree(MODULES, inside, symlinks=True)
    shutil.copy(HERE / "checks.mjs", inside)
    return ["chroot", str(llama_server.FORKY), "/usr/bin/node", "/srv/node-sdk/checks.mjs"]


@pytest.fixture(scope="session")
def results(served, command):
    done = subprocess.run([*command, served.url, served.model, served.embedding_model, served.answer(),
                           "real" if served.is_real else "mock"], capture_output=True, text=True, timeout=240,
                          stdin=subprocess.DEVNULL)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"name"')]
    assert rows, done.stdout + done.stderr
    return {row["name"]: row["error"] for row in rows}


@pytest.mark.parametrize("name", NAMES)
def test_node(served, results, name):
    if served.is_real and name in MOCK_ONLY:
        pytest.skip("a real server with this model calls no tools")
    assert name in results, "the checks ended early"
    assert results[name] is None, results[name]
