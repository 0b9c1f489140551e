"""The shop in Dagster's web UI, on embedded servers, until Ctrl-C. `make ui`."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from example_project.yesterday import is_made, make_yesterday
from moose_dagster.clients.clickhouse import ClickHouseAddress, connect
from moose_dagster.clients.kafka import KafkaAddress, connect_kafka
from moose_dagster.embedded import EmbeddedServers, running
from moose_dagster.embedded.ports import port_number, reason_against

_INSTANCE = """# Kept in the project folder, so that the history of runs survives a restart.
telemetry:
  enabled: false
nux:
  enabled: false
# A run starts at once, instead of within five seconds.
run_queue:
  dequeue_interval_seconds: 1
"""


def main() -> int:
    """Serve the UI on 127.0.0.1 and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--port", type=port_number, default=3000, help="the port of the UI, 3000 by default"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path(), help="where data and history are kept, . by default"
    )
    parser.add_argument(
        "--workspace",
        action="append",
        default=["workspace.yaml"],
        help="a workspace file to load beside the shop's",
    )
    arguments = parser.parse_args()
    # Dagster itself would stay up without its web server.
    reason = reason_against(arguments.port)
    if reason:
        print(
            f"error: Dagster can't listen on 127.0.0.1:{arguments.port}: {reason}\n"
            "Stop the other server, or choose another port: python -m example_project.ui --port N",
            file=sys.stderr,
        )
        return 1
    return _run(arguments.folder, str(arguments.port), arguments.workspace)


def _run(folder: Path, port: str, workspaces: Sequence[str]) -> int:
    with running(folder / ".embedded") as servers:
        address = ClickHouseAddress.from_url(servers.clickhouse_url)
        cluster = servers.kafka_bootstrap_servers
        with connect(address) as clickhouse, connect_kafka(KafkaAddress(cluster)) as kafka:
            if not is_made(clickhouse):
                make_yesterday(clickhouse, kafka, cluster)
        environment = {**os.environ, **environment_of(servers, folder / ".dagster_home")}
        print(f"ClickHouse answers at {servers.clickhouse_url} and Kafka at {cluster};")
        print(f"Dagster will answer at http://127.0.0.1:{port}")
        return _serve(port, workspaces, environment)


def environment_of(servers: EmbeddedServers, home: Path) -> Mapping[str, str]:
    """Return the variables that the definitions and Dagster read; makes *home* a Dagster instance.

    Args:
        servers: Where ClickHouse and Kafka listen.
        home: The folder that keeps Dagster's history.
    """
    home.mkdir(exist_ok=True)
    settings = home / "dagster.yaml"
    if not settings.exists():
        settings.write_text(_INSTANCE)
    address = urlsplit(servers.clickhouse_url)
    return {
        "DAGSTER_HOME": str(home.resolve()),
        "CLICKHOUSE_HOST": str(address.hostname),
        "CLICKHOUSE_PORT": str(address.port),
        "CLICKHOUSE_USER": "default",
        "CLICKHOUSE_PASSWORD": "",
        "KAFKA_BOOTSTRAP_SERVERS": servers.kafka_bootstrap_servers,
    }


def _serve(port: str, workspaces: Sequence[str], environment: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", port]
    command += [word for workspace in workspaces for word in ("-w", workspace)]
    # A shell starts what runs in the background with Ctrl-C ignored, and Dagster would never end.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # A group of its own: Dagster's web server, daemon and code servers all end with it.
    process = subprocess.Popen(command, env=dict(environment), start_new_session=True)  # noqa: S603 - our own

    def stop(_signal: int, _frame: FrameType | None) -> None:
        _interrupt(process)

    signal.signal(signal.SIGTERM, stop)
    try:
        return process.wait()
    except KeyboardInterrupt:
        _interrupt(process)
        return process.wait()


def _interrupt(process: "subprocess.Popen[bytes]") -> None:
    os.killpg(process.pid, signal.SIGINT)


if __name__ == "__main__":
    sys.exit(main())
