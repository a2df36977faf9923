"""Clients under whose eyes nodes die: each asks, waits for the end, asks again, and keeps what became of every request."""
import threading
import time

from support.mock_backend import said


class Load(threading.Thread):
    """Streams through nodes, one after another, until told to stop: `whole`, `told` (an honest end after content), or `lost: why`.
    Like a load balancer it looks at /readyz and goes to the next node of its list while one does not serve."""

    def __init__(self, *nodes, model="m", tokens=10):
        super().__init__(daemon=True)
        self.nodes, self.model, self.tokens = list(nodes), model, tokens
        self.over, self.outcomes, self.turn = False, [], 0

    def run(self):
        while not self.over:
            node = self.nodes[self.turn % len(self.nodes)]
            if len(self.nodes) > 1 and not self._serves(node):
                self.turn += 1
                time.sleep(0.01)
                continue
            try:
                transcript = node.stream(self.model, timeout=30).read_all()
            except ConnectionRefusedError:  # it has just ended: nothing was sent
                self.turn += 1
                if len(self.nodes) == 1:
                    self.outcomes.append("lost: refused")
                continue
            except Exception as error:
                self.outcomes.append(f"lost: {error!r} of {node.name}")
                continue
            if transcript.is_clean and transcript.content == said(self.tokens):
                self.outcomes.append("whole")
            elif transcript.content and transcript.is_honest_failure:
                self.outcomes.append("told")
            else:
                self.outcomes.append(f"lost: {transcript} of {node.name}")

    @staticmethod
    def _serves(node):
        try:
            return node.get("/readyz", timeout=2).status == 200
        except OSError:
            return False


class Loads:
    """Several of them; as a context they run while its body does."""

    def __init__(self, count, *nodes, **options):
        self.loads = [Load(*nodes[i % len(nodes):], *nodes[:i % len(nodes)], **options) for i in range(count)]

    def __enter__(self):
        for load in self.loads:
            load.start()
        return self

    def __exit__(self, *_):
        for load in self.loads:
            load.over = True
        for load in self.loads:
            load.join(60)

    @property
    def outcomes(self):
        return [o for load in self.loads for o in load.outcomes]

    @property
    def lost(self):
        return [o for o in self.outcomes if o.startswith("lost")]
