"""What a stranger says to a node on listen.peer, spoken by hand: join tokens taken apart and put together, joins, introductions.
src/domain/join_token.hpp and proto/README.md, section 11, are what it follows."""
import base64
import dataclasses
import hashlib
import hmac
import json
import struct
import zlib

from support import mesh_peer

PREFIX = "emj1_"


@dataclasses.dataclass
class Token:
    mesh: bytes
    founding: bytes
    inviter: bytes
    id: bytes
    key: bytes
    expires_at: int
    addresses: list

    @staticmethod
    def read(text):
        raw = text.strip().removeprefix(PREFIX)
        raw = base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4))
        assert struct.unpack(">I", raw[-4:])[0] == zlib.crc32(raw[:-4]) and raw[0] == 1
        sizes = (16, 32, 32, 8, 32)
        at, fields = 1, []
        for size in sizes:
            fields.append(raw[at:at + size])
            at += size
        expires_at, count = struct.unpack(">qB", raw[at:at + 9])
        at += 9
        addresses = []
        for _ in range(count):
            addresses.append(raw[at + 1:at + 1 + raw[at]].decode())
            at += 1 + raw[at]
        return Token(*fields, expires_at, addresses)

    def write(self):
        raw = b"\x01" + self.mesh + self.founding + self.inviter + self.id + self.key + struct.pack(">qB", self.expires_at, len(self.addresses))
        raw += b"".join(bytes([len(a)]) + a.encode() for a in self.addresses)
        raw += struct.pack(">I", zlib.crc32(raw))
        return PREFIX + base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def proof_of(self, key):
        return hmac.new(self.key, b"edgemesh join 1" + self.mesh + self.inviter + key.public, hashlib.sha256).digest()


class Answer:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        assert head, "closed without an answer"
        self.status = int(head.split()[1])

    @property
    def code(self):
        return json.loads(self.body)["error"]["code"] if self.status != 200 else None

    def records(self):
        return [base64.b64decode(r) for r in json.loads(self.body)["records"]]


def kind_of(record):
    """Of a sealed record: the first field of its body."""
    body = record[35:]  # behind the signer's key
    return body[{0xC4: 2, 0xC5: 3}[body[0]]:][2]


def join_body(token, key, name):
    """Of a node that nobody can dial, so that nobody dials it back."""
    return json.dumps({"token": token.id.hex(), "key": key.public.hex(), "name": name, "site": "", "mesh_address": "",
                       "proof": token.proof_of(key).hex()}).encode()


def introduction_body(key, records):
    return json.dumps({"key": key.public.hex(), "records": [base64.b64encode(r).decode() for r in records]}).encode()


def ask(node, key, folder, path, body, head=None):
    """What the node answers to one POST on its listen.peer. `head`: the head's lines about the body, when they are not as they should be."""
    head = head if head is not None else f"Content-Length: {len(body)}"
    with mesh_peer.connect(node.peer, key, folder, "edgemesh-join/1", timeout=10) as s:
        s.sendall(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{head}\r\n\r\n".encode() + body)
        said = b""
        try:
            while more := s.recv(65536):
                said += more
        except ConnectionResetError:
            pass  # it did not read all that was sent, and has said why
    return Answer(said)


def join(node, key, folder, body):
    return ask(node, key, folder, "/mesh/v1/join", body)


def introduce(node, key, folder, body, head=None):
    return ask(node, key, folder, "/mesh/v1/introduce", body, head)
