"""An OpenAI-compatible backend that knows exactly how many requests it ever had at once."""
import http.server
import json
import socket
import threading
import time


class CountingBackend:
    """Answers each request after `hold` seconds. A request counts from its head to just before its answer, or until its
    client has left: whoever has left is not counted against a request that comes afterwards."""

    def __init__(self, model="m", hold=0.1):
        self.model, self.hold = model, hold
        self.lock = threading.Lock()
        self.inside = set()
        self.most = self.served = 0
        backend = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self, body):
                data = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self):
                if self.path.split("?")[0].endswith("/models"):
                    return self.reply({"object": "list", "data": [{"id": backend.model, "object": "model", "created": 1, "owned_by": "x"}]})
                self.send_error(404)

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                backend.enter(self.connection)
                time.sleep(backend.hold)
                backend.leave(self.connection)
                self.reply({"id": "c1", "object": "chat.completion", "created": 1, "model": backend.model, "choices": [
                    {"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}})

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def now(self):
        with self.lock:
            self._forget_who_left()
            return len(self.inside)

    def enter(self, connection):
        with self.lock:
            self._forget_who_left()
            self.inside.add(connection)
            self.most = max(self.most, len(self.inside))

    def leave(self, connection):
        with self.lock:
            self.inside.discard(connection)
            self.served += 1

    def forget(self):
        with self.lock:
            self._forget_who_left()
            self.most, self.served = len(self.inside), 0

    def _forget_who_left(self):
        self.inside = {c for c in self.inside if not _has_left(c)}

    def configured(self, **more):
        return {"name": "counted", "kind": "openai", "url": f"http://127.0.0.1:{self.port}/v1", **more}

    def kill(self):
        self.server.shutdown()
        self.server.server_close()


def _has_left(connection):
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
