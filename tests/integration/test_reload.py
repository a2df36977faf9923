"""Configuration changes while requests run: streams survive, a bad file changes nothing."""
import os
import signal
import threading
import time

from support.mock_backend import said
from support.waiting import until


def reload_by_signal(node):
    node.process.signal(signal.SIGHUP)


def test_a_signal_adds_and_removes_backends(mock, gateway):
    one, two = mock(models=["a"]), mock(models=["b"])
    node = gateway(one)
    node.write_config(backends=[one.configured(), two.configured()])
    reload_by_signal(node)
    node.until_models_are(["a", "b"])
    node.write_config(backends=[two.configured()])
    reload_by_signal(node)
    node.until_models_are(["b"])
    assert node.chat("a").status == 404
    assert node.chat("b").status == 200


def test_a_change_of_the_file_is_noticed(mock, gateway):
    one, two = mock(models=["a"]), mock(models=["b"])
    node = gateway(one)
    node.write_config(backends=[one.configured(), two.configured()])
    node.until_models_are(["a", "b"], 15)


def test_a_file_that_is_replaced_is_noticed(mock, gateway):
    """As editors and deployment tools do it: a new file under the old name."""
    one, two = mock(models=["a"]), mock(models=["b"])
    node = gateway(one)
    node.settings["backends"] = [one.configured(), two.configured()]
    real, node.config_path = node.config_path, node.config_path.with_suffix(".new")
    node.write_config()
    os.replace(node.config_path, real)
    node.config_path = real
    node.until_models_are(["a", "b"], 15)


def test_the_admin_api_says_what_changed(mock, gateway):
    one, two = mock(models=["a"]), mock(models=["b"])
    node = gateway(one)
    node.write_config(backends=[one.configured(), two.configured()])
    reply = node.ask("/admin/v1/reload", "POST")
    assert reply.status == 200, reply
    assert reply.json()["changed"] == ["backends"]
    node.until_models_are(["a", "b"])


def test_a_bad_file_changes_nothing(mock, gateway):
    one = mock(models=["a"])
    node = gateway(one)
    node.write_config("backends:\n  - name: x\n    kimd: openai\n")
    reply = node.ask("/admin/v1/reload", "POST")
    assert reply.status in (400, 409, 422), reply
    assert "kimd" in reply.error["message"] and "3" in reply.error["message"]
    reload_by_signal(node)
    time.sleep(0.3)
    assert node.models() == ["a"]
    assert node.chat("a").status == 200
    assert node.process.running


def test_what_needs_a_restart_is_said(mock, gateway):
    node = gateway(mock(models=["a"]))
    node.write_config(threads=3)
    reply = node.ask("/admin/v1/reload", "POST")
    assert reply.status == 200
    assert "threads" in reply.body.decode() and "restart" in reply.body.decode()


def test_streams_survive_the_loss_of_their_backends_entry(mock, gateway):
    one, two = mock(models=["m"], tokens=40, itl="30ms"), mock(models=["m"])
    node = gateway(one)
    with node.stream() as stream:
        stream.until_content()
        node.write_config(backends=[two.configured()])
        reload_by_signal(node)
        until(lambda: [row["name"] for row in node.backends()] == [two.name], 5)
        transcript = stream.read_all()
    assert transcript.is_clean and transcript.content == said(40)


def test_reload_under_load_loses_nothing(mock, gateway):
    one, two = mock(models=["m"], tokens=5, itl="5ms"), mock(models=["m"], tokens=5, itl="5ms")
    node = gateway(one, two)
    stop, bad, good = threading.Event(), [], []

    def client():
        while not stop.is_set():
            transcript = node.stream().read_all()
            (good if transcript.is_clean and transcript.content == said(5) else bad).append(transcript)

    clients = [threading.Thread(target=client, daemon=True) for _ in range(8)]
    for thread in clients:
        thread.start()
    for turn in range(20):
        node.write_config(backends=[one.configured(priority=turn % 2), two.configured(priority=(turn + 1) % 2)])
        reload_by_signal(node)
        time.sleep(0.1)
    stop.set()
    for thread in clients:
        thread.join(20)
    assert not bad, bad[:3]
    assert len(good) > 20


def test_a_changed_key_is_used_without_a_restart(mock, gateway):
    backend = mock()
    node = gateway(backend.configured(api_key="first-key"))
    node.chat()
    assert "Bearer first-key" in str(backend.requests()[-1]["headers"])
    node.write_config(backends=[backend.configured(api_key="second-key")])
    node.ask("/admin/v1/reload", "POST")

    def uses_second():
        node.chat()
        return "Bearer second-key" in str(backend.requests()[-1]["headers"])
    until(uses_second, 5)
