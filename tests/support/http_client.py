"""A small HTTP/1.1 client on bare sockets: it can send what no library would, and sees exactly what comes back."""
import json
import socket
import struct

from support.ports import SLOWDOWN


class Reply:
    def __init__(self, status, reason, headers):
        self.status, self.reason, self.headers, self.body = status, reason, headers, b""
        self.complete = False  # the body ended as its framing said

    def header(self, name, default=None):
        values = [v for k, v in self.headers if k.lower() == name.lower()]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else default

    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """The error object; checks that it is one as every error must be."""
        body = self.json()
        assert set(body) == {"error"}, body
        assert set(body["error"]) == {"message", "type", "param", "code"}, body
        assert self.header("content-type", "").startswith("application/json"), self.headers
        assert self.header("x-request-id"), self.headers
        assert isinstance(body["error"]["message"], str) and body["error"]["message"]
        assert body["error"]["code"] is None or isinstance(body["error"]["code"], str)
        return body["error"]

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:500]!r}>"


class Closed(Exception):
    """The other side ended the connection before a reply."""


class Connection:
    """One TCP connection to (host, port)."""

    def __init__(self, address, timeout=10.0, receive_buffer=None):
        self.address = address
        self.socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout * SLOWDOWN)
        self.socket.connect(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def send(self, data):
        self.socket.sendall(data)

    def send_request(self, method, target, body=None, headers=()):
        self.send(request_bytes(self.address, method, target, body, headers))

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise Closed()
        self.buffer += data

    def _line(self):
        while b"\r\n" not in self.buffer:
            self._more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def _take(self, count):
        while len(self.buffer) < count:
            self._more()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def read_head(self):
        """The reply's head; interim replies (100) are skipped."""
        while True:
            version, status, reason = (self._line().decode("latin-1") + " ").split(" ", 2)
            assert version == "HTTP/1.1", version
            headers = []
            while True:
                line = self._line().decode("latin-1")
                if not line:
                    break
                name, value = line.split(":", 1)
                headers.append((name, value.strip()))
            if int(status) != 100:
                return Reply(int(status), reason.strip(), headers)

    def pieces(self, reply, method="GET"):
        """The body as it comes; sets reply.complete at its proper end, returns without it when the connection ends."""
        if method == "HEAD" or reply.status in (204, 304):
            reply.complete = True
            return
        try:
            if (reply.header("transfer-encoding") or "").lower() == "chunked":
                while True:
                    size = int(self._line().split(b";")[0], 16)
                    if size == 0:
                        while self._line():
                            pass
                        reply.complete = True
                        return
                    yield self._take(size)
                    assert self._take(2) == b"\r\n"
            length = reply.header("content-length")
            if length is not None:
                left = int(length)
                while left:
                    if not self.buffer:
                        self._more()
                    piece, self.buffer = self.buffer[:left], self.buffer[left:]
                    left -= len(piece)
                    yield piece
                reply.complete = True
                return
            while True:  # until the connection ends
                if not self.buffer:
                    self._more()
                piece, self.buffer = self.buffer, b""
                yield piece
        except (Closed, ConnectionResetError):
            return

    def read_reply(self, method="GET"):
        reply = self.read_head()
        reply.body = b"".join(self.pieces(reply, method))
        return reply

    def exchange(self, method, target, body=None, headers=()):
        self.send_request(method, target, body, headers)
        return self.read_reply(method)

    def is_closed_by_peer(self, seconds=2.0):
        """The other side closes (or has closed) within the time, without sending more."""
        self.socket.settimeout(seconds * SLOWDOWN)
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False


def request_bytes(address, method, target, body=None, headers=()):
    """A correct request. `body`: bytes, or anything else as JSON; `headers`: pairs, which replace the default ones."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    given = {name.lower() for name, _ in headers}
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    lines = [f"{method} {target} HTTP/1.1"]
    if "host" not in given:
        lines.append(f"Host: {host}:{address[1]}")
    if body is not None and not given & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    if body is not None and "content-type" not in given:
        lines.append("Content-Type: application/json")
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (body or b"")


def request(address, method, target, body=None, headers=(), timeout=10.0):
    """One request on a connection of its own."""
    with Connection(address, timeout) as connection:
        return connection.exchange(method, target, body, headers)
