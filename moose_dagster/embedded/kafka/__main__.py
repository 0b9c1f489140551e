"""Runs the broker alone: `python -m moose_dagster.embedded.kafka --data DIR --port N`."""

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from moose_dagster.embedded.kafka.broker import KafkaBroker


def main() -> None:
    """Run a broker until it is stopped."""
    parser = argparse.ArgumentParser(
        prog="python -m moose_dagster.embedded.kafka", description=__doc__
    )
    parser.add_argument("--data", type=Path, required=True, help="directory of topics and messages")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1, 0 for a free one")
    parser.add_argument(
        "--retention-check-interval",
        type=float,
        default=5.0,
        help="seconds between two runs of retention and compaction",
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    asyncio.run(
        _run(
            KafkaBroker(
                arguments.data,
                port=arguments.port,
                retention_check_interval=arguments.retention_check_interval,
            )
        )
    )


async def _run(broker: KafkaBroker) -> None:
    """Serve, print the address, and stop on SIGTERM or Ctrl-C."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await broker.start()
    sys.stdout.write(f"{broker.bootstrap_servers}\n")
    sys.stdout.flush()
    await stopping.wait()
    await broker.stop()


if __name__ == "__main__":
    main()
