"""Two nodes whose machines look the same to CAF: pid 1, one MAC address, one disk, as two containers of one image have it."""
import json
import os
import shutil
import subprocess

import pytest

from support.gateway import run
from support.paths import BINARY
from support.waiting import until

MAC = "02:00:00:00:00:01"


def call(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, (words, done.stderr)
    return done.stdout


class Space:
    """A network namespace, held by a process that waits in it."""

    def __init__(self, *command, private_pids=False):
        pids = ["-p", "--kill-child"] if private_pids else []
        self.process = subprocess.Popen(["unshare", "-n", *pids, "--fork", *map(str, command)], stdin=subprocess.DEVNULL)
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        until(lambda: open(children).read().split(), 5, what="a process in the namespace")
        self.pid = int(open(children).read().split()[0])

    def call(self, *words):
        return call("nsenter", "-t", self.pid, "-n", *words)

    def end(self):
        self.process.kill()
        try:
            os.kill(self.pid, 9)
        except ProcessLookupError:
            pass
        self.process.wait(10)


@pytest.fixture
def router():
    tools = [tool for tool in ("unshare", "nsenter", "ip") if shutil.which(tool) is None]
    if os.geteuid() != 0 or tools:
        pytest.skip(f"needs root and network namespaces; missing: {tools}")
    probe = subprocess.run(["unshare", "-n", "-p", "--fork", "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"], capture_output=True, text=True)
    if probe.returncode != 0:
        pytest.skip(f"this kernel gives no namespaces or no veth: {probe.stderr.strip()}")
    space = Space("sleep", 600)
    spaces = [space]
    space.call("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
    yield space, spaces
    for s in spaces:
        s.end()


def start_node(router, spaces, folder, name, number, arguments=()):
    """`edgemesh serve` as pid 1 of a namespace whose one interface has the same MAC address in each."""
    own = folder / name
    own.mkdir(exist_ok=True)
    (own / "log").touch()
    address = f"10.0.{number}.2"
    settings = {"node": {"name": name}, "data_dir": str(own / "data"), "discovery": {"local": False},
                "listen": {"api": "127.0.0.1:8780", "admin": "127.0.0.1:8781", "mesh": f"{address}:8790", "peer": f"{address}:8791"}}
    (own / "edgemesh.yaml").write_text(json.dumps(settings))
    waits = f"until ip -4 addr show eth0 2>/dev/null | grep -q inet; do sleep 0.05; done; exec {BINARY} serve --config {own}/edgemesh.yaml "
    node = Space("sh", "-c", waits + " ".join(map(str, arguments)) + f" >{own}/log 2>&1", private_pids=True)
    spaces.append(node)
    router.call("ip", "link", "add", f"r{number}", "type", "veth", "peer", "name", "eth0", "address", MAC, "netns", node.pid)
    router.call("ip", "addr", "add", f"10.0.{number}.1/24", "dev", f"r{number}")
    router.call("ip", "link", "set", f"r{number}", "up")
    node.call("ip", "link", "set", "lo", "up")
    node.call("ip", "link", "set", "eth0", "up")
    node.call("ip", "addr", "add", f"{address}/24", "dev", "eth0")
    node.call("ip", "route", "add", "default", "via", f"10.0.{number}.1")
    node.folder = own
    return node


def test_two_nodes_with_pid_1_and_one_mac_address_are_two_nodes(router, tmp_path):
    way, spaces = router
    (tmp_path / "a").mkdir()
    founding = tmp_path / "a.yaml"
    founding.write_text(json.dumps({"node": {"name": "a"}, "data_dir": str(tmp_path / "a" / "data"),
                                    "listen": {"mesh": "10.0.1.2:8790", "peer": "10.0.1.2:8791"}}))
    made = run("mesh", "init", "--config", founding)
    assert made.returncode == 0, made.stderr
    a = start_node(way, spaces, tmp_path, "a", 1)

    def peers(node):
        return {r["name"]: r for r in json.loads(node.call(BINARY, "peers", "--json"))["data"]}

    def is_up(node):
        try:
            return node.call(BINARY, "status", "--json")
        except AssertionError:
            return False
    until(lambda: is_up(a), 15, what=f"a being up: {(tmp_path / 'a' / 'log').read_text()}")
    token = a.call(BINARY, "mesh", "invite").splitlines()[-1]
    (tmp_path / "token").write_text(token)
    b = start_node(way, spaces, tmp_path, "b", 2, ["--join", f"@{tmp_path}/token"])
    until(lambda: is_up(b), 15, what=f"b being up: {(tmp_path / 'b' / 'log').read_text()}")
    for node, other in ((a, "b"), (b, "a")):
        until(lambda node=node, other=other: peers(node).get(other, {}).get("link") == "direct", 15,
              what=f"a link to {other}: {peers(node)}")
        assert peers(node)[other]["state"] == "alive"
    # They were alike, as far as CAF looks.
    for node in (a, b):
        assert MAC in node.call("ip", "link", "show", "eth0")
        assert os.readlink(f"/proc/{node.pid}/exe") == str(BINARY.resolve())
        assert open(f"/proc/{node.pid}/status").read().split("NSpid:")[1].split("\n")[0].split()[-1] == "1"
