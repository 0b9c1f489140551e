"""Where a command's words go: results to stdout, trouble and progress to stderr."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Annotated

import typer
from rich.console import Console
from rich.text import Text

from moose_dagster.cli import exit_codes

# What is piped into a file or a program is never wrapped.
_ENDLESS = 10_000


@dataclass(frozen=True)
class Output:
    """How results are shown."""

    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")
    ] = False
    no_color: Annotated[
        bool, typer.Option("--no-color", help="No colours; the variable NO_COLOR does the same.")
    ] = False

    @property
    def console(self) -> Console:
        """Standard output."""
        return self._console(sys.stdout)

    @property
    def errors(self) -> Console:
        """Standard error."""
        return self._console(sys.stderr)

    def print_json(self, data: Mapping[str, object]) -> None:
        """Print *data* on stdout."""
        sys.stdout.write(json.dumps(data, indent=2, default=str) + "\n")

    def fail(self, message: str) -> int:
        """Say on stderr what went wrong, as JSON too if asked for, and return the exit code."""
        self.complain(message)
        if self.as_json:
            self.print_json({"error": message, "exit_code": exit_codes.FAILED})
        return exit_codes.FAILED

    def complain(self, message: str) -> None:
        """Say on stderr what went wrong."""
        self.errors.print(Text.assemble(("Error: ", "bold red"), message))

    def _console(self, stream: IO[str]) -> Console:
        fits = stream.isatty() or os.environ.get("COLUMNS")
        return Console(
            file=stream,
            width=None if fits else _ENDLESS,
            no_color=self.no_color or None,
            highlight=False,
        )
