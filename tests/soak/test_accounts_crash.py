"""The account book through 200 deaths of the process: kill -9 under load, then every answer that a client has seen is audited."""
import threading

from support.keyed_gateway import KeyedGateway
from support.mock_backend import MockBackend
from support.waiting import until

ROUNDS, CLIENTS = 200, 8


def test_200_deaths_under_load_lose_no_answered_request_and_count_none_twice(tmp_path):
    backend = MockBackend(tmp_path, "openai", models=["m"], tokens=3).start()
    node = KeyedGateway(tmp_path, [backend], log={"level": "warn"})
    try:
        node.start()
        key = node.key(name="app", budget={"amount": 10**9, "unit": "tokens", "period": "total"})["key"]
        answered = []

        def ask(streamed):
            while True:
                try:
                    if streamed:
                        if not node.stream_as(key).read_all().is_clean:
                            return
                    else:
                        reply = node.chat_as(key)
                        if reply.status != 200 or not reply.complete:
                            return
                except Exception:
                    return
                answered.append(1)
        for _ in range(ROUNDS):
            before = len(answered)
            threads = [threading.Thread(target=ask, args=(i % 2 == 0,)) for i in range(CLIENTS)]
            for t in threads:
                t.start()
            until(lambda: len(answered) > before + 40, 20, what="answers")
            node.kill()
            for t in threads:
                t.join()
            node.start()
        counted = sum(row["requests"] for row in node.usage("?group_by=key"))
        charges, after = [], 0
        while rows := node.audit(f"?action=request&after={after}&limit=1000"):
            charges += [row["subject"] for row in rows]
            after = rows[-1]["number"]
        print(f"{ROUNDS} deaths, {len(answered)} answers seen, {counted} counted")
        assert len(charges) == len(set(charges)) == counted
        assert len(answered) <= counted <= len(answered) + ROUNDS * CLIENTS
    finally:
        node.kill()
        backend.kill()
