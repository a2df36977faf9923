"""Reading a stream of server-sent events, one event at a time, and summing up a streamed answer."""
import json
from dataclasses import dataclass, field

from support.http_client import Connection

DONE = "[DONE]"


def events(pieces):
    """(kind, text) for each line group: kind is `data` or `comment`. Strict: our gateway writes LF lines only."""
    buffer = b""
    for piece in pieces:
        buffer += piece
        while b"\n\n" in buffer:
            group, buffer = buffer.split(b"\n\n", 1)
            data = []
            for line in group.decode("utf-8").split("\n"):
                if line.startswith(":"):
                    yield "comment", line[1:].strip()
                elif line.startswith("data:"):
                    data.append(line[5:].removeprefix(" ").rstrip("\r"))
            if data:
                yield "data", "\n".join(data)
    if buffer.strip():
        yield "rest", buffer.decode("utf-8", "replace")


@dataclass
class Transcript:
    """A streamed answer as a client sees it."""
    status: int = 0
    content: str = ""
    reasoning: str = ""
    finish: str = None
    usage: dict = None
    error: dict = None
    done: bool = False       # [DONE] came
    complete: bool = False   # the body's framing ended properly
    chunks: list = field(default_factory=list)
    comments: list = field(default_factory=list)
    reply: object = None

    @property
    def is_clean(self):
        return self.finish is not None and self.done and self.complete and self.error is None

    @property
    def is_honest_failure(self):
        """An error event, and no [DONE] after it."""
        return self.error is not None and not self.done

    def take(self, kind, text):
        assert not self.done, f"{kind} {text!r} after [DONE]"
        if kind == "comment":
            self.comments.append(text)
        elif kind == "data" and text == DONE:
            self.done = True
        elif kind == "data":
            self._chunk(json.loads(text))

    def _chunk(self, chunk):
        self.chunks.append(chunk)
        if "error" in chunk:
            self.error = chunk["error"]
            return
        if chunk.get("usage"):
            self.usage = chunk["usage"]
        for choice in chunk["choices"]:
            delta = choice.get("delta") or {}
            self.content += delta.get("content") or choice.get("text") or ""
            self.reasoning += delta.get("reasoning_content") or delta.get("reasoning") or ""
            self.finish = choice.get("finish_reason") or self.finish


class Stream:
    """A streaming request in progress."""

    def __init__(self, address, target, body, headers=(), timeout=20.0, receive_buffer=None):
        self.connection = Connection(address, timeout, receive_buffer)
        self.connection.send_request("POST", target, body, headers)
        self.transcript = Transcript()
        self._events = None

    def head(self):
        """Waits for the reply's head."""
        if self.transcript.reply is None:
            self.transcript.reply = self.connection.read_head()
            self.transcript.status = self.transcript.reply.status
            self._events = events(self.connection.pieces(self.transcript.reply))
        return self.transcript.reply

    def next_event(self):
        """The next (kind, text), or None at the end; the transcript is kept."""
        self.head()
        event = next(self._events, None)
        if event is None:
            self.transcript.complete = self.transcript.reply.complete
        else:
            self.transcript.take(*event)
        return event

    def until_content(self, at_least=1):
        """Reads until that many characters of content have come."""
        while len(self.transcript.content) < at_least:
            assert self.next_event() is not None, f"the stream ended: {self.transcript}"
        return self.transcript

    def read_all(self):
        """The whole answer. A reply that is no stream has its body in transcript.reply."""
        reply = self.head()
        if not (reply.header("content-type") or "").startswith("text/event-stream"):
            reply.body = b"".join(self.connection.pieces(reply))
            self.transcript.complete = reply.complete
        else:
            while self.next_event() is not None:
                pass
        self.connection.close()
        return self.transcript

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
