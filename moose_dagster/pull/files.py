"""Write modules into a folder; a file that somebody has edited since it was pulled is kept."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from moose_dagster.errors import MooseDagsterError

_HEADER = re.compile(r"# Written by `moose-dagster pull`; checksum of the rest: ([0-9a-f]{16})\n")
_INIT = "__init__.py"


class Origin(Enum):
    """Who wrote the text of a file."""

    ABSENT = "there is no such file"
    PULLED = "a pull wrote it as it is"
    EDITED = "a pull wrote it, and somebody has edited it since"
    FOREIGN = "no pull wrote it"


@dataclass(frozen=True, slots=True)
class PulledFile:
    """A file that a pull writes.

    Attributes:
        path: Where it is.
        text: What is live now, without the header.
    """

    path: Path
    text: str

    @property
    def origin(self) -> Origin:
        """Who wrote the text that is there now."""
        return origin_of(self.path)

    def write(self, *, overwrite: bool) -> str:
        """Write the file, or write beside an edited one; return what to say about it, or "".

        Args:
            overwrite: Whether an edited file is overwritten.
        """
        if self.origin is not Origin.EDITED or overwrite:
            self.path.write_text(signed(self.text), encoding="utf-8")
            return ""
        message = f"{self.path} was edited since it was pulled, and stays as it is"
        if _parts(self.path)[0] == _checksum(self.text):
            return f"{message}; the server has not changed since then."
        beside = self.path.with_name(f"{self.path.name}.new")
        beside.write_text(signed(self.text), encoding="utf-8")
        return (
            f"{message}; what is live now is in {beside}. Copy what you need, and the first line "
            "with it: its checksum tells the next pull what you have seen."
        )


def write_files(files: Mapping[str, str], folder: Path, *, overwrite: bool) -> tuple[str, ...]:
    """Write *files* into *folder*, which becomes a package, and return a sentence for each kept.

    Args:
        files: The text of each file by its name.
        folder: Where they are written.
        overwrite: Whether files that were edited, or not pulled at all, are overwritten.

    Raises:
        MooseDagsterError: The folder is a file, or a file that was not pulled is in the way;
            nothing was written.
    """
    if folder.exists() and not folder.is_dir():
        raise MooseDagsterError(
            f"{folder}: this is not a folder; nothing was written. Choose another folder."
        )
    pulled = [PulledFile(folder / name, text) for name, text in files.items()]
    in_the_way = [str(file.path) for file in pulled if file.origin is Origin.FOREIGN]
    if in_the_way and not overwrite:
        raise MooseDagsterError(
            f"{', '.join(in_the_way)}: not written by a pull; nothing was written. Choose another "
            "folder, or overwrite it."
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _INIT).touch()
    notes = [file.write(overwrite=overwrite) for file in pulled]
    return tuple(note for note in notes if note)


def signed(text: str) -> str:
    """Return *text* under the header that tells later whether it was edited."""
    return f"# Written by `moose-dagster pull`; checksum of the rest: {_checksum(text)}\n{text}"


def origin_of(path: Path) -> Origin:
    """Return who wrote the file at *path*."""
    if not path.exists():
        return Origin.ABSENT
    checksum, rest = _parts(path)
    if not checksum:
        return Origin.FOREIGN
    return Origin.PULLED if _checksum(rest) == checksum else Origin.EDITED


def pulled_modules(folder: Path) -> Iterator[Path]:
    """Yield the modules in *folder* that a pull wrote, edited or not, by name."""
    for path in sorted(folder.glob("*.py")):
        if path.name != _INIT and origin_of(path) in {Origin.PULLED, Origin.EDITED}:
            yield path


def _parts(path: Path) -> tuple[str, str]:
    """Return the checksum in the header of the file at *path*, "" without one, and the rest."""
    text = path.read_text(encoding="utf-8", errors="replace")
    header = _HEADER.match(text)
    return (header[1], text[header.end() :]) if header else ("", text)


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
