"""Who owns a data directory: a lock that ends with its process, and a note with addresses."""

import fcntl
import json
import os
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that serves a directory.

    Attributes:
        pid: The process id.
        urls: The address of every server, by its name.
        started_at: When it began to serve, in ISO 8601 and UTC.
    """

    pid: int
    urls: Mapping[str, str]
    started_at: str

    def __str__(self) -> str:
        """Return the process id and the addresses."""
        listening = ", ".join(f"{name} on {url}" for name, url in self.urls.items())
        return f"process {self.pid} ({listening})"


@contextmanager
def claim(directory: Path, *, patience: float = 0.0) -> Generator[bool, None, None]:
    """Lock the directory for the length of the block, and yield whether that worked.

    Args:
        directory: The data directory, made if missing.
        patience: Seconds to wait for a process that only checks whether the directory is locked.
    """
    directory.mkdir(parents=True, exist_ok=True)
    # The file stays: removing it lets two processes lock two different files of the same name.
    with (directory / "owner.lock").open("a") as lock:
        deadline = time.monotonic() + patience
        while not (locked := _try_lock(lock.fileno())) and time.monotonic() < deadline:
            time.sleep(0.01)
        yield locked


def is_claimed(directory: Path) -> bool:
    """Return whether a process owns the directory."""
    with claim(directory) as claimed:
        return not claimed


def write_note(directory: Path, urls: Mapping[str, str]) -> None:
    """Write atomically that this process serves *urls*."""
    note = {
        "pid": os.getpid(),
        "urls": dict(urls),
        "started_at": datetime.now(timezone.utc).isoformat(),
    }
    draft = directory / "owner.json.new"
    draft.write_text(json.dumps(note, indent=2) + "\n")
    draft.replace(directory / "owner.json")


def remove_note(directory: Path) -> None:
    """Remove the note, because nobody serves the directory any more."""
    (directory / "owner.json").unlink(missing_ok=True)


def read_note(directory: Path) -> Owner | None:
    """Return the last owner of the directory, which may have ended unless it is claimed."""
    try:
        note = json.loads((directory / "owner.json").read_text())
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return None
    return Owner(int(note["pid"]), dict(note["urls"]), str(note["started_at"]))


def _try_lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
