import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import urllib3

from moose_dagster.embedded import running
from moose_dagster.errors import EmbeddedServerError

SERVE = [
    sys.executable,
    "-m",
    "moose_dagster.embedded",
    "serve",
    "--clickhouse-port",
    "0",
    "--kafka-port",
    "0",
]
ENDLESS = "SELECT count() FROM numbers(1e12) WHERE sipHash64(number) = 1"
PARENT = """
import pathlib, sys
from moose_dagster.embedded import running
with running(pathlib.Path(sys.argv[1])) as servers:
    print(servers.pid, flush=True)
    sys.stdin.read()
"""


def ask(servers, sql):
    answer = urllib3.request("POST", servers.clickhouse_url, body=sql.encode(), retries=False)
    return answer.data.decode()


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert condition()


def test_a_second_owner_fails_and_names_the_first(server):
    second = subprocess.run(
        [*SERVE, "--data", server.data_dir], capture_output=True, text=True, check=False
    )

    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert f"process {server.pid}" in second.stderr
    assert server.clickhouse_url in second.stderr


def test_running_joins_an_existing_owner(server):
    with running(server.data_dir) as joined:
        assert (joined.pid, joined.clickhouse_url) == (server.pid, server.clickhouse_url)
        assert joined.joined

    assert ask(server, "SELECT 1") == "1\n"


def test_leaving_the_block_stops_the_owner(tmp_path):
    with running(tmp_path) as servers:
        note = json.loads((tmp_path / "owner.json").read_text())

    assert note["pid"] == servers.pid
    assert note["urls"] == {
        "clickhouse": servers.clickhouse_url,
        "kafka": servers.kafka_bootstrap_servers,
    }
    assert not is_alive(servers.pid)
    assert not (tmp_path / "owner.json").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly_even_under_a_query(tmp_path, number):
    owner = subprocess.Popen(
        [*SERVE, "--data", tmp_path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    wait_until((tmp_path / "owner.json").exists)
    with running(tmp_path) as servers:
        slow = threading.Thread(target=ask, args=(servers, ENDLESS))
        slow.start()
        time.sleep(0.3)

        owner.send_signal(number)

        assert owner.communicate(timeout=60)[1] == b""
        assert owner.returncode == 0
        slow.join(5)
    assert not (tmp_path / "owner.json").exists()


def test_data_survives_kill_minus_nine(tmp_path):
    with running(tmp_path) as servers:
        ask(servers, "CREATE TABLE kept (n Int64) ENGINE = MergeTree ORDER BY n")
        ask(servers, "CREATE DATABASE shop")
        ask(servers, "CREATE TABLE shop.kept (n Int64) ENGINE = MergeTree ORDER BY n")
        ask(servers, "INSERT INTO kept SELECT number FROM numbers(1000)")
        ask(servers, "INSERT INTO shop.kept SELECT number FROM numbers(10)")
        os.kill(servers.pid, signal.SIGKILL)
    assert (tmp_path / "owner.json").exists()

    for _ in range(2):
        with running(tmp_path) as servers:
            assert ask(servers, "SELECT count() FROM kept") == "1000\n"
            assert ask(servers, "SELECT count() FROM shop.kept") == "10\n"


def test_the_owner_ends_with_its_parent(tmp_path):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    pid = int(parent.stdout.readline())
    assert is_alive(pid)

    parent.kill()
    parent.communicate()

    wait_until(lambda: not is_alive(pid))


def test_blocks_that_start_at_once_share_an_owner(tmp_path):
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", PARENT, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(3)
    ]

    pids = {racer.stdout.readline() for racer in racers}

    assert len(pids) == 1
    for racer in racers:
        racer.communicate()
        assert racer.returncode == 0
    assert not is_alive(int(pids.pop()))


def test_without_the_extra_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "chdb", None)

    with pytest.raises(EmbeddedServerError) as caught, running(tmp_path):
        pass

    message = "The embedded servers need chdb: pip install 'moose_dagster[embedded]'"
    assert str(caught.value) == message


def test_a_server_that_can_t_start_shows_its_log(tmp_path, server):
    taken = int(server.clickhouse_url.rsplit(":", 1)[1])

    with pytest.raises(EmbeddedServerError) as caught, running(tmp_path, clickhouse_port=taken):
        pass

    assert "did not start" in str(caught.value)
    assert f"can't listen on 127.0.0.1:{taken}: the port is in use" in str(caught.value)
