"""TLS in front of a fake backend: ends TLS and passes the bytes on, and knows what came over which connection."""
import select
import socket
import ssl
import threading


class TlsFront:
    """Listens on `host`; `backend` is anything with `.address`. `context` may be replaced while it runs."""

    def __init__(self, backend, context, host="127.0.0.1"):
        self.backend, self.host = backend, host
        self.names = []        # what each client asked for by SNI; None: nothing
        self.handshakes = 0    # that succeeded
        self.failures = []     # of handshakes, as this side saw them
        self.posts = []        # per connection, in the order of their handshakes: the POSTs on it
        self._use(context)
        self.listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _use(self, context):
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self.context = context

    def change_certificate(self, context):
        self._use(context)

    def connections_with_posts(self):
        return [count for count in self.posts if count]

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain):
        plain.settimeout(10)
        try:
            outside = self.context.wrap_socket(plain, server_side=True)
        except OSError as error:
            self.failures.append(error)
            plain.close()
            return
        self.handshakes += 1
        index = len(self.posts)
        self.posts.append(0)
        with outside, socket.create_connection(self.backend.address) as inside:
            inside.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                while self._pass_on(outside, inside, index):
                    pass
            except OSError:
                pass  # one of them is gone: the other is closed with it

    def _pass_on(self, outside, inside, index):
        """What can be read now; False at the end of one side."""
        ready = [outside] if outside.pending() else select.select([outside, inside], [], [])[0]
        if inside in ready:
            data = inside.recv(65536)
            if not data:
                return False
            outside.settimeout(10)
            outside.sendall(data)
        if outside in ready:
            outside.settimeout(0)
            try:
                data = outside.recv(65536)
            except ssl.SSLWantReadError:
                return True
            if not data:
                return False
            self.posts[index] += data.startswith(b"POST ")
            inside.sendall(data)
        return True
