import socket
import subprocess
import sys

import pytest

SERVE = [sys.executable, "-m", "moose_dagster.embedded", "serve"]


@pytest.fixture
def taken():
    """A port of 127.0.0.1 on which something listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def serve(folder, **ports):
    command = [*SERVE, "--data", str(folder)]
    for name, port in ports.items():
        command += [f"--{name}-port", str(port)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_prints_what_is_served_where(tmp_path):
    server = serve(tmp_path, clickhouse=0, kafka=0)
    lines = [server.stdout.readline().split() for _ in range(3)]

    server.terminate()
    server.communicate(timeout=60)

    assert lines[0][0] == "ClickHouse"
    assert lines[0][-1].startswith("http://127.0.0.1:")
    assert lines[1][0] == "Kafka"
    assert lines[1][-1].startswith("127.0.0.1:")
    assert lines[2] == ["Data", str(tmp_path.resolve())]


@pytest.mark.parametrize(("name", "title"), [("clickhouse", "ClickHouse"), ("kafka", "Kafka")])
def test_a_port_in_use_is_named_before_anything_starts(tmp_path, taken, name, title):
    server = serve(tmp_path, **{"clickhouse": 0, "kafka": 0, name: taken})

    printed, message = server.communicate(timeout=60)

    assert server.returncode == 1
    assert printed == ""
    assert f"{title} can't listen on 127.0.0.1:{taken}: the port is in use" in message
    assert f"--{name}-port 0" in message
    assert len(message.splitlines()) <= 4
    assert not (tmp_path / "engine").exists()


def test_several_ports_in_use_are_named_together(tmp_path, taken):
    server = serve(tmp_path, clickhouse=taken, kafka=taken)

    _, message = server.communicate(timeout=60)

    assert "ClickHouse can't listen" in message
    assert "Kafka can't listen" in message
    assert len(message.splitlines()) <= 4


def test_a_number_that_is_not_a_port_is_refused(tmp_path):
    server = serve(tmp_path, clickhouse=70_000)

    _, message = server.communicate(timeout=60)

    assert server.returncode == 2
    assert "a port is a number from 0 to 65535" in message
