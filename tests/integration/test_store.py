"""The store of keys and usage: checked, copied, restored; and what a full disk does."""
import os
import subprocess
import threading
from pathlib import Path

import pytest

from support.gateway import chat_body, run
from support.http_client import request
from support.keyed_gateway import KeyedGateway, bearer
from support.waiting import until

CANARIES = {"prompt": "canary-of-the-prompt-7f3a", "upstream": "canary-upstream-key-91c2"}


def test_a_backup_of_a_busy_node_is_a_whole_store(mock, keyed, tmp_path):
    node = keyed(mock("openai", models=["m"], tokens=3))
    key = node.key(name="app")
    stop = threading.Event()

    def load():
        while not stop.is_set():
            node.chat_as(key["key"])
    threads = [threading.Thread(target=load) for _ in range(4)]
    for t in threads:
        t.start()
    until(lambda: node.usage("?group_by=key") and node.usage("?group_by=key")[0]["requests"] > 50, 10, what="usage")
    saved = run("store", "backup", "--config", node.config_path, tmp_path / "backup")
    assert saved.returncode == 0, saved
    at_backup = node.usage("?group_by=key")[0]["requests"]
    stop.set()
    for t in threads:
        t.join()
    beside = run("store", "check", "--config", node.config_path)
    assert beside.returncode == 0 and "all sound" in beside.stdout, beside
    again = run("store", "backup", "--config", node.config_path, tmp_path / "backup")
    assert again.returncode == 1 and "there already" in again.stderr
    node.stop()
    refused = run("store", "restore", "--config", node.config_path, tmp_path / "backup")
    assert refused.returncode == 1 and "move it away" in refused.stderr

    other = KeyedGateway(tmp_path, node.settings["backends"])
    assert run("store", "restore", "--config", other.config_path, tmp_path / "backup").returncode == 0
    os.link(Path(node.settings["data_dir"]) / "admin.key", Path(other.settings["data_dir"]) / "admin.key")
    with other:
        assert other.chat_as(key["key"]).status == 200
        counted = other.usage("?group_by=key")[0]["requests"]
        assert 50 < counted <= at_backup + 1, "what was used up to the backup, and one request since"


def test_a_backup_holds_no_private_key(mock, keyed, tmp_path):
    node = keyed(mock("openai", models=["m"], tokens=3))
    key = node.key(name="app")["key"]
    assert run("store", "backup", "--config", node.config_path, tmp_path / "backup").returncode == 0
    for path in (tmp_path / "backup").rglob("*"):
        assert path.name not in ("identity.key", "admin.key", "admin.token")
        assert path.is_dir() or (key.encode() not in path.read_bytes() and node.admin_key.encode() not in path.read_bytes())


@pytest.mark.parametrize("spoil, words", [(lambda f: (f / "CURRENT").unlink(), "CURRENT"), (lambda f: (f / "CURRENT").write_text("nonsense\n"), "damaged")])
def test_a_damaged_store_is_said_and_nothing_starts_empty(mock, keyed, spoil, words):
    node = keyed(mock("openai", models=["m"]))
    node.key(name="app")
    node.stop()
    spoil(Path(node.settings["data_dir"]) / "store")
    done = run("serve", "--config", node.config_path, seconds=20)
    assert done.returncode == 1 and words in done.stderr, done
    assert run("store", "check", "--config", node.config_path).returncode == 1


def test_a_store_in_use_is_said(mock, keyed, tmp_path):
    node = keyed(mock("openai", models=["m"]))
    second = KeyedGateway(tmp_path, node.settings["backends"], data_dir=node.settings["data_dir"])
    done = run("serve", "--config", second.config_path, seconds=10)
    assert done.returncode == 1 and "in use by another process" in done.stderr


@pytest.fixture
def small_disk(tmp_path):
    """A tmpfs of 160 MB, where the machine allows one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(folder)], capture_output=True).returncode != 0:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_first_keeps_no_single_requests_then_refuses_and_recovers_by_itself(mock, started, tmp_path, small_disk):
    node = KeyedGateway(tmp_path, [mock("openai", models=["m"], tokens=3)], data_dir=str(small_disk / "data"), store={"reserve": "32MB"})
    started.append(node)
    node.start()
    key = node.key(name="app")["key"]
    assert node.chat_as(key).status == 200
    filler = small_disk / "filler"
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    filler.write_bytes(b"x" * (free - 24_000_000))
    until(lambda: "\nedgemesh_accounts_low 1\n" in node.ask("/metrics").body.decode(), 10, what="the disk being found low")
    kept = len(node.audit("?action=request"))
    counted = node.usage("?group_by=key")[0]["requests"]
    assert node.chat_as(key).status == 200 and request(node.api, "GET", "/readyz").status == 200
    assert len(node.audit("?action=request")) == kept and node.usage("?group_by=key")[0]["requests"] == counted + 1
    filler.write_bytes(b"x" * (free - 8_000_000))
    until(lambda: node.chat_as(key).status == 503, 10, what="refusal")
    reply = node.chat_as(key)
    assert reply.error["code"] == "usage_not_recorded" and reply.header("retry-after")
    assert request(node.api, "GET", "/readyz").status == 503 and request(node.api, "GET", "/healthz").status == 200
    assert node.log().count("disk_low") == 1 and node.log().count("disk_full") == 1
    before = node.usage("?group_by=key")[0]["requests"]
    filler.unlink()
    until(lambda: node.chat_as(key).status == 200, 10, what="recovery")
    assert "disk_has_room_again" in node.log()
    assert node.usage("?group_by=key")[0]["requests"] == before + 1


def test_a_disk_without_any_room_loses_no_answered_request(mock, started, tmp_path, small_disk):
    node = KeyedGateway(tmp_path, [mock("openai", models=["m"], tokens=3)], data_dir=str(small_disk / "data"), store={"reserve": "1MiB"})
    started.append(node)
    node.start()
    key = node.key(name="app")["key"]
    answered = sum(node.chat_as(key).status == 200 for _ in range(20))
    with open(small_disk / "filler", "wb", buffering=0) as f:
        try:
            while True:
                f.write(b"x" * 4096)
        except OSError:
            pass
    for _ in range(30):
        answered += node.chat_as(key).status == 200
    (small_disk / "filler").unlink()
    until(lambda: node.chat_as(key).status == 200, 20, what="recovery")
    answered += 1
    node.kill()
    node.start()
    assert node.usage("?group_by=key")[0]["requests"] == answered


def test_no_word_of_clients_and_no_secret_is_kept_or_told_anywhere(mock, keyed, tmp_path):
    backend = mock("openai", models=["m"], tokens=3)
    node = keyed({**backend.configured(), "name": "cloud", "api_key": CANARIES["upstream"]}, log={"level": "debug"})
    key = node.key(name="app", owner="somebody", tags=["t"])
    secret = key["key"]
    prompt = CANARIES["prompt"]
    assert node.chat_as(secret, content=prompt, user=prompt).status == 200
    backend.steer("error-500")
    node.chat_as(secret, content=prompt)
    backend.steer()
    node.chat_as(secret + "x", content=prompt)
    node.chat_as(secret, model=prompt, content=prompt)
    node.chat_as(secret, content=prompt, max_tokens=prompt)
    until(lambda: node.usage("?group_by=key"), 5, what="usage")
    told = [node.log()]
    pages = ["status", "backends", "models", "sessions", "requests", "keys", "groups", f"keys/{key['id']}", "usage?group_by=key,model,backend", "audit?limit=1000",
             "audit?action=request", "mesh", "peers"]
    told += [node.ask(f"/admin/v1/{page}").body.decode() for page in pages] + [node.ask("/metrics").body.decode()]
    told.append(node.ask("/admin/v1/explain", "POST", chat_body("m", prompt)).body.decode())
    assert run("store", "backup", "--config", node.config_path, tmp_path / "backup").returncode == 0
    node.stop()
    told += [p.read_bytes().decode("latin-1") for folder in (tmp_path / "backup", Path(node.settings["data_dir"]) / "store") for p in folder.rglob("*") if p.is_file()]
    for text in told:
        for canary in (prompt, CANARIES["upstream"], secret, secret[13:56], node.admin_key):
            assert canary not in text, text[max(0, text.find(canary) - 200):text.find(canary) + 100]
