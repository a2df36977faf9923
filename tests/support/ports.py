"""Free ports of the loopback range, and how much slower than usual the binary under test may be."""
import os
import socket

# Sanitizers make everything slower: limits on time are multiplied by this.
SLOWDOWN = float(os.environ.get("EDGEMESH_SLOWDOWN", "1"))

_given = set()


def _family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def free_port(host="127.0.0.1"):
    """A port that nobody listens on now, and that this process has not handed out before."""
    while True:
        with socket.socket(_family(host)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, 0))
            port = probe.getsockname()[1]
        if (host, port) not in _given:
            _given.add((host, port))
            return port


def is_free(host, port):
    """Nobody listens there and we could."""
    with socket.socket(_family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
