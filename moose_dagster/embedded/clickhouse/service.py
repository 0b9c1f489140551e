"""The ClickHouse server of the owner process: the engine and its HTTP front."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from moose_dagster.embedded.clickhouse.engine import Engine
from moose_dagster.embedded.clickhouse.http_front import HttpFront
from moose_dagster.errors import EmbeddedServerError

_SECONDS_TO_FINISH = 2.0
_SECONDS_TO_CANCEL = 3.0


class ClickHouse:
    """ClickHouse over HTTP on 127.0.0.1.

    Attributes:
        name: What it is called in `owner.json`.
        title: What it is called in messages.
        port: The port to listen on, 0 for any free one.
        url: Where clients find it; "" before it listens.
    """

    name = "clickhouse"
    title = "ClickHouse"

    def __init__(self, directory: Path, port: int, *, query_log: bool) -> None:
        self._directory = directory
        self.port = port
        self._query_log = query_log
        self.url = ""

    async def start(self, fail: Callable[[str], None]) -> None:
        """Open the engine and listen; *fail* is called when the engine has stopped."""
        await asyncio.to_thread(self._start, fail)

    async def stop(self) -> None:
        """Wait for running statements, cancel those that take too long, and close the engine."""
        await asyncio.to_thread(self._stop)

    def _start(self, fail: Callable[[str], None]) -> None:
        self._engine = Engine(self._directory, query_log=self._query_log)
        try:
            self._front = HttpFront(self._engine, self.port, fail)
        except OSError as error:
            self._engine.close()
            raise EmbeddedServerError(
                f"ClickHouse can't listen on 127.0.0.1:{self.port}: {error}"
            ) from error
        self.url = f"http://127.0.0.1:{self._front.port}"
        threading.Thread(
            target=self._front.serve_forever, args=(0.05,), name="clickhouse", daemon=True
        ).start()

    def _stop(self) -> None:
        self._front.stopping = True
        self._front.shutdown()
        self._front.server_close()
        is_idle = self._front.wait_until_idle(_SECONDS_TO_FINISH)
        if self._front.has_failed:
            return  # an engine that has stopped can neither cancel nor close anything
        if not is_idle:
            self._engine.cancel_all()
        if self._front.wait_until_idle(_SECONDS_TO_CANCEL):
            self._front.sessions.close()
            self._engine.close()
