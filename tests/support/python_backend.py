"""A tiny OpenAI-compatible backend in Python, for what the mock does not do: TLS, client certificates, being a proxy."""
import http.server
import json
import ssl
import subprocess
import threading

ANSWER = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [
    {"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}


class PythonBackend:
    """`tls`: an ssl.SSLContext. As a proxy it answers absolute-form requests itself, and ends CONNECT in `tls` itself.
    `headers`: pairs that come with each answer."""

    def __init__(self, tls=None, is_proxy=False, headers=()):
        self.seen = []  # (method, target, headers as a dict with lower-case names)
        backend = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self, body):
                data = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                for name, value in headers:
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def note(self):
                backend.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
                self.rfile.read(int(self.headers.get("Content-Length") or 0))

            def do_GET(self):
                self.note()
                if self.path.split("?")[0].endswith("/models"):
                    return self.reply({"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "x"}]})
                self.send_error(404)

            def do_POST(self):
                self.note()
                self.reply(ANSWER)

            def do_CONNECT(self):
                self.note()
                self.send_response(200)
                self.end_headers()
                inner = tls.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = inner.makefile("rb"), inner.makefile("wb")
                self.connection = inner
                self.close_connection = False

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # failed handshakes are what some tests want

            def finish_request(self, connection, address):
                if tls and not is_proxy:
                    connection = tls.wrap_socket(connection, server_side=True)
                super().finish_request(connection, address)

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Authority:
    """A certificate authority for one test, made with openssl."""

    def __init__(self, folder, name="ca"):
        self.folder, self.name = folder, name
        self.certificate = folder / f"{name}.pem"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-subj", f"/CN={name}", "-keyout", folder / f"{name}.key", "-out", self.certificate)

    def issue(self, name, alternatives, days=2):
        """(certificate, key) for `alternatives` such as "DNS:a.example,IP:127.0.0.1"; days=-1 has expired."""
        key, request, out = (self.folder / f"{name}.{kind}" for kind in ("key", "csr", "pem"))
        extension = self.folder / f"{name}.ext"
        extension.write_text(f"subjectAltName={alternatives}\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                      "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.folder / f"{self.name}.key",
                      "-CAcreateserial", "-days", days, "-extfile", extension, "-out", out)
        return out, key

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def server_context(certificate, key, client_authority=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if client_authority:
        context.load_verify_locations(client_authority)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
