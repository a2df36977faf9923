"""A node with `auth.mode: keys`: asked with its first admin key unless a test says otherwise."""
from pathlib import Path

from support.gateway import Gateway, chat_body
from support.http_client import request
from support.sse import Stream


def bearer(key):
    return [("Authorization", f"Bearer {key}")]


class KeyedGateway(Gateway):
    def __init__(self, folder, backends=(), **settings):
        super().__init__(folder, backends, **{"auth": {"mode": "keys"}, **settings})

    @property
    def admin_key(self):
        return (Path(self.settings["data_dir"]) / "admin.key").read_text().strip()

    def get(self, target, headers=None, **options):
        return request(self.api, "GET", target, None, bearer(self.admin_key) if headers is None else headers, **options)

    def ask(self, target, method="GET", body=None, key=None):
        return request(self.admin, method, target, body, bearer(self.admin_key if key is None else key))

    def make(self, what, **fields):
        """A key or a group; its page, of a key with the secret as `key`."""
        reply = self.ask(f"/admin/v1/{what}s", "POST", fields)
        assert reply.status == 201, reply
        return reply.json()

    def key(self, **fields):
        return self.make("key", **fields)

    def chat_as(self, key, model="m", headers=(), **fields):
        return self.post("/v1/chat/completions", chat_body(model, fields.pop("content", "Hello!"), **fields), bearer(key) + list(headers))

    def stream_as(self, key, model="m", **fields):
        return Stream(self.api, "/v1/chat/completions", chat_body(model, fields.pop("content", "Hello!"), stream=True, **fields), bearer(key), 20.0, None)

    def usage(self, query=""):
        reply = self.ask("/admin/v1/usage" + query)
        assert reply.status == 200, reply
        return reply.json()["data"]

    def audit(self, query=""):
        reply = self.ask("/admin/v1/audit" + query)
        assert reply.status == 200, reply
        return reply.json()["data"]
