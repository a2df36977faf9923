"""A language model small enough to write by hand, as a GGUF file that llama-server loads.

Its one layer is all zeroes, its token embeddings are one-hot, and its output matrix is a table of transitions: the next
token depends on the last one alone. At temperature 0 every answer is known letter by letter:

    the prompt ends with    the answer is
    a letter k              the letters after k, then stop
    `~`                     `~` for ever
    `^`                     one emoji, as its four bytes, then stop
    anything else           `abcdefghijklmnopqrstuvwxyz`, then stop

The end token is second best after every token, so an answer that a grammar forces ends as soon as it may.
"""
import struct
import sys

UNKNOWN, BOS, EOS = 0, 1, 2
FIRST_BYTE = 3                      # the 256 tokens <0x00>..<0xFF>
FIRST_CHARACTER = FIRST_BYTE + 256  # printable ASCII
PRINTABLE = [chr(c) for c in range(0x20, 0x7F)]
VOCABULARY = FIRST_CHARACTER + len(PRINTABLE)

WIDTH = 384        # embedding length: at least the vocabulary, and divisible by heads and blocks of 32
HEADS, KV_HEADS = 6, 1
FEED_FORWARD = 32
CONTEXT = 8192
EMOJI = "\U0001F600".encode()  # F0 9F 98 80

# GGUF's value types.
U32, F32, BOOL, STRING, ARRAY, I32 = 4, 6, 7, 8, 9, 5


def character(c):
    return FIRST_CHARACTER + ord(c) - 0x20


def transitions():
    """The best next token after each token."""
    follow = [character("a")] * VOCABULARY
    for c in "abcdefghijklmnopqrstuvwxy":
        follow[character(c)] = character(chr(ord(c) + 1))
    follow[character("z")] = EOS
    follow[EOS] = EOS
    follow[character("~")] = character("~")
    chain = [character("^")] + [FIRST_BYTE + b for b in EMOJI] + [EOS]
    for this, following in zip(chain, chain[1:]):
        follow[this] = following
    return follow


def answer(prompt, limit=None):
    """What the model says after `prompt`, as text; `limit` in tokens, needed after `~`."""
    last = prompt[-1]
    if last == "~":
        return "~" * limit
    if last == "^":
        return EMOJI.decode()
    first = chr(ord(last) + 1) if "a" <= last <= "z" else "a"
    text = "".join(chr(c) for c in range(ord(first), ord("z") + 1))
    return text if limit is None else text[:limit]


def vocabulary():
    """(text, score, type) of each token; types: 1 normal, 2 unknown, 3 control, 6 byte."""
    tokens = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3)]
    tokens += [(f"<0x{b:02X}>", 0.0, 6) for b in range(256)]
    tokens += [("\u2581" if c == " " else c, 0.0, 1) for c in PRINTABLE]
    return tokens


def one_hot(rows, columns, cells):
    """A matrix of `rows` rows as bytes, all zero but for (row, column, value)."""
    data = bytearray(4 * rows * columns)
    for row, column, value in cells:
        struct.pack_into("<f", data, 4 * (row * columns + column), value)
    return bytes(data)


def ones(count):
    return struct.pack("<f", 1.0) * count


def tensors():
    """(name, dimensions with the fastest first, bytes)."""
    kv_width = WIDTH // HEADS * KV_HEADS
    follow = transitions()
    output = [(EOS, token, 0.5) for token in range(VOCABULARY)]
    output += [(following, token, 2.0) for token, following in enumerate(follow)]
    yield "token_embd.weight", (WIDTH, VOCABULARY), one_hot(VOCABULARY, WIDTH, [(t, t, 1.0) for t in range(VOCABULARY)])
    yield "output_norm.weight", (WIDTH,), ones(WIDTH)
    yield "output.weight", (WIDTH, VOCABULARY), one_hot(VOCABULARY, WIDTH, output)
    yield "blk.0.attn_norm.weight", (WIDTH,), ones(WIDTH)
    yield "blk.0.ffn_norm.weight", (WIDTH,), ones(WIDTH)
    for name, columns, rows in [("attn_q", WIDTH, WIDTH), ("attn_k", WIDTH, kv_width), ("attn_v", WIDTH, kv_width),
                                ("attn_output", WIDTH, WIDTH), ("ffn_gate", WIDTH, FEED_FORWARD),
                                ("ffn_up", WIDTH, FEED_FORWARD), ("ffn_down", FEED_FORWARD, WIDTH)]:
        yield f"blk.0.{name}.weight", (columns, rows), bytes(4 * columns * rows)


def text(s):
    raw = s.encode()
    return struct.pack("<Q", len(raw)) + raw


def scalar(kind, value):
    return {U32: lambda: struct.pack("<I", value), I32: lambda: struct.pack("<i", value),
            F32: lambda: struct.pack("<f", value), BOOL: lambda: struct.pack("<?", value),
            STRING: lambda: text(value)}[kind]()


def entry(key, kind, value):
    return text(key) + struct.pack("<I", kind) + scalar(kind, value)


def array(key, kind, values):
    body = b"".join(scalar(kind, v) for v in values)
    return text(key) + struct.pack("<IIQ", ARRAY, kind, len(values)) + body


def metadata(name):
    tokens = vocabulary()
    return [
        entry("general.architecture", STRING, "llama"),
        entry("general.name", STRING, name),
        entry("general.file_type", U32, 0),
        entry("llama.context_length", U32, CONTEXT),
        entry("llama.embedding_length", U32, WIDTH),
        entry("llama.block_count", U32, 1),
        entry("llama.feed_forward_length", U32, FEED_FORWARD),
        entry("llama.attention.head_count", U32, HEADS),
        entry("llama.attention.head_count_kv", U32, KV_HEADS),
        entry("llama.attention.layer_norm_rms_epsilon", F32, 1e-5),
        entry("llama.rope.dimension_count", U32, WIDTH // HEADS),
        entry("llama.vocab_size", U32, VOCABULARY),
        entry("tokenizer.ggml.model", STRING, "llama"),
        array("tokenizer.ggml.tokens", STRING, [t[0] for t in tokens]),
        array("tokenizer.ggml.scores", F32, [t[1] for t in tokens]),
        array("tokenizer.ggml.token_type", I32, [t[2] for t in tokens]),
        entry("tokenizer.ggml.bos_token_id", U32, BOS),
        entry("tokenizer.ggml.eos_token_id", U32, EOS),
        entry("tokenizer.ggml.unknown_token_id", U32, UNKNOWN),
        entry("tokenizer.ggml.add_bos_token", BOOL, True),
        entry("tokenizer.ggml.add_space_prefix", BOOL, False),
        entry("tokenizer.chat_template", STRING, "{% for message in messages %}{{ message.content }}{% endfor %}"),
    ]


def padded(data, alignment=32):
    return data + bytes(-len(data) % alignment)


def gguf(name="alphabet"):
    """The whole file as bytes."""
    entries = metadata(name)
    infos, blobs, offset = b"", [], 0
    for tensor_name, dimensions, data in tensors():
        infos += text(tensor_name) + struct.pack("<I", len(dimensions))
        infos += b"".join(struct.pack("<Q", d) for d in dimensions)
        infos += struct.pack("<IQ", 0, offset)  # type F32
        blobs.append(padded(data))
        offset += len(blobs[-1])
    head = b"GGUF" + struct.pack("<IQQ", 3, len(blobs), len(entries)) + b"".join(entries) + infos
    return padded(head) + b"".join(blobs)


if __name__ == "__main__":
    with open(sys.argv[1], "wb") as out:
        out.write(gguf())
