"""A forward proxy: CONNECT and absolute-form requests, to the places that it is told for names that nobody else knows."""
import base64
import socket
import threading
from urllib.parse import urlsplit


class ForwardProxy:
    """`routes`: {"name:port": (host, port)}. `behaviour`: None, "hang" (reads, never answers), "close" (after the head),
    "garbage" (no HTTP), or a status that it answers everything with."""

    def __init__(self, routes, credentials=None, behaviour=None):
        self.routes, self.behaviour = routes, behaviour
        self.expected = credentials and "Basic " + base64.b64encode(credentials.encode()).decode()
        self.asked = []  # (method, target, headers as a dict with lower-case names)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def close(self):
        self.listener.close()
        for one in self.open:
            one.close()

    def targets(self, method):
        return [target for m, target, _ in self.asked if m == method]

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            self._answer(client)
        except OSError:
            pass
        if self.behaviour != "hang":
            client.close()

    def _answer(self, client):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = client.recv(65536)
            if not piece:
                return
            data += piece
        head, body = data.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        self.asked.append((method, target, headers))
        status = 407 if self.expected and headers.get("proxy-authorization") != self.expected else self.behaviour
        if status == "hang":
            client.recv(1)
        elif status == "garbage":
            client.sendall(b"SSH-2.0-nothing\r\n\r\n")
        elif isinstance(status, int):
            client.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        elif status != "close":
            self._forward(client, method, target, lines, headers, body)

    def _forward(self, client, method, target, lines, headers, body):
        is_tunnel = method == "CONNECT"
        url = urlsplit("//" + target if is_tunnel else target)
        with socket.create_connection(self.routes[f"{url.hostname}:{url.port or 80}"]) as server:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if is_tunnel:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = url.path + (f"?{url.query}" if url.query else "")
                kept = [line for line in lines if not line.lower().startswith(("proxy-", "connection:"))]
                server.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]).encode("latin-1") + body)
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join()


def _copy(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for one in (source, sink):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
