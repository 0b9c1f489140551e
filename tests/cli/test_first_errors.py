"""The errors that people make first: each says in a few lines what, where and what to do."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import socket

import pytest

MOST_LINES = 4
PORTS = "(HTTP: 8123, with TLS: 8443)"
# What ClickHouse 26.9 answers; the embedded engine has no users.
WRONG_PASSWORD = b"""Code: 516. DB::Exception: deploy: Authentication failed: password is \
incorrect, or there is no user with such name.

If you use ClickHouse Cloud, the password can be reset at https://clickhouse.cloud/
on the settings page for the corresponding service.

If you have installed ClickHouse and forgot password you can reset it in the configuration file.
The password for default user is typically located at \
/etc/clickhouse-server/users.d/default-password.xml
and deleting this file will reset the password.
See also /etc/clickhouse-server/users.xml on the server where ClickHouse is installed.

. (AUTHENTICATION_FAILED) (version 26.9.2.1)
"""
NATIVE = (
    b"Port 9000 is for clickhouse-client program\r\nYou must use port 8123 for HTTP.\r\n",
    400,
    {},
)
REFUSES = (WRONG_PASSWORD, 403, {"X-ClickHouse-Exception-Code": "516"})


def error_of(desk, *arguments: str) -> str:
    """Run the program and return what it says, without the word Error."""
    text = desk.run(*arguments, code=1).stderr.strip()
    assert len(text.splitlines()) <= MOST_LINES, text
    return text.removeprefix("Error: ")


@contextmanager
def answering(body: bytes, status: int, headers: dict[str, str]) -> Iterator[str]:
    """Answer everything in the same way, and yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "http://clickhouse.invalid:8123",
            (
                "ClickHouse did not answer at http://clickhouse.invalid:8123: this host name is "
                "not known. Check the host."
            ),
        ),
        (
            "http://127.0.0.1:1",
            (
                "ClickHouse did not answer at http://127.0.0.1:1: nothing listens there. Check "
                f"host and port {PORTS}, and start the server."
            ),
        ),
    ],
)
def test_a_wrong_host_or_a_server_that_is_down(desk, url, message):
    assert error_of(desk, "plan", "--clickhouse", url) == message


def test_the_native_port(desk):
    with answering(*NATIVE) as address:
        text = error_of(desk, "plan", "--clickhouse", f"http://{address}")

    assert text == (
        f"ClickHouse did not answer at http://{address}: this is the port of the native protocol. "
        f"Use the one of HTTP {PORTS}."
    )


def test_https_for_a_port_of_http(desk):
    with answering(*NATIVE) as address:
        text = error_of(desk, "plan", "--clickhouse", f"https://{address}")

    assert text.startswith(f"ClickHouse did not answer at https://{address}: TLS failed (")
    assert text.endswith(f"). Check the port {PORTS}, or connect without TLS.")


def test_a_port_of_another_protocol(desk):
    address = desk.environment["MOOSE_DAGSTER_KAFKA"]

    text = error_of(desk, "plan", "--clickhouse", f"http://{address}")

    assert text == (
        f"ClickHouse did not answer at http://{address}: it closed the connection without an "
        f"answer. Check the port {PORTS}, and whether the server restarts."
    )


def test_a_wrong_password(desk):
    with answering(*REFUSES) as address:
        text = error_of(desk, "plan", "--clickhouse", f"http://deploy:hunter2@{address}")

    assert text == (
        f"ClickHouse at http://{address} refuses the user deploy (code 516): the name or the "
        "password is wrong. Set MOOSE_DAGSTER_CLICKHOUSE_PASSWORD, or username and password of "
        "the ClickHouseResource."
    )


def test_a_user_who_may_only_read(desk):
    url = f"{desk.environment['MOOSE_DAGSTER_CLICKHOUSE'].rstrip('/')}/?readonly=1"

    text = error_of(desk, "apply", "--yes", "--clickhouse", url)

    assert text.startswith("Code: 164. DB::Exception: ")
    assert "POST" not in text
    assert text.endswith(
        "The user default lacks a privilege; moose-dagster grants prints those that the project "
        "needs."
    )


def test_no_server(desk):
    del desk.environment["MOOSE_DAGSTER_CLICKHOUSE"]

    assert error_of(desk, "plan") == (
        f"no server is given for the table {desk.database}.orders: give --clickhouse, set "
        "MOOSE_DAGSTER_CLICKHOUSE, set clickhouse in [tool.moose_dagster] of pyproject.toml, or "
        "give --definitions with its resource."
    )


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1:1", "Connection refused"),
        ("kafka.invalid:9092", "Failed to resolve 'kafka.invalid:9092'"),
    ],
)
def test_a_broker_that_is_down(desk, address, reason):
    desk.declare("note: str", topic=True)

    text = error_of(desk, "plan", "--kafka", address)

    assert text.startswith(f"Kafka did not answer at {address}: ")
    assert reason in text
    assert text.endswith("Check host and port, and that they are those of a broker.")


def test_a_wrong_property_of_kafka(desk):
    desk.declare("note: str", topic=True)

    text = error_of(desk, "plan", "--kafka-property", "security.protocl=ssl")

    address = desk.environment["MOOSE_DAGSTER_KAFKA"]
    assert text == (
        f'Kafka at {address}: No such configuration property: "security.protocl". Correct the '
        "property."
    )


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        (
            "OlapConfig(life_cycle",
            "OlapConfig(lifecycle",
            (
                "- orders.lifecycle (shop.py:15): OlapConfig has no such field; did you mean "
                "life_cycle?"
            ),
        ),
        (
            "note: str",
            "note: complex",
            (
                "- orders.note (shop.py:15): complex has no ClickHouse type; annotate "
                'ClickHouseType("...") or change the type.'
            ),
        ),
        (
            "OlapConfig(",
            'OlapConfig(order_by_fields=["nte"], ',
            (
                "- orders (shop.py:15): order_by_fields names nte, which is not a column; did you "
                "mean note?"
            ),
        ),
        (
            "[orders]",
            '[orders, OlapTable[Order]("orders")]',
            (
                "- orders (shop.py:17): DATABASE.orders is declared at shop.py:15 already; rename "
                "one of the two."
            ),
        ),
        (
            "[orders]",
            '[Stream[Order]("my topic!")]',
            (
                "- my topic! (shop.py:17): Kafka takes letters, digits, dots, - and _ in a topic's "
                "name, but not 'my topic!'; rename the stream."
            ),
        ),
    ],
)
def test_a_fault_of_a_declaration(desk, right, wrong, message):
    desk.write((desk.folder / "shop.py").read_text().replace(right, wrong))

    text = error_of(desk, "plan")

    assert text == f"1 fault in the declarations:\n{message.replace('DATABASE', desk.database)}"


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("note: str", "note str", "line 12: invalid syntax."),
        ("note: str", "note: UUID", "line 12: NameError: name 'UUID' is not defined"),
        ("LifeCycle.FULLY", "LifeCycle.FULY", "line 15: AttributeError: "),
        (
            "LifeCycle.FULLY_MANAGED",
            '"managed"',
            (
                "line 15: OlapConfig: life_cycle: Input should be 'FULLY_MANAGED', "
                "'DELETION_PROTECTED' or 'EXTERNALLY_MANAGED'."
            ),
        ),
        (
            "from pydantic",
            "from pydantics",
            "line 4: ModuleNotFoundError: No module named 'pydantics'",
        ),
    ],
)
def test_a_module_that_cannot_be_loaded(desk, right, wrong, message):
    path = desk.folder / "shop.py"
    desk.write(path.read_text().replace(right, wrong))

    text = error_of(desk, "plan")

    assert text.startswith(f"shop.py can't be loaded: {path}, {message}")


def test_no_project(desk):
    desk.defaults()

    assert error_of(desk, "plan") == (
        "no project is given: name it as package.module:attribute, as a module or as a file, or "
        "set project in [tool.moose_dagster] of pyproject.toml."
    )


def test_a_misspelled_name_in_select(desk):
    assert error_of(desk, "plan", "--select", "ordres") == (
        f"--select ordres matches nothing in desk-{desk.suffix}; did you mean orders? Declared: "
        f"{desk.database}.orders."
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[tool.moose_dagster]\nprojct = "shop.py"',
            ", [tool.moose_dagster]: projct: there is no such key; did you mean project?",
        ),
        (
            '[tool.moose_dagster]\ntrash_days = "seven"',
            (
                ", [tool.moose_dagster]: trash_days: Input should be a valid number, unable to "
                "parse string as a number."
            ),
        ),
        (
            '[tool.moose-dagster]\nproject = "shop.py"',
            ": write [tool.moose_dagster], not [tool.moose-dagster].",
        ),
        (
            "[tool.moose_dagster]\nproject = shop.py",
            " is not valid TOML: Invalid value (at line 2, column 11)",
        ),
    ],
)
def test_a_fault_in_pyproject(desk, text, message):
    path = desk.folder / "pyproject.toml"
    path.write_text(text)

    assert error_of(desk, "plan") == f"{path}{message}"


def test_a_port_that_is_in_use(tmp_path):
    with socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        command = [sys.executable, "-m", "moose_dagster.embedded", "serve", "--kafka-port", "0"]
        result = subprocess.run(
            [*command, "--data", str(tmp_path), "--clickhouse-port", str(port)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    assert result.returncode == 1
    assert result.stderr == (
        f"error: ClickHouse can't listen on 127.0.0.1:{port}: the port is in use "
        "(--clickhouse-port 0 takes any free port)\n"
        "Stop the other server, or choose another port.\n"
    )
