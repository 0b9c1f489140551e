"""Where in the user's code something is declared."""

import inspect
from dataclasses import dataclass
from pathlib import Path

_OURS = "moose_dagster"


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """A place in the user's code.

    Attributes:
        file: The path of the file.
        line: The line in it, from 1; 0 where it is unknown.
    """

    file: str
    line: int

    def __str__(self) -> str:
        path = Path(self.file)
        here = Path.cwd()
        return f"{path.relative_to(here) if path.is_relative_to(here) else path}:{self.line}"


def source_of_caller() -> Source:
    """Return the nearest line on the stack that belongs neither to this library nor to `typing`."""
    frame = inspect.currentframe()
    while frame is not None and _is_machinery(str(frame.f_globals.get("__name__", ""))):
        frame = frame.f_back
    return Source(frame.f_code.co_filename, frame.f_lineno) if frame else Source("<unknown>", 0)


def _is_machinery(module: str) -> bool:
    # `OlapTable[Model](...)` is called through typing's generic alias.
    return module in {_OURS, "typing", "typing_extensions"} or module.startswith(f"{_OURS}.")
