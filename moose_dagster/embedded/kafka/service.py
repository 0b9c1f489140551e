"""Kafka as a service of the owner process."""

from collections.abc import Callable
from pathlib import Path

from moose_dagster.embedded.kafka.broker import KafkaBroker


class Kafka:
    """A single-node broker on 127.0.0.1; its `url` is what clients call bootstrap servers."""

    name = "kafka"
    title = "Kafka"

    def __init__(self, directory: Path, port: int) -> None:
        self._broker = KafkaBroker(directory / "kafka", port=port)
        self.port = port
        self.url = ""

    async def start(self, fail: Callable[[str], None]) -> None:
        """Listen, and set `url`."""
        await self._broker.start()
        self.url = self._broker.bootstrap_servers

    async def stop(self) -> None:
        """Close connections and files."""
        await self._broker.stop()
