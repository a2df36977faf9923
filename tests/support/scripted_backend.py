"""A backend that says exactly the bytes of a script: for what no honest server says. Answers probes as its kind would."""
import json
import socket
import struct
import threading
import time

from support.mock_backend import GENERATING

CLOSE, RESET, HOLD, BYTEWISE, WITHOUT_READING = "close", "reset", "hold", "bytewise", "without reading"

MODELS = {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "x"}]}
TAGS = {"models": [{"name": "m:latest", "model": "m:latest", "modified_at": "2026-01-01T00:00:00Z", "size": 1, "digest": "d",
                    "details": {"format": "gguf", "family": "llama"}}]}
SHOW = {"details": {}, "model_info": {"general.architecture": "llama", "llama.context_length": 4096},
        "capabilities": ["completion", "tools", "vision", "thinking"]}
PAGES = {
    "openai": {"/v1/models": MODELS},
    "vllm": {"/v1/models": {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "vllm", "root": "m",
                                                        "parent": None, "max_model_len": 4096}]},
             "/health": b"", "/version": {"version": "0.11.0"}},
    "llamacpp": {"/v1/models": MODELS, "/health": {"status": "ok"},
                 "/props": {"default_generation_settings": {"params": {}, "n_ctx": 4096}, "total_slots": 4, "model_alias": "m",
                            "model_path": "m", "modalities": {"vision": True, "audio": False}}},
    "ollama": {"/": b"Ollama is running", "/api/version": {"version": "0.32.15"}, "/api/tags": TAGS, "/api/ps": {"models": []},
               "/api/show": SHOW},
}


class ScriptedBackend:
    """Each call that generates takes the next script; the last one serves for all that follow. A script is a list of
    bytes (sent at once), numbers (seconds of silence) and the words above: CLOSE, RESET, HOLD (until the client leaves),
    BYTEWISE (from here on one byte at a time), WITHOUT_READING (first of all: the request's body is not read).
    A script without CLOSE, RESET or HOLD at its end keeps the connection. `pages`: what else is asked for, by path: bytes,
    something as JSON, or (status, either of them); may be changed while it runs."""

    def __init__(self, *scripts, kind="openai", name=None, pages=None):
        self.kind, self.scripts = kind, list(scripts)
        self.pages = {**PAGES[kind], **(pages or {})}
        self.heads, self.bodies = [], []  # of the calls that generate
        self.connections = 0              # that carried such calls
        self.left_at = None               # when a client left a script that holds
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.name = name or f"script-{self.port}"
        self.open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def configured(self, **more):
        suffix = "/v1" if self.kind == "openai" else ""
        return {"name": self.name, "kind": self.kind, "url": f"http://127.0.0.1:{self.port}{suffix}", **more}

    def close(self):
        self.open = False
        self.listener.close()

    def sent(self, index=-1):
        """The JSON of a request that came."""
        return json.loads(self.bodies[index])

    def head(self, index=-1):
        """The headers of a request that came, by lower-case name."""
        lines = self.heads[index].split("\r\n")[1:]
        return {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines if line)}

    def _accept(self):
        while self.open:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        buffer, counted = b"", False
        try:
            while True:
                while b"\r\n\r\n" not in buffer:
                    more = connection.recv(65536)
                    if not more:
                        return connection.close()
                    buffer += more
                head, buffer = buffer.split(b"\r\n\r\n", 1)
                text = head.decode("latin-1")
                path = text.split(" ")[1].split("?")[0]
                works = path in GENERATING
                script = self._next_script() if works else None
                body = b""
                length = next((int(line.split(":")[1]) for line in text.split("\r\n") if line.lower().startswith("content-length:")), 0)
                if script and script[0] == WITHOUT_READING:
                    script = script[1:]
                else:
                    while len(buffer) < length:
                        buffer += connection.recv(65536)
                    body, buffer = buffer[:length], buffer[length:]
                if not works:
                    self._page(connection, path)
                    continue
                with self.lock:
                    self.heads.append(text)
                    self.bodies.append(body)
                    self.connections += not counted
                counted = True
                if not self._perform(connection, script):
                    return
        except OSError:
            connection.close()

    def _next_script(self):
        with self.lock:
            return self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]

    def _page(self, connection, path):
        page = self.pages.get(path)
        if page is None:
            return connection.sendall(answer(404, b"404 page not found", "text/plain"))
        status, page = page if isinstance(page, tuple) else (200, page)
        connection.sendall(answer(status, page, "text/plain" if isinstance(page, bytes) else "application/json"))

    def _perform(self, connection, script):
        """True when the connection may carry another request."""
        bytewise = False
        for step in script:
            if isinstance(step, bytes):
                for piece in ([step[i:i + 1] for i in range(len(step))] if bytewise else [step]):
                    connection.sendall(piece)
            elif isinstance(step, (int, float)):
                time.sleep(step)
            elif step == BYTEWISE:
                bytewise = True
            elif step == RESET:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
                return False
            elif step == CLOSE:
                connection.close()
                return False
            elif step == HOLD:
                try:
                    connection.settimeout(60)
                    connection.recv(1)
                except OSError:
                    pass
                self.left_at = time.time()
                connection.close()
                return False
        return True


def answer(status=200, body=b"{}", kind="application/json", *lines):
    """A whole response with the right Content-Length."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    head = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *lines]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def stream_head(kind="text/event-stream", *lines):
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Type: {kind}", "Transfer-Encoding: chunked", *lines]).encode() + b"\r\n\r\n"


def chunked(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


END = b"0\r\n\r\n"


def event(data):
    """One server-sent event: of text, or of anything else as JSON."""
    return b"data: " + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n"


def delta(content=None, finish=None, index=0, **more):
    """A chat chunk. `more` goes into its delta."""
    inside = {**({} if content is None else {"content": content}), **more}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 7, "model": "m",
            "choices": [{"index": index, "delta": inside, "finish_reason": finish}]}


ROLE, FINISH, DONE = event(delta("", role="assistant")), event(delta(finish="stop")), event(b"[DONE]")
USAGE = event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 7, "model": "m", "choices": [],
               "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}})


def streamed(*events):
    """A whole, soundly framed event stream."""
    return stream_head() + b"".join(chunked(e) for e in events) + END


GOOD_STREAM = streamed(ROLE, event(delta("a")), event(delta("b")), FINISH, USAGE, DONE)
GOOD_WHOLE = answer(200, {"id": "chatcmpl-1", "object": "chat.completion", "created": 7, "model": "m", "choices": [
    {"index": 0, "message": {"role": "assistant", "content": "ab"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}})


def line(content="", done=False, reason="stop", **more):
    """One line of Ollama's stream. `more` goes into its message."""
    told = {"model": "m", "created_at": "2026-11-22T10:00:00.1Z", "message": {"role": "assistant", "content": content, **more}, "done": done}
    if done:
        told.update(done_reason=reason, prompt_eval_count=3, eval_count=2)
    return json.dumps(told).encode() + b"\n"


def lined(*lines):
    """A whole, soundly framed NDJSON stream."""
    return stream_head("application/x-ndjson") + b"".join(chunked(each) for each in lines) + END
