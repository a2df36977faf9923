"""A TCP relay that stands for what is between two nodes: it can block a path without closing it, refuse like a firewall, and
forget connections like a NAT."""
import select
import socket
import threading
import time

from support.ports import free_port


class Wall:
    """Listens on an address of its own and relays to `target`. While blocked, bytes stop and new connections stay silent. `delay`:
    seconds that each piece takes, either way."""

    def __init__(self, target, host="127.0.0.1"):
        self.target = target
        self.address = (host, free_port(host))
        self.forgotten = 0  # connections
        self._idle_max = None
        self.delay = 0
        self._blocked = threading.Event()
        self._over = False
        self._pairs = []
        self._forgetting = time.monotonic()
        self._listener = socket.create_server(self.address)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def block(self):
        self._blocked.set()

    def open(self):
        self._blocked.clear()

    def cut(self):
        """Resets everything that passes now."""
        for pair in self._pairs:
            for end in pair:
                end.close()
        self._pairs = []

    def refuse(self):
        """Nobody gets in any more; what passes already goes on."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def forget(self):
        """What passes now is forgotten: no byte of it arrives any more, and neither end is told."""
        self._forgetting = time.monotonic()

    def forget_after(self, seconds):
        """From now on what is idle for this long is forgotten."""
        self._idle_max = seconds

    def kill(self):
        self._over = True
        try:
            self.refuse()
        except OSError:
            pass
        self.cut()

    def _accept(self):
        while not self._over:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client):
        began = time.monotonic()
        while self._blocked.is_set() and not self._over:
            select.select([], [], [], 0.02)
        try:
            server = socket.create_connection(self.target, timeout=5)
        except OSError:
            client.close()
            return
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pair = (client, server)
        self._pairs.append(pair)
        try:
            self._pass_on(pair, began)
        except OSError:
            pass
        finally:
            client.close()
            server.close()

    def _pass_on(self, pair, began):
        client, server = pair
        last = time.monotonic()
        while not self._over:
            if self._blocked.is_set():
                select.select([], [], [], 0.02)
                continue
            if began < self._forgetting or (self._idle_max and time.monotonic() - last > self._idle_max):
                return self._hold_forgotten()
            for ready in select.select(pair, [], [], 0.1)[0]:
                data = ready.recv(65536)
                last = time.monotonic()
                if not data:
                    return
                if self._blocked.is_set():  # what was under way is lost in the wall until it opens
                    while self._blocked.is_set() and not self._over:
                        select.select([], [], [], 0.02)
                if self.delay:
                    select.select([], [], [], self.delay)
                (server if ready is client else client).sendall(data)

    def _hold_forgotten(self):
        self.forgotten += 1
        while not self._over:
            time.sleep(0.1)
