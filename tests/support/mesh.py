"""A mesh of nodes under test: each an `edgemesh serve` on a loopback address of its own."""
import itertools
import shutil
import subprocess
import time
from pathlib import Path

from support.gateway import Gateway, run
from support.paths import BINARY
from support.ports import free_port
from support.waiting import until
from support.wall import Wall


class MeshNode(Gateway):
    """`reach`: the address that it tells peers to dial, "none" when nobody can, None for its own; `reach_name`: a name instead of
    its address. `walled`: peers reach it through a wall that can be blocked, on one port for links and requests. `listen_host`: where
    peers are listened for, when not on the node's own address. `names`: a NameTable."""

    def __init__(self, folder, name, host, site="", backends=(), reach=None, reach_name=None, join=None, walled=False, listen_host=None,
                 names=None, **settings):
        self.name, self.site = name, site
        at = listen_host or host
        self.mesh = (at, free_port(at))
        self.peer = self.mesh if walled else (at, free_port(at))
        self.wall = Wall(self.mesh, host) if walled else None
        if self.wall:
            reach = reach or f"{host}:{self.wall.address[1]}"
        if reach_name:
            reach = f"{reach_name}:{self.mesh[1]}"
        node = {"name": name}
        if site:
            node["site"] = site
        if reach is not None:
            node["advertise"] = reach
        own = folder / name
        own.mkdir(exist_ok=True)
        super().__init__(own, backends, host, arguments=["--join", f"@{join}"] if join else [],
                         environment=names.environment if names else None,
                         node=node, listen={"mesh": joined(self.mesh), "peer": joined(self.peer)}, **settings)

    def move(self, host=None):
        """Its next life listens for peers elsewhere: at `host` with the same ports, or on other ports."""
        self.mesh, self.peer = (((host, self.mesh[1]), (host, self.peer[1])) if host else
                                tuple((at, free_port(at)) for at in (self.mesh[0], self.peer[0])))
        self.settings["listen"].update(mesh=joined(self.mesh), peer=joined(self.peer))
        self.write_config()

    def command(self, *arguments, **options):
        """An `edgemesh` command that talks to this node."""
        return run(*arguments, "--admin", f"{self.admin[0]}:{self.admin[1]}", **options)

    def command_in_background(self, *arguments):
        return subprocess.Popen([str(BINARY), *arguments, "--admin", f"{self.admin[0]}:{self.admin[1]}"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    @property
    def data_dir(self):
        return Path(self.settings["data_dir"])

    def status_of_mesh(self):
        return self.ask("/admin/v1/mesh").json()

    def serving(self, model):
        """The names of the nodes that have a backend with this model."""
        return next((row["nodes"] for row in self.models_with_details() if row["id"] == model), [])

    def peers(self):
        return {row["name"]: row for row in self.ask("/admin/v1/peers").json()["data"]}

    def sees_alive(self, names):
        rows = self.peers()
        return all(rows.get(n, {}).get("state") == "alive" for n in names)

    def restart(self):
        """The same node again, as a process that knows its mesh by now."""
        self.kill()
        self.process.arguments = [a for a in self.process.arguments if a != "--join" and not a.startswith("@")]
        self.process.start()
        self.until_ready()
        return self


def joined(address):
    return f"[{address[0]}]:{address[1]}" if ":" in address[0] else f"{address[0]}:{address[1]}"


class Mesh:
    """Nodes that found and join one mesh; killed when the test is over by whoever holds `started`."""

    def __init__(self, folder, started):
        self.folder, self.started, self.nodes = folder, started, []
        self._hosts = (f"127.0.0.{n}" for n in itertools.count(11))
        self.spare_hosts = (f"127.0.1.{n}" for n in itertools.count(11))

    def found(self, name="a", site="", backends=(), **settings):
        node = self._make(name, site, backends, **settings)
        made = run("mesh", "init", "--config", node.config_path)
        assert made.returncode == 0, made.stderr
        node.start(until_models=False)
        return node

    def join(self, name, site="", backends=(), via=None, invite=(), **settings):
        token = self.token(via or self.nodes[0], *invite)
        path = self.folder / f"{name}.token"
        path.write_text(token + "\n")
        node = self._make(name, site, backends, join=path, **settings)
        node.start(until_models=False)
        return node

    def copy_of(self, node, name):
        """A second node with this one's key and records, at other addresses; not started."""
        twin = MeshNode(self.folder, name, next(self._hosts), node.site, node.settings["backends"])
        self.started.append(twin)
        shutil.copytree(node.data_dir, twin.data_dir)
        return twin

    def token(self, node, *options):
        invited = node.command("mesh", "invite", *options)
        assert invited.returncode == 0, invited.stderr
        return invited.stdout.splitlines()[-1]

    def until_whole(self, nodes=None, seconds=15):
        """Each of these nodes holds each other one to be alive."""
        nodes = self.nodes if nodes is None else nodes

        def whole():
            return all(n.sees_alive([m.name for m in nodes if m is not n]) for n in nodes)
        until(whole, seconds, what=f"a whole mesh: {[(n.name, n.peers()) for n in nodes]}")

    def until_serving(self, model, names, seconds=20):
        """Every node knows that exactly these have the model."""
        names = sorted(names)
        end = time.monotonic() + seconds
        while any(n.serving(model) != names for n in self.nodes):
            assert time.monotonic() < end, self._seen(model, names)
            time.sleep(0.02)

    def _seen(self, model, names):
        lines = [f"{model} on {names}:"]
        for n in self.nodes:
            missing = set(names) - set(n.serving(model))
            lines.append(f"{n.name} digest {n.status_of_mesh()['digest']} misses {[n.peers().get(m) for m in sorted(missing)]}")
        return "\n".join(lines)

    def until_models(self, names, nodes=None, seconds=15):
        for node in self.nodes if nodes is None else nodes:
            until(lambda node=node: set(names) <= set(node.models()), seconds,
                  what=f"{node.name} offering {names}, not {node.models()}")

    def until_equal(self, nodes=None, seconds=10):
        """All know the same records; the seconds that it took."""
        nodes = self.nodes if nodes is None else nodes
        began = time.monotonic()
        until(lambda: len({n.status_of_mesh()["digest"] for n in nodes}) == 1, seconds, what="equal digests")
        return time.monotonic() - began

    def _make(self, name, site, backends, host=None, **settings):
        node = MeshNode(self.folder, name, host or next(self._hosts), site, backends, **settings)
        self.nodes.append(node)
        self.started.append(node)
        return node
