"""A wheel that can be told to fail, as chDB does when its engine has stopped."""

import subprocess
import sys

import pytest
import urllib3

SERVE = """
import pathlib, sys, types

DEAD = pathlib.Path(sys.argv[1]) / "dead"
HICCUP = pathlib.Path(sys.argv[1]) / "hiccup"


class Output:
    def bytes(self): return b"26.9.1\\tUTC\\n"
    def rows_read(self): return 0
    bytes_read = rows_written = bytes_written = elapsed = rows_read


class connect:
    def __init__(self, url): pass
    def close(self): pass
    def classify_query(self, sql): return {"query_class": None, "statement_count": 1}
    def query(self, sql, output_format, *, params):
        if DEAD.exists() or (HICCUP.exists() and b"now()" in sql):
            raise RuntimeError("Code: 236. DB::Exception: Server shutdown is called. (ABORTED)")
        return Output()


sys.modules["chdb._chdb"] = types.SimpleNamespace(connect=connect)
from moose_dagster.embedded.__main__ import main

sys.argv[1:] = ["serve", "--data", sys.argv[1], "--clickhouse-port", "0", "--kafka-port", "0"]
sys.exit(main())
"""


@pytest.fixture
def server(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def url_of(server):
    """Return the address of ClickHouse, which is printed once it listens."""
    line = server.stdout.readline()
    assert line.startswith("ClickHouse")
    return line.split()[-1]


def query(url, sql):
    answer = urllib3.request("POST", url, body=sql.encode(), retries=False)
    return answer.headers.get("X-ClickHouse-Exception-Code", "0")


def test_a_server_ends_itself_when_its_engine_has_stopped(server, tmp_path):
    url = url_of(server)
    (tmp_path / "dead").touch()

    code = query(url, "SELECT now()")
    _, message = server.communicate(timeout=60)

    assert code == "236"
    assert server.returncode == 1
    assert "The ClickHouse engine has stopped: Code: 236." in message
    assert "Start the server again" in message
    assert str(tmp_path) in message
    assert "Traceback" not in message
    assert not (tmp_path / "owner.json").exists()


def test_a_server_stays_when_only_one_statement_is_aborted(server, tmp_path):
    url = url_of(server)
    (tmp_path / "hiccup").touch()

    assert query(url, "SELECT now()") == "236"
    assert query(url, "SELECT 1") == "0"

    server.terminate()
    assert server.communicate(timeout=60)[1] == ""
    assert server.returncode == 0
