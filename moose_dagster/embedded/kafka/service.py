"""Kafka as a service of the owner process."""

from pathlib import Path

from moose_dagster.embedded.kafka.broker import KafkaBroker


class Kafka:
    """A single-node broker on 127.0.0.1; its `url` is what clients call bootstrap servers."""

    name = "kafka"

    def __init__(self, directory: Path, port: int) -> None:
        self._broker = KafkaBroker(directory / "kafka", port=port)
        self.url = ""

    async def start(self) -> None:
        """Listen; `url` is known afterwards."""
        await self._broker.start()
        self.url = self._broker.bootstrap_servers

    async def stop(self) -> None:
        """Close connections and files."""
        await self._broker.stop()
