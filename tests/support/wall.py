"""A TCP relay that can block a path without closing it: what a partition looks like."""
import select
import socket
import threading

from support.ports import free_port


class Wall:
    """Listens on an address of its own and relays to `target`. While blocked, bytes stop and new connections stay silent. `delay`:
    seconds that each piece takes, either way."""

    def __init__(self, target, host="127.0.0.1"):
        self.target = target
        self.address = (host, free_port(host))
        self.delay = 0
        self._blocked = threading.Event()
        self._over = False
        self._pairs = []
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

    def kill(self):
        self._over = True
        self._listener.close()
        self.cut()

    def _accept(self):
        while not self._over:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client):
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
            while not self._over:
                if self._blocked.is_set():
                    select.select([], [], [], 0.02)
                    continue
                for ready in select.select(pair, [], [], 0.1)[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    if self._blocked.is_set():  # what was under way is lost in the wall until it opens
                        while self._blocked.is_set() and not self._over:
                            select.select([], [], [], 0.02)
                    if self.delay:
                        select.select([], [], [], self.delay)
                    (server if ready is client else client).sendall(data)
        except OSError:
            pass
        finally:
            client.close()
            server.close()
