"""The broker as a whole: it opens the log directory, listens and maintains the logs."""

import asyncio
import fcntl
import os
import uuid
from contextlib import suppress
from pathlib import Path

from moose_dagster.embedded.kafka import connection
from moose_dagster.embedded.kafka.cluster_effects import ClusterEffects
from moose_dagster.embedded.kafka.durable import read_json, write_json
from moose_dagster.embedded.kafka.groups import Groups
from moose_dagster.embedded.kafka.maintenance import maintain
from moose_dagster.embedded.kafka.offsets import CommittedOffsets
from moose_dagster.embedded.kafka.open_files import OpenFiles
from moose_dagster.embedded.kafka.producer_ids import ProducerIds
from moose_dagster.embedded.kafka.shown_topics import ShownTopics
from moose_dagster.embedded.kafka.state import BrokerState
from moose_dagster.embedded.kafka.topics import Topics

_HOST = "127.0.0.1"
_READ_AHEAD = 1 << 20
_NO_EFFECTS = ClusterEffects()


class KafkaBroker:
    """A Kafka broker of one node on 127.0.0.1."""

    def __init__(
        self,
        log_dir: Path,
        *,
        port: int = 0,
        retention_check_interval: float = 5.0,
        effects: ClusterEffects = _NO_EFFECTS,
    ) -> None:
        """Configure the broker without starting it.

        Args:
            log_dir: Where topics, messages and committed offsets are stored; one broker at a time
                uses it.
            port: The port to listen on, 0 for a free one.
            retention_check_interval: Seconds between two runs of retention and compaction.
            effects: For tests only: what a cluster of several brokers does and this one does not.
        """
        self._log_dir = log_dir
        self._port = port
        self._interval = retention_check_interval
        self._effects = effects
        self._files = OpenFiles()
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def bootstrap_servers(self) -> str:
        """Return the address for clients."""
        return f"{_HOST}:{self._port}"

    async def start(self) -> None:
        """Lock the log directory, read it and serve it."""
        self._log_dir.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self._log_dir / ".lock")
        try:
            self._offsets = CommittedOffsets(self._log_dir / "offsets.journal")
            self._state = self._read_state()
            self._server = await asyncio.start_server(
                self._serve, _HOST, self._port, limit=_READ_AHEAD
            )
        except BaseException:
            os.close(self._lock)
            raise
        self._port = self._server.sockets[0].getsockname()[1]
        self._state.port = self._port
        self._maintenance = asyncio.create_task(maintain(self._state.topics, self._interval))
        self._following = asyncio.create_task(self._state.shown.follow())

    async def stop(self) -> None:
        """Close all connections and files; everything acknowledged is on disk already."""
        self._server.close()
        tasks = [self._maintenance, self._following, *self._connections]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._state.groups.close()
        self._offsets.close()
        self._files.close()
        os.close(self._lock)

    def _read_state(self) -> BrokerState:
        """Return the state in the log directory."""
        cluster_file = self._log_dir / "cluster.json"
        cluster_id = read_json(cluster_file)
        if not isinstance(cluster_id, str):
            cluster_id = uuid.uuid4().hex[:22]
            write_json(cluster_file, cluster_id)
        topics = Topics(self._log_dir / "topics", self._files)
        return BrokerState(
            cluster_id=cluster_id,
            topics=topics,
            groups=Groups(self._offsets),
            producer_ids=ProducerIds(self._log_dir / "producer_ids.json"),
            host=_HOST,
            port=self._port,
            effects=self._effects,
            shown=ShownTopics(topics, self._effects.stale_ms),
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, which `stop` can cancel."""
        task = asyncio.current_task()
        if task is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        # Before Python 3.12 asyncio logs a connection that ends cancelled as an error.
        with suppress(asyncio.CancelledError):
            await connection.serve(self._state, reader, writer)


def _locked(path: Path) -> int:
    """Return a descriptor that locks *path* until it is closed, or the process ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise BlockingIOError(f"{path.parent} is in use by another broker.") from error
    return descriptor
