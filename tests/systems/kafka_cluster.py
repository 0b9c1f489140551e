"""A broker in this process that does what a cluster of several brokers does."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from moose_dagster.embedded.kafka import KafkaBroker
from moose_dagster.embedded.kafka.cluster_effects import ClusterEffects


@contextmanager
def kafka_with(folder: Path, effects: ClusterEffects) -> Iterator[str]:
    """Serve *folder* with *effects*, and yield the bootstrap servers."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(30)

    broker = KafkaBroker(folder, effects=effects)
    try:
        run(broker.start())
        yield broker.bootstrap_servers
    finally:
        run(broker.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
