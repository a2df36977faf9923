"""A node whose listeners speak TLS, and a client for it: the bare-socket client of http_client.py inside TLS."""
import ssl

from support.gateway import Gateway, chat_body
from support.http_client import Connection
from support.sse import Stream, Transcript
from support.waiting import until


class TlsConnection(Connection):
    def __init__(self, address, context, name="node.example", timeout=10.0):
        super().__init__(address, timeout)
        try:
            self.socket = context.wrap_socket(self.socket, server_hostname=name)
        except BaseException:
            self.socket.close()
            raise

    def close_notify(self):
        """Says in TLS that nothing more comes, and leaves the socket open."""
        plain, self.socket = self.socket, None
        plain.settimeout(0.2)
        try:
            plain.unwrap()
        except OSError:
            pass  # its own close_notify is behind answers that nobody reads
        self.socket = plain


class TlsStream(Stream):
    """A streaming request over TLS."""

    def __init__(self, connection, body, headers=()):
        self.connection = connection
        connection.send_request("POST", "/v1/chat/completions", body, headers)
        self.transcript = Transcript()
        self._events = None


def client_context(trusted, certificate=None):
    """`trusted`: a PEM file; `certificate`: (certificate, key) to show."""
    context = ssl.create_default_context(cafile=trusted)
    context.set_alpn_protocols(["h2", "http/1.1"])
    if certificate:
        context.load_cert_chain(*certificate)
    return context


class TlsGateway(Gateway):
    """`context`: of its clients. `tls`: what goes into listen.tls; listeners that are not named there speak plain HTTP."""

    def __init__(self, folder, backends, context, tls, listen=None, **settings):
        self.context, self.tls = context, tls
        super().__init__(folder, backends, **settings)
        named = {name: {key: str(path) for key, path in files.items()} for name, files in tls.items()}
        self.settings["listen"] = {**self.settings["listen"], **(listen or {}), "tls": named}
        self.write_config()

    def connect(self, address=None, context=None, **options):
        return TlsConnection(address or self.api, context or self.context, **options)

    def _exchange(self, listener, address, method, target, body=None, headers=(), timeout=10.0):
        make = self.connect if listener in self.tls else lambda a, timeout: Connection(a, timeout)
        with make(address, timeout=timeout) as connection:
            return connection.exchange(method, target, body, headers)

    def get(self, target, headers=(), **options):
        return self._exchange("api", self.api, "GET", target, None, headers, **options)

    def post(self, target, body, headers=(), **options):
        return self._exchange("api", self.api, "POST", target, body, headers, **options)

    def stream(self, model="m", content="Hello!", headers=(), **fields):
        return TlsStream(self.connect(timeout=20), chat_body(model, content, stream=True, **fields), headers)

    def ask(self, target, method="GET", body=None, headers=()):
        return self._exchange("admin", self.admin, method, target, body, headers)

    def until_ready(self, seconds=10):
        def ready():
            assert self.process.running, f"edgemesh ended with {self.process.child.returncode}:\n{self.log()[-4000:]}"
            return self.get("/readyz", timeout=2).status == 200
        until(ready, seconds, what="/readyz answering 200")
