"""The command `python -m moose_dagster.embedded serve --data DIR`."""

import argparse
import os
import sys
from pathlib import Path

from moose_dagster.embedded.extra import require_extra
from moose_dagster.embedded.owner import own
from moose_dagster.embedded.ports import port_number
from moose_dagster.errors import EmbeddedServerError

DEFAULT_CLICKHOUSE_PORT = 18123
DEFAULT_KAFKA_PORT = 19092


def main() -> int:
    """Run the command; return its exit code."""
    arguments = _arguments()
    try:
        require_extra()
        # Both need the extra.
        from moose_dagster.embedded.clickhouse.service import ClickHouse  # noqa: PLC0415
        from moose_dagster.embedded.kafka.service import Kafka  # noqa: PLC0415

        services = [
            ClickHouse(arguments.data, arguments.clickhouse_port, query_log=arguments.query_log),
            Kafka(arguments.data, arguments.kafka_port),
        ]
        own(arguments.data, services, stop_with_parent=arguments.stop_with_parent)
    except EmbeddedServerError as error:
        return _fail(str(error))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m moose_dagster.embedded", description=__doc__)
    serve = parser.add_subparsers(required=True).add_parser(
        "serve", help="serve ClickHouse and Kafka on 127.0.0.1 for development, demos and tests"
    )
    serve.add_argument(
        "--data", type=Path, required=True, help="the directory that keeps tables and topics"
    )
    serve.add_argument(
        "--clickhouse-port", type=_port, default=DEFAULT_CLICKHOUSE_PORT, help="0 for any free port"
    )
    serve.add_argument(
        "--kafka-port", type=_port, default=DEFAULT_KAFKA_PORT, help="0 for any free port"
    )
    serve.add_argument(
        "--query-log",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="keep system.query_log, which says who changed a table",
    )
    serve.add_argument("--stop-with-parent", action="store_true", help="stop when stdin ends")
    return parser.parse_args()


def _port(text: str) -> int:
    try:
        return port_number(text)
    except ValueError:
        message = f"{text!r}: a port is a number from 0 to 65535"
        raise argparse.ArgumentTypeError(message) from None


def _fail(message: str) -> int:
    sys.stderr.write(f"error: {message}\n")
    return 1


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of the engine and of idle connections would delay the exit.
    os._exit(code)
