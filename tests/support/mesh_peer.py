"""A node's end of a link, spoken by hand: TLS 1.3 by a key, BASP, frames, records. For tests of what a node believes of its peers.
proto/README.md is what it follows; BASP's bytes are CAF 0.17.6's."""
import datetime
import socket
import ssl
import struct
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization  # noqa: F401
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

ASYNCHRONOUS = 0x1000000000000000
FRAME_START = b"\0\0\0\x0e@<>+@atom+@str\0\0\0\x03\xeb\xde\x6c\xaa"
HELLO, PING, ACK, RUMOURS, RECORDS, DIGEST, FETCH, CHUNK = 1, 2, 3, 6, 16, 17, 20, 21


class Key:
    """An Ed25519 key pair; of a file, or new."""

    def __init__(self, pem_path=None):
        if pem_path:
            self.private = serialization.load_pem_private_key(pem_path.read_bytes(), None)
        else:
            self.private = Ed25519PrivateKey.generate()
        self.public = self.private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def sign(self, text):
        return self.private.sign(text)

    def write_for_tls(self, folder):
        """The certificate and key files that TLS wants."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "edgemesh node")])
        now = datetime.datetime.utcnow()
        made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.private.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
                .not_valid_after(now + datetime.timedelta(days=365)).sign(self.private, None))
        stem = folder / self.public.hex()[:16]
        certificate, private = stem.with_suffix(".crt"), stem.with_suffix(".pem")
        certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        private.write_bytes(self.private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                       serialization.NoEncryption()))
        return certificate, private


def _crc_table():
    table = []
    for n in range(256):
        for _ in range(8):
            n = (n >> 1) ^ 0x82F63B78 if n & 1 else n >> 1
        table.append(n)
    return table


_CRC = _crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def pack(value):
    """msgpack, the shortest forms."""
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        for bound, head, form in ((1 << 7, b"", "B"), (1 << 8, b"\xcc", "B"), (1 << 16, b"\xcd", ">H"), (1 << 32, b"\xce", ">I"), (1 << 64, b"\xcf", ">Q")):
            if value < bound:
                return head + struct.pack(form, value)
    if isinstance(value, bytes):
        return (b"\xc4" + struct.pack("B", len(value)) if len(value) < 256 else b"\xc5" + struct.pack(">H", len(value)) if len(value) < 65536
                else b"\xc6" + struct.pack(">I", len(value))) + value
    if isinstance(value, str):
        raw = value.encode()
        return (bytes([0xA0 | len(raw)]) if len(raw) < 32 else b"\xd9" + bytes([len(raw)])) + raw
    if isinstance(value, list):
        return (bytes([0x90 | len(value)]) if len(value) < 16 else b"\xdc" + struct.pack(">H", len(value))) + b"".join(map(pack, value))
    if isinstance(value, dict):
        return bytes([0x80 | len(value)]) + b"".join(pack(k) + pack(v) for k, v in sorted(value.items()))
    raise TypeError(value)


def seal(key, mesh, fields, signer=None):
    """A record: `fields` of its body by number. `signer`: whom it names, when that is a lie."""
    body = pack(fields)
    signature = key.sign(b"edgemesh record 1" + mesh + body)
    return b"\x93" + pack(signer or key.public) + pack(body) + pack(signature)


def frame(mesh, kind, payload, length=None):
    head = b"EMSH\x01" + bytes([kind]) + mesh + struct.pack(">I", len(payload) if length is None else length)
    return head + struct.pack(">I", crc32c(head + payload)) + payload


def wall_ms():
    return int(time.time() * 1000)


def connect(address, key, folder, protocol="edgemesh-mesh/1", timeout=5):
    """A TLS connection as the node of `key`; what the server thinks of the key shows in the first read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols([protocol])
    context.load_cert_chain(*key.write_for_tls(folder))
    return context.wrap_socket(socket.create_connection(address, timeout=timeout))


class Link:
    """A link to a node, dialled as the member of `key`; says hello unless told not to."""

    ACTOR = 77

    def __init__(self, node, key, folder, hello=True):
        self.mesh = bytes.fromhex(node.status_of_mesh()["mesh"])
        self.key = key
        self.socket = connect(node.mesh, key, folder)
        self._buffer = b""
        self._frames = b""
        operation, _, payload = self.read_message()
        assert operation == 0, operation
        self.their_node = payload[:32]
        self.their_actor = struct.unpack(">Q", payload[-9:-1])[0]
        self.node_id = b"\0\0\x3e\x9a\xab\x9b\xac\x79" + struct.pack(">I", 7) + key.public[:12] + b"randomly"
        self.send(1, self.node_id)
        if hello:
            self.send_frame(HELLO, pack({0: 1, 1: 1, 2: b"hostile"}))

    def send(self, operation, payload=b"", data=0, source=0, target=0, flags=0, announced=None):
        length = len(payload) if announced is None else announced
        self.socket.sendall(struct.pack(">B2xBIQQQ", operation, flags, length, data, source, target) + payload)

    def send_bytes_as_frame(self, raw):
        size, n = b"", len(raw)
        while n >= 0x80:
            size, n = size + bytes([n & 0x7F | 0x80]), n >> 7
        self.send(2, FRAME_START + size + bytes([n]) + raw, ASYNCHRONOUS, self.ACTOR, self.their_actor)

    def send_frame(self, kind, payload):
        self.send_bytes_as_frame(frame(self.mesh, kind, payload))

    def send_records(self, *records):
        self.send_frame(RECORDS, pack({0: list(records)}))

    def seal(self, fields, signer=None):
        return seal(self.key, self.mesh, fields, signer)

    def _read(self, size):
        while len(self._buffer) < size:
            more = self.socket.recv(65536)
            if not more:
                raise ConnectionError("closed")
            self._buffer += more
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def read_message(self):
        operation, flags, length, _, _, _ = struct.unpack(">B2xBIQQQ", self._read(32))
        return operation, flags, self._read(length)

    def read_frame(self):
        """(kind, payload) of the next frame."""
        while True:
            operation, _, payload = self.read_message()
            if operation != 2 or not payload.startswith(FRAME_START):
                continue
            at = len(FRAME_START)
            while payload[at] & 0x80:
                at += 1
            raw = payload[at + 1:]
            return raw[5], raw[30:]

    def until_closed(self, seconds=5):
        """Reads until the node ends the link; the time that it took."""
        began = time.monotonic()
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65536):
                if time.monotonic() - began > seconds:
                    raise AssertionError("the link is still open")
        except (ConnectionError, ssl.SSLError):
            pass
        return time.monotonic() - began

    def close(self):
        self.socket.close()
