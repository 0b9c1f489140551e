import json
import socket

import pytest
import urllib3


@pytest.mark.parametrize("path", ["/", "/ping", "/replicas_status"])
def test_the_server_answers_liveness_checks(ask, server, path):
    answer = urllib3.request("GET", server.clickhouse_url + path)

    assert (answer.status, answer.data) == (200, b"Ok.\n")


def test_an_unknown_path_is_not_found(ask):
    assert ask(path="/nowhere").status == 404


def test_a_query_comes_in_the_url_or_in_the_body_or_in_both(ask):
    assert ask("SELECT 1").data == b"1\n"
    assert ask(body=b"SELECT 2").data == b"2\n"
    assert ask("SELECT", b"3").data == b"3\n"


def test_the_answer_describes_itself(ask):
    answer = ask("SELECT 1 FORMAT JSONEachRow", query_id="mine")

    assert answer.headers["X-ClickHouse-Query-Id"] == "mine"
    assert answer.headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert answer.headers["Content-Type"] == "application/x-ndjson; charset=UTF-8"
    assert answer.headers["X-ClickHouse-Timezone"]
    assert answer.headers["X-ClickHouse-Server-Display-Name"]
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["read_rows"] == "1"


def test_a_statement_without_a_result_names_no_format(ask, table):
    assert "X-ClickHouse-Format" not in ask(f"ALTER TABLE {table} ADD COLUMN more String").headers
    assert ask(f"SELECT * FROM {table}").headers["X-ClickHouse-Format"] == "TabSeparated"


def test_the_default_format_is_what_a_query_without_a_format_gets(ask):
    assert ask("SELECT 1 AS n", default_format="JSONEachRow").data == b'{"n":1}\n'
    assert ask("SELECT 1 AS n FORMAT CSV", default_format="JSONEachRow").data == b"1\n"


def test_get_only_reads(ask, table):
    refused = [f"INSERT INTO {table} VALUES (1, 'a')", f"DROP TABLE {table}", "SYSTEM FLUSH LOGS"]

    for sql in refused:
        assert ask(sql, method="GET").headers["X-ClickHouse-Exception-Code"] == "164", sql
    for sql in [
        "SELECT 1",
        "SHOW TABLES",
        f"DESCRIBE {table}",
        "SET max_threads = 2",
        "EXPLAIN SELECT 1",
    ]:
        assert ask(sql, method="GET").status == 200, sql


def test_the_parameters_of_the_interface_are_not_settings(ask):
    parameters = {
        "wait_end_of_query": 1, "send_progress_in_http_headers": 1, "compress": 0, "decompress": 0,
        "http_headers_progress_interval_ms": 100, "role": "x", "quota_key": "q", "buffer_size": 1,
        "user": "anyone", "password": "anything", "client_protocol_version": 54405,
        "enable_http_compression": 0, "cancel_http_readonly_queries_on_client_close": 1,
    }  # fmt: skip

    assert ask("SELECT 1", **parameters).data == b"1\n"


def test_a_setting_in_the_url_holds_for_one_query(ask):
    assert ask("SELECT getSetting('max_threads')", max_threads=3).data == b"3\n"
    quoted = ask("SELECT 1.5 FORMAT CSV", format_csv_delimiter="'", default_format="TSV")
    assert quoted.status == 200
    changed = ask("SELECT name FROM system.settings WHERE changed AND name = 'max_threads'")
    assert changed.data == b""


def test_the_database_in_the_url_is_the_current_one(ask):
    ask("CREATE DATABASE IF NOT EXISTS `odd ``name`")

    assert ask("SELECT currentDatabase()", database="odd `name").data == b"odd `name\n"
    ask("DROP DATABASE `odd ``name`")


def test_parameters_come_escaped_as_in_tab_separated(ask):
    assert ask("SELECT {s:String}", param_s="a\\tb'c").data == b"a\\tb\\'c\n"
    assert ask("SELECT {n:Nullable(Int8)}", param_n="\\N").data == b"\\N\n"


def test_twenty_megabytes_come_back(ask):
    answer = ask("SELECT repeat('x', 1000) FROM numbers(20000)")

    assert len(answer.data) == 20_020_000


def test_head_sends_no_body(ask):
    answer = ask("SELECT 1", method="HEAD")

    assert (answer.status, answer.data) == (200, b"")


def test_an_incomplete_body_is_not_inserted(ask, server, table):
    address = urllib3.util.parse_url(server.clickhouse_url)
    head = b"POST /?query=INSERT+INTO+things+FORMAT+CSV HTTP/1.1\r\nHost: x\r\n"

    for rest in [
        b"Content-Length: 100\r\n\r\n1,a\n",
        b"Transfer-Encoding: chunked\r\n\r\n10\r\n1,a\n",
    ]:
        with socket.create_connection((address.host, address.port)) as connection:
            connection.sendall(head + rest)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == b""

    assert ask(f"SELECT count() FROM {table}").data == b"0\n"


@pytest.mark.parametrize("header", [b"Content-Length: many", b"Transfer-Encoding: chunked"])
def test_a_body_of_no_length_is_a_bad_request(server, header):
    address = urllib3.util.parse_url(server.clickhouse_url)

    with socket.create_connection((address.host, address.port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\nnonsense\r\n")

        assert connection.recv(100).startswith(b"HTTP/1.1 400")
