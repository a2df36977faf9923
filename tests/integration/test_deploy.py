"""What is shipped to install EdgeMesh agrees with what is built here."""
import re
import shutil
import subprocess

import pytest

from support.gateway import run
from support.paths import BINARY, ROOT

DOCKERFILE = (ROOT / "deploy/docker/Dockerfile").read_text()
UNIT = ROOT / "deploy/systemd/edgemesh.service"


def packages_of(stage):
    """Names after apt-get install in the container file's stage (0: build, 1: run)."""
    listed = re.findall(r"apt-get install -y --no-install-recommends(.*?)&&", DOCKERFILE.replace("\\\n", " "), re.DOTALL)[stage]
    return set(listed.split())


def test_the_container_builds_with_what_setup_installs():
    setup = (ROOT / "script/setup").read_text()
    base = set(re.search(r"base_packages=\((.*?)\)", setup, re.DOTALL).group(1).split())
    assert packages_of(0) <= base, packages_of(0) - base


def test_the_container_runs_with_the_libraries_that_the_binary_needs():
    linked = subprocess.run(["ldd", BINARY], capture_output=True, text=True, check=True).stdout
    needed = set()
    for path in re.findall(r"=> (/\S+)", linked):
        owner = subprocess.run(["dpkg", "-S", path.removeprefix("/usr")], capture_output=True, text=True)
        if owner.returncode:
            owner = subprocess.run(["dpkg", "-S", path], capture_output=True, text=True)
        if owner.returncode:
            owner = subprocess.run(["dpkg", "-S", f"/usr{path}"], capture_output=True, text=True)
        if owner.returncode == 0:
            needed.add(owner.stdout.split(":")[0])
    in_every_image = {"libc6", "libstdc++6", "libgcc-s1", "zlib1g", "libzstd1"}
    asked = packages_of(1)
    sanitized = "asan" in linked or "tsan" in linked or "asan" in str(BINARY) or "tsan" in str(BINARY)
    assert sanitized or needed - in_every_image <= asked, needed - in_every_image - asked


def test_the_unit_file_is_well_formed(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd-analyze on this machine")
    # The program is not installed here: any other stands for it.
    local = tmp_path / "edgemesh.service"
    local.write_text(UNIT.read_text().replace("/usr/local/bin/edgemesh", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", local], capture_output=True, text=True)
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if "edgemesh.service" in line]
    assert not complaints


def test_the_unit_file_gives_the_drain_its_time():
    assert int(re.search(r"TimeoutStopSec=(\d+)s", UNIT.read_text()).group(1)) > 30


@pytest.mark.parametrize("path", sorted(str(p.relative_to(ROOT)) for p in (ROOT / "config").glob("*.yaml")) or ["none"])
def test_the_example_configurations_are_valid(path):
    done = run("check", "--config", ROOT / path, environment={"CLOUD_KEY": "x", "FLEET_KEY": "x"}, folder=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
