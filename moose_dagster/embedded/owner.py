"""The owner process: it holds a data directory and runs the servers of it until it is told to stop."""

import asyncio
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from moose_dagster.embedded.ownership import claim, read_note, remove_note, write_note
from moose_dagster.errors import EmbeddedServerError

_SECONDS_TO_CLAIM = 0.3


class Service(Protocol):
    """A server that the owner process hosts."""

    name: str
    url: str

    async def start(self) -> None:
        """Listen; `url` is known afterwards."""
        ...

    async def stop(self) -> None:
        """Finish or cancel what runs, and close."""
        ...


def own(directory: Path, services: Sequence[Service], *, stop_with_parent: bool) -> None:
    """Serve *directory* until SIGTERM, SIGINT or, if asked, the end of stdin; it must be nobody else's."""
    with claim(directory, patience=_SECONDS_TO_CLAIM) as claimed:
        if not claimed:
            owner = read_note(directory) or "another process that is still starting"
            raise EmbeddedServerError(
                f"{directory} is already served by {owner}: use that one, or stop it first"
            )
        remove_note(directory)
        try:
            asyncio.run(_serve(directory, services, stop_with_parent=stop_with_parent))
        finally:
            remove_note(directory)


async def _serve(directory: Path, services: Sequence[Service], *, stop_with_parent: bool) -> None:
    started: list[Service] = []
    try:
        for service in services:
            await service.start()
            started.append(service)
        told_to_stop = _stop_signals(stop_with_parent=stop_with_parent)
        write_note(directory, {service.name: service.url for service in services})
        await told_to_stop.wait()
    finally:
        for service in reversed(started):
            await service.stop()


def _stop_signals(*, stop_with_parent: bool) -> asyncio.Event:
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, told_to_stop.set)
    if stop_with_parent:
        threading.Thread(target=_watch_parent, args=(loop, told_to_stop), daemon=True).start()
    return told_to_stop


def _watch_parent(loop: asyncio.AbstractEventLoop, told_to_stop: asyncio.Event) -> None:
    sys.stdin.buffer.read()
    with suppress(RuntimeError):  # the loop may be closed already
        loop.call_soon_threadsafe(told_to_stop.set)
