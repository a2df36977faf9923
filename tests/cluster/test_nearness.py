"""Requests go where the answer begins soonest: the own site first, then the nearest, and further away when that is busy."""
from collections import Counter

from support.waiting import until


def served_by(reply):
    return reply.header("x-edgemesh-backend").split("/")[0]


def test_the_nearest_by_measured_round_trip_serves(mesh, mock):
    near = mesh.found("near", site="ber", backends=[mock(models=["m"]).configured(data_class="internal")])
    far = mesh.join("far", site="tok", walled=True, invite=["--data-class", "confidential"],
                    backends=[mock(models=["m"]).configured(data_class="internal")])
    far.wall.delay = 0.025
    entry = mesh.join("entry", site="fra", reach="none", invite=["--data-class", "confidential"])  # so that it dials both
    mesh.until_whole()
    mesh.until_serving("m", ["near", "far"])
    until(lambda: entry.peers()["far"].get("rtt_ms", 0) > 40 and 0 < entry.peers()["near"].get("rtt_ms", 0) < 30, 20,
          what=f"measured round trips: {entry.peers()}")
    counts = Counter(served_by(entry.chat("m")) for _ in range(30))
    assert counts["near"] >= 28, counts


def test_the_own_site_serves_while_it_has_room_and_then_others_do(mesh, mock):
    near_mock, far_mock = (mock(models=["m"], tokens=200, itl="20ms") for _ in range(2))
    entry = mesh.found("entry", site="fra")
    mesh.join("near", site="fra", backends=[near_mock.configured(data_class="internal", concurrency=3)], invite=["--data-class", "confidential", "--site", "fra"])
    mesh.join("far", site="par", backends=[far_mock.configured(data_class="internal")], invite=["--data-class", "confidential", "--site", "par"])
    mesh.until_whole()
    mesh.until_serving("m", ["near", "far"])
    streams = []
    for _ in range(6):
        stream = entry.stream("m", timeout=30)
        stream.until_content(1)
        streams.append(stream)
    assert len(near_mock.requests()) == 3 and len(far_mock.requests()) == 3
    for stream in streams:
        stream.close()
    until(lambda: all(row["state"] != "running" for row in near_mock.requests()), 10)
    near_mock.forget()
    assert entry.chat("m", timeout=30, max_tokens=1).status == 200
    assert len(near_mock.requests()) == 1
